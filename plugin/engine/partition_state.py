"""The division that a search is at, over all rounds, and what each small change of it would add or break.

Values of pairs, meetings of other rounds and pairs to be kept apart are kept as sums per person and group, so that
what all exchanges of one person are worth is a handful of operations on vectors.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .partition import NOWHERE, Flags, Partition, Rows
from .partition_laws import AcquaintanceLaw, Law, QuotaLaw, SharedLaw

Values = NDArray[np.float64]


class Round:
    """What does not change of one round, and the sums that do."""

    def __init__(self, problem: Partition) -> None:
        n, groups = problem.people, problem.groups
        self.problem = problem
        self.nowhere = groups
        self.may = np.zeros((n, groups + 1), dtype=bool)
        self.may[:, :groups] = problem.may()
        absent = np.zeros(n, dtype=bool) if problem.present is None else ~problem.present
        optional = np.zeros(n, dtype=bool) if problem.optional is None else problem.optional & ~absent
        self.may[:, groups] = absent | optional
        self.least = np.append(problem.least, 0)
        self.most = np.append(problem.most, n)
        self.own = np.zeros((n, groups + 1))
        if problem.preference is not None:
            self.own[:, :groups] += problem.preference
        if problem.stay is not None and problem.stay_bonus:
            was = np.flatnonzero(problem.stay >= 0)
            self.own[was, problem.stay[was]] += problem.stay_bonus
        self.own[optional, groups] -= problem.leaving_cost
        self.apart, self._first = neighbours(problem.apart, n)
        self.laws: list[Law] = [QuotaLaw(quota) for quota in problem.quotas]
        if problem.acquaintance is not None and problem.acquaintance.least.any():
            self.laws.append(AcquaintanceLaw(problem.acquaintance, groups, int(problem.most.max(initial=0))))
        if problem.shared is not None:
            self.laws.append(SharedLaw(problem.shared, groups))
        self.blocks = blocks(problem)
        self.block_of = np.full(n, -1, dtype=np.intp)
        for number, block in enumerate(self.blocks):
            self.block_of[block] = number
        self.fits = np.array([self.may[block].all(axis=0) for block in self.blocks])
        self.single = np.bincount(self.block_of, minlength=len(self.blocks))[self.block_of] == 1
        # Who can only be in one place is never tried elsewhere.
        self.free = self.may.sum(axis=1) > 1
        self.anywhere = bool(self.may[self.free][:, :groups].all()) and not self.may[self.free, groups].any()

    def rivals(self, person: int) -> Rows:
        """Return from whom the person is to be kept apart."""
        found: Rows = self.apart[self._first[person] : self._first[person + 1], 1]
        return found


class State:
    """Groups of all rounds with the sums that tell what changes are worth.

    ``groups`` (rounds, n) where the number of groups stands for nowhere. ``repeat_cost`` is what meeting again takes from
    the objective; with ``never`` it counts as a broken rule besides. ``weight`` is what a search pays for one unit of
    broken rule.
    """

    def __init__(
        self,
        rounds: Sequence[Partition],
        met: NDArray[np.int32] | None = None,
        *,
        repeat_cost: float = 0.0,
        never: bool = False,
    ) -> None:
        self.rounds = [Round(one) for one in rounds]
        self.people = rounds[0].people
        self.repeat_cost, self.never = repeat_cost, never
        self.weight, self._again = 1.0, repeat_cost
        self.groups = np.array([[one.nowhere] * self.people for one in self.rounds], dtype=np.intp)
        self.sums: list[Values] = [np.zeros((self.people, one.nowhere + 1)) for one in self.rounds]
        self.sizes: list[Rows] = [np.zeros(one.nowhere + 1, dtype=np.intp) for one in self.rounds]
        self._everybody = np.arange(self.people)
        self._met = met
        self.counts: NDArray[np.int32] | None = None
        if len(rounds) > 1 or met is not None:
            self.counts = np.zeros((self.people, self.people), dtype=np.int32)
        self.kept = kept_together(rounds) if self.counts is not None else None

    def price(self, weight: float) -> None:
        """Have broken rules cost this much from now on; sums are made anew."""
        self.weight = weight
        self._again = self.repeat_cost + (weight if self.never else 0.0)
        self.reset(self.groups.copy())

    def reset(self, groups: NDArray[np.intp]) -> None:
        """Start from these groups; sums are made anew."""
        self.groups[:] = groups
        if self.counts is not None:
            self.counts[:] = 0 if self._met is None else self._met
            for number in range(len(self.rounds)):
                self.counts += self._same(number)
            np.fill_diagonal(self.counts, 0)
        for number, one in enumerate(self.rounds):
            columns = one.nowhere + 1
            member = np.zeros((self.people, columns))
            member[np.arange(self.people), self.groups[number]] = 1.0
            member[:, one.nowhere] = 0.0
            self.sizes[number] = np.bincount(self.groups[number], minlength=columns)
            sums = one.problem.worth @ member
            sums -= np.diagonal(one.problem.worth)[:, None] * member
            if self.counts is not None and self._again:
                sums -= self._again * (self._others(number) @ member)
            theirs = self.groups[number, one.apart[:, 1]]
            seated = theirs != one.nowhere
            np.subtract.at(sums, (one.apart[seated, 0], theirs[seated]), self.weight)
            self.sums[number] = sums + one.own
            for law in one.laws:
                law.reset(self.groups[number])

    def pair(self, number: int, person: int) -> Values:
        """Return what the person adds with each other one in this round, (n,)."""
        one = self.rounds[number]
        row: Values = one.problem.worth[person].astype(np.float64)
        row[person] = 0.0
        if self.counts is not None and self._again:
            own = self.groups[number]
            others = self.counts[person] - (own == own[person] if own[person] != one.nowhere else 0)
            others[person] = 0
            if self.kept is not None:
                others[self.kept[person]] = 0
            row -= self._again * others
        if len(one.apart):
            row[one.rivals(person)] -= self.weight
        return row

    def exchanges(self, number: int, person: int) -> Values:
        """Return what changing places with each other person adds, (n,); who is in the same group adds nothing."""
        one, groups, sums = self.rounds[number], self.groups[number], self.sums[number]
        here = groups[person]
        mine = sums[person]
        gain: Values = mine[groups] - mine[here]
        gain += sums[:, here]
        gain -= sums[self._everybody, groups]
        row = self.pair(number, person)
        if here != one.nowhere:
            gain -= row
        gain -= row if self.sizes[number][-1] == 0 else row * (groups != one.nowhere)
        for law in one.laws:
            gain -= self.weight * law.exchanges(person, groups)
        return gain

    def moves(self, number: int, person: int) -> Values:
        """Return what going to each group adds, (groups + 1,)."""
        one, mine = self.rounds[number], self.sums[number][person]
        gain: Values = mine - mine[self.groups[number, person]]
        for law in one.laws:
            gain = gain - self.weight * law.moves(person, self.groups[number])
        return gain

    def move(self, number: int, person: int, group: int) -> None:
        """Put the person into a group."""
        one, groups, sums = self.rounds[number], self.groups[number], self.sums[number]
        old = int(groups[person])
        row = self.pair(number, person)
        if self.counts is not None:
            self._recount(number, person, old, group)
        groups[person] = group
        self.sizes[number][old] -= 1
        self.sizes[number][group] += 1
        if old != one.nowhere:
            sums[:, old] -= row
        if group != one.nowhere:
            sums[:, group] += row
        for law in one.laws:
            law.moved(person, groups, old)

    def broken(self) -> float:
        """Return how many units of rules are broken, over all rounds."""
        total = float(self.repeats()) if self.never else 0.0
        for number, one in enumerate(self.rounds):
            groups = self.groups[number]
            mine, theirs = groups[one.apart[:, 0]], groups[one.apart[:, 1]]
            total += float(((mine == theirs) & (mine != one.nowhere)).sum()) / 2
            total += sum(law.broken(groups) for law in one.laws)
        return total

    def objective(self) -> float:
        """Return what is maximised, broken rules apart: worth and preferences, less what repeats cost."""
        total = 0.0
        for number, one in enumerate(self.rounds):
            total += worth(one.problem, self.groups[number])
            total += float(one.own[np.arange(self.people), self.groups[number]].sum())
        return total - (self.repeat_cost * self.repeats() if self.repeat_cost else 0.0)

    def repeats(self) -> int:
        """Return how many pairs of rounds have the same pair of people together, earlier meetings included."""
        if self.counts is None:
            return 0
        before = np.zeros_like(self.counts) if self._met is None else self._met
        counts = self.counts.astype(np.int64)
        extra = (counts * (counts - 1) - before * (before - 1)) // 2
        if self.kept is not None:
            extra = extra * ~self.kept
        return int(np.triu(extra, 1).sum())

    def plain(self) -> NDArray[np.int32]:
        """Return groups with ``NOWHERE`` for who is in none, (rounds, n)."""
        nowhere = np.array([one.nowhere for one in self.rounds])[:, None]
        return np.where(self.groups == nowhere, NOWHERE, self.groups).astype(np.int32)

    def _same(self, number: int) -> Flags:
        groups = self.groups[number]
        seated = groups != self.rounds[number].nowhere
        same: Flags = (groups[:, None] == groups[None, :]) & seated[:, None]
        return same

    def _others(self, number: int) -> NDArray[np.float64]:
        """Return how often each pair is together in other rounds than this one, (n, n)."""
        assert self.counts is not None
        others = (self.counts - self._same(number)).astype(np.float64)
        np.fill_diagonal(others, 0.0)
        if self.kept is not None:
            others[self.kept] = 0.0
        return others

    def _recount(self, number: int, person: int, old: int, new: int) -> None:
        """Count who is met no more and who is met now; other rounds see these pairs with other eyes."""
        assert self.counts is not None
        groups = self.groups[number]
        for group, sign in ((old, -1), (new, 1)):
            if group == self.rounds[number].nowhere:
                continue
            who = (groups == group).nonzero()[0]
            who = who[who != person]
            self.counts[person][who] += sign
            self.counts[:, person][who] += sign
            if self.kept is not None:
                who = who[~self.kept[person][who]]
            cost = sign * self._again
            if not cost or not len(who):
                continue
            for other, one in enumerate(self.rounds):
                if other == number:
                    continue
                here, there = self.groups[other, person], self.groups[other, who]
                np.subtract.at(self.sums[other][person], there[there != one.nowhere], cost)
                if here != one.nowhere:
                    self.sums[other][:, here][who] -= cost


def worth(problem: Partition, groups: Rows) -> float:
    """Return the sum of the worth of pairs in one group; who is nowhere (negative, or past the groups) adds nothing."""
    total = 0.0
    for group in range(problem.groups):
        members = np.flatnonzero(groups == group)
        part = problem.worth[np.ix_(members, members)].astype(np.float64)
        total += float(part.sum() - np.trace(part)) / 2
    return total


def neighbours(pairs: Rows, people: int) -> tuple[Rows, Rows]:
    """Return pairs in both directions, (k, 2), each once, by their first one; and where each person's begin, (n + 1,)."""
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = np.unique(both[both[:, 0] != both[:, 1]], axis=0).reshape(-1, 2)
    return both, np.searchsorted(both[:, 0], np.arange(people + 1))


def blocks(problem: Partition) -> list[list[int]]:
    """Return who moves as one: sets kept together, joined where they overlap, and everybody else alone."""
    parent = list(range(problem.people))

    def root(person: int) -> int:
        while parent[person] != person:
            parent[person] = parent[parent[person]]
            person = parent[person]
        return person

    for together in problem.together:
        # Who is absent keeps nobody from their places.
        here = [p for p in together if problem.present is None or problem.present[p]]
        for person in here[1:]:
            parent[root(person)] = root(here[0])
    found: dict[int, list[int]] = {}
    for person in range(problem.people):
        found.setdefault(root(person), []).append(person)
    return list(found.values())


def kept_together(rounds: Sequence[Partition]) -> Flags | None:
    """Return which pairs some round keeps together, (n, n): meeting again is wanted of them, and no repeat."""
    kept = np.zeros((rounds[0].people, rounds[0].people), dtype=bool)
    for one in rounds:
        for block in blocks(one):
            if len(block) > 1:
                kept[np.ix_(block, block)] = True
    return kept if kept.any() else None
