"""Who was forgotten is nowhere, and nothing that was said before brings them back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from builders import NOON
from sqlalchemy import text
from world import World, make_world

from entremise.plugin.domain.events import AttendeeErased
from entremise.plugin.domain.meetings import MeetingRequest
from entremise.plugin.domain.model import stamp
from entremise.plugin.domain.plans import Brief
from entremise.plugin.services.handlers import record
from entremise.plugin.services.privacy import forget

SECRET_NAME = "Zéphyrine Quillfeather"


def every_byte(world: World, home: Path) -> bytes:
    """Everything that the service keeps: each table's rows, and the database files as they are."""
    found = []
    with world.services.store.snapshot() as unit:
        names = (
            unit.connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
            .scalars()
            .all()
        )
        for name in names:
            rows = unit.connection.execute(text(f'SELECT * FROM "{name}"'))
            found += [repr(tuple(row)).encode() for row in rows]
    found += [path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()]
    return b"\n".join(found)


def remembered(world: World, home: Path) -> bool:
    everything = every_byte(world, home)
    needles = [
        SECRET_NAME.encode(),
        json.dumps(SECRET_NAME).encode(),
        repr(SECRET_NAME.encode())[2:-1].encode(),
    ]
    return any(needle in everything for needle in [*needles, b"ref-of-zephyrine"])


def test_a_forgotten_person_is_absent_from_every_table_and_file_and_from_the_host(tmp_path: Path) -> None:
    world = make_world(tmp_path, f"sqlite:///{tmp_path / 'entremise.db'}")
    world.register("a1")
    world.register("a2")
    world.register("ref-of-zephyrine", name=SECRET_NAME, bio="Je collectionne les plumes.")
    world.deliver(
        "FeedbackGiven", at=1, host_event="conf", attendee="a1", other="ref-of-zephyrine", verdict="met"
    )
    world.deliver_raw(b'{"broken": "' + SECRET_NAME.encode() + b'"', key="bad")
    world.work()
    assert remembered(world, tmp_path)
    assert "ref-of-zephyrine/connections" in world.shelf.shown()

    world.time[0] += 10
    forget(world.services, world.installation.id, "ref-of-zephyrine")
    world.work()

    assert not remembered(world, tmp_path)
    assert SECRET_NAME not in json.dumps(world.shelf.shown(), ensure_ascii=False)
    assert "ref-of-zephyrine/connections" not in world.shelf.shown()
    # The receiving host was told to let go, by name: it keeps nothing to show.
    assert set(world.shelf.shown()) == {"a1/connections", "a2/connections"}
    world.services.store.dispose()


def test_replaying_everything_does_not_bring_a_forgotten_person_back(tmp_path: Path) -> None:
    world = make_world(tmp_path, f"sqlite:///{tmp_path / 'entremise.db'}")
    world.register("a1")
    world.register("ref-of-zephyrine", name=SECRET_NAME)
    world.work()
    world.time[0] += 10
    forget(world.services, world.installation.id, "ref-of-zephyrine")
    world.work()
    with world.services.store.begin() as unit:
        for seq in unit.inbox.processed(world.installation.id, after=0, limit=100):
            assert unit.inbox.again(world.installation.id, seq)
    world.services.queue.ring("process", world.installation.id)
    # The host sends it all once more, too, under new keys.
    world.register("ref-of-zephyrine", name=SECRET_NAME)
    world.deliver("AttendeeCheckedIn", at=100, host_event="conf", attendee="ref-of-zephyrine")
    world.work()
    assert not remembered(world, tmp_path)
    world.services.store.dispose()


def test_only_a_newer_registration_with_consent_brings_somebody_back(world: World) -> None:
    world.register("a1")
    world.register("a2")
    world.work()
    world.time[0] += 10
    forget(world.services, world.installation.id, "a2")
    world.work()
    world.register("a2", at=20, consent={"matching": False})
    world.work()
    assert "a2/connections" not in world.shelf.shown()
    world.register("a2", at=30)
    world.work()
    assert "a2/connections" in world.shelf.shown()


def test_the_hosts_own_erasure_counts_like_ours(world: World) -> None:
    world.register("a1")
    world.register("a2", name=SECRET_NAME)
    world.work()
    world.deliver("AttendeeErased", at=10, host_event="conf", attendee="a2")
    world.work()
    assert set(world.shelf.shown()) == {"a1/connections"} or world.shelf.shown() == {}
    assert SECRET_NAME.encode() not in every_byte(world, Path("/nonexistent"))


def test_an_old_erasure_does_not_undo_a_newer_registration(world: World) -> None:
    world.register("a1")
    world.register("a2", at=20)
    world.deliver("AttendeeCheckedIn", at=5, host_event="conf", attendee="a2")
    world.work()
    world.deliver("AttendeeErased", at=10, host_event="conf", attendee="a2")
    world.work()
    with world.services.store.snapshot() as unit:
        back = unit.attendees.get(world.installation.id, "conf", "a2")
    assert back.agrees_to("matching")
    # What was known from before the erasure went all the same.
    assert back.presence == "registered"


