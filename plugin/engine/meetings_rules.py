"""Which slots and spots each meeting may have by itself, and which two meetings of one person exclude each other."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .meetings import NOWHERE, ON_SITE, REMOTE, Cause, LeftOver, MeetingProblem


class MeetingRules:
    """The rules of one problem, worked out once.

    ``together`` (m, t): all are available, and a pin asks for no other slot. ``suits`` (m, l): the spot admits them
    and holds so many, and a pin asks for no other. ``sizes`` (m,) people. ``walkers`` (n,): who has to walk. ``crowded``
    are sets of slots that share a moment, as many as are needed to cover all overlaps.
    """

    def __init__(self, problem: MeetingProblem) -> None:
        self.problem = problem
        there = problem.members >= 0
        self.members: tuple[tuple[int, ...], ...] = tuple(
            tuple(row[row >= 0].tolist()) for row in problem.members
        )
        self.sizes = there.sum(axis=1)
        everybody = there[:, :, None]
        available = problem.available[problem.members] | ~everybody
        self.available_to_all: NDArray[np.bool_] = np.asarray(available.all(axis=1), dtype=np.bool_)
        self.admits = _admits(problem, there)
        self.holds = (self.sizes[:, None] <= problem.spots.people) & (problem.spots.meetings > 0)
        self.together = self.available_to_all.copy()
        self.suits = self.admits & self.holds
        for meeting, slot, spot in problem.pins.tolist():
            if slot >= 0:
                self.together[meeting] &= np.arange(len(problem.starts)) == slot
            if spot >= 0:
                self.suits[meeting] &= np.arange(len(problem.spots)) == spot
        may_meet = (problem.limits[problem.members] > 0) | ~there
        self.together &= np.asarray(may_meet.all(axis=1), dtype=np.bool_)[:, None]
        self.walkers = (problem.channels & ON_SITE) > 0

    def allowed(self, meeting: int) -> NDArray[np.bool_]:
        """Return (t, l) where this meeting may be as far as it alone is concerned."""
        found: NDArray[np.bool_] = (
            self.together[meeting][:, None] & self.problem.spots.open.T & self.suits[meeting]
        )
        return found

    def places(self, meeting: int) -> list[tuple[int, int]]:
        """Return the slots and spots of ``allowed``, ascending by slot."""
        return [(slot, spot) for slot, spot in np.argwhere(self.allowed(meeting)).tolist()]

    def spots_by_slot(self, meeting: int) -> dict[int, list[int]]:
        """Return the spots of ``allowed`` for each slot that has one."""
        found: dict[int, list[int]] = {}
        for slot, spot in self.places(meeting):
            found.setdefault(slot, []).append(spot)
        return found

    @cached_property
    def gaps(self) -> NDArray[np.float64]:
        """Seconds between two slots (t, t), whichever is first; below 0 where they overlap."""
        starts, ends = self.problem.starts, self.problem.ends
        found: NDArray[np.float64] = np.maximum(starts[None] - ends[:, None], starts[:, None] - ends[None])
        return found

    @cached_property
    def crowded(self) -> tuple[tuple[int, ...], ...]:
        """Sets of slots that share a moment; two slots overlap exactly when one set holds both."""
        starts, ends = self.problem.starts, self.problem.ends
        found = {
            tuple(np.flatnonzero((starts <= moment) & (ends > moment)).tolist()) for moment in starts.tolist()
        }
        return tuple(sorted(one for one in found if not any(set(one) < set(other) for other in found)))

    @cached_property
    def crowds_of(self) -> tuple[tuple[int, ...], ...]:
        """In which of ``crowded`` each slot is."""
        return tuple(
            tuple(number for number, slots in enumerate(self.crowded) if slot in slots)
            for slot in range(len(self.problem.starts))
        )

    @cached_property
    def near(self) -> tuple[tuple[int, ...], ...]:
        """For each slot the others between which walking may take too long; without those that overlap it."""
        farthest = self.problem.spots.walking.max(initial=0.0)
        close = (self.gaps >= 0) & (self.gaps < farthest)
        return tuple(tuple(np.flatnonzero(row).tolist()) for row in close)

    def too_far(self, slot: int, other: int) -> NDArray[np.bool_]:
        """Return (l, l): from which spot (in ``slot``) to which (in ``other``) nobody gets in time, in either order."""
        walking = self.problem.spots.walking
        first = self.problem.ends[slot] <= self.problem.starts[other]
        needed = walking if first else walking.T
        found: NDArray[np.bool_] = needed > self.gaps[slot, other]
        return found

    def gain(self, meeting: int) -> NDArray[np.float64]:
        """Return (t, l) what this meeting is worth at each place, with the bonus for staying."""
        slots, spots = len(self.problem.starts), len(self.problem.spots)
        found = np.full((slots, spots), self.problem.worth[meeting])
        if self.problem.previous is not None and self.problem.keep_bonus:
            slot, spot = self.problem.previous[meeting].tolist()
            if slot >= 0:
                found[slot] += self.problem.keep_bonus / 2
                if spot >= 0:
                    found[slot, spot] += self.problem.keep_bonus / 2
        return found

    def hopeless(self, meeting: int) -> LeftOver | None:
        """Return what rules a meeting out whatever the others do; None where it has somewhere to be."""
        if self.allowed(meeting).any():
            return None
        problem, people = self.problem, self.members[meeting]
        none_left = next((person for person in people if problem.limits[person] <= 0), NOWHERE)
        if not self.available_to_all[meeting].any():
            never = (person for person in people if not problem.available[person].any())
            return LeftOver(meeting=meeting, cause=Cause.NO_COMMON_SLOT, person=next(never, NOWHERE))
        if not self.admits[meeting].any():
            return LeftOver(meeting=meeting, cause=Cause.NO_SUITABLE_SPOT)
        if not (self.admits[meeting] & self.holds[meeting]).any():
            return LeftOver(meeting=meeting, cause=Cause.SPOTS_TOO_SMALL)
        if none_left != NOWHERE:
            return LeftOver(meeting=meeting, cause=Cause.PERSON_AT_LIMIT, person=none_left)
        unpinned = self.admits[meeting] & self.holds[meeting]
        if (self.available_to_all[meeting][:, None] & problem.spots.open.T & unpinned).any():
            return LeftOver(meeting=meeting, cause=Cause.PINNED)
        return LeftOver(meeting=meeting, cause=Cause.SPOTS_CLOSED)


def _admits(problem: MeetingProblem, there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return (m, l) which spots admit all of a meeting, by how people can come."""
    channels = problem.channels[problem.members]
    in_person = ((channels & ON_SITE) > 0) | ~there
    by_video = ((channels & REMOTE) > 0) | ~there
    somebody_there = (((channels & ON_SITE) > 0) & there).any(axis=1)
    reachable = (((channels & (ON_SITE | REMOTE)) > 0) | ~there).all(axis=1)
    by_kind = np.stack([in_person.all(axis=1), by_video.all(axis=1), somebody_there & reachable], axis=1)
    found: NDArray[np.bool_] = by_kind[:, problem.spots.kinds]
    return found
