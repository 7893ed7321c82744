"""Finds circles: the partition's search, and then, because circles are many and small, kicks where it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from .partition import NOWHERE, Partition, Plan, Progress
from .partition_kicks import kick
from .partition_solver import solve
from .partition_state import State, worth

_KICKS = 4.0
"""Kicks for each person and round, at an effort of 1."""
_FIRST = 0.4
"""The part of the seconds that the search has; kicks have the rest."""
_SEARCH = 0.4
"""The search's effort beside that of the kicks, which go on from wherever it ends."""


def divide(
    rounds: Sequence[Partition],
    *,
    start: NDArray[np.int32] | None,
    effort: float,
    seconds: float,
    seed: int,
    progress: Progress | None,
) -> Plan:
    """Return the plan as ``solve`` does. Over several rounds nobody meets anybody twice."""
    deadline = monotonic() + seconds
    told = progress or _untold
    plan = solve(
        rounds, without_repeats=len(rounds) > 1, start=start, effort=effort * _SEARCH, seconds=seconds * _FIRST,
        seed=seed, progress=lambda part: told(part * _FIRST),
    )  # fmt: skip
    if plan.conflict is not None:
        return plan
    state = State(rounds, never=len(rounds) > 1)
    nowhere = np.array([one.groups for one in rounds])[:, None]
    state.reset(np.where(plan.groups == NOWHERE, nowhere, plan.groups).astype(np.intp))
    state.price(_dear(state))
    before = state.broken()
    people = state.people * len(rounds)
    kick(
        state, np.random.default_rng(seed), int(effort * _KICKS * people), stop=lambda: monotonic() > deadline,
        told=lambda part: told(_FIRST + (1 - _FIRST) * part),
    )  # fmt: skip
    if state.broken() > before or state.objective() < plan.objective:
        return plan
    groups = state.plain()
    total = sum(worth(one, groups[number]) for number, one in enumerate(rounds))
    return replace(plan, groups=groups, worth=total, objective=state.objective(), repeats=state.repeats())


def _dear(state: State) -> float:
    """Return more than any exchange can gain."""
    most = max(int(one.problem.most.max(initial=1)) for one in state.rounds)
    pair = max(float(np.abs(one.problem.worth).max(initial=0.0)) for one in state.rounds)
    own = max(float(np.abs(one.own).max(initial=0.0)) for one in state.rounds)
    return 1.0 + 8.0 * most * pair + 8.0 * own


def _untold(_part: float) -> None:
    return
