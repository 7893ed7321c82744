"""Lists in the making: who stands in whose list, how often each is shown, and who could give way to whom.

A member gives way only where they are shown more often than their floor asks, and where they are not the only
experienced contact of a newcomer. Nobody is ever shown more often than the cap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .reach import NOBODY, Pairs, Rows, Worth

Flags = NDArray[np.bool_]

_EMPTY = np.float32(-2.0)
"""What a free place is worth: less than anybody."""
_SURPLUS = np.float32(4.0)
"""What one too many of an organisation loses: more than anybody is worth, and than a free place lacks."""
_FIXED = np.float32(np.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for n people: ``floors`` (n,) and ``cap`` how often to be shown, the rest as the organiser asks."""

    floors: NDArray[np.int32]
    cap: int
    per_organisation: int
    organisations: NDArray[np.int32]
    newcomer: Flags
    experienced: Flags


class Places:
    """``members`` and ``worth`` (n, length) in no order, -1 where free.

    ``shown`` (n,) says in how many lists each is, ``free`` (n,) how many places are free in the list of each,
    ``changed`` (n,) whose lists are not as they were at first, ``moves`` how often somebody was put into a list.
    """

    def __init__(
        self, members: NDArray[np.int32], worth: Worth, rules: Rules, shown: NDArray[np.int32] | None = None
    ) -> None:
        """Work on these very arrays. ``shown`` saves counting, where free places come last in ``members``."""
        self.members = members
        self.worth = worth
        self.rules = rules
        self.free = np.zeros(len(members), dtype=np.int32)
        self.changed = np.zeros(len(members), dtype=np.bool_)
        self.moves = 0
        if shown is None:
            self.shown = np.bincount(members[members >= 0], minlength=len(members)).astype(np.int32)
            rows: Rows = np.arange(len(members))
        else:
            self.shown = shown
            rows = np.flatnonzero(members[:, -1] < 0)
        self.free[rows] = (members[rows] < 0).sum(axis=1)

    def hold(self, pairs: Pairs) -> Flags:
        """Return which hosts have which people in their lists already."""
        people = pairs.people.astype(np.int32)
        held = np.zeros(len(people), dtype=np.bool_)
        for slot in range(self.members.shape[1]):
            held |= self.members[pairs.hosts, slot] == people
        return held

    def where(self, people: Rows) -> tuple[Rows, Rows]:
        """Return in whose lists these people are, and where in them: (k,) hosts and (k,) slots."""
        if len(people) == 1:
            found = np.flatnonzero(self.members.ravel() == np.int32(people[0]))
        else:
            sought = np.zeros(len(self.shown) + 1, dtype=np.bool_)
            sought[people] = True
            found = np.flatnonzero(sought[self.members.ravel()])
        hosts, slots = np.divmod(found, self.members.shape[1])
        return hosts, slots

    def room(self) -> NDArray[np.int32]:
        """Return how many more lists each may enter, (n,)."""
        room: NDArray[np.int32] = self.rules.cap - self.shown
        return room

    def needed(self) -> NDArray[np.int32]:
        """Return how many lists each still lacks to the floor, (n,), never negative."""
        needed: NDArray[np.int32] = np.maximum(self.rules.floors - self.shown, 0)
        return needed

    def alone(self, hosts: Rows) -> Flags:
        """Return which of ``hosts`` are newcomers who have no experienced contact."""
        alone = self.rules.newcomer[hosts]
        new = np.flatnonzero(alone)
        members = self.members[hosts[new]]
        alone[new] = ~(self.rules.experienced[members] & (members >= 0)).any(axis=1)
        return alone

    def weakest(self, hosts: Rows, people: Rows | None = None) -> tuple[Rows, Worth]:
        """Return whose place the hosts would miss least, and what it is worth (infinite: nobody can give way).

        With ``people``, one for each host: who could give way to that very person without there being one more of an
        organisation than ``per_organisation``.
        """
        members = self.members[hosts]
        worth = self.worth[hosts]
        free = members < 0
        worth[free] = _EMPTY
        fixed = (self.shown[members] <= self.rules.floors[members]) & ~free
        fixed |= self.only_experienced(hosts)
        if self.rules.per_organisation:
            surplus = self.surplus(hosts, fixed)
            if people is not None:
                theirs = self.rules.organisations[people]
                same = self._organisations(members) == theirs[:, None]
                crowded = (theirs >= 0) & (same.sum(axis=1) >= self.rules.per_organisation)
                fixed |= crowded[:, None] & ~same
                # Whoever takes the place of one too many of their own organisation is one too many in turn.
                surplus &= ~crowded[:, None]
            worth[surplus] -= _SURPLUS
        worth[fixed] = _FIXED
        slots = worth.argmin(axis=1)
        return slots, worth[np.arange(len(hosts)), slots]

    def surplus(self, hosts: Rows, fixed: Flags) -> Flags:
        """Return who are one too many of their organisation, (hosts, length): the least worth who are not ``fixed``."""
        members = self.members[hosts]
        surplus = np.zeros(members.shape, dtype=np.bool_)
        limit, length = self.rules.per_organisation, members.shape[1]
        if not limit or limit >= length:
            return surplus
        organisations = self._organisations(members)
        ranked = np.sort(organisations, axis=1)
        rows = np.flatnonzero(
            ((ranked[:, limit:] == ranked[:, :-limit]) & (ranked[:, limit:] >= 0)).any(axis=1)
        )
        some, worth = organisations[rows], np.where(fixed[rows], _FIXED, self.worth[hosts[rows]])
        same = (some[:, :, None] == some[:, None, :]) & (some >= 0)[:, :, None]
        ahead = worth[:, None, :] > worth[:, :, None]
        ahead |= (worth[:, None, :] == worth[:, :, None]) & np.tri(length, k=-1, dtype=np.bool_)
        surplus[rows] = (same & ahead).sum(axis=2) >= limit
        return surplus

    def crowded(self, pairs: Pairs) -> Flags:
        """Return which pairs would make one more of an organisation than ``per_organisation``."""
        theirs = self.rules.organisations[pairs.people]
        if not self.rules.per_organisation:
            return np.zeros(len(theirs), dtype=np.bool_)
        same = self._organisations(self.members[pairs.hosts]) == theirs[:, None]
        full: Flags = (theirs >= 0) & (same.sum(axis=1) >= self.rules.per_organisation)
        return full

    def put(self, pairs: Pairs, slots: Rows) -> None:
        """Put people into these places, each place once; whoever stood there is out."""
        self.moves += len(slots)
        self.changed[pairs.hosts] = True
        before = self.members[pairs.hosts, slots]
        np.subtract.at(self.shown, before[before >= 0], 1)
        np.subtract.at(self.free, pairs.hosts[before < 0], 1)
        np.add.at(self.shown, pairs.people, 1)
        self.members[pairs.hosts, slots] = pairs.people
        self.worth[pairs.hosts, slots] = pairs.worth

    def clear(self, hosts: Rows, slots: Rows) -> None:
        """Free these places."""
        self.changed[hosts] = True
        before = self.members[hosts, slots]
        np.subtract.at(self.shown, before[before >= 0], 1)
        np.add.at(self.free, hosts[before >= 0], 1)
        self.members[hosts, slots] = NOBODY
        self.worth[hosts, slots] = 0

    def only_experienced(self, hosts: Rows) -> Flags:
        """Return who is the only experienced contact of a newcomer, (hosts, length)."""
        members = self.members[hosts]
        only = np.zeros(members.shape, dtype=np.bool_)
        new = np.flatnonzero(self.rules.newcomer[hosts])
        known = self.rules.experienced[members[new]] & (members[new] >= 0)
        only[new] = known & (known.sum(axis=1) == 1)[:, None]
        return only

    def _organisations(self, members: NDArray[np.int32]) -> NDArray[np.int32]:
        organisations: NDArray[np.int32] = np.where(
            members >= 0, self.rules.organisations[members], np.int32(-1)
        )
        return organisations


def ranks(groups: Rows | NDArray[np.int32]) -> Rows:
    """Return how many of the same group stand before each, (k,).

    >>> ranks(np.array([7, 3, 7, 7, 3])).tolist()
    [0, 0, 1, 2, 1]
    """
    order = np.argsort(groups, kind="stable")
    grouped = groups[order]
    first = np.r_[True, grouped[1:] != grouped[:-1]] if len(grouped) else np.zeros(0, dtype=np.bool_)
    starts = np.flatnonzero(first)
    place = np.arange(len(groups))
    found = np.empty(len(groups), dtype=np.intp)
    found[order] = place - np.repeat(starts, np.diff(np.r_[starts, len(groups)]))
    return found
