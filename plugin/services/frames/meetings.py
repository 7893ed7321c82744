"""Reads what a schedule is to be made of: slots, spots, ways between them, and which meetings.

The same form stands in files and in the frames of plans; whatever is wrong names its field.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from ...domain.intervals import Interval, has_offset, parse_interval, zone_of
from .documents import (
    LARGEST,
    Wrong,
    a_list,
    a_number,
    a_positive_number,
    a_text,
    a_whole_number,
    an_address,
    an_object,
    each,
    unique,
)

MODES = ("on_site", "remote", "mixed")
"""Who can be in a spot: people on site; people by video; both, as long as somebody of a meeting is on site."""
_KEYS = frozenset(
    ("time_zone", "name", "organiser", "slots", "spots", "walking_minutes", "meetings", "per_person", "limits", "pins", "vetoes")
)  # fmt: skip
_FRAME_KEYS = _KEYS - {"name", "organiser"}
PER_PERSON = 4
_FROM, _UNTIL = 946_771_200.0, 4_102_358_400.0
"""The second day of 2000 and the last but one of 2099, in seconds since 1970."""
MOST_SLOTS, MOST_SPOTS, MOST_MEETINGS, MOST_PLACES = 500, 500, 20_000, 5_000
"""What a frame may name at most."""
_SPOT_KEYS = frozenset(("name", "capacity", "people", "mode", "slots", "link"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """``text`` is what the plan calls it; ``time`` in seconds since 1970; ``zone`` is where its clocks hang."""

    text: str
    time: Interval
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotPlanned:
    """``meetings`` and ``people`` at once, ``slots`` in which it is open (their places in the plan)."""

    name: str
    meetings: int
    people: int
    mode: str
    slots: frozenset[int]
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """People who should meet, ascending, and how much that is worth. ``field`` is where the plan says so."""

    people: tuple[str, ...]
    worth: float
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A meeting that must take place; slot and spot by their places in the plan, -1 where any will do."""

    people: tuple[str, ...]
    slot: int
    spot: int
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePlan:
    """What an organiser asks for. ``walking`` in seconds; ``meetings`` ``None`` where the engine shall suggest them."""

    name: str
    organiser: str
    zone: tzinfo
    zoned: bool
    slots: Sequence[Slot]
    spots: Sequence[SpotPlanned]
    walking: Sequence[Sequence[float]]
    meetings: Sequence[Wish] | None
    per_person: int
    limits: Mapping[str, int]
    pins: Sequence[Pin]
    vetoes: frozenset[tuple[str, ...]]

    def keeps_apart(self, people: Collection[str]) -> bool:
        """Whether some of these people must be in no meeting together."""
        return any(set(pair) <= set(people) for pair in self.vetoes)


def read_plan(data: Any) -> SchedulePlan:
    """Return the plan that a file holds. Raises ``Wrong`` that names the field."""
    return _plan(an_object(data, "", _KEYS), bare=True)


def read_frame(frame: Mapping[str, Any], *, per_person: int = PER_PERSON) -> SchedulePlan:
    """Return the plan of a frame, where people stand in lists called ``people`` or under ``person`` alone.

    ``per_person`` holds where the frame does not say it. Raises ``Wrong`` that names the field.
    """
    an_object(frame, "", _FRAME_KEYS)
    for name, most in (("slots", MOST_SLOTS), ("spots", MOST_SPOTS), ("meetings", MOST_MEETINGS)):
        named = frame.get(name)
        if named is not None and len(a_list(named, name)) > most:
            raise Wrong(name, f"must be {most} at most")
    plan = _plan({"per_person": per_person, **frame}, bare=False)
    if len(plan.slots) * len(plan.spots) > MOST_PLACES:
        raise Wrong("spots", f"times slots must be {MOST_PLACES} at most: plan one day at a time")
    if not plan.zoned:
        raise Wrong("time_zone", "must be given (such as Europe/Paris) where slots have no offset")
    return plan


