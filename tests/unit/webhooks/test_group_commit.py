"""Threads that arrive while one commits share the next commit; each gets its own answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entremise.webhooks.group_commit import GroupCommit, Interrupted


class Ledger:
    """Commits to a list; the first commit waits until ``go`` is set, so that others have to queue up."""

    def __init__(self, refuse: Callable[[Sequence[int]], None] = lambda _items: None) -> None:
        self.groups: list[list[int]] = []
        self.tried: list[list[int]] = []
        self.began = threading.Event()
        self.go = threading.Event()
        self._refuse = refuse

    def commit(self, items: Sequence[int]) -> None:
        self.tried.append(list(items))
        if not self.began.is_set():
            self.began.set()
            assert self.go.wait(10)
        self._refuse(items)
        self.groups.append(list(items))

    @property
    def committed(self) -> list[int]:
        return sorted(item for group in self.groups for item in group)


def outcomes(ledger: Ledger, line: GroupCommit[int], items: Sequence[int]) -> list[str]:
    """Add the first item, then all others while it is being committed; say what each thread was told."""

    def add(item: int) -> str:
        try:
            line.add(item)
        except Exception as error:  # noqa: BLE001 - the answer is what is looked at
            return type(error).__name__
        return "stored"

    with ThreadPoolExecutor(len(items)) as pool:
        first = pool.submit(add, items[0])
        assert ledger.began.wait(10)
        others = [pool.submit(add, item) for item in items[1:]]
        while len(line._line) < len(others):
            threading.Event().wait(0.001)
        ledger.go.set()
        return [each.result(timeout=10) for each in (first, *others)]


def test_those_who_wait_share_one_commit() -> None:
    ledger = Ledger()
    assert outcomes(ledger, GroupCommit(ledger.commit), range(10)) == ["stored"] * 10
    assert [len(group) for group in ledger.groups] == [1, 9]
    assert ledger.committed == list(range(10))


def test_a_group_has_a_most_and_the_rest_follow_in_order_of_arrival() -> None:
    ledger = Ledger()
    assert outcomes(ledger, GroupCommit(ledger.commit, most=4), range(10)) == ["stored"] * 10
    assert [len(group) for group in ledger.groups] == [1, 4, 4, 1]


def test_a_bad_one_spoils_nobody_elses_answer() -> None:
    def refuse(items: Sequence[int]) -> None:
        if 5 in items:
            raise ValueError("five cannot be stored")

    ledger = Ledger(refuse)
    told = outcomes(ledger, GroupCommit(ledger.commit), range(10))
    assert told == ["ValueError" if item == 5 else "stored" for item in range(10)]
    assert ledger.committed == [0, 1, 2, 3, 4, 6, 7, 8, 9]


def test_when_everything_is_away_everybody_is_told_at_once_and_nothing_is_tried_twice() -> None:
    def refuse(_items: Sequence[int]) -> None:
        raise ConnectionError("away")

    ledger = Ledger(refuse)
    assert (
        outcomes(ledger, GroupCommit(ledger.commit, whole=(ConnectionError,)), range(10))
        == ["ConnectionError"] * 10
    )
    assert [len(group) for group in ledger.tried] == [1, 9]


def test_a_leader_that_is_stopped_leaves_nobody_believing_that_they_were_stored() -> None:
    def refuse(items: Sequence[int]) -> None:
        if len(items) > 1:
            raise SystemExit

    ledger = Ledger(refuse)
    line = GroupCommit(ledger.commit)
    told: dict[int, str] = {}

    def add(item: int) -> None:
        try:
            line.add(item)
        except BaseException as error:  # noqa: BLE001 - the answer is what is looked at
            told[item] = type(error).__name__
        else:
            told[item] = "stored"

    threads = [threading.Thread(target=add, args=(item,)) for item in range(5)]
    threads[0].start()
    assert ledger.began.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(line._line) < 4:
        threading.Event().wait(0.001)
    ledger.go.set()
    for thread in threads:
        thread.join(10)
    assert told.pop(0) == "stored"
    assert sorted(told.values()) == ["Interrupted"] * 3 + ["SystemExit"]
    assert issubclass(Interrupted, Exception)
    # The line goes on afterwards.
    line.add(99)
    assert ledger.committed == [0, 99]


@given(
    st.lists(st.booleans(), min_size=1, max_size=24),
    st.integers(1, 8),
    st.integers(1, 6),
)
def test_whatever_the_crowd_everyone_good_is_stored_exactly_once(
    good: list[bool], threads: int, most: int
) -> None:
    stored: list[int] = []

    def commit(items: Sequence[int]) -> None:
        if not all(good[item] for item in items):
            raise ValueError
        stored.extend(items)

    line = GroupCommit(commit, most=most)

    def add(item: int) -> bool:
        try:
            line.add(item)
        except ValueError:
            return False
        return True

    with ThreadPoolExecutor(threads) as pool:
        told = list(pool.map(add, range(len(good))))
    assert told == good
    assert sorted(stored) == [item for item, fine in enumerate(good) if fine]


def test_one_alone_is_committed_alone_and_at_once() -> None:
    groups: list[Sequence[str]] = []
    line: GroupCommit[str] = GroupCommit(groups.append)
    line.add("a")
    line.add("b")
    assert groups == [["a"], ["b"]]


def test_an_error_is_raised_where_it_belongs() -> None:
    def commit(_items: Sequence[str]) -> None:
        raise KeyError("no such thing")

    with pytest.raises(KeyError, match="no such thing"):
        GroupCommit(commit).add("a")


def test_what_comes_after_a_commit_holds_up_nobody_but_the_leader() -> None:
    ledger = Ledger(lambda items: None)
    rung: list[list[int]] = []
    let_go = threading.Event()

    def after(items: Sequence[int]) -> None:
        rung.append(list(items))
        if len(rung) == 1:
            assert let_go.wait(10)

    line = GroupCommit(ledger.commit, after=after)
    ledger.go.set()
    first = threading.Thread(target=line.add, args=(0,))
    first.start()
    while not rung:
        threading.Event().wait(0.001)
    line.add(1)
    assert ledger.committed == [0, 1]
    assert rung == [[0], [1]]
    assert first.is_alive()
    let_go.set()
    first.join(10)
    assert not first.is_alive()


def test_nothing_comes_after_what_was_not_committed() -> None:
    rung: list[Sequence[int]] = []

    def commit(_items: Sequence[int]) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        GroupCommit(commit, after=rung.append, whole=(ConnectionError,)).add(1)
    assert rung == []


def test_a_leader_waits_a_moment_for_those_who_are_on_their_way_and_not_for_those_who_never_come() -> None:
    groups: list[Sequence[int]] = []
    line: GroupCommit[int] = GroupCommit(groups.append)
    announced, go = threading.Event(), threading.Event()

    def late() -> None:
        with line.coming() as add:
            announced.set()
            assert go.wait(10)
            add(2)

    def lost() -> None:
        with pytest.raises(ValueError, match="forged"), line.coming():
            raise ValueError("forged")

    thread = threading.Thread(target=late)
    thread.start()
    assert announced.wait(10)
    lost()
    began = time.monotonic()
    with line.coming() as add:
        add(1)
    assert time.monotonic() - began < 5
    assert groups[0] == [1]
    go.set()
    thread.join(10)
    assert groups == [[1], [2]]
    line.add(3)
    assert groups[-1] == [3]
