"""Who may be shown to whom, and how much that is worth: candidates read forwards (whom may this host be shown) and
backwards (to whom may this person be shown), as flat arrays of pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_array

Rows = NDArray[np.intp]
Worth = NDArray[np.float32]

NOBODY = -1
_JITTER = np.float32(2.0**-24)
"""One of 1,024 steps by which pairs of equal score differ, so that not everybody prefers the same few of equals."""

AS_EQUAL = np.float32(2.0**-14)
"""By less than this, worth is no reason to move anybody."""
_SPREAD = np.uint32(0x9E3779B1)
_BLOCK = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Up to C candidates for each of n people, best first, each of them once.

    ``members`` (n, C) rows of people, -1 where none; ``scores`` (n, C) in [0, 1], negative where none.
    """

    members: NDArray[np.int32]
    scores: NDArray[np.float32]


class Pairs(NamedTuple):
    """k times: ``hosts`` (k,) in whose list, ``people`` (k,) who is shown, ``worth`` (k,) how much that is worth."""

    hosts: Rows
    people: Rows
    worth: Worth

    def where(self, chosen: NDArray[np.bool_] | Rows) -> Pairs:
        """Return the pairs at these places."""
        return Pairs(self.hosts[chosen], self.people[chosen], self.worth[chosen])


class Reach:
    """The pairs that are allowed: i may be shown j when j is a candidate of i, or i one of the audience of j."""

    def __init__(
        self,
        candidates: Candidates,
        audiences: Candidates,
        ids: NDArray[np.int64],
        here: NDArray[np.bool_],
        *,
        often: bool = False,
    ) -> None:
        """``audiences`` has the same form as ``candidates``: for each person, to whom they may be shown.

        ``here`` (n,) says who takes part; the attribute has one place more, for "nobody". ``often``: so much will be
        asked that sorting all pairs by both sides at first is quicker than looking through them each time.
        """
        self.here = np.append(here, False)
        self.candidates = candidates
        self.audiences = audiences
        self._marks = _mixed(ids)
        self._often = often
        self._sorted: list[tuple[Candidates, csc_array]] = []

    def __len__(self) -> int:
        return len(self._marks)

    def of_hosts(self, hosts: Rows) -> Pairs:
        """Return all whom these hosts may be shown; a pair can occur twice."""
        return joined(
            self._pairs(self.candidates, hosts, forwards=True),
            self._occurrences(self.audiences, hosts, forwards=False),
        )

    def of_people(self, people: Rows) -> Pairs:
        """Return all to whom these people may be shown; a pair can occur twice."""
        return joined(
            self._pairs(self.audiences, people, forwards=False),
            self._occurrences(self.candidates, people, forwards=True),
        )

    def own(self, hosts: Rows, among: NDArray[np.bool_] | None = None) -> Pairs:
        """Return whom these hosts may be shown by their own candidates alone, without a look at everybody's.

        Each host's best come first; of those ``among`` (n,) alone, if given.
        """
        return self._pairs(self.candidates, hosts, forwards=True, among=among)

    def own_audience(self, people: Rows) -> Pairs:
        """Return to whom these people may be shown by their own audiences alone."""
        return self._pairs(self.audiences, people, forwards=False)

    def all_own(self) -> Worth:
        """Return what everybody's own candidates are worth, (n, C); -1 where none."""
        everything = np.empty(self.candidates.members.shape, dtype=np.float32)
        for rows in blocks(len(self)):
            members, scores = self.candidates.members[rows], self.candidates.scores[rows]
            there = (scores >= 0) & (members != rows[:, None]) & self.here[members] & self.here[rows, None]
            everything[rows] = np.where(there, self.worth(rows[:, None], members, scores), np.float32(-1))
        return everything

    def scores(self, hosts: Rows, members: NDArray[np.int32]) -> Worth:
        """Return the scores of people (k, length) in the lists of ``hosts`` (k,), -1 where not allowed."""
        scores = np.full(members.shape, -1, dtype=np.float32)
        for block in blocks(len(hosts)):
            mine = self.candidates.members[hosts[block]]
            row, slot, column = np.nonzero(members[block, :, None] == mine[:, None, :])
            scores[block[row], slot] = self.candidates.scores[hosts[block[row]], column]
        there = self.here[members] & self.here[hosts, None] & (members != hosts[:, None])
        scores[~there] = -1
        row, slot = np.nonzero((scores < 0) & there)
        people = members[row, slot]
        for block in blocks(len(row)):
            found, column = np.nonzero(self.audiences.members[people[block]] == hosts[row[block], None])
            found = block[found]
            scores[row[found], slot[found]] = self.audiences.scores[people[found], column]
        return scores

    def worth(self, hosts: Rows, people: Rows | NDArray[np.int32], scores: Worth) -> Worth:
        """Return the scores, with what tells equals apart; the same from either side."""
        mixed = (self._marks[hosts] ^ self._marks[people]) * _SPREAD
        mixed ^= mixed >> np.uint32(15)
        mixed *= _SPREAD
        worth: Worth = scores + (mixed >> np.uint32(22)).astype(np.float32) * _JITTER
        return worth

    def _pairs(
        self, of: Candidates, rows: Rows, *, forwards: bool, among: NDArray[np.bool_] | None = None
    ) -> Pairs:
        members = of.members[rows]
        wanted = self.here if among is None else self.here & np.append(among, False)
        there = (of.scores[rows] >= 0) & (members != rows[:, None]) & wanted[members] & self.here[rows, None]
        place, column = np.nonzero(there)
        return self._made(of, rows[place], column, forwards=forwards)

    def _occurrences(self, of: Candidates, rows: Rows, *, forwards: bool) -> Pairs:
        if self._often:
            owner, column = self._looked_up(of, rows)
        else:
            # Looking through one flat array takes half as long as through rows of it.
            members = of.members.ravel()
            if len(rows) == 1:
                found = np.flatnonzero(members == np.int32(rows[0]))
            else:
                wanted = np.zeros(len(self) + 1, dtype=np.bool_)
                wanted[rows] = True
                found = np.flatnonzero(wanted[members])
            owner, column = np.divmod(found, of.members.shape[1])
        members = of.members[owner, column]
        there = (of.scores[owner, column] >= 0) & (members != owner) & self.here[owner] & self.here[members]
        return self._made(of, owner[there], column[there], forwards=forwards)

    def _looked_up(self, of: Candidates, rows: Rows) -> tuple[Rows, Rows]:
        """Return where these people stand in all rows of ``of``: owners and columns."""
        by_member = next((known for whose, known in self._sorted if whose is of), None)
        if by_member is None:
            by_member = _by_member(of, len(self))
            self._sorted.append((of, by_member))
        starts = by_member.indptr[rows].astype(np.intp)
        counts = by_member.indptr[rows + 1] - starts
        first = np.cumsum(counts) - counts
        places = np.repeat(starts - first, counts) + np.arange(counts.sum())
        return by_member.indices[places].astype(np.intp), by_member.data[places].astype(np.intp)

    def _made(self, of: Candidates, owners: Rows, columns: Rows, *, forwards: bool) -> Pairs:
        others = of.members[owners, columns].astype(np.intp)
        hosts, people = (owners, others) if forwards else (others, owners)
        return Pairs(hosts, people, self.worth(hosts, people, of.scores[owners, columns]))


