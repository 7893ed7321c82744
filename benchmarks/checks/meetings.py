"""Checks a plan of meetings against its problem, in plain loops that share no code with the engine.

Everything is plain Python: a problem is a mapping with ``meetings`` (lists of people), ``worth``, ``slots`` (start, end
in seconds), ``available`` (person → set of slots), ``channels`` (person → "on_site", "remote" or "both"), ``limits``,
``spots`` (``kind`` "room", "virtual" or "mixed", ``meetings``, ``people``, ``open`` set of slots), ``walking`` (seconds
from spot to spot), ``pins`` (meeting → slot and spot, ``None`` where free); a plan is a list of (slot, spot) or
``None``, one for each meeting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

Problem = Mapping[str, Any]
Places = Sequence[tuple[int, int] | None]


def broken_rules(problem: Problem, places: Places) -> list[str]:
    """Return what the plan breaks, in words; nothing when it keeps every rule."""
    return [
        *_availability(problem, places),
        *_admission(problem, places),
        *_capacity(problem, places),
        *_people(problem, places),
        *_pins(problem, places),
    ]


def worth(problem: Problem, places: Places) -> float:
    """Return what the placed meetings are worth."""
    total = 0.0
    for number, place in enumerate(places):
        if place is not None:
            total += problem["worth"][number]
    return total


def untrue_causes(problem: Problem, places: Places, causes: Mapping[int, tuple[str, int]]) -> list[str]:
    """Return which causes of left-over meetings are missing or do not hold: meeting → name of the cause, person."""
    found = []
    for number, place in enumerate(places):
        if (place is None) != (number in causes):
            found.append(f"meeting {number}: placed and left over, or neither")
    for number, (cause, person) in causes.items():
        if not _holds(problem, places, number, cause, person):
            found.append(f"meeting {number}: {cause} is not true")
        if any(_could_be(problem, places, number, slot, spot) for slot, spot in _all_places(problem)):
            found.append(f"meeting {number}: could have been placed")
    return found


def _availability(problem: Problem, places: Places) -> list[str]:
    return [
        f"person {person} is not available for meeting {number}"
        for number, place in enumerate(places)
        if place is not None
        for person in problem["meetings"][number]
        if place[0] not in problem["available"][person]
    ]


def _admission(problem: Problem, places: Places) -> list[str]:
    found = []
    for number, place in enumerate(places):
        if place is not None:
            if place[0] not in problem["spots"][place[1]]["open"]:
                found.append(f"meeting {number} is in a closed spot")
            if not _admitted(problem, number, place[1]):
                found.append(f"meeting {number} is where its people cannot be")
    return found


def _admitted(problem: Problem, number: int, spot: int) -> bool:
    ways = [problem["channels"][person] for person in problem["meetings"][number]]
    kind = problem["spots"][spot]["kind"]
    if kind == "room":
        return all(way in {"on_site", "both"} for way in ways)
    if kind == "virtual":
        return all(way in {"remote", "both"} for way in ways)
    return any(way in {"on_site", "both"} for way in ways)


def _capacity(problem: Problem, places: Places) -> list[str]:
    found = []
    for number, spot in enumerate(problem["spots"]):
        for moment, _ in problem["slots"]:
            there = [
                meeting
                for meeting, place in enumerate(places)
                if place is not None
                and place[1] == number
                and problem["slots"][place[0]][0] <= moment < problem["slots"][place[0]][1]
            ]
            if len(there) > spot["meetings"]:
                found.append(f"spot {number} has {len(there)} meetings at {moment}")
            people = sum(len(problem["meetings"][meeting]) for meeting in there)
            if people > spot["people"]:
                found.append(f"spot {number} has {people} people at {moment}")
    return found


def _people(problem: Problem, places: Places) -> list[str]:
    found = []
    for person in range(len(problem["limits"])):
        mine = [
            (problem["slots"][place[0]], place[1])
            for number, place in enumerate(places)
            if place is not None and person in problem["meetings"][number]
        ]
        if len(mine) > problem["limits"][person]:
            found.append(f"person {person} has {len(mine)} meetings")
        mine.sort()
        for ((_, end), spot), ((start, _), other) in pairwise(mine):
            if start < end:
                found.append(f"person {person} is in two meetings at once")
            elif problem["channels"][person] != "remote" and problem["walking"][spot][other] > start - end:
                found.append(f"person {person} cannot walk from spot {spot} to {other} in time")
    return found


def _pins(problem: Problem, places: Places) -> list[str]:
    found = []
    for number, (slot, spot) in problem["pins"].items():
        place = places[number]
        if place is None or slot not in {None, place[0]} or spot not in {None, place[1]}:
            found.append(f"the pin of meeting {number} is not kept")
    return found


def _all_places(problem: Problem) -> list[tuple[int, int]]:
    return [(slot, spot) for slot in range(len(problem["slots"])) for spot in range(len(problem["spots"]))]


def _could_be(problem: Problem, places: Places, number: int, slot: int, spot: int) -> bool:
    """Whether the meeting could be added there, with all others as they are."""
    changed = [*places]
    changed[number] = (slot, spot)
    # The matrix may make a detour shorter than the straight way: what is too far between any two counts.
    return not broken_rules(problem, changed) and not _too_far(problem, places, number, slot, spot)


def _too_far(problem: Problem, places: Places, number: int, slot: int, spot: int) -> list[int]:
    """Return the people who could not get there from one of their meetings, or on from there."""
    found = []
    here = problem["slots"][slot]
    for person in problem["meetings"][number]:
        if problem["channels"][person] == "remote":
            continue
        for meeting, place in enumerate(places):
            if place is None or meeting == number or person not in problem["meetings"][meeting]:
                continue
            there = problem["slots"][place[0]]
            if there[1] <= here[0] and problem["walking"][place[1]][spot] > here[0] - there[1]:
                found.append(person)
            if here[1] <= there[0] and problem["walking"][spot][place[1]] > there[0] - here[1]:
                found.append(person)
    return found


def _busy(problem: Problem, places: Places, number: int, slot: int) -> list[int]:
    start, end = problem["slots"][slot]
    return [
        person
        for person in problem["meetings"][number]
        for meeting, place in enumerate(places)
        if place is not None and meeting != number and person in problem["meetings"][meeting]
        if problem["slots"][place[0]][0] < end and start < problem["slots"][place[0]][1]
    ]


def _has_room(problem: Problem, places: Places, number: int, slot: int, spot: int) -> bool:
    changed = [*places]
    changed[number] = (slot, spot)
    return not _capacity(problem, changed)


def _holds(problem: Problem, places: Places, number: int, cause: str, person: int) -> bool:
    people, spots = problem["meetings"][number], problem["spots"]
    common = [
        slot
        for slot in range(len(problem["slots"]))
        if all(slot in problem["available"][one] for one in people)
    ]
    admitting = [spot for spot in range(len(spots)) if _admitted(problem, number, spot)]
    large = [
        spot for spot in admitting if spots[spot]["people"] >= len(people) and spots[spot]["meetings"] > 0
    ]
    open_ = [(slot, spot) for slot in common for spot in large if slot in spots[spot]["open"]]
    mine = [
        one for one, place in enumerate(places) if place is not None and person in problem["meetings"][one]
    ]
    free = [place for place in open_ if not _busy(problem, places, number, place[0])]
    match cause:
        case "NO_COMMON_SLOT":
            return not common and (person < 0 or not problem["available"][person])
        case "NO_SUITABLE_SPOT":
            return not admitting
        case "SPOTS_TOO_SMALL":
            return not large
        case "SPOTS_CLOSED":
            return not open_
        case "PERSON_AT_LIMIT":
            return person in people and len(mine) >= problem["limits"][person]
        case "PEOPLE_BUSY":
            return not free and any(person in _busy(problem, places, number, slot) for slot, _ in open_)
        case "SPOTS_FULL":
            return bool(free) and not any(_has_room(problem, places, number, *place) for place in free)
        case "TOO_FAR":
            return any(
                _has_room(problem, places, number, *place)
                and person in _too_far(problem, places, number, *place)
                for place in free
            )
    return False
