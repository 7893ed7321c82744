"""Deliveries may come twice and in any order: where they end is decided by when the host said what it said."""

from __future__ import annotations

from typing import Any

from builders import NOON
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.domain import events
from entremise.plugin.domain.model import Consent, Profile, stamp
from entremise.plugin.services.handlers import apply_events
from entremise.plugin.services.privacy import tombstones
from entremise.plugin.services.vault import Vault
from entremise.plugin.storage.sql import open_store

VAULT = Vault([Vault.make_key()])
PEOPLE = ("a1", "a2", "a3")


@st.composite
def happenings(
    draw: st.DrawFn, *, first: int = 0, version: int = 0, agreed: tuple[str, ...] = (), most: int = 25
) -> list[events.DomainEvent]:
    """Between 1 and 25 things that happened to three people, all at different moments.

    Moments are numbered from ``first``, the host's versions from ``version``; ``agreed`` are those who always agree
    to be introduced.
    """
    drawn: list[events.DomainEvent] = []
    for number in range(first, first + draw(st.integers(1, most))):
        kind = draw(
            st.sampled_from(
                [
                    "AttendeeRegistered",
                    "ProfileUpdated",
                    "AttendeeCheckedIn",
                    "CheckInReversed",
                    "AttendeeLeft",
                    "RegistrationCancelled",
                    "OptOutChanged",
                    "FeedbackGiven",
                    "HostEventUpdated",
                ]
            )
        )
        said: dict[str, Any] = {"host_event": "conf", "stamp": stamp(at=NOON + number, tie=f"k{number}")}
        if kind != "HostEventUpdated":
            said["attendee"] = draw(st.sampled_from(PEOPLE))
        if kind in {"AttendeeRegistered", "ProfileUpdated"}:
            said["profile"] = Profile(
                name=f"name {number}",
                consent=Consent(
                    matching=said["attendee"] in agreed or draw(st.booleans()), presence=draw(st.booleans())
                ),
            )
            # The host's own version may run against the order in which it says things.
            said["profile_stamp"] = stamp(
                version=draw(st.integers(version, version + 3)), at=NOON + number, tie=f"k{number}"
            )
        if kind == "OptOutChanged":
            said["opted_out"] = draw(st.booleans())
        if kind == "FeedbackGiven":
            said["other"] = draw(st.sampled_from(PEOPLE))
            said["verdict"] = draw(st.sampled_from(["accepted", "declined", "met", "blocked"]))
        if kind == "HostEventUpdated":
            said["name"] = f"name {number}"
        drawn.append(getattr(events, kind)(**said))
    return drawn


def end_of(batches: list[list[events.DomainEvent]]) -> Any:
    """Apply the batches one after the other to an empty store; return everything that is then known."""
    store = open_store("sqlite://")
    for batch in batches:
        with store.begin() as unit:
            apply_events(unit, VAULT, "i", batch, now=NOON)
    with store.snapshot() as unit:
        people = unit.attendees.get_many("i", "conf", PEOPLE)
        feedback = unit.feedback.of_host_event("i", "conf")
        host_event = unit.host_events.get("i", "conf")
        erased = tombstones(unit, VAULT, "i", "conf", PEOPLE)
    store.dispose()
    return (
        people,
        feedback,
        erased,
        (host_event.name if host_event else "", host_event.cancelled if host_event else False),
    )


@given(happenings(), st.data())
def test_twice_and_shuffled_is_the_same_as_once_and_in_order(
    happened: list[events.DomainEvent], data: st.DataObject
) -> None:
    twice = data.draw(st.permutations(happened + happened))
    cut = data.draw(st.integers(0, len(twice)))
    assert end_of([twice[:cut], twice[cut:]]) == end_of([[one] for one in happened])


@st.composite
def two_lives(draw: st.DrawFn) -> tuple[list[events.DomainEvent], list[events.DomainEvent]]:
    """What happened in two lives of ``a1``, in order, and the same told twice in another order.

    Of the second life, the registration is told first: somebody erased only comes back by it, so that what is told of
    them before it is not kept. Everything else, the erasure included, is told at any moment.
    """
    former = draw(happenings(most=12))
    erased = events.AttendeeErased(host_event="conf", attendee="a1", stamp=stamp(at=NOON + 50, tie="gone"))
    again = events.AttendeeRegistered(
        host_event="conf", attendee="a1", stamp=stamp(at=NOON + 60, tie="back"),
        profile=Profile(name="the next one", consent=Consent(matching=True, presence=True)),
        profile_stamp=stamp(version=3, at=NOON + 60, tie="back"),
    )  # fmt: skip
    latter = draw(happenings(first=70, version=3, agreed=("a1",), most=12))
    happened = [*former, erased, again, *latter]
    told = draw(st.permutations(happened + happened))
    told.remove(again)
    of_theirs = [place for place, one in enumerate(told) if one in latter and _is_about(one, "a1")]
    told.insert(draw(st.integers(0, min([*of_theirs, told.index(again)]))), again)
    return happened, told


def _is_about(one: events.DomainEvent, ref: str) -> bool:
    return ref in {getattr(one, "attendee", None), getattr(one, "other", None)}


@given(two_lives(), st.data())
def test_an_erasure_between_two_lives_may_be_told_at_any_moment(
    lives: tuple[list[events.DomainEvent], list[events.DomainEvent]], data: st.DataObject
) -> None:
    happened, told = lives
    cut = data.draw(st.integers(0, len(told)))
    assert end_of([told[:cut], told[cut:]]) == end_of([[one] for one in happened])


@given(happenings())
def test_saying_it_all_again_raises_no_version(happened: list[events.DomainEvent]) -> None:
    store = open_store("sqlite://")
    with store.begin() as unit:
        apply_events(unit, VAULT, "i", happened, now=NOON)
        before = unit.host_events.get("i", "conf")
        again = apply_events(unit, VAULT, "i", happened, now=NOON)
        assert unit.host_events.get("i", "conf") == before
    assert again.host_events == frozenset()
    store.dispose()
