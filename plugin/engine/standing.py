"""Candidates and lists that stand, and follow a few people who change without everything being made anew."""

from __future__ import annotations

import numpy as np

from .crowd import Crowd, view
from .exposure import Exposure, Group, allocate, reallocate
from .likeness import Block
from .lists import Lists, ScoreRows, order_keys, patch, ring_of
from .matching import CANDIDATES, NOBODY, Ranked, rank
from .reach import Candidates
from .retrieval import EXACT_UP_TO
from .rules import Flags, Rows, Rules, ruled_out
from .scoring import IMPOSSIBLE, Scorer
from .surrogate import Surrogate

_LOOKED_AT = 160
"""So many who may be good for a changed person are scored, and so many for whom they may be."""


class Standing:
    """The state of one crowd: ``ranked`` candidates and their ``allocation``.

    Rows keep their people: somebody new stands behind all others, somebody gone keeps the row but has no
    ``channels`` and is not ``here`` any more. Up to ``exact_up_to`` people, candidates are what ``rank`` gives, to
    the bit.
    """

    def __init__(
        self,
        scorer: Scorer,
        wishes: Exposure,
        people: Group,
        *,
        count: int = CANDIDATES,
        threads: int | None = None,
        exact_up_to: int = EXACT_UP_TO,
    ) -> None:
        self._scorer = scorer
        self._wishes = wishes
        self._count = count
        self._threads = threads
        self._exact_up_to = exact_up_to
        self.ranked: Ranked
        self._surrogate: Surrogate | None
        self._rank()
        ranked = self.ranked
        self.allocation = allocate(ranked.candidates, wishes, people, audiences=ranked.audiences)

    def update(self, crowd: Crowd, people: Group, changed: Rows) -> None:
        """Follow the rows ``changed``: who have joined, left, or another profile, and both sides of a new veto."""
        changed = np.union1d(changed, np.arange(len(self.ranked.candidates.members), len(crowd))).astype(
            np.intp
        )
        if self._surrogate is None:
            touched = self._follow_all(crowd, changed)
        else:
            touched = self._follow(self._surrogate, crowd, changed)
        ranked = self.ranked
        self.allocation = reallocate(
            self.allocation,
            ranked.candidates,
            self._wishes,
            people,
            touched=touched,
            audiences=ranked.audiences,
        )

    def _rank(self) -> None:
        self.ranked = rank(
            self._scorer, self._count, threads=self._threads, exact_up_to=self._exact_up_to,
            plan=getattr(self, "ranked", None) and self.ranked.plan,
        )  # fmt: skip
        self._surrogate = Surrogate(self._scorer) if self.ranked.plan else None

    def _follow_all(self, crowd: Crowd, changed: Rows) -> Rows:
        """Patch candidates so that they are what everybody scored with everybody would give."""
        weights, before = self._scorer.weights, self.ranked
        scorer = self._scorer = self._scorer.of(crowd, view(crowd, weights.seek, weights.about, weights.give))
        if len(crowd) > self._exact_up_to:
            self._rank()
            return np.arange(len(crowd))
        stale = np.zeros(len(crowd), dtype=np.bool_)
        stale[changed] = True
        back = None if weights.mutual else scorer.worth_of
        candidates = _patched(before.candidates, crowd, stale, scorer.scores, back)
        touched = stale | _differing(before.candidates, candidates)
        audiences = None
        if before.audiences is not None:
            audiences = _patched(before.audiences, crowd, stale, scorer.worth_of, scorer.scores)
            touched |= _differing(before.audiences, audiences)
        self.ranked = Ranked(candidates=candidates, audiences=audiences, plan=None)
        return np.flatnonzero(touched)

    def _follow(self, surrogate: Surrogate, crowd: Crowd, changed: Rows) -> Rows:
        """Put changed people into the candidates of those to whom they are likely to be worth most."""
        surrogate.replace(changed, self._of(crowd.among(changed)))
        candidates = _longer(self.ranked.candidates, len(crowd))
        audiences = self.ranked.audiences
        audiences = None if audiences is None else _longer(audiences, len(crowd))
        ring = ring_of(crowd.ids)
        touched = [changed]
        for row in changed:
            sought = surrogate.sought(row)
            wanted = sought if audiences is None else surrogate.wanted(row)
            # The organiser's rules on groups stand in the surrogate already, each in its direction.
            possible = ~ruled_out(crowd, Rules(), np.array([row]), None)[0]
            near = [_first(sought, possible), _first(wanted - _last(candidates), possible)]
            if audiences is not None:
                near += [_first(wanted, possible), _first(sought - _last(audiences), possible)]
            holding = [_holding(candidates, row), *([] if audiences is None else [_holding(audiences, row)])]
            others = np.unique(np.concatenate([*near, *holding, [row]]))
            few = self._of(crowd.among(others))
            place = np.searchsorted(others, [row])
            own, theirs = few.scores(place)[0], few.worth_of(place)[0]
            touched.append(_placed(candidates, row, others, own, theirs, ring))
            if audiences is not None:
                touched.append(_placed(audiences, row, others, theirs, own, ring))
        self.ranked = Ranked(candidates=candidates, audiences=audiences, plan=self.ranked.plan)
        return np.unique(np.concatenate(touched))

    def _of(self, crowd: Crowd) -> Scorer:
        weights = self._scorer.weights
        return self._scorer.of(crowd, view(crowd, weights.seek, weights.about, weights.give))


