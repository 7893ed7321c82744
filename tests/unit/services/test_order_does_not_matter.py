"""Deliveries may come twice and in any order: where they end is decided by when the host said what it said."""

from __future__ import annotations

from typing import Any

from builders import NOON
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.domain import events
from entremise.plugin.domain.model import Consent, Profile, stamp
from entremise.plugin.services.handlers import apply_events
from entremise.plugin.services.vault import Vault
from entremise.plugin.storage.sql import open_store

VAULT = Vault([Vault.make_key()])
PEOPLE = ("a1", "a2", "a3")


@st.composite
def happenings(draw: st.DrawFn) -> list[events.DomainEvent]:
    """Between 1 and 25 things that happened to three people, all at different moments."""
    drawn: list[events.DomainEvent] = []
    for number in range(draw(st.integers(1, 25))):
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
                consent=Consent(matching=draw(st.booleans()), presence=draw(st.booleans())),
            )
            # The host's own version may run against the order in which it says things.
            said["profile_stamp"] = stamp(version=draw(st.integers(0, 3)), at=NOON + number, tie=f"k{number}")
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
    store.dispose()
    return (
        people,
        feedback,
        (host_event.name if host_event else "", host_event.cancelled if host_event else False),
    )


@given(happenings(), st.data())
def test_twice_and_shuffled_is_the_same_as_once_and_in_order(
    happened: list[events.DomainEvent], data: st.DataObject
) -> None:
    twice = data.draw(st.permutations(happened + happened))
    cut = data.draw(st.integers(0, len(twice)))
    assert end_of([twice[:cut], twice[cut:]]) == end_of([[one] for one in happened])


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
