"""Rules about a whole group (quotas, acquaintances, a trait in common): how much they are broken, kept up as people move.

Each law counts units of violation. Columns of counts are groups; the last one is "nowhere", where no law holds.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .partition import Acquaintance, Flags, Quota, Rows

Change = NDArray[np.float64]


class Law(Protocol):
    """What a search asks of a law. ``groups`` (n,) is the caller's array, read and never written."""

    def reset(self, groups: Rows) -> None: ...
    def exchanges(self, person: int, groups: Rows) -> Change:
        """Return how much more is broken when the person changes places with each other one, (n,)."""

    def moves(self, person: int, groups: Rows) -> Change:
        """Return how much more is broken when the person goes to each group, (groups + 1,)."""

    def moved(self, person: int, groups: Rows, old: int) -> None:
        """Take note that the person, who was in group ``old``, is now where ``groups`` says."""

    def broken(self, groups: Rows) -> float: ...


_CHANGES = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1)]
"""Flags and people that a group has more after an exchange or a move; by place:"""
_JOINS, _LEAVES, _COMES, _GOES, _FLAG_COMES, _FLAG_GOES = range(6)


class QuotaLaw:
    """At least and at most so many people with a flag in each group; an empty group owes nothing."""

    def __init__(self, quota: Quota) -> None:
        self._flag = quota.flagged.astype(np.int64)
        # Lists: a turn changes two groups, and arrays are slow at single numbers.
        self._flags: list[int] = self._flag.tolist()
        self._least: list[int] = [*quota.least.tolist(), 0]
        self._most: list[int] = [*quota.most.tolist(), len(self._flags)]
        self._count = [0] * len(self._least)
        self._size = [0] * len(self._least)
        # How much more is broken in each group after each change.
        self._steps = np.zeros((len(_CHANGES), len(self._least)))

    def reset(self, groups: Rows) -> None:
        columns = len(self._least)
        self._count = np.bincount(groups[self._flag == 1], minlength=columns).tolist()
        self._size = np.bincount(groups, minlength=columns).tolist()
        for group in range(columns):
            self._note(group)

    def exchanges(self, person: int, groups: Rows) -> Change:
        here, gain, loss = groups[person], self._steps[_JOINS], self._steps[_LEAVES]
        change: Change
        if self._flags[person]:
            change = (loss[here] + gain)[groups]
            change[self._flag == 1] = 0.0
        else:
            change = (gain[here] + loss)[groups]
            change[self._flag == 0] = 0.0
        return change

    def moves(self, person: int, groups: Rows) -> Change:
        comes, goes = (_FLAG_COMES, _FLAG_GOES) if self._flags[person] else (_COMES, _GOES)
        change: Change = self._steps[comes] + self._steps[goes, groups[person]]
        return change

    def moved(self, person: int, groups: Rows, old: int) -> None:
        flag, new = self._flags[person], int(groups[person])
        self._count[old] -= flag
        self._count[new] += flag
        self._size[old] -= 1
        self._size[new] += 1
        self._note(old)
        self._note(new)

    def broken(self, groups: Rows) -> float:
        return float(sum(map(_lack, self._least, self._most, self._count, self._size)))

    def _note(self, group: int) -> None:
        # Whether somebody is left there when one goes: more people make no difference.
        size = min(self._size[group], 2)
        self._steps[:, group] = _steps(self._least[group], self._most[group], self._count[group], size)


@lru_cache(maxsize=4096)
def _steps(least: int, most: int, count: int, size: int) -> Change:
    """Return how much more is broken after each change in a group with so many flags and people."""
    now = _lack(least, most, count, size)
    return np.array(
        [_lack(least, most, count + flags, size + people) - now for flags, people in _CHANGES], dtype=float
    )


def _lack(least: int, most: int, count: int, size: int) -> int:
    below = least - count if size > 0 else 0
    return max(below, 0) + max(count - most, 0)


