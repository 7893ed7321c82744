"""Whether chosen rules of one round can hold together, proved by a mixed-integer solver (HiGHS, in scipy).

People whom no chosen rule tells apart are one number per group, so the model stays as small as the rules are few.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .partition import NOWHERE, Code, Flags, Partition, Rule
from .partition_state import blocks

LARGEST = 80_000
"""Variables of a model beyond which nothing is proved."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``possible``: ``None`` where time or size did not allow to tell. ``groups`` (n,) where it is possible."""

    possible: bool | None
    groups: NDArray[np.intp] | None = None


def rules_of(problem: Partition, number: int = 0) -> list[Rule]:
    """Return all hard rules of a round, those first that are rather given than wished for."""
    found = [Rule(Code.SIZES, None, number)]
    if problem.allowed is not None:
        bound = np.flatnonzero(~problem.allowed.all(axis=1))
        found += [Rule(Code.ALLOWED, int(person), number) for person in bound]
    found += [Rule(Code.QUOTA, at, number) for at in range(len(problem.quotas))]
    found += [Rule(Code.SHARED, None, number)] if problem.shared is not None else []
    found += [Rule(Code.PINS, at, number) for at in range(len(problem.pins))]
    found += [Rule(Code.TOGETHER, at, number) for at in range(len(problem.together))]
    found += [Rule(Code.APART, at, number) for at in range(len(problem.apart))]
    if problem.acquaintance is not None:
        needy = np.flatnonzero(problem.acquaintance.least > 0)
        found += [Rule(Code.ACQUAINTANCES, int(person), number) for person in needy]
    return found


def under(problem: Partition, rules: Collection[Rule]) -> Partition:
    """Return the same round with these hard rules alone."""
    chosen: dict[Code, set[int | None]] = {}
    for rule in rules:
        chosen.setdefault(rule.code, set()).add(rule.index)

    def kept(code: Code, count: int) -> list[int]:
        return [at for at in range(count) if at in chosen.get(code, ())]

    allowed = problem.allowed
    if allowed is not None:
        allowed = allowed.copy()
        others = np.ones(len(allowed), dtype=bool)
        others[kept(Code.ALLOWED, len(allowed))] = False
        allowed[others] = True
    acquaintance = problem.acquaintance
    if acquaintance is not None:
        needy = np.zeros(problem.people, dtype=bool)
        needy[kept(Code.ACQUAINTANCES, problem.people)] = True
        acquaintance = replace(acquaintance, least=np.where(needy, acquaintance.least, 0))
    sizes = Code.SIZES in chosen
    return replace(
        problem,
        least=problem.least if sizes else np.zeros_like(problem.least),
        most=problem.most if sizes else np.full_like(problem.most, problem.people),
        allowed=allowed,
        acquaintance=acquaintance,
        quotas=[problem.quotas[at] for at in kept(Code.QUOTA, len(problem.quotas))],
        shared=problem.shared if Code.SHARED in chosen else None,
        pins=problem.pins[kept(Code.PINS, len(problem.pins))],
        together=[problem.together[at] for at in kept(Code.TOGETHER, len(problem.together))],
        apart=problem.apart[kept(Code.APART, len(problem.apart))],
    )


def arrange(problem: Partition, seconds: float) -> Answer:
    """Find any division that holds all rules of this round, or prove that there is none."""
    model = _Model(problem)
    if model.variables > LARGEST or seconds <= 0:
        return Answer(None)
    return model.solve(seconds)


