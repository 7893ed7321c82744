"""What no plan of meetings can exceed: the same problem with spots pooled, walking left out and meetings divisible.

Its answer is also a good plan to start from, since most of it turns out whole.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .meetings_rules import MeetingRules

DETAILED_UP_TO = 400_000
"""Choices (meeting, slot, pool) up to which slots are kept apart; above, days are taken as a whole."""
_SOME = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """``bound``: no plan is worth more. ``guide``: meeting, slot and the spots to choose from, the surest first."""

    bound: float
    guide: list[tuple[int, int, list[int]]]


@dataclass(slots=True)
class _Programme:
    """Sparse rows ``sum of entries <= limit``."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    entries: list[float] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)

    def add(self, columns: list[int], limit: float, entries: list[float] | None = None) -> None:
        self.rows += [len(self.limits)] * len(columns)
        self.columns += columns
        self.entries += [1.0] * len(columns) if entries is None else entries
        self.limits.append(limit)

    def solved(self, gains: list[float]) -> tuple[float, NDArray[np.float64]]:
        """Return the greatest total gain of divisible choices, each between 0 and 1, and how much of each is chosen."""
        from scipy.optimize import linprog
        from scipy.sparse import csr_matrix

        if not gains:
            return 0.0, np.empty(0)
        shape = len(self.limits), len(gains)
        matrix = csr_matrix((self.entries, (self.rows, self.columns)), shape=shape)
        done = linprog(-np.array(gains), A_ub=matrix, b_ub=self.limits, bounds=(0, 1), method="highs")
        if done.status != 0:  # without an answer everything could be placed, as far as we know
            return float(sum(gains)), np.zeros(len(gains))
        return float(-done.fun), done.x


def relaxed(rules: MeetingRules, *, detailed_up_to: int = DETAILED_UP_TO) -> Relaxed:
    """Solve the linear programme. Of very many choices only the bound is known, and is less close."""
    possible = [meeting for meeting in range(len(rules.members)) if rules.allowed(meeting).any()]
    pools = _pools(rules)
    choices = [
        (meeting, slot, number, gain)
        for meeting in possible
        for slot, number, gain in _choices(rules, meeting, pools)
    ]
    if len(choices) > detailed_up_to:
        return Relaxed(bound=_by_days(rules, possible), guide=[])
    value, chosen = _by_slots(rules, choices, pools)
    sure = chosen * [gain for _, _, _, gain in choices]
    order = [at for at in np.argsort(-sure, kind="stable").tolist() if chosen[at] > _SOME]
    return Relaxed(
        bound=value, guide=[(choices[at][0], choices[at][1], pools[choices[at][2]]) for at in order]
    )


def _pools(rules: MeetingRules) -> list[list[int]]:
    """Return spots that admit the same meetings in the same slots."""
    alike: dict[bytes, list[int]] = defaultdict(list)
    for spot in range(len(rules.problem.spots)):
        key = rules.suits[:, spot].tobytes() + rules.problem.spots.open[spot].tobytes()
        alike[key].append(spot)
    return list(alike.values())


def _choices(rules: MeetingRules, meeting: int, pools: list[list[int]]) -> list[tuple[int, int, float]]:
    allowed, gain = rules.allowed(meeting), rules.gain(meeting)
    return [
        (int(slot), number, float(gain[slot, pool].max()))
        for number, pool in enumerate(pools)
        for slot in allowed[:, pool[0]].nonzero()[0]
    ]


def _by_slots(
    rules: MeetingRules, choices: list[tuple[int, int, int, float]], pools: list[list[int]]
) -> tuple[float, NDArray[np.float64]]:
    programme = _Programme()
    of_meeting: dict[int, list[int]] = defaultdict(list)
    of_person: dict[int, list[int]] = defaultdict(list)
    at_once: dict[tuple[int, int], list[int]] = defaultdict(list)
    there: dict[tuple[int, int], list[int]] = defaultdict(list)
    for column, (meeting, slot, pool, _) in enumerate(choices):
        of_meeting[meeting].append(column)
        for person in rules.members[meeting]:
            of_person[person].append(column)
            for crowd in rules.crowds_of[slot]:
                at_once[person, crowd].append(column)
        for crowd in rules.crowds_of[slot]:
            there[pool, crowd].append(column)
    pinned = set(rules.problem.pins[:, 0].tolist())
    for meeting, columns in of_meeting.items():
        programme.add(columns, 1.0)
        if meeting in pinned:
            programme.add(columns, -1.0, [-1.0] * len(columns))
    for person, columns in of_person.items():
        programme.add(columns, float(rules.problem.limits[person]))
    for columns in at_once.values():
        programme.add(columns, 1.0)
    spots = rules.problem.spots
    sizes = [float(rules.sizes[choice[0]]) for choice in choices]
    for (pool, _), columns in there.items():
        programme.add(columns, float(spots.meetings[pools[pool]].sum()))
        programme.add(columns, float(spots.people[pools[pool]].sum()), [sizes[one] for one in columns])
    return programme.solved([choice[3] for choice in choices])


def _by_days(rules: MeetingRules, possible: list[int]) -> float:
    """Bound it by people's limits and slots, and by the room in the spots that meetings of one kind may have."""
    programme, problem = _Programme(), rules.problem
    of_person: dict[int, list[int]] = defaultdict(list)
    of_kind: dict[bytes, list[int]] = defaultdict(list)
    for column, meeting in enumerate(possible):
        of_kind[rules.suits[meeting].tobytes()].append(column)
        for person in rules.members[meeting]:
            of_person[person].append(column)
    for person, columns in of_person.items():
        free = sum(bool(problem.available[person, list(slots)].any()) for slots in rules.crowded)
        programme.add(columns, float(min(problem.limits[person], free)))
    room = sum(
        problem.spots.meetings * problem.spots.open[:, list(slots)].any(axis=1) for slots in rules.crowded
    )
    seats = sum(
        problem.spots.people * problem.spots.open[:, list(slots)].any(axis=1) for slots in rules.crowded
    )
    kinds = [*((np.frombuffer(kind, dtype=np.bool_), columns) for kind, columns in of_kind.items())]
    kinds.append((np.ones(len(problem.spots), dtype=np.bool_), list(range(len(possible)))))
    for suits, columns in kinds:
        sizes = [float(rules.sizes[possible[one]]) for one in columns]
        programme.add(columns, float((room * suits).sum()))
        programme.add(columns, float((seats * suits).sum()), sizes)
    return programme.solved([float(rules.gain(meeting).max()) for meeting in possible])[0]
