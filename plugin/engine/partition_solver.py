"""Solves partitions: a start, a search that leaves local optima, and where rules stay broken, the proof that they must.

The same problem, seed and effort give the same plan, unless the seconds run out first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from .partition import NOWHERE, Conflict, Partition, Plan, Progress
from .partition_checks import broken_rules, check, too_many_rounds
from .partition_conflict import conflict_of
from .partition_feasible import arrange
from .partition_search import Best, Schedule, Search
from .partition_start import construct
from .partition_state import State, worth

_HOT, _WARM, _COLD = 0.5, 0.1, 0.03
"""Heat in units of how much exchanges differ: at the beginning, there where a start was given, and at the end."""
_SOFT = 4.0
"""What a broken rule costs during a search, in the same unit: dear, and yet to be crossed."""
_TURNS = 100_000
"""Turns of people that a search takes altogether, at an effort of 1."""
_FEWEST, _MOST = 30, 100
"""Sweeps of one run."""
_RUNS = 16
_AGREED = 3
"""Runs that end with the same worth, as none ended better: there is nothing more to expect."""
_QUICK, _PROOF = 3.0, 30.0
"""Seconds for finding out whether the rules of one round can hold at all."""


def solve(
    rounds: Sequence[Partition],
    *,
    met: NDArray[np.int32] | None = None,
    repeat_cost: float = 0.0,
    without_repeats: bool = False,
    start: NDArray[np.int32] | None = None,
    effort: float = 1.0,
    seconds: float = 60.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Plan:
    """Divide people into groups, in one round or several.

    ``met`` (n, n): how often pairs met before. Each time that a pair meets again costs ``repeat_cost``;
    ``without_repeats`` makes it a rule that nobody does, unless some round keeps them together. ``start`` (rounds, n),
    ``NOWHERE`` for who has no place yet: optimise from there; a start that holds all rules is never made worse.
    ``seconds``: the search ends then with the best there is; a proof that rules contradict each other may take as long
    again. Where rules cannot all be held, the plan's ``conflict`` says which, and nobody is placed.

    Raises ``ValueError`` when the rounds do not fit together or name rows or groups that do not exist.
    """
    check(rounds, start)
    if without_repeats and (conflict := too_many_rounds(rounds)):
        return _nobody(rounds, conflict)
    state = State(rounds, met, repeat_cost=repeat_cost, never=without_repeats)
    work = _Work(rounds, state, np.random.default_rng(seed), seconds)
    best = work.search(start, effort, progress or _untold)
    if best is None or best.broken:
        settled = work.settle(best)
        if isinstance(settled, Conflict):
            return _nobody(rounds, settled)
        best = settled
    state.reset(best.groups)
    groups = state.plain()
    return Plan(
        groups=groups,
        worth=sum(worth(one, groups[number]) for number, one in enumerate(rounds)),
        objective=state.objective(),
        repeats=state.repeats(),
    )


class _Work:
    """One problem while it is solved."""

    def __init__(
        self, rounds: Sequence[Partition], state: State, rng: np.random.Generator, seconds: float
    ) -> None:
        self._rounds, self._state, self._rng, self._seconds = rounds, state, rng, seconds
        self._deadline = monotonic() + seconds
        self._dearest = _dearest(state)

    def search(self, start: NDArray[np.int32] | None, effort: float, told: Progress) -> Best | None:
        """Return the best division found, or ``None`` where not even a start was."""
        sweeps = effort * _TURNS / max(len(self._rounds) * self._state.people, 1)
        each = int(np.clip(sweeps, _FEWEST, _MOST))
        runs = 1 if start is not None else int(np.clip(sweeps / each, 1, _RUNS))
        inner = None if start is None else self._inner(start)
        best: Best | None = None
        agreed = 0
        for run in range(2 * runs):
            if run >= runs and best is not None and not best.broken:
                break  # the second half is for rules that are still broken
            if not construct(self._state, self._rng, inner):
                return None
            found = self._run(
                each,
                hot=_HOT if start is None else _WARM,
                soft=_SOFT if run < runs else 4 * _SOFT,
                told=_part_of(told, run, runs),
            )
            if best is None or (found.broken, -found.objective) < (best.broken, -best.objective - 1e-6):
                best, agreed = found, 0
            agreed += found.broken == best.broken and found.objective >= best.objective - 1e-6
            if run == 0 and best.broken and self._contradicted():
                break
            gained = not best.broken and (agreed >= _AGREED or self._nothing_to_gain())
            if gained or monotonic() > self._deadline:
                break
        told(1.0)
        return best

    def _contradicted(self) -> bool:
        """Whether it is quickly proved that the rules of some round cannot hold."""
        quick = min(_QUICK, self._seconds)
        return any(arrange(problem, quick).possible is False for problem in self._rounds)

    def settle(self, best: Best | None) -> Best | Conflict:
        """Hold all rules, or say which ones cannot be held."""
        limit = monotonic() + self._seconds
        groups = self._state.groups.copy()
        for number, problem in enumerate(self._rounds):
            answer = arrange(problem, min(_PROOF, limit - monotonic()))
            if answer.possible is False:
                conflict = conflict_of(problem, number, limit - monotonic())
                return conflict or broken_rules(self._state, number)
            if answer.groups is None:
                self._state.reset(best.groups if best is not None else groups)
                return broken_rules(self._state, number)
            groups[number] = np.where(answer.groups == NOWHERE, problem.groups, answer.groups)
        self._state.reset(groups)
        found = self._climb(lambda: monotonic() > limit)
        if found.broken:
            self._state.reset(found.groups if best is None or found.broken < best.broken else best.groups)
            return broken_rules(self._state)
        return found

    def _run(self, sweeps: int, *, hot: float, soft: float, told: Callable[[float], None]) -> Best:
        """Search once from where the state is."""
        state = self._state
        begun = self._here()
        scale = Search(state, self._rng, self._late).scale() or 1.0
        state.price(min(soft * scale, self._dearest))
        searching = Search(state, self._rng, self._late)
        schedule = Schedule(sweeps=sweeps, hot=hot * scale, cold=_COLD * scale)
        enough = 0.0 if self._nothing_to_gain() else None
        found = searching.run(schedule, begun, until=enough, told=told)
        last = self._climb(self._late)
        state.reset(found.groups)
        found = self._climb(self._late)
        return min(found, last, key=lambda one: (one.broken, -one.objective))

    def _climb(self, stop: Callable[[], bool]) -> Best:
        """Climb from where the state is, where no gain outweighs a broken rule."""
        self._state.price(self._dearest)
        return Search(self._state, self._rng, stop).climb(self._here())

    def _here(self) -> Best:
        return Best(self._state.groups.copy(), self._state.broken(), self._state.objective())

    def _inner(self, groups: NDArray[np.int32]) -> NDArray[np.intp]:
        nowhere = np.array([one.groups for one in self._rounds])[:, None]
        return np.where(groups < 0, nowhere, groups).astype(np.intp)

    def _late(self) -> bool:
        return monotonic() > self._deadline

    def _nothing_to_gain(self) -> bool:
        return self._dearest <= 1.0


def _nobody(rounds: Sequence[Partition], conflict: Conflict) -> Plan:
    nobody = np.full((len(rounds), rounds[0].people), NOWHERE, dtype=np.int32)
    return Plan(groups=nobody, worth=0.0, objective=0.0, repeats=0, conflict=conflict)


def _part_of(told: Progress, run: int, runs: int) -> Progress:
    """Return what tells the progress of one run as a part of that of all."""
    return lambda part: told(min((run + part) / runs, 1.0))


def _dearest(state: State) -> float:
    """Return more than any exchange of two people can gain, 1 where nothing can be gained."""
    most = state.repeat_cost
    for one in state.rounds:
        largest = max(int(one.problem.most.max(initial=0)), 1)
        pair = float(np.abs(one.problem.worth).max(initial=0.0)) + state.repeat_cost * len(state.rounds)
        most = max(most, 4 * largest * pair + 4 * float(np.abs(one.own).max(initial=0.0)))
    return 1.0 + most if most else 1.0


def _untold(_part: float) -> None:
    return