def read_stored(frame: Mapping[str, Any], *, per_person: int = PER_PERSON) -> SchedulePlan:
    """Return the plan of a frame that was checked when it came, less meetings, pins and vetoes of which erasure has left
    one person.
    """
    whole = {
        name: [one for one in frame[name] if len(one["people"]) > 1]
        for name in ("meetings", "pins", "vetoes")
        if frame.get(name) is not None
    }
    return read_frame({**frame, **whole}, per_person=per_person)


def _plan(data: Mapping[str, Any], *, bare: bool) -> SchedulePlan:
    """``bare``: whether people may also stand in plain lists, and limits by id."""
    zone, zoned = _zone(data.get("time_zone"))
    slots = [_slot(text, f"slots.{at}", zone) for at, text in enumerate(a_list(data.get("slots"), "slots"))]
    if not slots:
        raise Wrong("slots", "must name at least one slot")
    places = unique([slot.text for slot in slots], "slots")
    spots = [_spot(one, f"spots.{at}", places) for at, one in enumerate(a_list(data.get("spots"), "spots"))]
    if not spots:
        raise Wrong("spots", "must name at least one spot")
    names = unique([spot.name for spot in spots], "spots")
    meetings = data.get("meetings")
    return SchedulePlan(
        name=a_text(data.get("name", ""), "name"),
        organiser=an_address(data.get("organiser", ""), "organiser"),
        zone=zone,
        zoned=zoned or all(has_offset(slot.text) for slot in slots),
        slots=slots,
        spots=spots,
        walking=_walking(data.get("walking_minutes", {}), names),
        meetings=None
        if meetings is None
        else each(meetings, "meetings", lambda one, field: _wish(one, field, bare=bare)),
        per_person=a_whole_number(data.get("per_person", PER_PERSON), "per_person"),
        limits=_limits(data.get("limits", []), bare=bare),
        pins=each(data.get("pins", []), "pins", lambda one, field: _pin(one, field, places, names)),
        vetoes=frozenset(
            each(data.get("vetoes", []), "vetoes", lambda one, field: _people_of(one, field, bare=bare))
        ),
    )


def _zone(name: Any) -> tuple[tzinfo, bool]:
    if name is None:
        return UTC, False
    try:
        return ZoneInfo(a_text(name, "time_zone")), True
    except (ValueError, OSError, KeyError) as error:
        raise Wrong(
            "time_zone", f"there is no time zone {str(name)[:60]!r} (such as Europe/Paris)"
        ) from error


def _slot(text: Any, field: str, zone: tzinfo) -> Slot:
    try:
        slot = Slot(text=a_text(text, field), time=parse_interval(text, zone), zone=zone_of(text, zone))
    except Wrong:
        raise
    except (ValueError, OverflowError) as error:
        raise Wrong(field, str(error)) from error
    # In any time zone of the world, a calendar can write it.
    if not _FROM < slot.time[0] < slot.time[1] < _UNTIL:
        raise Wrong(field, "must lie between the years 2000 and 2100")
    return slot


def _spot(data: Any, field: str, slots: Mapping[str, int]) -> SpotPlanned:
    an_object(data, field, _SPOT_KEYS)
    mode = data.get("mode", "on_site")
    mode = "mixed" if mode == "both" else mode
    if mode not in MODES:
        raise Wrong(f"{field}.mode", f"must be one of: {', '.join(MODES)}")
    name = a_text(data.get("name"), f"{field}.name")
    if not name:
        raise Wrong(f"{field}.name", "must not be empty")
    opened = data.get("slots")
    return SpotPlanned(
        name=name,
        meetings=a_whole_number(data.get("capacity", 1), f"{field}.capacity"),
        people=a_whole_number(data.get("people", LARGEST), f"{field}.people"),
        mode=mode,
        slots=frozenset(range(len(slots)))
        if opened is None
        else frozenset(each(opened, f"{field}.slots", lambda one, at: _place(one, at, slots, "slot"))),
        link=_link(data.get("link", ""), f"{field}.link"),
    )


