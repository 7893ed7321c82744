"""A cell always ends with the host holding what is desired, however it got there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from builders import NOON
from hypothesis import given
from hypothesis import strategies as st

from entremise.hooks.contract import Installation
from entremise.plugin.services.ports import DueCell
from entremise.plugin.storage.sql import SqlStore, open_store

INSTALLATION = "i"
A, B = {"suggestions": [{"person": "a"}]}, {"suggestions": [{"person": "b"}]}


class Cell:
    """One recipient's cell, with a service on one side and a host on the other."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.now = NOON
        self.host: dict[str, object] = {"revision": 0, "payload": None}
        with store.begin() as unit:
            tenant = Installation(INSTALLATION, "shelf", "x", {}, {})
            unit.installations.add(tenant, sealed=b"", path_hash="", now=NOON)

    def desire(self, payload: object) -> int:
        self.now += 1
        with self.store.begin() as unit:
            return unit.outbox.desire(
                INSTALLATION, "conf", "connections", {"r": payload}, {"r": ["a"]}, now=self.now
            )

    def take(self) -> DueCell | None:
        with self.store.snapshot() as unit:
            due = unit.departures.due(INSTALLATION, 10, now=self.now)
        return due[0] if due else None

    def apply_at_host(self, cell: DueCell) -> None:
        if cell.result.revision > self.host["revision"]:
            self.host = {"revision": cell.result.revision, "payload": cell.result.payload}

    def acknowledge(self, cell: DueCell) -> None:
        with self.store.begin() as unit:
            unit.departures.acknowledge([(cell.id, cell.result.revision)])

    def send(self) -> None:
        cell = self.take()
        if cell is not None:
            self.apply_at_host(cell)
            self.acknowledge(cell)


@pytest.fixture
def cell() -> Iterator[Cell]:
    store = open_store("sqlite://")
    yield Cell(store)
    store.dispose()


def test_an_unchanged_result_writes_nothing(cell: Cell) -> None:
    assert cell.desire(A) == 1
    cell.send()
    assert cell.desire(dict(A)) == 0
    assert cell.take() is None


def test_what_was_never_shown_is_not_withdrawn(cell: Cell) -> None:
    assert cell.desire(None) == 0
    assert cell.take() is None


def test_a_then_b_then_a_before_anything_was_sent_ends_with_a(cell: Cell) -> None:
    for payload in (A, B, A):
        cell.desire(payload)
    cell.send()
    assert cell.host["payload"] == A
    assert cell.take() is None


def test_off_and_on_again_ends_with_the_result_shown(cell: Cell) -> None:
    cell.desire(A)
    cell.send()
    cell.desire(None)
    cell.send()
    assert cell.host["payload"] is None
    cell.desire(A)
    cell.send()
    assert cell.host["payload"] == A


def test_a_late_answer_to_an_old_attempt_does_not_hide_the_newer_state(cell: Cell) -> None:
    cell.desire(A)
    old = cell.take()
    cell.desire(B)
    cell.apply_at_host(old)
    cell.acknowledge(old)
    assert cell.take().result.payload == B
    cell.send()
    cell.acknowledge(old)
    assert cell.take() is None
    assert cell.host["payload"] == B


def test_a_rejected_revision_is_not_tried_again_but_a_newer_one_is(cell: Cell) -> None:
    cell.desire(A)
    bad = cell.take()
    with cell.store.begin() as unit:
        unit.departures.reject(bad.id, bad.result.revision)
    assert cell.take() is None
    cell.desire(B)
    assert cell.take().result.payload == B


def test_an_erased_cell_goes_when_the_host_holds_the_withdrawal_and_comes_back_with_a_higher_revision(
    cell: Cell,
) -> None:
    cell.desire(A)
    cell.send()
    before = cell.host["revision"]
    with cell.store.begin() as unit:
        unit.outbox.take_out(INSTALLATION, "conf", frozenset({"r"}), erased=True, now=cell.now)
    cell.send()
    assert cell.host["payload"] is None
    with cell.store.snapshot() as unit:
        assert unit.outbox.get(INSTALLATION, "conf", "r", "connections") is None
    cell.desire(A)
    cell.send()
    assert cell.host["payload"] == A
    assert cell.host["revision"] > before


def test_somebody_erased_disappears_from_the_cells_of_others_at_once(cell: Cell) -> None:
    cell.desire({"suggestions": [{"person": "a", "name": "Alix"}, {"person": "b"}]})
    with cell.store.begin() as unit:
        unit.outbox.take_out(INSTALLATION, "conf", frozenset({"a"}), erased=True, now=cell.now)
        result = unit.outbox.get(INSTALLATION, "conf", "r", "connections")
    assert result.payload == {"suggestions": [{"person": "b"}]}
    assert result.mentions == ()


def test_a_topic_goes_with_anybody_whose_words_it_quotes_and_the_others_stay(cell: Cell) -> None:
    def topics(*kept: str) -> dict[str, object]:
        quoted = {"Tea or coffee?": ["a", "b"], "Glazes": ["b"], "Kilns": ["r", "a"]}
        items = [{"kind": "common", "text": text, "from": quoted[text]} for text in kept]
        return {"language": "en", "topics": [{"of": "circle", "key": "1", "items": items}]}

    cell.desire(topics("Tea or coffee?", "Glazes", "Kilns"))
    cell.send()
    with cell.store.begin() as unit:
        unit.outbox.take_out(INSTALLATION, "conf", frozenset({"a"}), erased=False, now=cell.now)
    cell.send()
    assert cell.host["payload"] == topics("Glazes")


STEPS = st.lists(
    st.sampled_from(["A", "B", "withdraw", "take", "arrive", "answer", "lose the answer"]), max_size=30
)


@given(STEPS)
def test_whatever_happens_in_whatever_order_the_host_ends_with_what_is_desired(steps: list[str]) -> None:
    store = open_store("sqlite://")
    cell, in_flight, arrived, desired = Cell(store), None, [], None
    for step in steps:
        if step in {"A", "B", "withdraw"}:
            desired = {"A": A, "B": B, "withdraw": None}[step]
            cell.desire(desired)
        elif step == "take" and in_flight is None:
            in_flight = cell.take()
        elif step == "arrive" and in_flight is not None:
            cell.apply_at_host(in_flight)
            arrived.append(in_flight)
        elif step == "answer" and arrived:
            cell.acknowledge(arrived.pop())
            in_flight = None
        elif step == "lose the answer":
            in_flight = None
    for _ in range(3):
        cell.send()
    assert cell.host["payload"] == desired
    assert cell.take() is None
    store.dispose()
