"""Times as people and hosts write them (ISO 8601 intervals), as seconds since 1970."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta, tzinfo

Interval = tuple[float, float]
"""Start and end in seconds since 1970; the end is outside."""

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def parse_interval(text: str, zone: tzinfo) -> Interval:
    """Return an interval such as ``2026-05-04T10:00/10:30``; ``zone`` is where clocks without an offset hang.

    The end may be a time of the same day, a whole moment, or a duration. Raises ``ValueError`` that says what is wrong.

    >>> from datetime import UTC
    >>> start, end = parse_interval("2026-05-04T10:00/PT45M", UTC)
    >>> end - start
    2700.0
    """
    first, slash, last = text.strip().partition("/")
    if not slash:
        raise ValueError("must be a start and an end, such as 2026-05-04T10:00/10:30")
    start = _moment(first, zone)
    end = _end(last, start, zone)
    if end <= start:
        raise ValueError("must end after its start")
    return start.timestamp(), end.timestamp()


def has_offset(text: str) -> bool:
    """Whether an interval says itself where its clock hangs."""
    return datetime.fromisoformat(text.strip().partition("/")[0]).tzinfo is not None


def zone_of(text: str, zone: tzinfo) -> tzinfo:
    """Return where the clock of an interval hangs: its own offset, or else ``zone``."""
    return datetime.fromisoformat(text.strip().partition("/")[0]).tzinfo or zone


def joined(intervals: Iterable[Interval]) -> Sequence[Interval]:
    """Return the same time in as few intervals as possible, ascending."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def covers(intervals: Iterable[Interval], wanted: Interval) -> bool:
    """Whether all of ``wanted`` lies in these intervals."""
    return any(start <= wanted[0] and wanted[1] <= end for start, end in joined(intervals))


def _moment(text: str, zone: tzinfo) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is no moment such as 2026-05-04T10:00") from error
    if "T" not in text.upper() and " " not in text:
        raise ValueError(f"{text[:40]!r} has no time of day")
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


def _end(text: str, start: datetime, zone: tzinfo) -> datetime:
    duration = _DURATION.fullmatch(text)
    if duration is not None and any(duration.groups()):
        days, hours, minutes, seconds = (int(part or 0) for part in duration.groups())
        return start + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if "T" in text.upper():
        return _moment(text, zone)
    try:
        clock = time.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is no end such as 10:30") from error
    # A clock without an offset hangs where the start's does.
    return datetime.combine(start.date(), clock, tzinfo=clock.tzinfo or start.tzinfo)
