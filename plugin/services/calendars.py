"""A person's meetings as iCalendar (RFC 5545), for the calendar that they use already.

Moments are given in UTC, so that no calendar has to know the host event's time zone. A meeting keeps its UID for
ever; a calendar replaces what it has when the sequence is greater, and drops it when told that it is cancelled.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import orjson
from icalendar import Calendar, Event, vText

from ..domain.model import Profile, Purpose

MAKER = "-//entremise//meetings//EN"
LONGEST_NAME = 120
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:entremise:meetings")
_LOCALES = Path(__file__).parent.parent / "locales"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """One meeting as one of its people sees it.

    ``uid`` from ``meeting_uid``; ``sequence`` rises with every change that its people have to know of; times in
    seconds since 1970, ``changed_at`` is when it became so. ``names`` are the others' as they agreed to be shown
    (``shown_name``); who did not agree is not among them. ``link`` is where to join by video.
    """

    uid: str
    sequence: int
    starts_at: float
    ends_at: float
    changed_at: float
    spot: str
    names: Sequence[str] = ()
    link: str = ""
    cancelled: bool = False


def meeting_uid(*parts: str) -> str:
    """Return an identifier that is the same whenever it is made of the same parts, and tells nobody what they are.

    >>> meeting_uid("conference", "a", "b") == meeting_uid("conference", "a", "b") != meeting_uid("conference", "ab")
    True
    """
    return str(uuid.uuid5(_SPACE, "".join(f"{len(part)}:{part}" for part in parts)))


def shown_name(profile: Profile, purpose: Purpose = "matching") -> str:
    """Return what others may call this person: nothing unless they agreed to what brings them together."""
    if not getattr(profile.consent, purpose):
        return ""
    name = " ".join("".join(sign if sign.isprintable() else " " for sign in profile.name).split())
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"


def calendar(
    appointments: Iterable[Appointment], *, language: str, cancelling: bool = False, organiser: str = ""
) -> bytes:
    """Return a calendar in the reader's language, its appointments in the order of time.

    It holds the meetings that take place; ``cancelling`` makes one that calls off those that are cancelled
    (iCalendar has one method for a whole file). ``organiser`` is an address such as ``mailto:team@example.org``.
    """
    found = Calendar()
    found.add("version", "2.0")
    found.add("prodid", MAKER)
    found.add("calscale", "GREGORIAN")
    if cancelling:
        found.add("method", "CANCEL")
    elif organiser:  # RFC 5546: what is published names who publishes it
        found.add("method", "PUBLISH")
    wanted = (one for one in appointments if one.cancelled == cancelling)
    for appointment in sorted(wanted, key=lambda one: (one.starts_at, one.uid)):
        found.add_component(_entry(appointment, language, organiser))
    written: bytes = found.to_ical()
    return written


def _entry(appointment: Appointment, language: str, organiser: str) -> Event:
    entry = Event()
    entry.add("uid", appointment.uid)
    entry.add("dtstamp", _moment(appointment.changed_at))
    entry.add("last-modified", _moment(appointment.changed_at))
    entry.add("sequence", appointment.sequence)
    entry.add("dtstart", _moment(appointment.starts_at))
    entry.add("dtend", _moment(appointment.ends_at))
    entry.add("summary", vText(summary(appointment.names, language), params={"LANGUAGE": language}))
    if appointment.spot:
        entry.add("location", appointment.spot)
    if appointment.link:
        entry.add("url", appointment.link)
    if organiser:
        entry.add("organizer", organiser)
    entry.add("status", "CANCELLED" if appointment.cancelled else "CONFIRMED")
    entry.add("transp", "TRANSPARENT" if appointment.cancelled else "OPAQUE")
    return entry


def summary(names: Sequence[str], language: str) -> str:
    """Return what a meeting is called.

    >>> summary(["Ada", "Bo", "Cy"], "fr")
    'Rencontre avec Ada, Bo et Cy'
    """
    said = _catalogue(language)
    known = [name for name in names if name]
    if not known:
        return said["unnamed"]
    *first, last = known
    together = said["and"].format(first=", ".join(first), last=last) if first else last
    return said["with"].format(names=together)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds), UTC)


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    data: Mapping[str, str] = orjson.loads((_LOCALES / f"meeting.{language}.json").read_bytes())
    return data
