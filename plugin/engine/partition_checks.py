"""Looks at problems before they are solved, and names what is still broken when nothing more could be proved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .partition import Code, Conflict, Partition, Rule
from .partition_feasible import rules_of
from .partition_laws import AcquaintanceLaw, QuotaLaw, SharedLaw
from .partition_state import State


def check(rounds: Sequence[Partition], start: NDArray[np.int32] | None) -> None:
    """Raise ``ValueError`` for shapes that do not fit and for rows and groups that do not exist."""
    if not rounds:
        raise ValueError("there is no round")
    n = rounds[0].people
    for one in rounds:
        shapes = (
            one.worth.shape == (n, n),
            one.least.shape == one.most.shape == (one.groups,),
            one.allowed is None or one.allowed.shape == (n, one.groups),
            one.shared is None or len(one.shared) == n,
            one.preference is None or one.preference.shape == (n, one.groups),
            all(part is None or part.shape == (n,) for part in (one.stay, one.present, one.optional)),
            all(quota.flagged.shape == (n,) and quota.most.shape == (one.groups,) for quota in one.quotas),
            one.acquaintance is None or one.acquaintance.known.shape == (n, n),
        )
        if not all(shapes):
            raise ValueError("arrays of a round do not fit its people and groups")
        people = [*(p for part in one.together for p in part), *one.apart.ravel(), *one.pins[:, 0]]
        if not all(0 <= person < n for person in people):
            raise ValueError("a rule names a row that does not exist")
        if not all(0 <= group < one.groups for group in one.pins[:, 1]):
            raise ValueError("a pin names a group that does not exist")
        if one.stay is not None and one.stay.max(initial=-1) >= one.groups:
            raise ValueError("somebody was in a group that does not exist")
    if start is not None and start.shape != (len(rounds), n):
        raise ValueError("the start has not one row for each round")
    if start is not None and any((row >= one.groups).any() for row, one in zip(start, rounds, strict=True)):
        raise ValueError("the start names a group that does not exist")


def too_many_rounds(rounds: Sequence[Partition]) -> Conflict | None:
    """Return a conflict when somebody meets more people than there are, so that repeats must be."""
    n = rounds[0].people
    if any(len(one.together) for one in rounds):
        return None
    met = np.zeros(n, dtype=np.intp)
    for one in rounds:
        must = np.ones(n, dtype=bool) if one.present is None else one.present.copy()
        if one.optional is not None:
            must &= ~one.optional
        # The smallest company that anybody can have: all other groups are as full as they can be.
        rest = int(must.sum()) - int(one.most.sum())
        company = [
            max(int(least), rest + int(most), 1) - 1 for least, most in zip(one.least, one.most, strict=True)
        ]
        met[must] += min(company, default=0)
    if met.max(initial=0) <= n - 1:
        return None
    rules = (Rule(Code.REPEATS), *(Rule(Code.SIZES, None, number) for number in range(len(rounds))))
    return Conflict(rules, proved=True, smallest=False)


def broken_rules(state: State, number: int | None = None) -> Conflict:
    """Return the rules that the state breaks: nobody knows whether they must be broken."""
    found: list[Rule] = []
    people: set[int] = set()
    for at, one in enumerate(state.rounds):
        groups, problem = state.groups[at], one.problem
        seated = groups != one.nowhere
        if (~one.may[:, one.nowhere] & ~seated).any() or (state.sizes[at] < one.least).any():
            found.append(Rule(Code.SIZES, None, at))
            people.update(np.flatnonzero(~one.may[:, one.nowhere] & ~seated).tolist())
        for row, (a, b) in enumerate(problem.apart.tolist()):
            if a != b and groups[a] == groups[b] and seated[a]:
                found.append(Rule(Code.APART, row, at))
                people.update((a, b))
        quota = 0
        for law in one.laws:
            if isinstance(law, QuotaLaw):
                if law.broken(groups):
                    found.append(Rule(Code.QUOTA, quota, at))
                quota += 1
            elif isinstance(law, AcquaintanceLaw):
                short = law.short(groups)
                found += [Rule(Code.ACQUAINTANCES, person, at) for person in short]
                people.update(short)
            elif isinstance(law, SharedLaw) and law.broken(groups):
                found.append(Rule(Code.SHARED, None, at))
    if state.never and state.repeats():
        found.append(Rule(Code.REPEATS))
    if not found:  # the start failed before anything was placed
        found = [
            rule
            for at, one in enumerate(state.rounds)
            if number in (None, at)
            for rule in rules_of(one.problem, at)
        ]
    return Conflict(tuple(found), proved=False, smallest=False, people=tuple(sorted(people)))
