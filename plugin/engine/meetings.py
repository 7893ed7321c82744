"""Meetings in slots and spots: what is asked, and the plan that answers it. ``meetings_making`` makes the plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

NOWHERE = -1
ON_SITE, REMOTE = 1, 2
"""Bits of a person's channels: how they can come to a meeting. Both bits: either way."""


class Place(IntEnum):
    """Who can be in a spot."""

    ROOM = 0
    """Whoever can come in person."""
    VIRTUAL = 1
    """Whoever can come by video."""
    MIXED = 2
    """Anybody, as long as at least one of a meeting can be there in person."""


class Cause(IntEnum):
    """What stopped a meeting."""

    NO_COMMON_SLOT = 0
    """There is no slot in which all of them are available; the person named is available in none at all."""
    NO_SUITABLE_SPOT = 1
    """No spot admits these people: one is there by video only, another in person only, or rooms of that kind lack."""
    SPOTS_TOO_SMALL = 2
    """The spots that admit them never hold so many people."""
    SPOTS_CLOSED = 3
    """Whenever all of them are available, the spots that admit them are closed."""
    PINNED = 4
    """The organiser's pin asks for a slot or a spot that they cannot have."""
    PERSON_AT_LIMIT = 5
    """The person named has as many other meetings as they may have."""
    PEOPLE_BUSY = 6
    """In every slot in which they could meet, one of them is in another meeting; the one named is so most often."""
    SPOTS_FULL = 7
    """There are slots in which all are free, and every open spot that admits them is full then."""
    TOO_FAR = 8
    """A slot and a spot are free, and one of them (named) could not walk there in time."""
    PINS_CLASH = 9
    """Each of these pins can be kept, all of them cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spots:
    """l places to meet in.

    ``kinds`` (l,) ``Place``; ``meetings`` (l,) how many take place there at once; ``people`` (l,) how many people
    there are at once; ``open`` (l, t) in which slots; ``walking`` (l, l) seconds from row to column, 0 from a spot
    to itself.
    """

    kinds: NDArray[np.int8]
    meetings: NDArray[np.int32]
    people: NDArray[np.int32]
    open: NDArray[np.bool_]
    walking: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingProblem:
    """m meetings of n people, t slots, l spots. Raises ``ValueError`` where arrays do not fit together.

    ``members`` (m, width) rows of people, -1 after the last; ``worth`` (m,) above 0; ``starts``, ``ends`` (t,)
    seconds, in any order, slots may overlap; ``available`` (n, t); ``channels`` (n,) bits; ``limits`` (n,) meetings
    each has at most; ``pins`` (p, 3) meeting that must take place, its slot and its spot, -1 where any will do.
    ``previous`` (m, 2) slot and spot that were announced, -1 where none: a meeting that stays is worth ``keep_bonus``
    more, half of it in the same slot at another spot.
    """

    members: NDArray[np.int32]
    worth: NDArray[np.float64]
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    available: NDArray[np.bool_]
    channels: NDArray[np.uint8]
    limits: NDArray[np.int32]
    spots: Spots
    pins: NDArray[np.int32] = field(default_factory=lambda: np.empty((0, 3), dtype=np.int32))
    previous: NDArray[np.int32] | None = None
    keep_bonus: float = 0.0

    def __post_init__(self) -> None:
        meetings, people, slots, spots = *self.shape, len(self.spots)
        shapes = {
            "worth": (self.worth.shape, (meetings,)),
            "available": (self.available.shape, (people, slots)),
            "limits": (self.limits.shape, (people,)),
            "pins": (self.pins.shape, (len(self.pins), 3)),
            "open": (self.spots.open.shape, (spots, slots)),
            "walking": (self.spots.walking.shape, (spots, spots)),
            "previous": ((meetings, 2) if self.previous is None else self.previous.shape, (meetings, 2)),
        }
        for name, (shape, wanted) in shapes.items():
            if shape != wanted:
                raise ValueError(f"{name} has shape {shape}, not {wanted}")
        if not (self.worth > 0).all() or not self.keep_bonus >= 0:
            raise ValueError("a meeting's worth must be above 0, the bonus not below")
        if not (self.ends > self.starts).all():
            raise ValueError("a slot must end after its start")
        if (self.spots.walking < 0).any() or self.spots.walking.diagonal().any():
            raise ValueError("walking times must not be negative, and 0 from a spot to itself")
        _check_members(self.members, people)
        bounds = (meetings, slots, spots)
        if len(self.pins) and ((self.pins < [0, -1, -1]).any() or (self.pins >= bounds).any()):
            raise ValueError("a pin names a meeting, slot or spot that is not there")
        if len(np.unique(self.pins[:, 0])) < len(self.pins):
            raise ValueError("a meeting is pinned twice")

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many meetings, people and slots there are."""
        return len(self.members), len(self.channels), len(self.starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOver:
    """A meeting without a place: its row, what stopped it, and a row of people where one is to blame (else -1)."""

    meeting: int
    cause: Cause
    person: int = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPlan:
    """Where meetings take place.

    ``places`` (m, 2) slot and spot, -1 where left over; ``worth`` what the placed ones are worth, ``value`` the same
    with bonuses for what stays; no plan has a ``value`` above ``bound`` (``optimal``: none has a greater one).
    ``kept`` and ``moved`` count meetings that were announced before and are still placed.
    """

    places: NDArray[np.int32]
    worth: float
    value: float
    bound: float
    optimal: bool
    left_over: tuple[LeftOver, ...]
    kept: int = 0
    moved: int = 0

    @property
    def gap(self) -> float:
        """By what share of the bound the plan may fall short of the best one."""
        return 0.0 if self.optimal or self.bound <= 0 else max(0.0, 1.0 - self.value / self.bound)


class ImpossiblePins(ValueError):
    """No plan keeps every pin.

    ``cause`` says why, ``meetings`` are the pinned rows that clash (no part of which clashes by itself), ``person``
    is the row of the one to blame, or -1.
    """

    def __init__(self, cause: Cause, meetings: tuple[int, ...], person: int = NOWHERE) -> None:
        super().__init__(f"{cause.name}: meetings {', '.join(map(str, meetings))}")
        self.cause = cause
        self.meetings = meetings
        self.person = person


def _check_members(members: NDArray[np.int32], people: int) -> None:
    there = members >= 0
    if members.ndim != 2 or (members >= people).any():
        raise ValueError("a meeting names somebody who is not there")
    if (there.sum(axis=1) < 2).any() or (there[:, 1:] & ~there[:, :-1]).any():
        raise ValueError("a meeting has at least two people, and nobody stands after a gap")
    ordered = np.sort(members, axis=1)
    if ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any():
        raise ValueError("somebody is in a meeting twice")