class _Model:
    """Whether named block b sits in group g, how many of the rest do, and which groups are used and share what.

    Variables: (named, groups) block in group; (2, groups) how many of the others that must sit, and that may; (groups,)
    whether the group is used; (groups, traits) whether the group has the trait in common.
    """

    def __init__(self, problem: Partition) -> None:
        self.problem = problem
        self.may: Flags = problem.may()
        present = np.ones(problem.people, dtype=bool) if problem.present is None else problem.present
        optional = np.zeros(problem.people, dtype=bool) if problem.optional is None else problem.optional
        special = _special(problem, self.may) & present
        every = [[p for p in block if present[p]] for block in blocks(problem)]
        named = [block for block in every if len(block) > 1 or (block and special[block[0]])]
        self.named = named
        rest = [block[0] for block in every if len(block) == 1 and not special[block[0]]]
        self.rest = [[p for p in rest if not optional[p]], [p for p in rest if optional[p]]]
        self.must = [not optional[block].all() for block in named]
        self.groups = problem.groups
        self.traits = 0 if problem.shared is None else problem.shared.shape[1]
        self.variables = self.groups * (len(named) + 3 + self.traits)
        self._rows: list[tuple[NDArray[np.intp], NDArray[np.float64]]] = []
        self._low: list[float] = []
        self._high: list[float] = []
        self.at = np.full(problem.people, -1, dtype=np.intp)
        for number, block in enumerate(named):
            self.at[block] = number

    def solve(self, seconds: float) -> Answer:
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_matrix

        for part in (self._seats(), self._apart(), self._quotas(), self._acquaintances(), self._shared()):
            for columns, values, low, high in part:
                self._rows.append((columns, values))
                self._low.append(low)
                self._high.append(high)
        lengths = [len(columns) for columns, _ in self._rows]
        matrix = csr_matrix(
            (
                np.concatenate([values for _, values in self._rows]),
                np.concatenate([columns for columns, _ in self._rows]),
                np.concatenate([[0], np.cumsum(lengths)]),
            ),
            shape=(len(lengths), self.variables),
        )
        found = milp(
            np.zeros(self.variables),
            constraints=LinearConstraint(matrix, self._low, self._high),
            bounds=Bounds(0, self._upper()),
            integrality=1,
            options={"time_limit": seconds},
        )
        if found.x is not None:
            return Answer(True, self._read(np.round(found.x)))
        return Answer(False if found.status == 2 else None)

    def _x(self, block: int) -> NDArray[np.intp]:
        return block * self.groups + np.arange(self.groups)

    def _upper(self) -> NDArray[np.float64]:
        upper = np.ones(self.variables)
        for number, block in enumerate(self.named):
            upper[self._x(number)] = self.may[block].all(axis=0)
        for kind, rest in enumerate(self.rest):
            upper[self._x(len(self.named) + kind)] = len(rest)
        return upper

    def _seats(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64], float, float]]:
        ones = np.ones(self.groups)
        for number in range(len(self.named)):
            yield self._x(number), ones, float(self.must[number]), 1.0
        for kind, rest in enumerate(self.rest):
            yield self._x(len(self.named) + kind), ones, 0.0 if kind else float(len(rest)), float(len(rest))
        sizes = np.array([*map(len, self.named), 1, 1], dtype=np.float64)
        rows = np.arange(len(sizes)) * self.groups
        for group in range(self.groups):
            least, most = float(self.problem.least[group]), float(self.problem.most[group])
            used = (len(self.named) + 2) * self.groups + group
            yield rows + group, sizes, least, most
            yield np.append(rows + group, used), np.append(sizes, -most), -np.inf, 0.0

    def _apart(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64], float, float]]:
        for one, other in self.problem.apart.tolist():
            first, second = int(self.at[one]), int(self.at[other])
            if one == other or first < 0 or second < 0:
                continue
            if first == second:  # kept together and apart at once
                yield self._x(first), np.ones(self.groups), 0.0, 0.0
                continue
            for group in range(self.groups):
                columns = np.array([first, second]) * self.groups + group
                yield columns, np.ones(2), 0.0, 1.0

    def _quotas(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64], float, float]]:
        for quota in self.problem.quotas:
            counts = np.array([quota.flagged[block].sum() for block in self.named], dtype=np.float64)
            who = np.flatnonzero(counts)
            for group in range(self.groups):
                columns, values = who * self.groups + group, counts[who]
                used = (len(self.named) + 2) * self.groups + group
                least = float(quota.least[group])
                yield columns, values, 0.0, float(quota.most[group])
                if least > 0:
                    yield np.append(columns, used), np.append(values, -least), 0.0, np.inf

    def _acquaintances(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64], float, float]]:
        rule = self.problem.acquaintance
        if rule is None:
            return
        for person in np.flatnonzero(rule.least > 0).tolist():
            mine = int(self.at[person])
            if mine < 0:
                continue
            friends = np.flatnonzero(rule.known[person])
            friends = friends[(friends != person) & (self.at[friends] >= 0)]
            counts = np.bincount(self.at[friends], minlength=len(self.named)).astype(np.float64)
            counts[mine] -= float(rule.least[person])
            who = np.flatnonzero(counts)
            for group in range(self.groups):
                yield who * self.groups + group, counts[who], 0.0, np.inf

    def _shared(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64], float, float]]:
        shared = self.problem.shared
        if shared is None:
            return
        start = (len(self.named) + 3) * self.groups
        for group in range(self.groups):
            has = start + group * self.traits + np.arange(self.traits)
            yield has, np.ones(self.traits), 1.0, np.inf
            for trait in range(self.traits):
                lacking = [at for at, block in enumerate(self.named) if not shared[block, trait].all()]
                most = float(min(len(lacking), self.problem.most[group]))
                columns = np.append(np.array(lacking, dtype=np.intp) * self.groups + group, has[trait])
                yield columns, np.append(np.ones(len(lacking)), most), -np.inf, most

    def _read(self, x: NDArray[np.float64]) -> NDArray[np.intp]:
        groups = np.full(self.problem.people, NOWHERE, dtype=np.intp)
        for number, block in enumerate(self.named):
            seat = np.flatnonzero(x[self._x(number)] > 0.5)
            groups[block] = seat[0] if len(seat) else NOWHERE
        for kind, rest in enumerate(self.rest):
            counts = x[self._x(len(self.named) + kind)].astype(np.intp)
            seats = np.repeat(np.arange(self.groups), counts)
            groups[np.array(rest, dtype=np.intp)[: len(seats)]] = seats
        return groups


def _special(problem: Partition, may: Flags) -> Flags:
    """Return whom some rule tells apart from others, (n,)."""
    special: Flags = ~np.asarray(may.all(axis=1))
    special[problem.apart.ravel()] = True
    for quota in problem.quotas:
        special |= quota.flagged
    if problem.shared is not None:
        special |= ~problem.shared.all(axis=1)
    if problem.acquaintance is not None:
        needy = problem.acquaintance.least > 0
        special |= needy
        special |= np.asarray(problem.acquaintance.known[needy].any(axis=0))
    return special