class AcquaintanceLaw:
    """So many acquaintances in the group for each person who needs some."""

    def __init__(self, rule: Acquaintance, groups: int, most: int) -> None:
        self._known = rule.known.astype(np.int32)
        np.fill_diagonal(self._known, 0)
        self._need = rule.least.astype(np.int32)
        self._columns = groups + 1
        self._seats = most
        self._count = np.zeros((len(self._need), self._columns), dtype=np.int32)
        self._members = np.full((self._columns, most), -1, dtype=np.intp)

    def reset(self, groups: Rows) -> None:
        self._count[:] = 0
        for group in range(self._columns):
            self._count[:, group] = self._known[:, groups == group].sum(axis=1)
            self._sit(groups, group)

    def exchanges(self, person: int, groups: Rows) -> Change:
        here, known, need = int(groups[person]), self._known[person], self._need
        nowhere = groups == self._columns - 1
        owed = np.maximum(need - self._count[np.arange(len(need)), groups], 0) * ~nowhere
        # The two themselves; in "nowhere" nobody owes anything.
        mine = np.maximum(need[person] - self._count[person][groups] + known, 0) * ~nowhere
        theirs = np.maximum(need - self._count[:, here] + known, 0) * (here != self._columns - 1)
        change = mine - owed[person] + theirs - owed
        # Those who stay at my table: they lose me and get the other.
        if here != self._columns - 1:
            stay = self._members[here]
            stay = stay[(stay >= 0) & (stay != person)]
            have = self._count[stay, here] - known[stay]
            change = change + (
                np.maximum(need[stay, None] - have[:, None] - self._known[stay], 0).sum(axis=0)
                - owed[stay].sum()
            )
        # Those who stay at the other's table.
        tables = self._members[groups]
        there = (tables >= 0) & (tables != np.arange(len(need))[:, None]) & ~nowhere[:, None]
        have = (
            self._count[tables, groups[:, None]]
            + known[tables]
            - self._known[tables, np.arange(len(need))[:, None]]
        )
        after = np.maximum(need[tables] - have, 0)
        change = change + ((after - owed[tables]) * there).sum(axis=1)
        found: Change = change.astype(np.float64)
        return found

    def moves(self, person: int, groups: Rows) -> Change:
        here, known, need = int(groups[person]), self._known[person], self._need
        nowhere = self._columns - 1
        change: Change = np.maximum(need[person] - self._count[person], 0).astype(np.float64)
        change[nowhere] = 0.0
        change -= change[here]
        seated = groups != nowhere
        at = np.arange(len(need))
        have = self._count[at, groups]
        owed = np.maximum(need - have, 0) * seated
        with_me = np.maximum(need - have - known, 0) * seated - owed
        change += np.bincount(groups, weights=with_me, minlength=self._columns)
        left = seated & (groups == here) & (at != person)
        change += float((np.maximum(need - have + known, 0) - owed)[left].sum())
        change[here] = 0.0
        return change

    def moved(self, person: int, groups: Rows, old: int) -> None:
        new = int(groups[person])
        self._count[:, old] -= self._known[person]
        self._count[:, new] += self._known[person]
        self._sit(groups, old)
        self._sit(groups, new)

    def broken(self, groups: Rows) -> float:
        seated = groups != self._columns - 1
        have = self._count[np.arange(len(groups)), groups]
        return float((np.maximum(self._need - have, 0) * seated).sum())

    def short(self, groups: Rows) -> list[int]:
        """Return who has fewer acquaintances in the group than needed."""
        have = self._count[np.arange(len(groups)), groups]
        short: list[int] = np.flatnonzero((have < self._need) & (groups != self._columns - 1)).tolist()
        return short

    def _sit(self, groups: Rows, group: int) -> None:
        """Note who sits in a group; in an exchange it holds one too many for a moment."""
        if group == self._columns - 1:
            return
        members = np.flatnonzero(groups == group)
        if len(members) > self._members.shape[1]:
            wider = np.full((self._columns, len(members)), -1, dtype=np.intp)
            wider[:, : self._members.shape[1]] = self._members
            self._members = wider
        self._members[group] = -1
        self._members[group, : len(members)] = members


class SharedLaw:
    """One trait that all people of a group have; broken by as many as lack the trait that most have."""

    def __init__(self, shared: Flags, groups: int) -> None:
        self._trait = shared.astype(np.int64)
        self._columns = groups + 1
        self._count = np.zeros((self._columns, shared.shape[1]), dtype=np.int64)
        self._size = np.zeros(self._columns, dtype=np.int64)

    def reset(self, groups: Rows) -> None:
        self._size = np.bincount(groups, minlength=self._columns)
        self._count[:] = 0
        np.add.at(self._count, groups, self._trait)

    def exchanges(self, person: int, groups: Rows) -> Change:
        here, mine = groups[person], self._trait[person]
        now = self._lack(self._count, self._size)
        at_mine = self._lack(self._count[here] - mine + self._trait, self._size[here])
        at_theirs = self._lack(self._count[groups] + mine - self._trait, self._size[groups])
        last = self._columns - 1
        change = np.where(groups == last, 0.0, at_theirs - now[groups])
        if here != last:
            change += at_mine - now[here]
        return change

    def moves(self, person: int, groups: Rows) -> Change:
        here, mine = groups[person], self._trait[person]
        now = self._lack(self._count, self._size)
        change = self._lack(self._count + mine, self._size + 1) - now
        change[-1] = 0.0
        if here != self._columns - 1:
            change += self._lack(self._count[here] - mine, self._size[here] - 1) - now[here]
        change[here] = 0.0
        return change

    def moved(self, person: int, groups: Rows, old: int) -> None:
        new = groups[person]
        self._count[old] -= self._trait[person]
        self._count[new] += self._trait[person]
        self._size[old] -= 1
        self._size[new] += 1

    def broken(self, groups: Rows) -> float:
        return float(self._lack(self._count, self._size)[:-1].sum())

    @staticmethod
    def _lack(count: NDArray[np.int64], size: NDArray[np.int64]) -> Change:
        lack: Change = (size - count.max(axis=-1)).astype(np.float64)
        return lack
