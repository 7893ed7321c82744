"""Requests for meetings as one person sees them: who asks them, whom they asked, and when they could ask whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from ..domain.meetings import MeetingRequest
from ..domain.model import Attendee
from .cards import Gallery
from .frames.meetings import Slot
from .links import Person
from .ports import Services, UnitOfWork
from .requests import Desk

Seen = Literal["asks_you", "waiting", "agreed", "declined", "expired", "called_off"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A time at which two could meet; ``slot`` is what the plan calls it. Moments keep the plan's own time zone."""

    slot: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class RequestSeen:
    """One request; ``person`` and ``name`` are the other one's. ``mine``: the reader made it."""

    ref: str
    person: str
    name: str
    mine: bool
    state: Seen
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests in the order of time, and by person the times that may be asked for."""

    seen: tuple[RequestSeen, ...] = ()
    choices: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)


def read_requests(services: Services, unit: UnitOfWork, person: Person, shown: Iterable[str]) -> Requests:
    """Return what the person sees of requests; ``shown`` are the people whom they may ask."""
    where = person.installation_id, person.host_event
    reader = unit.attendees.get(*where, person.ref)
    if reader is None or not reader.agrees_to("matching"):
        return Requests()
    desk = Desk(services, unit, *where)
    mine = [one for one in desk.requests.values() if person.ref in one.people and one.ends_at > desk.now]
    asked = [*dict.fromkeys(shown)] if desk.is_open else []
    others = unit.attendees.get_many(*where, {*asked, *(ref for one in mine for ref in one.people)})
    said = {given.other: given.verdict for given in unit.feedback.of_person(*where, person.ref)}
    gallery = Gallery(unit, person, said, with_presence=False, reader=reader)
    gallery.load(list(others))
    names = {card.ref: card.name for card in gallery.cards([_item(one) for one in others.values()])}
    seen = (_seen(desk, person.ref, one, names) for one in mine)
    choices = {
        ref: tuple(_choice(slot) for slot in desk.slots(reader, others[ref])) for ref in asked if ref in names
    }
    return Requests(
        seen=tuple(sorted((one for one in seen if one), key=lambda one: (one.starts.timestamp(), one.ref))),
        choices={ref: free for ref, free in choices.items() if free},
    )


def _item(other: Attendee) -> Mapping[str, str]:
    return {"person": other.ref, "name": other.profile.name}


def _seen(desk: Desk, reader: str, one: MeetingRequest, names: Mapping[str, str]) -> RequestSeen | None:
    """Return the request as the reader sees it; ``None`` for one that is over, or of somebody who is not shown."""
    other = next(ref for ref in one.people if ref != reader)
    state = _state(desk, one, mine=one.requester == reader)
    if state is None or other not in names:
        return None
    slot = desk.slot_of(one)
    zone = slot.zone if slot else UTC
    starts, ends = (datetime.fromtimestamp(moment, zone) for moment in (one.starts_at, one.ends_at))
    return RequestSeen(one.ref, other, names[other], one.requester == reader, state, starts, ends)


def _state(desk: Desk, one: MeetingRequest, *, mine: bool) -> Seen | None:
    """Return what became of it. What somebody ended themselves is not told to them again."""
    match desk.calendar.standing(one.ref).state:
        case "requested":
            return "waiting" if mine else "asks_you"
        case "accepted":
            return "agreed"
        case "declined" if mine:
            return "called_off" if one.accepted else "declined"
        case "expired" if mine:
            return "expired"
        case "withdrawn" if not mine and one.accepted:
            return "called_off"
    return None


def _choice(slot: Slot) -> Choice:
    starts, ends = (datetime.fromtimestamp(moment, slot.zone) for moment in slot.time)
    return Choice(slot.text, starts, ends)
