"""A schedule to be made, as the engine's arrays: people become rows, and what they say of their time becomes slots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ...domain.intervals import covers, parse_interval
from ...domain.model import Mode
from .meetings import MODES, SchedulePlan, Wish

if TYPE_CHECKING:
    from ...engine.meetings import MeetingProblem

KEPT = 0.5
"""What it is worth that a meeting stays where it was announced, in mean worths."""
Place = tuple[str, str]
"""A slot and a spot, as the plan calls them."""


def problem_of(
    plan: SchedulePlan,
    wishes: Sequence[Wish],
    modes: Mapping[str, Mode | None],
    available: Callable[[str], Sequence[bool]],
    before: Sequence[Place | None],
    pins: Sequence[tuple[int, int, int]],
) -> tuple[MeetingProblem, Sequence[str]]:
    """Return the arrays of the engine, and the ids of its rows of people.

    ``modes`` by person; ``available`` tells in which slots somebody is; ``before`` is where each wish was announced;
    ``pins`` are rows of wishes with slot and spot by their places in the plan, -1 where any will do.
    """
    import numpy as np

    from ...engine.meetings import ON_SITE, REMOTE, MeetingProblem, Spots

    ids = sorted({person for wish in wishes for person in wish.people})
    row_of = {person: row for row, person in enumerate(ids)}
    width = max((len(wish.people) for wish in wishes), default=2)
    members = np.full((len(wishes), width), -1, dtype=np.int32)
    for row, wish in enumerate(wishes):
        members[row, : len(wish.people)] = [row_of[person] for person in wish.people]
    # Nobody who says nothing is sent to a video room where there are others.
    silent = ON_SITE if any(spot.mode != "remote" for spot in plan.spots) else ON_SITE | REMOTE
    ways = {"on_site": ON_SITE, "remote": REMOTE, "both": ON_SITE | REMOTE, None: silent}
    slot_of = {slot.text: at for at, slot in enumerate(plan.slots)}
    spot_of = {spot.name: at for at, spot in enumerate(plan.spots)}
    kinds = [MODES.index(spot.mode) for spot in plan.spots]
    open_ = [[at in spot.slots for at in range(len(plan.slots))] for spot in plan.spots]
    previous = [
        (slot_of[one[0]], spot_of.get(one[1], -1)) if one is not None and one[0] in slot_of else (-1, -1)
        for one in before
    ]
    worth = np.array([wish.worth for wish in wishes], dtype=np.float64)
    return MeetingProblem(
        members=members,
        worth=worth,
        starts=np.array([slot.time[0] for slot in plan.slots]),
        ends=np.array([slot.time[1] for slot in plan.slots]),
        available=np.array([available(person) for person in ids], dtype=np.bool_).reshape(
            -1, len(plan.slots)
        ),
        channels=np.array([ways[modes[person]] for person in ids], dtype=np.uint8),
        limits=np.array([plan.limits.get(person, plan.per_person) for person in ids], dtype=np.int32),
        spots=Spots(
            kinds=np.array(kinds, dtype=np.int8),
            meetings=np.array([spot.meetings for spot in plan.spots], dtype=np.int32),
            people=np.array([spot.people for spot in plan.spots], dtype=np.int32),
            open=np.array(open_, dtype=np.bool_).reshape(len(plan.spots), len(plan.slots)),
            walking=np.array(plan.walking, dtype=np.float64).reshape(len(plan.spots), len(plan.spots)),
        ),
        pins=np.array(pins, dtype=np.int32).reshape(-1, 3),
        previous=np.array(previous, dtype=np.int32).reshape(-1, 2),
        keep_bonus=KEPT * float(worth.mean()) if any(before) else 0.0,
    ), ids


def pinned_rows(plan: SchedulePlan, wishes: Sequence[Wish]) -> Sequence[tuple[int, int, int]]:
    """Return the pins of a plan as ``problem_of`` takes them; of several wishes of the same people the first is meant."""
    row_with = {wish.people: row for row, wish in reversed(list(enumerate(wishes)))}
    return [(row_with[pin.people], pin.slot, pin.spot) for pin in plan.pins]


def slots_within(
    plan: SchedulePlan, availability: Sequence[str], wrong: Callable[[int, str], None]
) -> list[bool]:
    """Return which slots lie within what somebody states: all where nothing is; ``wrong`` hears what is no interval."""
    times = []
    for at, text in enumerate(availability):
        try:
            times.append(parse_interval(text, plan.zone))
        except (ValueError, OverflowError) as error:
            wrong(at, str(error))
    return [not availability or covers(times, slot.time) for slot in plan.slots]
