"""Writes everybody's calendar of a schedule into a folder: one file a person, and one more for what is called off."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from ..domain.errors import ConfigurationError
from ..domain.intervals import Interval, parse_interval
from ..domain.model import Purpose
from ..services.calendars import Appointment, calendar, shown_name
from ..services.frames.documents import Wrong
from ..services.frames.meetings import SchedulePlan
from ..services.wording import reading_language
from .attendees import People
from .schedules import Scheduled

_LONGEST = 120


def write_calendars(
    folder: str,
    plan: SchedulePlan,
    people: People,
    meetings: Sequence[Scheduled],
    *,
    languages: Sequence[str] = (),
) -> int:
    """Write the files; return how many people have one. Who has nothing (any more) has no file.

    Raises ``Wrong`` where the plan does not say in which time zone its clocks hang.
    """
    if not plan.zoned:
        raise Wrong("time_zone", "calendars need it (such as Europe/Paris), since slots have no offset")
    mine: dict[str, list[Scheduled]] = defaultdict(list)
    for one in meetings:
        if one.status != "left_over":
            for person in one.people:
                mine[person].append(one)
    try:
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        written = 0
        for person, theirs in sorted(mine.items()):
            written += _write(target, plan, people, person, theirs, languages)
    except OSError as error:
        raise ConfigurationError(f"{folder}: {error.strerror}") from error
    return written


def file_name(person: str) -> str:
    """Return what a person's calendar is called: the id as far as file names go.

    >>> file_name("a/1")
    'a%2F1.ics'
    """
    return f"{_stem(person)}.ics"


def _write(
    folder: Path,
    plan: SchedulePlan,
    people: People,
    person: str,
    meetings: Sequence[Scheduled],
    languages: Sequence[str],
) -> bool:
    profile = people.profiles.get(person)
    language = reading_language(profile.languages if profile else (), languages)
    here = person in people.profiles and person not in people.gone
    theirs = [_appointment(plan, people, person, one) for one in meetings]
    some = False
    for cancelling in (False, True):
        path = folder / (f"{_stem(person)}.cancelled.ics" if cancelling else file_name(person))
        if here and any(one.cancelled == cancelling for one in theirs):
            path.write_bytes(
                calendar(theirs, language=language, cancelling=cancelling, organiser=plan.organiser)
            )
            some = some or not cancelling
        else:
            path.unlink(missing_ok=True)
    return some


def _appointment(plan: SchedulePlan, people: People, person: str, one: Scheduled) -> Appointment:
    # A slot that is gone from the plan was written by an earlier one: its text still says when it was.
    times = {slot.text: slot.time for slot in plan.slots}
    links = {spot.name: spot.link for spot in plan.spots}
    starts_at, ends_at = times[one.slot] if one.slot in times else _time_of(one.slot, plan)
    others = [people.profiles[other] for other in one.people if other != person and other in people.profiles]
    purpose: Purpose = "matching" if len(one.people) == 2 else "groups"
    return Appointment(
        uid=one.uid,
        sequence=one.sequence,
        starts_at=starts_at,
        ends_at=ends_at,
        changed_at=one.changed_at,
        spot=one.spot,
        names=[shown_name(other, purpose) for other in others],
        link=links.get(one.spot, ""),
        cancelled=one.status == "cancelled",
    )


def _time_of(slot: str, plan: SchedulePlan) -> Interval:
    try:
        return parse_interval(slot, plan.zone)
    except ValueError as error:
        raise ConfigurationError(f"{slot[:60]!r}: {error}") from error


def _stem(person: str) -> str:
    quoted = quote(person, safe=" ")
    if len(quoted) <= _LONGEST and not quoted.startswith("."):
        return quoted
    return f"{quoted.lstrip('.')[:40]}-{hashlib.sha256(person.encode()).hexdigest()[:32]}"