def _link(data: Any, field: str) -> str:
    link = a_text(data, field)
    if link and not re.fullmatch(r"https?://[!-~]{1,2000}", link):
        raise Wrong(field, "must be an address that begins with https:// or http://, without spaces")
    return link


def _walking(data: Any, spots: Mapping[str, int]) -> Sequence[Sequence[float]]:
    """Return seconds from spot to spot; a way that is given in one direction only is as long in the other."""
    seconds = [[0.0] * len(spots) for _ in spots]
    given = set()
    for start, ways in an_object(data, "walking_minutes").items():
        first = _place(start, f"walking_minutes.{start}", spots, "spot")
        for end, minutes in an_object(ways, f"walking_minutes.{start}").items():
            field = f"walking_minutes.{start}.{end}"
            last = _place(end, field, spots, "spot")
            length = 60.0 * a_number(minutes, field)
            if first == last and length:
                raise Wrong(field, "nobody walks from a spot to itself")
            seconds[first][last] = length
            given.add((first, last))
    for first, last in given:
        if (last, first) not in given:
            seconds[last][first] = seconds[first][last]
    return seconds


def _limits(data: Any, *, bare: bool) -> Mapping[str, int]:
    if bare and isinstance(data, dict):
        return {person: a_whole_number(most, f"limits.{person}") for person, most in data.items()}
    found = {}
    for at, one in enumerate(a_list(data, "limits")):
        an_object(one, f"limits.{at}", frozenset(("person", "most")))
        person = a_text(one.get("person"), f"limits.{at}.person")
        found[person] = a_whole_number(one.get("most"), f"limits.{at}.most")
    return found


def _wish(data: Any, field: str, *, bare: bool) -> Wish:
    if bare and isinstance(data, list):
        worth = (
            data[-1]
            if data and isinstance(data[-1], int | float) and not isinstance(data[-1], bool)
            else None
        )
        people = _people(data if worth is None else data[:-1], field)
        worth = 1.0 if worth is None else worth
        return Wish(people=people, worth=a_positive_number(worth, f"{field}.{len(people)}"), field=field)
    an_object(data, field, frozenset(("people", "worth")))
    worth = a_positive_number(data.get("worth", 1.0), f"{field}.worth")
    return Wish(people=_people(data.get("people"), f"{field}.people"), worth=worth, field=field)


def _pin(data: Any, field: str, slots: Mapping[str, int], spots: Mapping[str, int]) -> Pin:
    an_object(data, field, frozenset(("people", "slot", "spot")))
    slot, spot = data.get("slot"), data.get("spot")
    return Pin(
        people=_people(data.get("people"), f"{field}.people"),
        slot=-1 if slot is None else _place(slot, f"{field}.slot", slots, "slot"),
        spot=-1 if spot is None else _place(spot, f"{field}.spot", spots, "spot"),
        field=field,
    )


def _people_of(data: Any, field: str, *, bare: bool) -> tuple[str, ...]:
    if bare and isinstance(data, list):
        return _people(data, field)
    return _people(an_object(data, field, frozenset(("people",))).get("people"), f"{field}.people")


def _people(data: Any, field: str) -> tuple[str, ...]:
    people = [a_text(one, f"{field}.{at}") for at, one in enumerate(a_list(data, field))]
    if len(people) < 2 or len(set(people)) < len(people):
        raise Wrong(field, "must name at least two different people")
    return tuple(sorted(people))


def _place(name: Any, field: str, places: Mapping[str, int], kind: str) -> int:
    if not isinstance(name, str) or name not in places:
        raise Wrong(field, f"there is no {kind} {str(name)[:60]!r} in this plan")
    return places[name]
