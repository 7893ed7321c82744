"""From a scorer to final lists: candidates by exact score, then the organiser's floor and cap.

Few people are all scored with one another; of many, those whom retrieval proposes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .exposure import Allocation, Exposure, Group, Shortage, allocate
from .likeness import Block
from .lists import best_of, order_keys, ring_of
from .reach import Candidates
from .retrieval import EXACT_UP_TO, Plan, Proposals, Retrieval
from .rules import Rows
from .scoring import IMPOSSIBLE, Scorer, blocks
from .threads import spread, usable_threads

NOBODY = -1
CANDIDATES = 64
"""Candidates for lists of 20: what the cap takes from some must be found further down."""
_EXPERIENCED = 6
"""So many experienced people are looked for where a newcomer has none among the candidates."""
_ROWS = 32
_PAIRS = 5120
"""So many rows with everybody, or so many pairs of rows with their proposals, are scored at a time: their vectors fit
a processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Candidates of everybody by exact score, and how they were found: ``plan`` None where all were scored.

    ``audiences`` are for each person the best people to be shown to; None where scores are symmetric.
    """

    candidates: Candidates
    audiences: Candidates | None
    plan: Plan | None


def rank(
    scorer: Scorer,
    count: int = CANDIDATES,
    *,
    plan: Plan | None = None,
    threads: int | None = None,
    exact_up_to: int = EXACT_UP_TO,
) -> Ranked:
    """Return the best ``count`` for everybody; equals by nearness on the ring of ids, as in ``lists``.

    Exact for up to ``exact_up_to`` people, otherwise among proposals. ``plan`` is an earlier one, to be used again.
    ``threads`` (None: as many as may be used) makes no difference to the result.
    """
    threads = threads or usable_threads()
    if len(scorer) <= exact_up_to:
        return _rank_all(scorer, count, threads)
    retrieval = Retrieval(scorer, threads=threads, plan=plan)
    width = max(retrieval.plan.width, count)
    candidates = _among(scorer, retrieval.propose(width), retrieval.together(), count, threads)
    audiences = None
    if not scorer.weights.mutual:
        audiences = _among(
            scorer, retrieval.propose_hosts(width), retrieval.together(), count, threads, hosts=True
        )
    return Ranked(candidates=candidates, audiences=audiences, plan=retrieval.plan)


def recommend(
    scorer: Scorer,
    wishes: Exposure,
    people: Group,
    *,
    previous: NDArray[np.int32] | None = None,
    count: int = CANDIDATES,
    plan: Plan | None = None,
    threads: int | None = None,
    exact_up_to: int = EXACT_UP_TO,
) -> tuple[Allocation, Ranked]:
    """Return final lists and the candidates they were made of; for those who fall short, everybody is looked at.

    ``previous`` (n, length) are lists shown before, -1 where none.
    """
    ranked = rank(scorer, count, plan=plan, threads=threads, exact_up_to=exact_up_to)
    made = _allocated(ranked, wishes, people, previous)
    few = made.short[made.reasons == Shortage.TOO_FEW_ALLOWED]
    if ranked.plan is not None and len(few):
        ranked = _widened(scorer, ranked, few)
        made = _allocated(ranked, wishes, people, previous)
    if len(made.alone):
        found = with_experienced(scorer.scores, ranked.candidates, people, made.alone)
        ranked = replace(ranked, candidates=found)
        made = _allocated(ranked, wishes, people, previous)
    return made, ranked


def with_experienced(
    score: Callable[[Rows], Block], candidates: Candidates, people: Group, alone: Rows
) -> Candidates:
    """Return the candidates with some of the experienced added for those who have none among theirs.

    ``score`` gives the scores of some rows with everybody, (rows, n).
    """
    more = np.full((len(candidates.members), _EXPERIENCED), NOBODY, dtype=np.int32)
    worth = np.full(more.shape, IMPOSSIBLE, dtype=np.float32)
    experienced = np.flatnonzero(people.experienced & people.here).astype(np.int32)
    count = min(_EXPERIENCED, len(experienced))
    for block in blocks(len(alone)) if count else ():
        rows = alone[block]
        values = score(rows)[:, experienced]
        known = (candidates.members[rows][:, :, None] == experienced).any(axis=1)
        values[known] = IMPOSSIBLE
        best = np.argsort(-values, axis=1, kind="stable")[:, :count]
        worth[rows, :count] = np.take_along_axis(values, best, axis=1)
        more[rows, :count] = np.where(worth[rows, :count] >= 0, experienced[best], NOBODY)
    return Candidates(
        members=np.concatenate([candidates.members, more], axis=1),
        scores=np.concatenate([candidates.scores, worth], axis=1),
    )


def reasons(
    scorer: Scorer, members: NDArray[np.int32], *, threads: int | None = None
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return which term tells most for each member of lists (n, length), seen by the owner and by the member.

    Places in ``TERMS``, -1 where there is no member or no term tells anything.
    """
    codes = np.full((2, *members.shape), NOBODY, dtype=np.int8)

    def look(rows: Rows) -> None:
        there = members[rows] >= 0
        others = np.where(there, members[rows], rows[:, None])
        codes[:, rows] = np.where(there, scorer.leading(rows, others), np.int8(NOBODY))

    spread(look, blocks(len(members)), threads or usable_threads())
    return codes[0], codes[1]


