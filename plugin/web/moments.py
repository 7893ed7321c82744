"""Days and times of day in the reader's words, in the time zone that a moment carries."""

from __future__ import annotations

from datetime import datetime

from .person_wording import Words


def say_day(words: Words, moment: datetime) -> str:
    """Return the day with its weekday: "Tuesday 5 May", "mardi 5 mai"."""
    date = words["date_first" if moment.day == 1 else "date"]
    return date.format(
        weekday=words["weekdays"].split()[moment.weekday()],
        day=moment.day,
        month=words["months"].split()[moment.month - 1],
    )


def say_clock(words: Words, moment: datetime) -> str:
    """Return the time of day on a clock of 24 hours: "9:05", "9 h 05"."""
    clock = words["clock" if moment.minute else "clock_full"]
    return clock.format(hour=moment.hour, minute=f"{moment.minute:02}")


def say_span(words: Words, starts: datetime, ends: datetime) -> str:
    """Return from when to when; the day of the end only where it is another one."""
    end = say_clock(words, ends)
    if ends.date() != starts.date():
        end = f"{say_day(words, ends)}, {end}"
    return words["span"].format(start=say_clock(words, starts), end=end)


def say_zone(moment: datetime) -> str:
    """Return by how much the clock there is ahead of UTC, for who reads it elsewhere; empty where nothing says.

    >>> say_zone(datetime.fromisoformat("2026-05-05T10:00:00+02:00"))
    'UTC+2'
    >>> say_zone(datetime.fromisoformat("2026-05-05T10:00:00-03:30"))
    'UTC−3:30'
    """
    offset = moment.utcoffset()
    if offset is None:
        return ""
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    ahead = f"{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")
    return f"UTC{ahead}" if minutes else "UTC"
