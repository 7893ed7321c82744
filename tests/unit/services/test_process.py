"""Deliveries become state once each, and a bad one spoils nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from world import World

from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.domain.errors import Backpressure, InvalidSignature
from entremise.plugin.domain.identifiers import new_id
from entremise.plugin.domain.model import Attendee
from entremise.plugin.services import ingest, process
from entremise.plugin.services.installations import disable, resume
from entremise.plugin.services.ports import DeadLetter, Limits
from entremise.plugin.services.sweep import Sweeper


def letters(world: World) -> Sequence[DeadLetter]:
    with world.services.store.snapshot() as unit:
        return unit.dead_letters.list(world.installation.id)


def attendee(world: World, ref: str, host_event: str = "conf") -> Attendee | None:
    with world.services.store.snapshot() as unit:
        return unit.attendees.get(world.installation.id, host_event, ref)


def test_a_registration_becomes_an_attendee(world: World) -> None:
    world.register("a1", name="Alix")
    world.work()
    assert attendee(world, "a1").profile.name == "Alix"
    assert attendee(world, "a1").agrees_to("matching")


def test_the_same_delivery_twice_is_stored_once_and_counted(world: World) -> None:
    first = world.deliver("AttendeeCheckedIn", key="same", at=0, host_event="conf", attendee="a1")
    second = world.deliver("AttendeeCheckedIn", key="same", at=0, host_event="conf", attendee="a1")
    assert (first.accepted, second.accepted, second.duplicates) == (1, 0, 1)
    assert world.counted()["duplicates"] == 1


def test_a_forged_delivery_leaves_no_trace(world: World) -> None:
    delivery = Delivery(
        world.installation.id, "webhook", {"signature": "forged", "id": "x"}, b"{}", world.time[0]
    )
    with pytest.raises(InvalidSignature):
        ingest.accept(world.services, world.installation, [delivery], trust="verify")
    with world.services.store.snapshot() as unit:
        assert unit.inbox.backlog(world.installation.id) == 0


def test_poison_becomes_a_dead_letter_with_its_raw_bytes_and_spoils_nothing_else(world: World) -> None:
    world.register("a1")
    world.deliver_raw(b"\xff not json", key="bad")
    world.deliver("defect")
    world.register("a2")
    world.work()
    assert attendee(world, "a1") is not None
    assert attendee(world, "a2") is not None
    reasons = {letter.reason: letter for letter in letters(world)}
    assert reasons["the body is not JSON"].delivery.body == b"\xff not json"
    assert reasons["the body is not JSON"].field == "body"
    assert any("defect" in reason and "ZeroDivisionError" in reason for reason in reasons)
    assert world.counted()["rejected"] == 2


def test_a_delivery_that_the_store_refuses_is_found_among_good_ones(world: World) -> None:
    world.register("a1")
    # A number that no database column takes: valid for the adapter, poison for the store.
    world.register("a2", seniority=2**70)
    world.register("a3")
    world.work()
    assert attendee(world, "a1") is not None
    assert attendee(world, "a2") is None
    assert attendee(world, "a3") is not None
    assert "the store refused" in letters(world)[0].reason


def test_the_corrected_delivery_may_come_under_the_key_of_the_dead_one(world: World) -> None:
    world.deliver_raw(b"oops", key="k")
    world.work()
    assert world.deliver("AttendeeCheckedIn", key="k", at=0, host_event="conf", attendee="a1").accepted == 1
    world.work()
    assert attendee(world, "a1").presence == "checked_in"


def test_the_same_bad_bytes_again_are_the_same_dead_letter(world: World) -> None:
    for _ in range(3):
        world.deliver_raw(b"oops", key="k")
        world.work()
    assert [letter.attempts for letter in letters(world)] == [3]


def test_what_nobody_needs_is_counted_and_dropped(world: World) -> None:
    world.deliver("boring")
    world.work()
    assert letters(world) == []
    assert world.counted()["unsupported"] == 1


def test_hints_for_one_object_are_one_look_up_and_never_occupy_a_key(world: World) -> None:
    for _ in range(5):
        assert world.deliver_raw(b'{"kind": "hint", "object": "order:1"}', key=None).accepted == 1
    world.shelf.objects["order:1"] = []
    world.work()
    assert world.shelf.looked_up == ["order:1"]


def test_a_delivery_that_ends_the_worker_is_tried_alone_and_then_given_up(world: World) -> None:
    world.register("a1")
    world.register("a2")
    installation = world.installation.id
    # What a worker that is killed in the middle leaves behind: attempts counted, nothing done.
    taken = []
    for _ in range(process.GIVE_UP_AFTER + 1):
        with world.services.store.begin() as unit:
            batch = unit.inbox.lease(installation, 500, alone_after=process.SUSPECT_AFTER)
            taken.append(len(batch))
    assert taken[0] == 2
    assert taken[-1] == 1
    world.work()
    assert attendee(world, "a1") is None
    assert attendee(world, "a2") is not None
    assert "ended the worker" in letters(world)[0].reason


def test_too_much_waiting_is_answered_by_slow_down(world: World) -> None:
    world.services = replace(world.services, limits=Limits(backlog=1))
    world.register("a1")
    world.time[0] += 2 * ingest.BACKLOG_CHECK_SECONDS
    with pytest.raises(Backpressure) as slow:
        world.register("a2")
    assert slow.value.retry_after > 0


def test_ids_grow_with_time() -> None:
    assert new_id(1.0) < new_id(2.0) < new_id(3e9)


def test_what_waits_for_a_disabled_installation_rings_no_bells_until_it_is_resumed(world: World) -> None:
    world.register("a1")
    process.drain(world.services, world.installation.id)
    world.register("a2")
    disable(world.services, world.installation.id)
    assert world.work() < 10, "bells that ring themselves"
    assert attendee(world, "a2") is None
    with world.services.store.snapshot() as unit:
        host_event = unit.host_events.get(world.installation.id, "conf")
    assert host_event.computed_version < host_event.dirty_version, "nothing was computed"
    resume(world.services, world.installation.id)
    Sweeper().sweep(world.services)
    world.work()
    assert set(world.shelf.shown()) == {"a1/connections", "a2/connections"}
