"""The best places for some meetings while all others stay where they are, by OR-tools' constraint solver."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .meetings_board import Board, Spot

GRAIN = 1_000_000
"""Worth is counted in whole parts of the greatest gain: so many."""
PROCESSES = 1
"""One thread: the result depends on nothing but the problem, and a job may be forked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """What was found: where each of the meetings goes (left out where nowhere), and whether nothing is worth more.

    ``value`` and ``bound`` are of these meetings alone.
    """

    places: dict[int, Spot]
    value: float
    bound: float
    optimal: bool


class Model:
    """Where some meetings may go on a board without them."""

    def __init__(self, board: Board, free: Sequence[int], required: frozenset[int] = frozenset()) -> None:
        """``required`` meetings must take place. None of ``free`` may be on the board."""
        from ortools.sat.python import cp_model

        self.model = cp_model.CpModel()
        self.board = board
        self.rules = board.rules
        self.free = tuple(free)
        self.options: dict[int, dict[Spot, Any]] = {}
        self._of_person: dict[int, list[tuple[Spot, Any]]] = defaultdict(list)
        for meeting in self.free:
            self._add_options(meeting)
            variables = list(self.options[meeting].values())
            if meeting in required:
                self.model.add_exactly_one(variables)
            else:
                self.model.add_at_most_one(variables)
        self._one_at_a_time()
        self._room()
        self._walking()
        self._value()

    def __len__(self) -> int:
        """How many choices there are."""
        return sum(map(len, self.options.values()))

    def solve(self, *, effort: float, seed: int, first: dict[int, Spot] | None = None) -> Best | None:
        """Return the best found within ``effort`` (the solver's own seconds, which are the same on every machine).

        ``first`` are places to start from. ``None``: the required ones cannot all take place (or that could not be
        found out).
        """
        from ortools.sat.python import cp_model

        for meeting, options in self.options.items():
            chosen = (first or {}).get(meeting)
            for place, variable in options.items():
                self.model.add_hint(variable, place == chosen)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = PROCESSES
        solver.parameters.random_seed = seed
        solver.parameters.max_deterministic_time = effort
        solver.parameters.interleave_search = len(self) > _SMALL
        status = solver.solve(self.model)
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return None
        places = {
            meeting: place
            for meeting, options in self.options.items()
            for place, variable in options.items()
            if solver.boolean_value(variable)
        }
        value = sum(float(self._gains[meeting][place]) for meeting, place in places.items())
        rounding = len(self.free) * self._grain
        return Best(
            places=places,
            value=value,
            bound=max(value, solver.best_objective_bound * self._grain + rounding),
            optimal=status == cp_model.OPTIMAL,
        )

    def _add_options(self, meeting: int) -> None:
        self.options[meeting] = found = {}
        board = self.board
        if board.at_limit(meeting):
            return
        for slot, spots in self.rules.spots_by_slot(meeting).items():
            if board.busy(meeting, slot):
                continue
            for spot in spots:
                place = slot, spot
                if board.has_room(meeting, place) and not board.late(meeting, place):
                    variable = found[place] = self.model.new_bool_var("")
                    for person in self.rules.members[meeting]:
                        self._of_person[person].append((place, variable))

    def _one_at_a_time(self) -> None:
        for person, options in self._of_person.items():
            by_slot = defaultdict(list)
            for (slot, _), variable in options:
                by_slot[slot].append(variable)
            for slots in self.rules.crowded:
                then = [variable for slot in slots for variable in by_slot.get(slot, ())]
                if len(then) > 1:
                    self.model.add_at_most_one(then)
            left = self.board.limits[person] - len(self.board.calendars[person])
            if left < len(by_slot):
                self.model.add(sum(variable for _, variable in options) <= left)

    def _room(self) -> None:
        there: dict[tuple[int, int], list[tuple[int, Any]]] = defaultdict(list)
        for meeting, options in self.options.items():
            for (slot, spot), variable in options.items():
                for crowd in self.rules.crowds_of[slot]:
                    there[crowd, spot].append((self.board.sizes[meeting], variable))
        for (crowd, spot), choices in there.items():
            meetings, people = self.board.remaining(crowd, spot)
            if meetings < len(choices):
                self.model.add(sum(variable for _, variable in choices) <= meetings)
            # Where the meetings that fit cannot be too many people, one rule says it all.
            if people < sum(sorted((size for size, _ in choices), reverse=True)[:meetings]):
                self.model.add(sum(size * variable for size, variable in choices) <= people)

    def _walking(self) -> None:
        if not any(self.rules.near):
            return
        for person, options in self._of_person.items():
            if not self.board.walkers[person]:
                continue
            by_place = defaultdict(list)
            for place, variable in options:
                by_place[place].append(variable)
            spots_in = defaultdict(list)
            for slot, spot in by_place:
                spots_in[slot].append(spot)
            for slot, spot in by_place:
                for other in self.rules.near[slot]:
                    if other > slot and other in spots_in:
                        far = self.board.far(slot, other)[spot]
                        beyond = [
                            v for there in spots_in[other] if far[there] for v in by_place[other, there]
                        ]
                        if beyond:
                            self.model.add_at_most_one([*by_place[slot, spot], *beyond])

    def _value(self) -> None:
        self._gains = {meeting: self.rules.gain(meeting) for meeting in self.free}
        greatest = max((float(gain.max(initial=0.0)) for gain in self._gains.values()), default=0.0)
        self._grain = greatest / GRAIN if greatest else 1.0
        self.model.maximize(
            sum(
                max(1, round(float(self._gains[meeting][place]) / self._grain)) * variable
                for meeting, options in self.options.items()
                for place, variable in options.items()
            )
        )


_SMALL = 2_000
"""Choices that one strategy searches well; above, several take turns."""
