"""Two that change the same people at the same time: neither undoes what the other did, and nobody who left comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from builders import NOON
from world import World, make_world

from entremise.plugin.domain.events import AttendeeCheckedIn, DomainEvent, OptOutChanged
from entremise.plugin.domain.model import stamp
from entremise.plugin.services.handlers import record
from entremise.plugin.services.privacy import forget
from entremise.plugin.services.process import drain
from entremise.plugin.services.recompute import recompute
from entremise.plugin.storage.attendees import Attendees
from entremise.plugin.storage.host_events import HostEvents
from entremise.plugin.storage.outbox import Outbox
from entremise.plugin.storage.sql import SqlStore

PATIENCE = 1.0
"""Seconds for which the one that began first lets the other one overtake it, if it can."""


def overlapping(
    monkeypatch: pytest.MonkeyPatch, at: tuple[type, str], first: Callable[[], Any], second: Callable[[], Any]
) -> None:
    """Run both; ``first`` stands still before its first call of the method ``at`` while ``second`` tries to pass."""
    kind, name = at
    reached, passed = threading.Event(), threading.Event()
    whole = getattr(kind, name)

    def slow(*args: Any, **named: Any) -> Any:
        if threading.current_thread() is thread and not reached.is_set():
            reached.set()
            passed.wait(PATIENCE)
        return whole(*args, **named)

    errors: list[BaseException] = []

    def run(what: Callable[[], Any]) -> None:
        try:
            what()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            errors.append(error)

    monkeypatch.setattr(kind, name, slow)
    thread = threading.Thread(target=run, args=(first,))
    thread.start()
    assert reached.wait(10)
    run(second)
    passed.set()
    thread.join(30)
    assert errors == []


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Three people who have registered, their deliveries in the inbox."""
    made = make_world(tmp_path, database_url)
    for ref in ("a1", "a2", "a3"):
        made.register(ref)
    yield made
    made.services.store.dispose()


def happens(world: World, kind: type[DomainEvent], *, after: float, **more: Any) -> Callable[[], None]:
    one = kind(host_event="conf", stamp=stamp(at=NOON + after, tie=kind.__name__), **more)
    return lambda: record(world.services, world.installation.id, [one])


def test_leaving_while_a_check_in_is_applied_is_not_undone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.work()
    arrive = happens(world, AttendeeCheckedIn, after=50, attendee="a1")
    leave = happens(world, OptOutChanged, after=51, attendee="a1", opted_out=True)
    overlapping(monkeypatch, (Attendees, "save"), arrive, leave)
    with world.services.store.snapshot() as unit:
        person = unit.attendees.get(world.installation.id, "conf", "a1")
    assert person is not None
    assert (person.opted_out, person.presence) == (True, "checked_in")


def test_who_is_forgotten_while_their_check_in_is_applied_is_not_brought_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.work()
    arrive = happens(world, AttendeeCheckedIn, after=50, attendee="a1")
    world.time[0] += 100
    overlapping(
        monkeypatch, (Attendees, "save"), arrive,
        lambda: forget(world.services, world.installation.id, "a1"),
    )  # fmt: skip
    with world.services.store.snapshot() as unit:
        assert unit.attendees.get(world.installation.id, "conf", "a1") is None


@pytest.mark.parametrize("known", [False, True], ids=["first results", "later results"])
def test_who_is_forgotten_while_results_are_committed_is_in_none_of_them(
    world: World, monkeypatch: pytest.MonkeyPatch, *, known: bool
) -> None:
    if known:
        world.work()
    world.register("a2", at=50, interests=["coffee"])
    inst = world.installation.id
    drain(world.services, inst)
    world.time[0] += 100
    overlapping(
        monkeypatch, (Outbox, "desire"), lambda: recompute(world.services, inst, "conf"),
        lambda: forget(world.services, inst, "a1"),
    )  # fmt: skip
    world.work()
    with world.services.store.snapshot() as unit:
        cells = unit.outbox.of_host_event(inst, "conf")
    assert cells
    assert not [cell for cell in cells if cell.recipient == "a1" or "a1" in cell.mentions]


@pytest.mark.parametrize("at", [(Outbox, "take_out"), (HostEvents, "soil")], ids=["outbox", "host event"])
def test_forgetting_and_committing_results_do_not_wait_for_one_another(
    world: World, monkeypatch: pytest.MonkeyPatch, at: tuple[type, str]
) -> None:
    world.work()
    world.register("a2", at=50, interests=["coffee"])
    inst = world.installation.id
    drain(world.services, inst)
    world.time[0] += 100
    overlapping(
        monkeypatch, at, lambda: forget(world.services, inst, "a1"),
        lambda: recompute(world.services, inst, "conf"),
    )  # fmt: skip
    world.work()
    with world.services.store.snapshot() as unit:
        cells = unit.outbox.of_host_event(inst, "conf")
    assert not [cell for cell in cells if cell.recipient == "a1" or "a1" in cell.mentions]


def test_writing_back_and_new_results_do_not_wait_for_one_another(any_store: SqlStore) -> None:
    people = [f"a{number:03d}" for number in range(300)]
    with any_store.begin() as unit:
        for ref in reversed(people):  # their cells are not in the order of their names
            unit.outbox.desire("inst", "conf", "connections", {ref: {"pass": 0}}, {}, now=NOON)

    def new_results(number: int) -> None:
        with any_store.begin() as unit:
            unit.outbox.desire(
                "inst", "conf", "connections", {ref: {"pass": number} for ref in people}, {}, now=NOON
            )

    def write_back(_number: int) -> None:
        with any_store.begin() as unit:
            cells = unit.departures.due("inst", 300, now=NOON)
            unit.departures.lock([cell.id for cell in cells])
            unit.departures.attempted([cell.id for cell in cells])
            unit.departures.acknowledge([(cell.id, cell.result.revision) for cell in cells])

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(what, n) for n in range(1, 16) for what in (new_results, write_back)]:
            done.result()