def joined(*several: Pairs) -> Pairs:
    """Return all pairs, one lot after the other."""
    none = np.empty(0, dtype=np.intp)
    parts = zip(Pairs(none, none, np.empty(0, dtype=np.float32)), *several, strict=True)
    return Pairs(*(np.concatenate(part) for part in parts))


def _by_member(of: Candidates, people: int) -> csc_array:
    """Return all places in ``of``, sorted by who stands there: nobody last."""
    from scipy.sparse import csr_array

    width = of.members.shape[1]
    members = np.where(of.members >= 0, of.members, np.int32(people)).ravel()
    columns = np.tile(np.arange(width, dtype=np.uint8 if width < 256 else np.int32), len(of.members))
    starts = np.arange(len(of.members) + 1, dtype=np.int32) * np.int32(width)
    return csr_array((columns, members, starts), shape=(len(of.members), people + 1)).tocsc()


def _mixed(ids: NDArray[np.int64]) -> NDArray[np.uint32]:
    mixed = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return (mixed >> np.uint64(32)).astype(np.uint32)


def in_order(candidates: Candidates, order: Rows) -> Candidates:
    """Return the candidates of people ``order[0]``, ``order[1]`` …, by these places; equals by place, too."""
    scores = candidates.scores[order]
    people = places_of(order)
    members = np.empty(candidates.members.shape, dtype=np.int32)
    scores = np.empty(candidates.members.shape, dtype=np.float32)
    none = np.iinfo(np.int64).max
    for rows in blocks(len(order)):
        whom, worth = people[candidates.members[order[rows]]], candidates.scores[order[rows]]
        falling = np.int64(0x7FFFFFFF) - np.ascontiguousarray(worth + np.float32(0)).view(np.int32)
        keys = np.where((whom >= 0) & (worth >= 0), falling << 32 | whom, none)
        keys.sort(axis=1)
        bits = (np.int64(0x7FFFFFFF) - (keys >> 32)).astype(np.int32)
        members[rows] = np.where(keys < none, (keys & 0xFFFFFFFF).astype(np.int32), np.int32(NOBODY))
        scores[rows] = np.where(keys < none, bits.view(np.float32), np.float32(-1))
    return Candidates(members=members, scores=scores)


def places_of(order: Rows) -> NDArray[np.int32]:
    """Return where each of n people stands in ``order``; for row -1, at the end, -1: (n + 1,)."""
    places = np.full(len(order) + 1, NOBODY, dtype=np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    return places


def blocks(count: int) -> Iterator[Rows]:
    """Return ``count`` rows in blocks, so that what is made of one on the way stays small."""
    for start in range(0, count, _BLOCK):
        yield np.arange(start, min(start + _BLOCK, count))
