"""Who was forgotten is nowhere, and nothing that was said before brings them back."""

from __future__ import annotations

import json
from pathlib import Path

from builders import NOON
from sqlalchemy import text
from world import World, make_world

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