def test_of_two_lives_the_former_goes_whole_when_its_erasure_comes_last(world: World) -> None:
    here, said = world.installation.id, {"host_event": "conf"}
    for ref in ("a1", "a2", "a3"):
        world.register(ref)
    world.deliver("OptOutChanged", at=1, **said, attendee="a2", opted_out=True)
    world.register("a2", at=20, name=SECRET_NAME)
    for at, one, other in ((2, "a1", "a2"), (3, "a2", "a1"), (25, "a2", "a3"), (2, "a1", "a3")):
        world.deliver("FeedbackGiven", at=at, **said, attendee=one, other=other, verdict="met")
    world.work()
    with world.services.store.begin() as unit:
        for ref, at in (("before", 4), ("after", 26)):
            unit.requests.save(here, "conf", a_request(ref, made=stamp(at=NOON + at, tie="page")))
        planned = unit.plans.get(here, "conf", "seating")
        unit.plans.save(here, "conf", replace(planned, brief=Brief(apart=(("a1", "a2"), ("a1", "a3")))))
    world.deliver("AttendeeErased", at=10, **said, attendee="a2")
    world.work()
    # It came too late to be told from a word about the next one: what is older is not taken any more.
    world.deliver("FeedbackGiven", at=5, **said, attendee="a3", other="a2", verdict="blocked")
    world.deliver("OptOutChanged", at=5, **said, attendee="a2", opted_out=True)
    world.work()
    with world.services.store.snapshot() as unit:
        back = unit.attendees.get(here, "conf", "a2")
        feedback = {(one.attendee, one.other) for one in unit.feedback.of_host_event(here, "conf")}
        asked = [one.ref for one in unit.requests.of_host_event(here, "conf")]
        brief = unit.plans.get(here, "conf", "seating").brief
    assert back is not None
    assert back.agrees_to("matching")
    assert back.profile.name == SECRET_NAME
    assert feedback == {("a2", "a3"), ("a1", "a3")}
    assert asked == ["after"]
    assert brief.apart == (("a1", "a3"),)
    # Worked out anew, and written again: the host may hold what the former holder was shown.
    assert "a2/connections" in world.shelf.shown()


def test_a_late_erasure_takes_back_results_before_they_are_worked_out_anew(world: World) -> None:
    for ref, at in (("a1", 0), ("a2", 20)):
        world.register(ref, at=at)
    world.work()
    world.time[0] += 30
    erased = AttendeeErased(host_event="conf", attendee="a2", stamp=stamp(at=NOON + 10, tie="late"))
    record(world.services, world.installation.id, [erased])
    with world.services.store.snapshot() as unit:
        cells = {one.recipient: one for one in unit.outbox.of_host_event(world.installation.id, "conf")}
    assert cells["a2"].payload is None
    assert "a2" not in cells["a1"].mentions
    world.work()
    assert {"a1/connections", "a2/connections"} <= set(world.shelf.shown())


def a_request(ref: str, *, made: str) -> MeetingRequest:
    later = NOON + 86_400
    return MeetingRequest(
        ref=ref, requester="a1", invitee="a2", starts_at=later, ends_at=later + 600, made=made, expires_at=later
    )  # fmt: skip


def test_forgetting_at_one_host_event_leaves_the_others(world: World) -> None:
    for host_event in ("conf", "summit"):
        world.register("a1", host_event=host_event)
        world.register("a2", host_event=host_event)
    world.work()
    world.time[0] += 10
    assert forget(world.services, world.installation.id, "a2", "conf") == 1
    world.work()
    with world.services.store.snapshot() as unit:
        assert unit.attendees.get(world.installation.id, "conf", "a2") is None
        assert unit.attendees.get(world.installation.id, "summit", "a2") is not None
    assert world.time[0] > NOON


def test_a_registration_dated_ahead_does_not_bring_somebody_back(world: World) -> None:
    world.register("a1")
    world.register("a2", at=30 * 86400)
    world.work()
    world.time[0] += 10
    forget(world.services, world.installation.id, "a2")
    world.register("a2", at=30 * 86400)
    world.work()
    with world.services.store.snapshot() as unit:
        assert unit.attendees.get(world.installation.id, "conf", "a2") is None


def test_somebody_who_never_became_an_attendee_is_forgotten_too(world: World) -> None:
    world.deliver_raw(b'{"broken": "ghost"', key="bad")
    world.deliver("FeedbackGiven", at=1, host_event="conf", attendee="a1", other="ghost", verdict="met")
    world.work()
    forget(world.services, world.installation.id, "ghost")
    with world.services.store.snapshot() as unit:
        assert not unit.dead_letters.list(world.installation.id)
        assert not unit.feedback.of_host_event(world.installation.id, "conf")


def test_dead_letters_are_found_however_json_writes_a_name(world: World) -> None:
    world.register("a1", name=SECRET_NAME)
    world.deliver_raw(b'{"broken": ' + json.dumps(SECRET_NAME).encode(), key="bad")
    world.work()
    forget(world.services, world.installation.id, "a1")
    with world.services.store.snapshot() as unit:
        assert not unit.dead_letters.list(world.installation.id)
