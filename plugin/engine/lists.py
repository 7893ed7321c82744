"""Each person's best few, made in full or patched for the people who changed; both give the same lists.

A pair's rank is decided by its score and then by how soon the other follows on a ring of all ids (which are hashes).
So people who match nobody in particular are each shown equally often, not all sent to the same few; no result
depends on who was heard of first; and there is one right answer, against which patching can be checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .scoring import Block, Rows, blocks

Ids = NDArray[np.int64]
Keys = NDArray[np.int64]
Flags = NDArray[np.bool_]
ScoreRows = Callable[[Rows], Block]
"""Scores of some rows with everybody, (rows, n), negative where impossible; must be symmetric."""

NOBODY = -1
_PATCH_UP_TO = 0.25
"""Beyond this part of changed people, making all lists anew is quicker."""


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of up to ``length`` members for n owners, best first.

    ``owners`` (n,) ascending ids, ``members`` (n, length) ids with ``NOBODY`` at the end, ``scores`` alike.
    """

    owners: Ids
    members: Ids
    scores: Block

    @property
    def length(self) -> int:
        return int(self.members.shape[1])


def make(ids: Ids, score: ScoreRows, length: int) -> Lists:
    """Rank everybody for everybody."""
    return _rank(ids, np.arange(len(ids)), score, length)


def patch(previous: Lists, ids: Ids, stale: Flags, score: ScoreRows) -> Lists:
    """Return what ``make`` would, given what it returned before.

    ``stale`` (n,) marks the people of ``ids`` any of whose scores may differ from then; people who are new count
    as stale whether marked or not, and people who are gone are noticed.
    """
    length = previous.length
    before = _places(previous.owners, ids)
    stale = stale | (before < 0)
    if not len(previous.owners) or stale.sum() > _PATCH_UP_TO * len(ids):
        return make(ids, score, length)
    members = np.full((len(ids), length), NOBODY, dtype=np.int64)
    scores = np.zeros((len(ids), length), dtype=np.float32)
    fresh = np.flatnonzero(~stale)
    members[fresh], scores[fresh] = previous.members[before[fresh]], previous.scores[before[fresh]]
    changed = np.flatnonzero(stale)
    theirs = score(changed)
    unsure = _merge(members, scores, ids, stale, fresh, theirs)
    for rows, known in ((changed, lambda block: theirs[block]), (unsure, lambda block: score(unsure[block]))):
        anew = _rank(ids, rows, known, length)
        members[rows], scores[rows] = anew.members, anew.scores
    return Lists(ids, members, scores)


def differing(previous: Lists, current: Lists) -> Flags:
    """Return which owners of ``current`` (n,) have another list than before, or had none."""
    if previous.length != current.length:
        return np.ones(len(current.owners), dtype=np.bool_)
    before = _places(previous.owners, current.owners)
    known = before >= 0
    different = ~known
    same = (previous.members[before[known]] == current.members[known]).all(axis=1)
    same &= (previous.scores[before[known]] == current.scores[known]).all(axis=1)
    different[known] = ~same
    return different


def _merge(members: Ids, scores: Block, ids: Ids, stale: Flags, fresh: Rows, theirs: Block) -> Rows:
    """Patch the lists of ``fresh`` in place; return the rows that need everybody's scores after all.

    ``theirs`` are the scores of the stale with everybody, (stale, n).
    """
    length = members.shape[1]
    changed = np.flatnonzero(stale)
    offered = theirs.T[fresh]
    ring = _on_ring(ids, ids)
    offers = _keys(offered, ring[fresh], ring[changed], len(ids))
    listed = members[fresh]
    known = np.where(listed == NOBODY, np.float32(-1), scores[fresh])
    held = _keys(known, ring[fresh], _on_ring(ids, listed), len(ids))
    # Whoever is not listed and not stale ranks below the last of a full list; a list with room lists everybody.
    bound = held[:, -1].copy()
    place = _places(ids, listed)
    lost = (listed != NOBODY) & ((place < 0) | stale[place])
    held[lost] = NOBODY
    offers[offers < bound[:, None]] = NOBODY
    touched = np.flatnonzero(lost.any(axis=1) | (offers >= 0).any(axis=1))
    candidates = np.concatenate([held[touched], offers[touched]], axis=1)
    order = np.argsort(-candidates, axis=1, kind="stable")[:, :length]
    keys = np.take_along_axis(candidates, order, axis=1)
    whom = np.concatenate(
        [listed[touched], np.broadcast_to(ids[changed], (len(touched), len(changed)))], axis=1
    )
    worth = np.concatenate([scores[fresh[touched]], offered[touched]], axis=1)
    rows = fresh[touched]
    members[rows] = np.where(keys >= 0, np.take_along_axis(whom, order, axis=1), NOBODY)
    scores[rows] = np.where(keys >= 0, np.take_along_axis(worth, order, axis=1), np.float32(0))
    unsure: Rows = rows[(keys[:, -1] < 0) & (bound[touched] >= 0)]
    return unsure


def _rank(ids: Ids, rows: Rows, score: ScoreRows, length: int) -> Lists:
    """Rank everybody for ``rows``; ``score`` takes places in ``rows``."""
    members = np.full((len(rows), length), NOBODY, dtype=np.int64)
    scores = np.zeros((len(rows), length), dtype=np.float32)
    kept = min(length, len(ids))
    ring = _on_ring(ids, ids)
    for block in blocks(len(rows)):
        values = score(block)
        keys = _keys(values, ring[rows[block]], ring, len(ids))
        top = np.argpartition(keys, len(ids) - kept, axis=1)[:, len(ids) - kept :]
        top = np.take_along_axis(top, np.argsort(-np.take_along_axis(keys, top, axis=1), axis=1), axis=1)
        possible = np.take_along_axis(keys, top, axis=1) >= 0
        members[block, :kept] = np.where(possible, ids[top], NOBODY)
        scores[block, :kept] = np.where(possible, np.take_along_axis(values, top, axis=1), np.float32(0))
    return Lists(ids[rows], members, scores)


def _keys(scores: Block, owners: Rows, members: Rows, people: int) -> Keys:
    """Return whole numbers that order pairs: by score, then by nearness on the ring; ``NOBODY`` where impossible.

    ``owners`` (n,) and ``members`` (m,) or (n, m) are places on the ring of ``people``.
    """
    bits = np.ascontiguousarray(scores + np.float32(0)).view(np.int32).astype(np.int64)
    round_ = 2 * people + 1
    ahead = (members - owners[:, None]) % round_
    return np.where(scores < 0, NOBODY, (bits << 32) | (round_ - ahead))


def _on_ring(ids: Ids, wanted: Ids) -> Rows:
    """Return places of ``wanted`` among ascending ``ids``: odd where they are, even in between where they were."""
    place = np.searchsorted(ids, wanted)
    there = (
        ids[np.minimum(place, len(ids) - 1)] == wanted if len(ids) else np.zeros(wanted.shape, dtype=np.bool_)
    )
    ring: Rows = 2 * place + there
    return ring


def _places(ids: Ids, wanted: Ids) -> Rows:
    """Return where each of ``wanted`` stands in ascending ``ids``, -1 where it does not."""
    if not len(ids):
        return np.full(wanted.shape, -1, dtype=np.intp)
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[place] == wanted, place, -1)