def _allocated(
    ranked: Ranked, wishes: Exposure, people: Group, previous: NDArray[np.int32] | None
) -> Allocation:
    return allocate(ranked.candidates, wishes, people, audiences=ranked.audiences, previous=previous)


def _rank_all(scorer: Scorer, count: int, threads: int) -> Ranked:
    people = len(scorer)
    ring = ring_of(scorer.crowd.ids)
    # The few people of the exact regime fit into one table.
    table = np.empty((people, people), dtype=np.float32)

    def score(rows: Rows) -> None:
        if not scorer.symmetric:
            table[rows] = scorer.scores(rows)
            return
        start, end = int(rows[0]), int(rows[-1]) + 1
        table[start:end, start:] = scorer.scores(rows, slice(start, None))
        table[end:, start:end] = table[start:end, end:].T

    def ranked(by: Block) -> Candidates:
        candidates = _nobody(people, count)
        spread(lambda rows: _put(candidates, rows, by[rows], ring, count), blocks(people), threads)
        return candidates

    spread(score, blocks(people), threads)
    return Ranked(
        candidates=ranked(table), audiences=None if scorer.weights.mutual else ranked(table.T), plan=None
    )


def _among(
    scorer: Scorer, proposals: Proposals, order: Rows, count: int, threads: int, *, hosts: bool = False
) -> Candidates:
    """Rank proposals (n, width) by exact score: who is worth most, or as ``hosts`` to whom one is.

    Rows are taken in ``order``; it makes no difference to the result.
    """
    people = len(scorer)
    ring = ring_of(scorer.crowd.ids)
    candidates = _nobody(people, count)

    def score(rows: Rows) -> None:
        others = proposals[rows].astype(np.intp)
        values = hosts_of(scorer, rows, others) if hosts else scores_with(scorer, rows, others)
        keys = order_keys(values, ring[rows], ring[others], people)
        best = np.argsort(-keys, axis=1, kind="stable")[:, :count]
        worth = np.take_along_axis(values, best, axis=1)
        members = np.take_along_axis(others, best, axis=1)
        candidates.members[rows] = np.where(worth >= 0, members, NOBODY)
        candidates.scores[rows] = np.where(worth >= 0, worth, IMPOSSIBLE)

    size = max(_PAIRS // proposals.shape[1], 1)
    spread(score, [order[block] for block in blocks(people, size)], threads)
    return candidates


def scores_with(scorer: Scorer, rows: Rows, others: Rows) -> Block:
    """Return exact scores of ``rows`` (r,) with ``others`` (r, c), ``IMPOSSIBLE`` where there is nobody (-1)."""
    return scorer.scores(rows, np.where(others >= 0, others, rows[:, None]))


def hosts_of(scorer: Scorer, rows: Rows, hosts: Rows) -> Block:
    """Return what ``rows`` (r,) are worth to ``hosts`` (r, c), ``IMPOSSIBLE`` where there is nobody (-1)."""
    people = np.repeat(rows, hosts.shape[1])
    asked = np.where(hosts >= 0, hosts, rows[:, None]).ravel()
    return scorer.scores(asked, people[:, None]).reshape(hosts.shape)


def _widened(scorer: Scorer, ranked: Ranked, rows: Rows) -> Ranked:
    """Look at everybody for these rows after all."""
    ring = ring_of(scorer.crowd.ids)
    chosen = ranked.candidates if ranked.audiences is None else ranked.audiences
    count = chosen.members.shape[1]
    for block in blocks(len(rows), _ROWS):
        values = (scorer.scores if ranked.audiences is None else scorer.worth_of)(rows[block])
        _put(chosen, rows[block], values, ring, count)
    return ranked


def _nobody(people: int, count: int) -> Candidates:
    return Candidates(
        members=np.full((people, count), NOBODY, dtype=np.int32),
        scores=np.full((people, count), IMPOSSIBLE, dtype=np.float32),
    )


def _put(candidates: Candidates, rows: Rows, values: Block, ring: Rows, count: int) -> None:
    """Keep the best of scores with everybody (r, n) as the candidates of ``rows``."""
    kept = min(count, values.shape[1])
    best = best_of(values, ring[rows], ring, kept)
    worth = np.take_along_axis(values, best, axis=1)
    candidates.members[rows, :kept] = np.where(worth >= 0, best, NOBODY)
    candidates.scores[rows, :kept] = np.where(worth >= 0, worth, IMPOSSIBLE)
