"""Which item of one person meets which of another's, and what their scores would lose without the two.

What a pair contributes is measured, not estimated: both people are seen as they would be had neither written it, and
scored again. An item that was drowned out by the rest contributes nothing, however near the two are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .crowd import FACETS, Crowd
from .encoding import scales
from .lacking import facet_of, lacking
from .scoring import Scorer

Rows = NDArray[np.intp]

_ALONE = ("bio", "sector")
_ASKED = ("needs", "challenges", "goals")
_TOLD = ("challenges", "goals", "interests")
MEETINGS = frozenset(
    [(facet, facet) for facet in _ALONE]
    + [(facet, "offers") for facet in _ASKED]
    + [("offers", facet) for facet in _ASKED]
    + [(facet, other) for facet in _TOLD for other in _TOLD]
)
"""Facets of mine and of theirs whose items can meet: what one asks and the other gives, what both are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meetings:
    """c meetings of two items. ``pair`` (c,) says which of the asked pairs of people, ascending; ``mine`` and
    ``theirs`` (c,) are places among ``Crowd.items``; ``nearness`` (c,) float32 is their cosine.
    """

    pair: Rows
    mine: Rows
    theirs: Rows
    nearness: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.pair)

    def among(self, kept: NDArray[np.bool_]) -> Meetings:
        """Return some of them, by (c,) flags."""
        return Meetings(
            pair=self.pair[kept], mine=self.mine[kept], theirs=self.theirs[kept], nearness=self.nearness[kept]
        )


def meetings(
    crowd: Crowd, mine: Rows, theirs: Rows, quotable: NDArray[np.bool_], *, least: float
) -> Meetings:
    """Return where items of k pairs of people, at least so near, meet: only those flagged ``quotable`` (m,).

    ``mine`` and ``theirs`` (k,) are rows of the crowd.
    """
    kept = np.flatnonzero(quotable)
    facets = facet_of(crowd, kept)
    first = np.searchsorted(kept, crowd.starts[:: len(FACETS)])
    scale = scales(crowd.items[kept])
    may_meet = np.array([[(one, other) in MEETINGS for other in FACETS] for one in FACETS])
    parts: list[tuple[Rows, Rows, Rows, NDArray[np.float32]]] = []
    order = np.argsort(mine, kind="stable")
    bounds = np.flatnonzero(np.diff(mine[order], prepend=-1, append=-1))
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        pairs = order[start:end]
        person = mine[pairs[0]]
        ours = slice(first[person], first[person + 1])
        counts = first[theirs[pairs] + 1] - first[theirs[pairs]]
        others = np.repeat(first[theirs[pairs]] - (np.cumsum(counts) - counts), counts) + np.arange(
            counts.sum()
        )
        near = crowd.items[kept[ours]].astype(np.float32) @ crowd.items[kept[others]].astype(np.float32).T
        near *= scale[ours, None] * scale[others]
        row, column = np.nonzero((near >= least) & may_meet[facets[ours]][:, facets[others]])
        pair = np.repeat(pairs, counts)[column]
        parts.append((pair, kept[first[person] + row], kept[others[column]], near[row, column]))
    if not parts:
        none = np.zeros(0, dtype=np.intp)
        return Meetings(pair=none, mine=none, theirs=none, nearness=np.zeros(0, dtype=np.float32))
    pair, one, other, nearness = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    by_pair = np.lexsort((other, one, pair))
    return Meetings(pair=pair[by_pair], mine=one[by_pair], theirs=other[by_pair], nearness=nearness[by_pair])


def contributions(
    scorer: Scorer, mine: Rows, theirs: Rows, found: Meetings, *, block: int = 16384
) -> NDArray[np.float32]:
    """Return (c, 2): by how much the directed scores, of mine with theirs and of theirs with mine, are lower without
    the two items. Negative where they are higher.

    ``mine`` and ``theirs`` (k,) are rows of the scorer's crowd, ``found`` what ``meetings`` returned for them.
    """
    lost = np.zeros((len(found), 2), dtype=np.float32)
    for start in range(0, len(found), block):
        part = slice(start, start + block)
        lost[part] = _lost(
            scorer, mine[found.pair[part]], theirs[found.pair[part]], found.mine[part], found.theirs[part]
        )
    return lost


def _lost(scorer: Scorer, mine: Rows, theirs: Rows, one: Rows, other: Rows) -> NDArray[np.float32]:
    whole = np.full(len(mine), -1, dtype=np.intp)
    people = np.concatenate([mine, theirs, mine, theirs])
    without = np.concatenate([whole, whole, one, other])
    seen, place = np.unique(np.stack([people, without], axis=1), axis=0, return_inverse=True)
    left = scorer.of(*lacking(scorer.crowd, scorer.weights, seen[:, 0], seen[:, 1]))
    with_mine, with_theirs, less_mine, less_theirs = place.reshape(4, -1)
    pairs, again = np.unique(np.stack([with_mine, with_theirs], axis=1), axis=0, return_inverse=True)
    before = both_ways(left, pairs[:, 0], pairs[:, 1])[again.ravel()]
    return before - both_ways(left, less_mine, less_theirs)


def both_ways(scorer: Scorer, mine: Rows, theirs: Rows) -> NDArray[np.float32]:
    """Return the directed scores (k, 2) of k pairs, of mine with theirs and of theirs with mine, for any kind."""
    out, back = scorer.directed(mine, theirs[:, None])
    if not scorer.weights.mutual:
        back, _ = scorer.directed(theirs, mine[:, None])
    return np.concatenate([out, back], axis=1)
