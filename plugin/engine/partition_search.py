"""Betters a division by exchanges and moves: a slowly cooled heat bath, so that it leaves local optima again.

For one person after the other, what all exchanges and moves are worth is computed at once, and one is drawn, the likelier
the more it adds; at the end only what adds something is done. Sizes and places that are allowed hold at every step; other
rules cost so much that they end up held if they can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .partition_state import State

_NOISE = 1 << 16
_PAIRS, _PAIRS_ALTOGETHER = 0.1, 10.0
"""Share of turns in which somebody changes places together with the person who is worth most to them; how many at most
in one sweep: they take long."""
_TARGETS = 3
"""Groups that are tried for a block of several people, each time that it is its turn."""


@dataclass(slots=True)
class Best:
    """The best division seen: fewest broken rules, then the greatest objective."""

    groups: NDArray[np.intp]
    broken: float
    objective: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long and how hot: ``sweeps`` over everybody, from ``hot`` to ``cold`` in units of the objective."""

    sweeps: int
    hot: float
    cold: float


class Search:
    """A search from where the state is. ``stop`` is asked now and then whether time is up."""

    def __init__(self, state: State, rng: np.random.Generator, stop: Callable[[], bool]) -> None:
        self._state, self._rng, self._stop = state, rng, stop
        self._gumbel = rng.gumbel(size=_NOISE)
        self._turns = [
            (number, block)
            for number, one in enumerate(state.rounds)
            for block in one.blocks
            if one.fits[one.block_of[block[0]]].sum() > 1
        ]
        self._pairs = min(_PAIRS, _PAIRS_ALTOGETHER / max(len(self._turns), 1))
        self._candidates = [np.where(one.single & one.free, 0.0, -np.inf) for one in state.rounds]

    def scale(self) -> float:
        """Return how much exchanges differ in worth, typically."""
        spreads = []
        for at in self._rng.permutation(len(self._turns))[:40]:
            number, block = self._turns[at]
            gains = self._state.exchanges(number, block[0])
            gains = gains[np.abs(gains) < self._state.weight / 2]
            if len(gains) > 1:
                spreads.append(float(gains.std()))
        return float(np.median(spreads)) if spreads else 0.0

    def run(
        self, schedule: Schedule, best: Best, *, until: float | None = None, told: Callable[[float], None]
    ) -> Best:
        """Cool down over the sweeps; return the best division seen. ``until``: an objective that is enough."""
        ratio = schedule.cold / schedule.hot if schedule.hot > 0 else 0.0
        for sweep in range(schedule.sweeps):
            heat = schedule.hot * ratio ** (sweep / max(schedule.sweeps - 1, 1)) if schedule.hot > 0 else 0.0
            finished, _ = self._sweep(heat)
            best = self.look(best)
            told((sweep + 1) / schedule.sweeps)
            if not finished or (until is not None and not best.broken and best.objective >= until):
                break
        return best

    def climb(self, best: Best) -> Best:
        """Do what adds something until nothing does."""
        changed = 1
        while changed:
            finished, changed = self._sweep(0.0)
            if not finished:
                break
        return self.look(best)

    def look(self, best: Best) -> Best:
        """Return where the state is if that is better."""
        broken = self._state.broken()
        if broken > best.broken:
            return best
        objective = self._state.objective()
        if broken < best.broken or objective > best.objective + 1e-9:
            return Best(self._state.groups.copy(), broken, objective)
        return best

    def _sweep(self, heat: float) -> tuple[bool, int]:
        """Give everybody a turn; whether there was time for all, and how many changed places."""
        changed = 0
        for turn, at in enumerate(self._rng.permutation(len(self._turns)).tolist()):
            if turn % 64 == 0 and self._stop():
                return False, changed
            number, block = self._turns[at]
            if len(block) == 1:
                pair = self._pair(number, block[0]) if self._rng.random() < self._pairs else None
                moved = pair is not None and self._turn_of_block(number, pair, heat)
                changed += moved or self._turn(number, block[0], heat)
            else:
                changed += self._turn_of_block(number, block, heat)
        return True, changed

    def _pair(self, number: int, person: int) -> list[int] | None:
        """Return the person with whoever in the group is worth most, if both can move."""
        state, one = self._state, self._state.rounds[number]
        groups = state.groups[number]
        near = np.flatnonzero((groups == groups[person]) & one.single & one.free)
        near = near[near != person]
        if groups[person] == one.nowhere or not len(near):
            return None
        return [person, int(near[one.problem.worth[person, near].argmax()])]

    def _turn(self, number: int, person: int, heat: float) -> bool:
        state, one = self._state, self._state.rounds[number]
        groups, sizes = state.groups[number], state.sizes[number]
        here = int(groups[person])
        gains = state.exchanges(number, person)
        gains += self._candidates[number]
        gains[groups == here] = -np.inf
        if not one.anywhere:
            gains[~(one.may[person][groups] & one.may[:, here])] = -np.inf
        can_leave = sizes[here] > one.least[here]
        room = (sizes < one.most) & one.may[person] if can_leave else None
        if room is not None and room.any():
            moves = state.moves(number, person)
            moves[~room] = -np.inf
            moves[here] = -np.inf
            gains = np.concatenate([gains, moves])
        stay = 1e-9
        if heat > 0:
            start = int(self._rng.integers(max(_NOISE - len(gains) - 1, 1)))
            noise = self._gumbel[start : start + len(gains) + 1]
            gains[: len(noise) - 1] += heat * noise[:-1]
            stay = heat * float(noise[-1])
        chosen = int(gains.argmax())
        if gains[chosen] <= stay:
            return False
        if chosen >= state.people:
            state.move(number, person, chosen - state.people)
        else:
            there = int(groups[chosen])
            state.move(number, person, there)
            state.move(number, chosen, here)
        return True

    def _turn_of_block(self, number: int, block: list[int], heat: float) -> bool:
        state, one = self._state, self._state.rounds[number]
        here = int(state.groups[number, block[0]])
        likely = np.zeros(one.nowhere + 1)
        for person in block:
            likely += state.moves(number, person)
        likely[~one.may[block].all(axis=0)] = -np.inf
        likely[here] = -np.inf
        spread = self._gumbel[self._rng.integers(_NOISE, size=len(likely))]
        for there in np.argsort(-(likely + heat * spread))[:_TARGETS].tolist():
            if likely[there] == -np.inf:
                break
            threshold = 1e-9 if heat == 0 else heat * np.log(max(self._rng.random(), 1e-300))
            if self._exchange_block(number, block, there, threshold):
                return True
        return False

    def _exchange_block(self, number: int, block: list[int], there: int, threshold: float) -> bool:
        """Bring a block into a group and as many out of it as sizes ask for; undo it if it adds less than the threshold."""
        state = self._state
        here = int(state.groups[number, block[0]])
        back = self._displaced(number, block, there)
        if back is None:
            return False
        steps = [(person, there) for person in block] + [(person, here) for person in back]
        before = {person: int(state.groups[number, person]) for person, _ in steps}
        gain = 0.0
        for person, group in steps:
            gain += float(state.moves(number, person)[group])
            state.move(number, person, group)
        if gain >= threshold:
            return True
        for person, _ in reversed(steps):
            state.move(number, person, before[person])
        return False

    def _displaced(self, number: int, block: list[int], there: int) -> list[int] | None:
        """Return who would leave a group for a block that comes, or ``None`` when nobody fits."""
        state, one = self._state, self._state.rounds[number]
        groups, sizes = state.groups[number], state.sizes[number]
        here = int(groups[block[0]])
        least = max(
            0,
            int(sizes[there]) + len(block) - int(one.most[there]),
            int(one.least[here]) - (int(sizes[here]) - len(block)),
        )
        most = min(
            int(one.most[here]) - (int(sizes[here]) - len(block)),
            int(sizes[there]) + len(block) - int(one.least[there]),
        )
        if least > most:
            return None
        if least == 0:
            return []
        sums = state.sums[number]
        gains = sums[:, here] - sums[:, there] - 2 * sum(state.pair(number, person) for person in block)
        back: list[int] = []
        found: list[tuple[float, list[int]]] = []
        for at in sorted(set(one.block_of[groups == there].tolist())):
            other = one.blocks[at]
            if one.fits[at, here] and len(other) <= most:
                found.append((float(gains[other].sum()) / len(other), other))
        for _, other in sorted(found, key=lambda pair: -pair[0]):
            if len(back) < least and len(back) + len(other) <= most:
                back += other
        return back if len(back) >= least else None