def _first(values: Block, possible: Flags) -> Rows:
    """Return the places of the greatest values of those who are possible."""
    among = np.flatnonzero(possible)
    if len(among) <= _LOOKED_AT:
        return among
    return among[np.argpartition(-values[among], _LOOKED_AT)[:_LOOKED_AT]]


def _last(candidates: Candidates) -> Block:
    """Return what it takes to become a candidate, (n,): less than nothing where there is room."""
    least: Block = candidates.scores[:, -1]
    return least


def _holding(candidates: Candidates, row: int) -> Rows:
    rows: Rows = np.flatnonzero(candidates.members.ravel() == np.int32(row)) // candidates.members.shape[1]
    return rows


def _longer(candidates: Candidates, people: int) -> Candidates:
    missing = ((0, people - len(candidates.members)), (0, 0))
    if not missing[0][1]:
        return candidates
    return Candidates(
        members=np.pad(candidates.members, missing, constant_values=NOBODY),
        scores=np.pad(candidates.scores, missing, constant_values=IMPOSSIBLE),
    )


def _placed(candidates: Candidates, row: int, others: Rows, own: Block, theirs: Block, ring: Rows) -> Rows:
    """Make the candidates of ``row`` from ``others`` (k,), and give ``row`` its place among theirs.

    ``own`` (k,) is what they are worth to ``row``, ``theirs`` (k,) what ``row`` is worth to them. Returns the rows
    whose candidates differ from before.
    """
    people, count = len(ring), candidates.members.shape[1]
    keys = order_keys(own[None], ring[[row]], ring[others], people)[0]
    best = np.argsort(-keys, kind="stable")[:count]
    candidates.members[row], candidates.scores[row] = NOBODY, IMPOSSIBLE
    best = best[keys[best] >= 0]
    candidates.members[row, : len(best)] = others[best]
    candidates.scores[row, : len(best)] = own[best]

    hosts, worth = others[others != row], theirs[others != row]
    members = np.concatenate(
        [candidates.members[hosts], np.full((len(hosts), 1), row, dtype=np.int32)], axis=1
    )
    scores = np.concatenate([candidates.scores[hosts], worth[:, None]], axis=1)
    scores[:, :-1][members[:, :-1] == row] = IMPOSSIBLE
    keys = order_keys(scores, ring[hosts], ring[members], people)
    order = np.argsort(-keys, axis=1, kind="stable")[:, :count]
    scores = np.take_along_axis(scores, order, axis=1)
    members = np.where(scores >= 0, np.take_along_axis(members, order, axis=1), NOBODY)
    scores = np.where(scores >= 0, scores, IMPOSSIBLE)
    differs = (members != candidates.members[hosts]).any(axis=1) | (scores != candidates.scores[hosts]).any(
        axis=1
    )
    candidates.members[hosts], candidates.scores[hosts] = members, scores
    changed: Rows = hosts[differs]
    return changed


def _patched(
    before: Candidates, crowd: Crowd, stale: Flags, score: ScoreRows, worth: ScoreRows | None
) -> Candidates:
    """Return what everybody's scores with everybody would give, from what they gave before."""
    order = np.argsort(crowd.ids)
    back = np.argsort(order)
    old = order[order < len(before.members)]
    ids = crowd.ids[order]
    members = np.where(before.members[old] >= 0, crowd.ids[before.members[old]], NOBODY)
    previous = Lists(crowd.ids[old], members, np.maximum(before.scores[old], 0))
    found = patch(
        previous, ids, stale[order],
        lambda rows: score(order[rows])[:, order],
        None if worth is None else lambda rows: worth(order[rows])[:, order],
    )  # fmt: skip
    there = found.members != NOBODY
    rows = order[np.searchsorted(ids, np.where(there, found.members, ids[:1]))]
    return Candidates(
        members=np.where(there, rows, NOBODY).astype(np.int32)[back],
        scores=np.where(there, found.scores, IMPOSSIBLE)[back],
    )


def _differing(before: Candidates, after: Candidates) -> Flags:
    differs = np.ones(len(after.members), dtype=np.bool_)
    known = len(before.members)
    differs[:known] = (before.members != after.members[:known]).any(axis=1)
    differs[:known] |= (before.scores != after.scores[:known]).any(axis=1)
    return differs
