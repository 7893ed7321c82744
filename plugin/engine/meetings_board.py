"""A plan of meetings while it is being made: what fits where, and who would have to go to make it fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .meetings import NOWHERE
from .meetings_rules import MeetingRules

Spot = tuple[int, int]
"""A slot and a spot."""


class Board:
    """Meetings put in slots and spots, one by one; every step keeps all the rules.

    ``at`` says where each meeting is (``None``: nowhere), ``calendars`` which meetings each person has, by slot.
    """

    def __init__(self, rules: MeetingRules) -> None:
        problem = rules.problem
        meetings, people, _ = problem.shape
        self.rules = rules
        self.at: list[Spot | None] = [None] * meetings
        self.calendars: list[dict[int, int]] = [{} for _ in range(people)]
        self.fixed = frozenset(problem.pins[:, 0].tolist())
        self.limits: list[int] = problem.limits.tolist()
        self.sizes: list[int] = rules.sizes.tolist()
        self.walkers: list[bool] = rules.walkers.tolist()
        spots = range(len(problem.spots))
        self._there: list[list[set[int]]] = [[set() for _ in spots] for _ in rules.crowded]
        self._people_there = [[0] * len(problem.spots) for _ in rules.crowded]
        self._most_meetings: list[int] = problem.spots.meetings.tolist()
        self._most_people: list[int] = problem.spots.people.tolist()
        self._crowds = rules.crowds_of
        overlap = rules.gaps < 0
        self._overlapping = [np.flatnonzero(row).tolist() for row in overlap]
        self._near = rules.near
        self._far: dict[tuple[int, int], list[list[bool]]] = {}

    def put(self, meeting: int, place: Spot) -> None:
        """Put a meeting where it fits."""
        self.at[meeting] = place
        slot, spot = place
        for crowd in self._crowds[slot]:
            self._there[crowd][spot].add(meeting)
            self._people_there[crowd][spot] += self.sizes[meeting]
        for person in self.rules.members[meeting]:
            self.calendars[person][place[0]] = meeting

    def take(self, meeting: int) -> Spot | None:
        """Take a meeting out; return where it was."""
        place = self.at[meeting]
        if place is not None:
            self.at[meeting] = None
            slot, spot = place
            for crowd in self._crowds[slot]:
                self._there[crowd][spot].remove(meeting)
                self._people_there[crowd][spot] -= self.sizes[meeting]
            for person in self.rules.members[meeting]:
                del self.calendars[person][place[0]]
        return place

    def fits(self, meeting: int, place: Spot) -> bool:
        """Whether a meeting that is nowhere could be put there; ``place`` must be allowed to it."""
        return (
            self.has_room(meeting, place)
            and not self.busy(meeting, place[0])
            and not self.at_limit(meeting)
            and not self.late(meeting, place)
        )

    def has_room(self, meeting: int, place: Spot) -> bool:
        """Whether the spot has room for it."""
        slot, spot = place
        people = self._most_people[spot] - self.sizes[meeting]
        return all(
            len(self._there[crowd][spot]) < self._most_meetings[spot]
            and self._people_there[crowd][spot] <= people
            for crowd in self._crowds[slot]
        )

    def busy(self, meeting: int, slot: int) -> list[int]:
        """Return the people of a meeting who are in another one then."""
        overlapping = self._overlapping[slot]
        return [
            person
            for person in self.rules.members[meeting]
            if any(other in self.calendars[person] for other in overlapping)
        ]

    def at_limit(self, meeting: int) -> list[int]:
        """Return the people of a meeting who have as many as they may have."""
        return [
            person
            for person in self.rules.members[meeting]
            if len(self.calendars[person]) >= self.limits[person]
        ]

    def late(self, meeting: int, place: Spot) -> list[int]:
        """Return the people of a meeting who could not walk there from one of theirs, or on to it."""
        return [person for person in self.rules.members[meeting] if self._late_from(person, place)]

    def in_the_way(self, meeting: int, place: Spot) -> set[int] | None:
        """Return meetings that would have to go for this one to fit, not always the fewest; ``None`` if pins hold them.

        Where the spot is full or somebody has too many, those worth least go.
        """
        slot = place[0]
        going: set[int] = set()
        for person in self.rules.members[meeting]:
            calendar = self.calendars[person]
            going |= {calendar[other] for other in self._overlapping[slot] if other in calendar}
            going |= set(self._late_from(person, place))
        for person in self.rules.members[meeting]:
            mine = set(self.calendars[person].values())
            excess = len(mine) + 1 - self.limits[person] - len(mine & going)
            if excess > 0:
                cheapest = self._cheapest(mine - going - self.fixed)
                if len(cheapest) < excess:
                    return None
                going |= set(cheapest[:excess])
        if not self._make_room(meeting, place, going):
            return None
        return None if going & self.fixed else going

    def remaining(self, crowd: int, spot: int) -> tuple[int, int]:
        """Return how many more meetings and people a spot takes while these slots go on."""
        return (
            self._most_meetings[spot] - len(self._there[crowd][spot]),
            self._most_people[spot] - self._people_there[crowd][spot],
        )

    def load(self, spot_and_slot: Spot) -> int:
        """Return how many meetings take place there then."""
        slot, spot = spot_and_slot
        return max(len(self._there[crowd][spot]) for crowd in self._crowds[slot])

    def places(self) -> NDArray[np.int32]:
        """Return (m, 2) slot and spot, -1 where nowhere."""
        rows = [(NOWHERE, NOWHERE) if place is None else place for place in self.at]
        return np.array(rows, dtype=np.int32).reshape(-1, 2)

    def far(self, slot: int, other: int) -> Sequence[Sequence[bool]]:
        """Return from which spots in ``slot`` one does not get to which in ``other``."""
        known = self._far.get((slot, other))
        if known is None:
            known = self._far[slot, other] = self.rules.too_far(slot, other).tolist()
        return known

    def _late_from(self, person: int, place: Spot) -> list[int]:
        """Return this person's meetings from or to which there is no time to walk."""
        calendar = self.calendars[person]
        if not self.walkers[person] or not calendar:
            return []
        slot, spot = place
        found = []
        for other in self._near[slot]:
            meeting = calendar.get(other)
            if meeting is not None:
                there = self.at[meeting]
                assert there is not None
                if self.far(slot, other)[spot][there[1]]:
                    found.append(meeting)
        return found

    def _make_room(self, meeting: int, place: Spot, going: set[int]) -> bool:
        """Add to ``going`` whom the spot must lose; return whether that is possible."""
        slot, spot = place
        if self.sizes[meeting] > self._most_people[spot]:
            return False
        for crowd in self._crowds[slot]:
            there = self._there[crowd][spot]
            leaving = [one for one in there if one in going]
            meetings = len(there) - len(leaving) + 1
            people = (
                self._people_there[crowd][spot]
                - sum(self.sizes[one] for one in leaving)
                + self.sizes[meeting]
            )
            for one in self._cheapest(there - going - self.fixed):
                if meetings <= self._most_meetings[spot] and people <= self._most_people[spot]:
                    break
                going.add(one)
                meetings -= 1
                people -= self.sizes[one]
            if meetings > self._most_meetings[spot] or people > self._most_people[spot]:
                return False
        return True

    def _cheapest(self, meetings: Iterable[int]) -> list[int]:
        worth = self.rules.problem.worth
        return sorted(meetings, key=lambda one: (worth[one], one))


def replayed(rules: MeetingRules, places: Mapping[int, Spot]) -> Board:
    """Return a board with these meetings on it."""
    board = Board(rules)
    for meeting, place in places.items():
        board.put(meeting, place)
    return board
