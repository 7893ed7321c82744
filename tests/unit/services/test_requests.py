"""Attendees ask for meetings and answer: in slots in which both are free, with an end to every wait, and into the plan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders import NOON
from world import World

from entremise.plugin.domain.meetings import MeetingRequest
from entremise.plugin.domain.plans import Brief, Planning
from entremise.plugin.services import personal, plans, requests
from entremise.plugin.services.links import Person
from entremise.plugin.services.privacy import forget
from entremise.plugin.services.sweep import EXPIRE_EVERY_SECONDS, Sweeper

DAY = 86_400.0
START = datetime.fromtimestamp(NOON, UTC) + timedelta(days=3)
TIMES = [START + timedelta(minutes=30 * number) for number in range(4)]
SLOTS = [f"{start:%Y-%m-%dT%H:%M}Z/PT20M" for start in TIMES]
AGREED = {"matching": True, "groups": True}


@pytest.fixture
def busy(world: World) -> World:
    """Ada, Bo and Cy are suggested to each other, and the organiser has named slots for meetings."""
    for ref in ("ada", "bo", "cy"):
        world.register(ref, needs=["a forge"], offers=["a forge"], consent=AGREED)
    world.work()
    brief(world, slots=SLOTS)
    return world


def brief(world: World, *, slots: list[str], **more: Any) -> None:
    frame = {"slots": slots, "spots": [{"name": "Lobby", "capacity": 2}], "meetings": [], **more}
    plans.change_brief(
        world.services, world.installation.id, "conf", "meetings", Brief(frame=frame),
        expected_version=planning(world).version, actor="test",
    )  # fmt: skip
    world.work()


def planning(world: World) -> Planning:
    with world.services.store.snapshot() as unit:
        return unit.plans.get(world.installation.id, "conf", "meetings")


def publish(world: World) -> None:
    plans.publish(
        world.services, world.installation.id, "conf", "meetings", expected_version=planning(world).version, actor="test"
    )  # fmt: skip
    world.work()


def me(world: World, ref: str) -> Person:
    return Person(world.installation.id, "conf", ref)


def ask(world: World, one: str, other: str, slot: int = 0) -> str:
    """Ask, a second after whatever was before."""
    world.time[0] += 1
    return requests.ask(world.services, me(world, one), other, SLOTS[slot])


def answer(world: World, ref: str, said: requests.Said, number: int = -1) -> str:
    answered = requests.answer_request(world.services, me(world, ref), stored(world)[number].ref, said)
    world.work()
    return answered


def stored(world: World) -> list[MeetingRequest]:
    with world.services.store.snapshot() as unit:
        return list(unit.requests.of_host_event(world.installation.id, "conf"))


def state(world: World, number: int = -1) -> str:
    with world.services.store.snapshot() as unit:
        desk = requests.Desk(world.services, unit, world.installation.id, "conf")
    return desk.calendar.standing(stored(world)[number].ref).state


def meetings_of(world: World, ref: str) -> list[tuple[str, str, list[str]]]:
    with world.services.store.snapshot() as unit:
        result = unit.outbox.get(world.installation.id, "conf", ref, "meetings")
    held = (result.payload if result else None) or {"meetings": []}
    return [
        (one["starts"], one["spot"], [item["person"] for item in one["people"]]) for one in held["meetings"]
    ]


def test_what_two_agree_on_is_a_meeting_for_both_at_once_and_in_every_plan(busy: World) -> None:
    assert ask(busy, "ada", "bo") == "asked"
    assert meetings_of(busy, "ada") == []
    assert answer(busy, "bo", "accept") == "agreed"
    when = TIMES[0].isoformat()
    assert meetings_of(busy, "ada") == [(when, "Lobby", ["bo"])]
    assert meetings_of(busy, "bo") == [(when, "Lobby", ["ada"])]
    (group,) = planning(busy).draft.groups  # type: ignore[union-attr]
    assert (group.people, group.place["slot"]) == (frozenset({"ada", "bo"}), SLOTS[0])
    publish(busy)
    assert meetings_of(busy, "ada") == [(when, "Lobby", ["bo"])]
    assert state(busy) == "accepted"


def test_the_plan_puts_nothing_else_into_the_time_that_two_agreed_on(busy: World) -> None:
    ask(busy, "ada", "bo", 1)
    answer(busy, "bo", "accept")
    brief(
        busy, slots=SLOTS[1:2], spots=[{"name": "Lobby", "capacity": 9}], meetings=[{"people": ["ada", "cy"], "worth": 9}]
    )  # fmt: skip
    draft = planning(busy).draft
    assert draft is not None
    assert [group.people for group in draft.groups] == [frozenset({"ada", "bo"})]
    assert [(one.person, one.because) for one in draft.left_over] == [("cy", "meeting_people_busy")]


def test_where_no_spot_is_free_two_meet_all_the_same(busy: World) -> None:
    ask(busy, "ada", "bo")
    brief(busy, slots=SLOTS, spots=[{"name": "Video", "mode": "remote", "slots": SLOTS[1:]}])
    answer(busy, "bo", "accept")
    assert meetings_of(busy, "ada") == [(TIMES[0].isoformat(), "", ["bo"])]


def test_a_request_that_is_declined_or_taken_back_takes_no_time(busy: World) -> None:
    ask(busy, "ada", "bo")
    assert answer(busy, "bo", "decline") == "refused"
    assert state(busy) == "declined"
    assert answer(busy, "bo", "accept") == "gone"
    assert ask(busy, "ada", "bo") == "asked"
    assert answer(busy, "ada", "withdraw") == "withdrawn"
    assert ask(busy, "cy", "ada") == "asked"


def test_either_of_two_calls_a_meeting_off_and_it_goes_from_both_and_from_the_plan(busy: World) -> None:
    for who, how in (("bo", "decline"), ("ada", "withdraw")):
        assert ask(busy, "ada", "bo") == "asked"
        answer(busy, "bo", "accept")
        publish(busy)
        assert len(meetings_of(busy, "ada")) == 1
        answer(busy, who, how)  # type: ignore[arg-type]
        assert meetings_of(busy, "ada") == meetings_of(busy, "bo") == []
        assert planning(busy).published.groups == ()  # type: ignore[union-attr]
        assert planning(busy).draft.groups == ()  # type: ignore[union-attr]


def test_a_request_that_nobody_answers_ends_by_itself(busy: World) -> None:
    ask(busy, "ada", "bo")
    assert ask(busy, "ada", "cy") == "taken", "while it waits, it holds the time of who made it"
    assert ask(busy, "cy", "bo") == "asked", "and nobody else's"
    busy.time[0] += requests.LIFE + 1
    assert state(busy, 0) == "expired"
    assert answer(busy, "bo", "accept", 0) == "gone"
    assert ask(busy, "ada", "cy") == "asked"


def test_whoever_accepts_first_is_first(busy: World) -> None:
    ask(busy, "ada", "bo")
    ask(busy, "cy", "bo")
    assert answer(busy, "bo", "accept", 1) == "agreed"
    assert answer(busy, "bo", "accept", 0) == "taken"
    assert ask(busy, "ada", "bo", 0) == "taken"


def test_published_meetings_count_as_taken(busy: World) -> None:
    ask(busy, "cy", "bo")
    brief(
        busy,
        slots=SLOTS,
        meetings=[{"people": ["ada", "bo"]}],
        pins=[{"people": ["ada", "bo"], "slot": SLOTS[0]}],
    )
    publish(busy)
    assert ask(busy, "ada", "cy", 0) == "taken"
    assert ask(busy, "cy", "ada", 0) == "taken"
    assert answer(busy, "bo", "accept") == "taken"
    assert ask(busy, "ada", "cy", 1) == "asked"


def test_only_so_many_requests_of_one_person_wait(busy: World) -> None:
    for number in range(requests.MOST_WAITING):
        busy.register(f"p{number}", needs=["a forge"], offers=["a forge"], consent=AGREED)
    busy.work()
    with busy.services.store.snapshot() as unit:
        held = unit.outbox.get(busy.installation.id, "conf", "ada", "connections")
    assert held is not None
    shown = [item["person"] for item in held.payload["suggestions"]]  # type: ignore[index]
    slots = [*SLOTS, *(f"{START + timedelta(hours=5 + more):%Y-%m-%dT%H:%M}Z/PT20M" for more in range(6))]
    brief(busy, slots=slots)
    said = [
        requests.ask(busy.services, me(busy, "ada"), other, slot)
        for other, slot in zip(shown, slots, strict=False)
    ]
    assert said[: requests.MOST_WAITING] == ["asked"] * requests.MOST_WAITING
    assert set(said[requests.MOST_WAITING :]) == {"waiting"}


def test_nobody_is_asked_who_was_not_shown_or_does_not_want_to_meet(busy: World) -> None:
    busy.register("shy", consent={"matching": False})
    assert ask(busy, "ada", "shy") == "gone"
    assert ask(busy, "ada", "ada") == "gone"
    assert personal.answer(busy.services, me(busy, "bo"), "ada", "blocked")
    assert ask(busy, "ada", "bo") == "gone"
    assert ask(busy, "bo", "ada") == "gone"
    assert stored(busy) == []


def test_nobody_else_answers_a_request(busy: World) -> None:
    ask(busy, "ada", "bo")
    assert answer(busy, "cy", "accept") == "gone"
    assert answer(busy, "ada", "accept") == "gone"
    assert answer(busy, "bo", "withdraw") == "gone"
    assert state(busy) == "requested"


def test_a_slot_that_there_is_not_or_that_has_begun_cannot_be_asked_for(busy: World) -> None:
    assert requests.ask(busy.services, me(busy, "ada"), "bo", "noon") == "taken"
    busy.time[0] = TIMES[-1].timestamp() + 1
    assert ask(busy, "ada", "bo", 3) == "taken"


def test_whoever_leaves_ends_their_requests_and_coming_back_brings_none(busy: World) -> None:
    ask(busy, "ada", "bo")
    answer(busy, "bo", "accept")
    ask(busy, "cy", "ada", 1)
    busy.time[0] += 1
    personal.set_opt_out(busy.services, me(busy, "ada"), True)
    busy.work()
    assert meetings_of(busy, "bo") == []
    assert [state(busy, number) for number in (0, 1)] == ["withdrawn", "withdrawn"]
    busy.time[0] += 1
    personal.set_opt_out(busy.services, me(busy, "ada"), False)
    busy.work()
    assert meetings_of(busy, "bo") == []


def test_an_erased_person_is_in_no_request(busy: World) -> None:
    ask(busy, "ada", "bo")
    answer(busy, "bo", "accept")
    ask(busy, "bo", "cy", 2)
    forget(busy.services, busy.installation.id, "ada")
    busy.work()
    assert [one.people for one in stored(busy)] == [("bo", "cy")]
    assert meetings_of(busy, "bo") == []
    forget(busy.services, busy.installation.id, "bo", "conf")
    assert stored(busy) == []


@pytest.mark.parametrize("together", [True, False])
def test_whoever_has_an_erased_persons_ticket_next_has_nothing_of_theirs(busy: World, together: bool) -> None:
    """A ticket that is handed over: erased and registered again under the same ref, by the host's own deliveries."""
    ask(busy, "ada", "bo")
    answer(busy, "bo", "accept")
    for one, other, verdict in (("ada", "cy", "declined"), ("cy", "ada", "accepted"), ("bo", "cy", "met")):
        busy.deliver(
            "FeedbackGiven", at=10, host_event="conf", attendee=one, other=other, verdict=verdict
        )  # fmt: skip
    busy.deliver("AttendeeCheckedIn", at=10, host_event="conf", attendee="ada")
    busy.deliver("OptOutChanged", at=10, host_event="conf", attendee="ada", opted_out=True)
    busy.work()
    busy.time[0] += 60
    busy.deliver("AttendeeErased", at=60, host_event="conf", attendee="ada")
    if not together:
        busy.work()
    busy.register("ada", at=60.000001, name="Grace", needs=["a forge"], offers=["a forge"], consent=AGREED)
    busy.work()
    with busy.services.store.snapshot() as unit:
        grace = unit.attendees.get(busy.installation.id, "conf", "ada")
        said = unit.feedback.of_host_event(busy.installation.id, "conf")
    assert grace is not None
    assert (grace.profile.name, grace.presence, grace.opted_out) == ("Grace", "registered", False)
    assert grace.agrees_to("matching")
    assert [(one.attendee, one.other) for one in said] == [("bo", "cy")]
    assert stored(busy) == []
    assert meetings_of(busy, "bo") == []
    assert meetings_of(busy, "ada") == []


def test_the_sweeper_forgets_requests_whose_time_is_long_over(busy: World) -> None:
    ask(busy, "ada", "bo")
    busy.time[0] = TIMES[0].timestamp() + 3600
    Sweeper().sweep(busy.services)
    assert len(stored(busy)) == 1
    busy.time[0] += busy.services.limits.keep_raw_seconds + EXPIRE_EVERY_SECONDS
    Sweeper().sweep(busy.services)
    assert stored(busy) == []
