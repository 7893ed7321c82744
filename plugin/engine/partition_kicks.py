"""Betters a division of many small groups: a few neighbouring groups are mixed up, and only what was touched is mended.

Where groups are small and many, a better division differs from a good one in some corner; going over everybody again and
again spends nearly all time elsewhere. What did not gain is taken back (iterated local search, Lourenço et al., 2003).
Rules hold throughout: the state prices them, so that nothing that breaks one gains.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .partition_state import State

Step = tuple[int, int, int]
"""Round, person, and the group that the person came from."""
_NEAR = 6
"""Of so many groups that are nearest to one, two are mixed up with it."""
_MIXED = 4
"""Exchanges by chance among them."""
_ENOUGH = 1e-7


def kick(
    state: State,
    rng: np.random.Generator,
    kicks: int,
    *,
    stop: Callable[[], bool],
    told: Callable[[float], None],
) -> None:
    """Better the state so many times, or until it is time to ``stop``. It starts from a division without broken rules."""
    rounds = [number for number, one in enumerate(state.rounds) if one.nowhere > 1]
    for done in range(kicks if rounds else 0):
        if done % 32 == 0:
            told(done / kicks)
            if stop():
                break
        number = rounds[int(rng.integers(len(rounds)))]
        steps: list[Step] = []
        people = _neighbourhood(state, number, rng)
        gain = _mix(state, number, people, rng, steps)
        gain += _mend(state, number, people, steps)
        if gain < _ENOUGH:
            for round_, person, came_from in reversed(steps):
                state.move(round_, person, came_from)
    told(1.0)


def _neighbourhood(state: State, number: int, rng: np.random.Generator) -> list[int]:
    """Return who can move among some group and two near to it."""
    one, groups = state.rounds[number], state.groups[number]
    group = int(rng.integers(one.nowhere))
    near = state.sums[number][groups == group, : one.nowhere].sum(axis=0)
    near[group] = -np.inf
    nearest = np.argsort(-near)[: min(_NEAR, one.nowhere - 1)]
    chosen = [group, *rng.choice(nearest, min(2, len(nearest)), replace=False).tolist()]
    return np.flatnonzero(np.isin(groups, chosen) & one.single & one.free).tolist()


def _mix(state: State, number: int, people: list[int], rng: np.random.Generator, steps: list[Step]) -> float:
    """Exchange some of these people by chance; return what that adds, mostly less than nothing."""
    gain = 0.0
    if len(people) < 2:
        return gain
    for _ in range(_MIXED):
        one, other = rng.choice(people, 2, replace=False).tolist()
        if _may_change(state, number, one)[other]:
            gain += float(state.exchanges(number, one)[other])
            _exchange(state, number, one, other, steps)
    return gain


def _mend(state: State, number: int, people: list[int], steps: list[Step]) -> float:
    """Do what adds something for these people and all whom that touches, until nothing does; return what it adds."""
    gain = 0.0
    left = list(people)
    while left:
        person = left.pop()
        here = int(state.groups[number, person])
        gains = np.where(_may_change(state, number, person), state.exchanges(number, person), -np.inf)
        room = _room(state, number, person)
        if room is not None:
            gains = np.concatenate([gains, np.where(room, state.moves(number, person), -np.inf)])
        best = int(gains.argmax())
        if gains[best] <= _ENOUGH:
            continue
        gain += float(gains[best])
        if best < state.people:
            there = int(state.groups[number, best])
            _exchange(state, number, person, best, steps)
        else:
            there = best - state.people
            _move(state, number, person, there, steps)
        one, groups = state.rounds[number], state.groups[number]
        touched = ((groups == here) | (groups == there)) & (groups != one.nowhere) & one.single & one.free
        left += np.flatnonzero(touched).tolist()
    return gain


def _may_change(state: State, number: int, person: int) -> NDArray[np.bool_]:
    """Return with whom a person can change places, (n,)."""
    one, groups = state.rounds[number], state.groups[number]
    here = groups[person]
    able: NDArray[np.bool_] = one.single & one.free & (groups != here)
    able &= one.may[person][groups] & one.may[:, here]
    return able


def _room(state: State, number: int, person: int) -> NDArray[np.bool_] | None:
    """Return to which groups a person can go without anybody coming back, (groups + 1,); ``None`` where to none."""
    one, sizes = state.rounds[number], state.sizes[number]
    here = int(state.groups[number, person])
    if sizes[here] <= one.least[here]:
        return None
    room: NDArray[np.bool_] = (sizes < one.most) & one.may[person]
    room[here] = False
    return room if room.any() else None


def _exchange(state: State, number: int, one: int, other: int, steps: list[Step]) -> None:
    here, there = (int(state.groups[number, person]) for person in (one, other))
    _move(state, number, one, there, steps)
    _move(state, number, other, here, steps)


def _move(state: State, number: int, person: int, group: int, steps: list[Step]) -> None:
    steps.append((number, person, int(state.groups[number, person])))
    state.move(number, person, group)
