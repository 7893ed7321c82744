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

from .likeness import Block
from .rules import Rows
from .scoring import blocks

Ids = NDArray[np.int64]
Keys = NDArray[np.int64]
Flags = NDArray[np.bool_]
ScoreRows = Callable[[Rows], Block]
"""Scores of some rows with everybody, (rows, n), negative where impossible."""

NOBODY = -1
_PATCH_UP_TO = 0.25
"""Beyond this part of changed people, making all lists anew is quicker."""
_GROUP = 8
"""The greatest of every so many are compared first."""
_CROWDED = 8
"""Of so many times more equals than are asked for, it is quicker to order everybody."""


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


def patch(previous: Lists, ids: Ids, stale: Flags, score: ScoreRows, worth: ScoreRows | None = None) -> Lists:
    """Return what ``make`` would, given what it returned before.

    ``worth`` gives the scores of everybody with some rows, (rows, n); ``None`` where scores are the same from both
    sides. ``stale`` (n,) marks the people of ``ids`` any of whose scores may differ from then; people who are new count
    as stale whether marked or not, and people who are gone are noticed.
    """
    length = previous.length
    before = places_of(previous.owners, ids)
    stale = stale | (before < 0)
    if not len(previous.owners) or stale.sum() > _PATCH_UP_TO * len(ids):
        return make(ids, score, length)
    members = np.full((len(ids), length), NOBODY, dtype=np.int64)
    scores = np.zeros((len(ids), length), dtype=np.float32)
    fresh = np.flatnonzero(~stale)
    members[fresh], scores[fresh] = previous.members[before[fresh]], previous.scores[before[fresh]]
    changed = np.flatnonzero(stale)
    theirs = score(changed)
    offered = theirs if worth is None else worth(changed)
    unsure = _merge(members, scores, ids, stale, fresh, offered)
    for rows, known in ((changed, lambda block: theirs[block]), (unsure, lambda block: score(unsure[block]))):
        anew = _rank(ids, rows, known, length)
        members[rows], scores[rows] = anew.members, anew.scores
    return Lists(ids, members, scores)


def differing(previous: Lists, current: Lists) -> Flags:
    """Return which owners of ``current`` (n,) have another list than before, or had none."""
    if previous.length != current.length:
        return np.ones(len(current.owners), dtype=np.bool_)
    before = places_of(previous.owners, current.owners)
    known = before >= 0
    different = ~known
    same = (previous.members[before[known]] == current.members[known]).all(axis=1)
    same &= (previous.scores[before[known]] == current.scores[known]).all(axis=1)
    different[known] = ~same
    return different


def _merge(members: Ids, scores: Block, ids: Ids, stale: Flags, fresh: Rows, worth: Block) -> Rows:
    """Patch the lists of ``fresh`` in place; return the rows that need everybody's scores after all.

    ``worth`` are the scores of everybody with the stale, (stale, n).
    """
    length = members.shape[1]
    changed = np.flatnonzero(stale)
    offered = worth.T[fresh]
    ring = on_ring(ids, ids)
    offers = order_keys(offered, ring[fresh], ring[changed], len(ids))
    listed = members[fresh]
    known = np.where(listed == NOBODY, np.float32(-1), scores[fresh])
    held = order_keys(known, ring[fresh], on_ring(ids, listed), len(ids))
    # Whoever is not listed and not stale ranks below the last of a full list; a list with room lists everybody.
    bound = held[:, -1].copy()
    place = places_of(ids, listed)
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
    ring = on_ring(ids, ids)
    for block in blocks(len(rows)):
        values = score(block)
        top = best_of(values, ring[rows[block]], ring, kept)
        worth = np.take_along_axis(values, top, axis=1)
        members[block, :kept] = np.where(worth >= 0, ids[top], NOBODY)
        scores[block, :kept] = np.where(worth >= 0, worth, np.float32(0))
    return Lists(ids[rows], members, scores)


def best_of(values: Block, owners: Rows, ring: Rows, count: int) -> Rows:
    """Return the columns of the best ``count`` of each row of scores with everybody (r, n), best first, (r, count).

    ``owners`` (r,) and ``ring`` (n,) are places on the ring. Those who are impossible come last, in any order.
    """
    people = values.shape[1]
    if not count or not len(values):
        return np.empty((len(values), count), dtype=np.intp)
    least = _bound(values, count)
    sure = values >= np.maximum(least, 0)[:, None]
    width = int(sure.sum(axis=1).max())
    if width > _CROWDED * count:
        # Many have one score: the ring alone decides between them.
        keys = order_keys(values, owners, ring, people)
        top = np.argpartition(keys, people - count, axis=1)[:, people - count :]
    else:
        row, column = np.nonzero(sure)
        place = np.arange(len(row)) - np.searchsorted(row, np.arange(len(values)))[row]
        # Rows with fewer are filled up with whoever is least possible.
        top = np.repeat(values.argmin(axis=1)[:, None], max(width, count), axis=1)
        top[row, place] = column
        keys = np.full(top.shape, NOBODY, dtype=np.int64)
        keys[row, place] = order_keys(values[row, column], owners[row], ring[column], people)
        return np.take_along_axis(top, np.argsort(-keys, axis=1, kind="stable")[:, :count], axis=1)
    chosen = np.take_along_axis(keys, top, axis=1)
    return np.take_along_axis(top, np.argsort(-chosen, axis=1), axis=1)


def _bound(values: Block, count: int) -> Block:
    """Return what at least ``count`` of each row (r, n) come up to, (r,): often no more than these do."""
    people = values.shape[1]
    groups = people // _GROUP
    if groups >= 2 * count:
        # So many groups have somebody who comes up to it.
        values = values[:, : groups * _GROUP].reshape(len(values), _GROUP, groups).max(axis=1)
        people = groups
    return np.partition(values, people - count, axis=1)[:, people - count]


def order_keys(scores: Block, owners: Rows, members: Rows, people: int) -> Keys:
    """Return whole numbers that order pairs: by score, then by nearness on the ring; ``NOBODY`` where impossible.

    ``owners`` (n,) and ``members`` (m,) or (n, m) are places on the ring of ``people``; or all three (k,).
    """
    bits = np.ascontiguousarray(scores + np.float32(0)).view(np.int32).astype(np.int64)
    round_ = 2 * people + 1
    ahead = (members - (owners if scores.ndim == 1 else owners[:, None])) % round_
    return np.where(scores < 0, NOBODY, (bits << 32) | (round_ - ahead))


def ring_of(ids: Ids) -> Rows:
    """Return where people (n,), in whatever order, stand on the ring of their ids."""
    return on_ring(np.sort(ids), ids)


def on_ring(ids: Ids, wanted: Ids) -> Rows:
    """Return places of ``wanted`` among ascending ``ids``: odd where they are, even in between where they were."""
    place = np.searchsorted(ids, wanted)
    there = (
        ids[np.minimum(place, len(ids) - 1)] == wanted if len(ids) else np.zeros(wanted.shape, dtype=np.bool_)
    )
    ring: Rows = 2 * place + there
    return ring


def places_of(ids: Ids, wanted: Ids) -> Rows:
    """Return where each of ``wanted`` stands in ascending ``ids``, -1 where it does not."""
    if not len(ids):
        return np.full(wanted.shape, -1, dtype=np.intp)
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[place] == wanted, place, -1)
