"""What a person sees of plans on their own page: their circles, their tables and their meetings.

Plans are published once and looked at later: whoever may not be shown any more is left out at the moment of looking,
and with them every topic that quotes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.suggestions import Feature
from .calendars import Appointment
from .cards import Card, Gallery

_FIRST_SEQUENCE = 1_577_836_800
"""2020, in seconds since 1970: counted from there, seconds stay small enough for every calendar until 2088."""


@dataclass(frozen=True, slots=True)
class Topic:
    """Something to talk about, in the language of the result.

    ``said`` is who wrote what of it: names (an empty one stands for the reader) with what all of them wrote, which is
    empty where the topic itself says so.
    """

    text: str
    said: tuple[tuple[tuple[str, ...], str], ...] = ()


@dataclass(frozen=True, slots=True)
class Circle:
    """People around one concern; ``host`` is the ref of whoever hosts it, the reader perhaps, or empty."""

    key: str
    label: str
    round: int
    host: str
    people: tuple[Card, ...]
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """The reader's place at one meal, and who is at the same table."""

    meal: str
    table: str
    people: tuple[Card, ...]
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """When and where the reader meets whom. Moments keep the host event's own time zone."""

    uid: str
    starts: datetime
    ends: datetime
    spot: str
    remote: bool
    people: tuple[Card, ...]
    link: str = ""


@dataclass(frozen=True, slots=True)
class Plans:
    """All plans that one person has a place in; meetings in the order of time, circles by round."""

    circles: tuple[Circle, ...] = ()
    seats: tuple[Seat, ...] = ()
    meetings: tuple[Meeting, ...] = ()

    @property
    def introduced(self) -> set[str]:
        """Who is shown with reasons, so that suggesting them again would say nothing new."""
        together: tuple[Circle | Meeting, ...] = (*self.circles, *self.meetings)
        return {card.ref for each in together for card in each.people}

    def __bool__(self) -> bool:
        return bool(self.circles or self.seats or self.meetings)


def read_plans(held: Mapping[Feature, Mapping[str, Any]], gallery: Gallery) -> Plans:
    """Return what may be shown of results by feature. A circle or meeting with nobody else in it is not shown."""
    topics = _topics(held.get("topics", {}).get("topics") or ())
    circles = (_circle(item, gallery, topics) for item in held.get("circles", {}).get("circles") or ())
    seats = held.get("seating", {}).get("seats") or ()
    meetings = (_meeting(item, gallery) for item in held.get("meetings", {}).get("meetings") or ())
    return Plans(
        circles=tuple(
            sorted((one for one in circles if one.people), key=lambda one: (one.round, one.label, one.key))
        ),
        seats=tuple(_seat(item, gallery, topics) for item in seats) if gallery.reads("groups") else (),
        meetings=tuple(
            sorted((one for one in meetings if one.people), key=lambda one: (one.starts.timestamp(), one.uid))
        ),
    )


def appointments(meetings: Iterable[Meeting], *, now: float) -> list[Appointment]:
    """Return the meetings for a calendar. What is fetched later replaces what was fetched before."""
    return [
        Appointment(
            uid=meeting.uid,
            sequence=int(now) - _FIRST_SEQUENCE,
            starts_at=meeting.starts.timestamp(),
            ends_at=meeting.ends.timestamp(),
            changed_at=now,
            spot=meeting.spot,
            names=[card.name for card in meeting.people],
            link=meeting.link,
        )
        for meeting in meetings
    ]


_Topics = Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]


def _topics(groups: Sequence[Mapping[str, Any]]) -> _Topics:
    return {(str(group["of"]), str(group["key"])): group.get("items") or () for group in groups}


def _quotable(
    items: Sequence[Mapping[str, Any]], people: Sequence[Card], gallery: Gallery
) -> tuple[Topic, ...]:
    """Return the topics that are made from the words of nobody but the reader and the people shown."""
    shown = {card.ref for card in people} | {gallery.reader_ref}
    return tuple(
        Topic(str(item["text"]), tuple(_said(item, gallery)))
        for item in items
        if shown.issuperset(item.get("from") or ())
    )


def _said(item: Mapping[str, Any], gallery: Gallery) -> Iterator[tuple[tuple[str, ...], str]]:
    whose: dict[str, list[str]] = {}
    for each in item.get("said") or ():
        mine = each["person"] == gallery.reader_ref
        whose.setdefault(str(each["text"]), []).append("" if mine else str(each.get("name") or ""))
    for text, names in whose.items():
        yield tuple(names), "" if text.casefold() in str(item["text"]).casefold() else text


def _host(people: Sequence[Mapping[str, Any]]) -> str:
    return next((str(item["person"]) for item in people if item.get("role") == "host"), "")


def _circle(item: Mapping[str, Any], gallery: Gallery, topics: _Topics) -> Circle:
    people = gallery.cards(item.get("people") or (), purpose="groups")
    key = str(item["circle"])
    return Circle(
        key=key,
        label=str(item.get("label") or ""),
        round=int(item.get("round") or 1),
        host=gallery.reader_ref if item.get("role") == "host" else _host(item.get("people") or ()),
        people=people,
        topics=_quotable(topics.get(("circle", key), ()), people, gallery),
    )


def _seat(item: Mapping[str, Any], gallery: Gallery, topics: _Topics) -> Seat:
    people = gallery.cards(item.get("people") or (), purpose="groups")
    meal, table = str(item.get("meal") or ""), str(item.get("table") or "")
    key = str(item.get("seat") or f"{meal}/{table}")
    return Seat(meal, table, people, _quotable(topics.get(("seat", key), ()), people, gallery))


def _meeting(item: Mapping[str, Any], gallery: Gallery) -> Meeting:
    return Meeting(
        uid=str(item["meeting"]),
        starts=datetime.fromisoformat(item["starts"]),
        ends=datetime.fromisoformat(item["ends"]),
        spot=str(item.get("spot") or ""),
        remote=bool(item.get("remote")),
        people=gallery.cards(item.get("people") or ()),
        link=_web_address(str(item.get("link") or "")),
    )


def _web_address(link: str) -> str:
    """Return an address that a browser may open; nothing for any other."""
    return link if link.startswith(("https://", "http://")) else ""
