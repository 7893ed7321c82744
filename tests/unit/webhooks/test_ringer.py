"""Bells are rung at least once after every request, by one thread at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from entremise.webhooks.ringer import Bells


def test_one_alone_rings_at_once() -> None:
    rung: list[str] = []
    Bells(rung.append).ring(["a", "b", "a"])
    assert sorted(rung) == ["a", "b"]


def test_whoever_comes_while_it_rings_goes_on_and_it_is_rung_once_more() -> None:
    rung: list[str] = []
    ringing, let_go = threading.Event(), threading.Event()

    def ring(which: str) -> None:
        rung.append(which)
        if len(rung) == 1:
            ringing.set()
            assert let_go.wait(10)

    bells = Bells(ring)
    first = threading.Thread(target=bells.ring, args=(["a"],))
    first.start()
    assert ringing.wait(10)
    for _ in range(5):
        bells.ring(["a"])
    assert rung == ["a"]
    let_go.set()
    first.join(10)
    assert rung == ["a", "a"]


def test_every_request_is_followed_by_a_ring_and_none_overlap() -> None:
    clock, asked, rung = iter(range(1_000_000)), [], []
    inside = threading.Lock()

    def ring(which: str) -> None:
        assert inside.acquire(blocking=False), "two at a time"
        rung.append((next(clock), which))
        inside.release()

    bells = Bells(ring)

    def ask(number: int) -> None:
        which = f"i{number % 3}"
        asked.append((next(clock), which))
        bells.ring([which])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(600)))
    for which in ("i0", "i1", "i2"):
        assert max(at for at, each in rung if each == which) > max(at for at, each in asked if each == which)


def test_a_ring_that_fails_does_not_keep_the_hand() -> None:
    rung: list[str] = []

    def ring(which: str) -> None:
        rung.append(which)
        if len(rung) == 1:
            raise ConnectionError

    bells = Bells(ring)
    with pytest.raises(ConnectionError):
        bells.ring(["a"])
    bells.ring(["b"])
    assert rung == ["a", "b"]
