"""How good it is for two people to meet: block scores of some people with all, after the hard rules.

Inner products are of whole numbers small enough for float32 to add exactly in any order, and everything after is
element by element and symmetric. A score is therefore the same to the bit from either side and in any block size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
Block = NDArray[np.float32]

FACETS = ("needs", "offers", "challenges", "goals", "interests", "bio", "sector")
"""The order of facets in every array."""
IMPOSSIBLE = np.float32(-1.0)

_NEEDS, _OFFERS = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Whole numbers, so that sums of them are exact.

    ``crossing`` weighs one's need against the other's offer, ``shared`` the facets from ``challenges`` on.
    ``doubt`` is added to what is shared out, so that little evidence gives a lower score than much of the same.
    """

    crossing: int
    shared: tuple[int, ...]
    doubt: int


CONNECTING = Weights(crossing=30, shared=(20, 15, 20, 10, 5), doubt=30)
MENTORING = Weights(crossing=45, shared=(20, 20, 10, 10, 10), doubt=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """n people as arrays, in ascending order of ``ids``.

    ``ids`` (n,) int64; ``vectors`` (n, facets, d) int8, zero where a facet is missing; ``languages`` (n, words)
    uint64 bit sets, all ones where unknown; ``organisations`` (n,) int32, -1 where unknown; ``vetoes`` (v, 2)
    row pairs that must never meet, in either order.
    """

    ids: NDArray[np.int64]
    vectors: NDArray[np.int8]
    languages: NDArray[np.uint64]
    organisations: NDArray[np.int32]
    vetoes: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.ids)


class Scorer:
    """Scores of a crowd. Holds the crowd as float32, one array per facet, and nothing else."""

    def __init__(
        self, crowd: Crowd, weights: Weights, *, colleagues: float = 1.0, noise: float = 0.15
    ) -> None:
        """``colleagues`` multiplies scores within one organisation; similarities up to ``noise`` count as none."""
        self.crowd = crowd
        self._weights = weights
        self._colleagues = np.float32(colleagues)
        self._noise = np.float32(noise)
        self._facets = [
            np.ascontiguousarray(crowd.vectors[:, f], dtype=np.float32) for f in range(len(FACETS))
        ]
        squares = np.stack([np.einsum("ij,ij->i", facet, facet) for facet in self._facets])
        self._has = squares > 0
        self._scale = np.float32(1.0) / np.sqrt(np.where(self._has, squares, np.float32(1.0)))

    def directed(self, rows: Rows, columns: Rows | slice = slice(None)) -> tuple[Block, Block]:
        """Return what ``columns`` have for ``rows``, and the other way round: both (rows, columns), in [0, 1]."""
        shared, evidence = self._shared(rows, columns)
        out = self._one_way(shared, evidence, _NEEDS, _OFFERS, rows, columns)
        back = self._one_way(shared, evidence, _OFFERS, _NEEDS, rows, columns)
        return out, back

    def reciprocal(self, rows: Rows) -> Block:
        """Return the geometric mean of both directions of ``rows`` with everybody, ``IMPOSSIBLE`` where ruled out."""
        out, back = self.directed(rows)
        np.multiply(out, back, out=out)
        np.sqrt(out, out=out)
        if self._colleagues != 1.0:
            mine, theirs = self.crowd.organisations[rows, None], self.crowd.organisations[None, :]
            np.multiply(out, self._colleagues, out=out, where=(mine == theirs) & (mine >= 0))
        out[self.ruled_out(rows)] = IMPOSSIBLE
        return out

    def ruled_out(self, rows: Rows) -> NDArray[np.bool_]:
        """Return where rows may not meet everybody else: themselves, no language in common, vetoed; (rows, n)."""
        languages = self.crowd.languages
        strangers = np.ones((len(rows), len(languages)), dtype=np.bool_)
        for word in range(languages.shape[1]):
            strangers &= (languages[rows, word, None] & languages[None, :, word]) == 0
        place = np.full(len(languages), -1, dtype=np.intp)
        place[rows] = np.arange(len(rows))
        strangers[np.arange(len(rows)), rows] = True
        for one, other in ((0, 1), (1, 0)):
            ours = self.crowd.vetoes[place[self.crowd.vetoes[:, one]] >= 0]
            strangers[place[ours[:, one]], ours[:, other]] = True
        return strangers

    def shares(self, mine: Rows, theirs: Rows) -> tuple[Block, Block]:
        """Return each facet's part of the directed scores of k pairs, both ways: (k, facets), rows sum to at most 1.

        The part of need and offer stands under the facet of the receiving person's own: their ``needs``.
        """
        evidence = np.full(len(mine), self._weights.doubt, dtype=np.float32)
        parts = np.zeros((len(mine), len(FACETS)), dtype=np.float32)
        for facet, weight in enumerate(self._weights.shared, start=2):
            parts[:, facet] = self._pairwise(facet, facet, mine, theirs) * np.float32(weight)
            evidence += np.float32(weight) * (self._has[facet, mine] & self._has[facet, theirs])
        both = []
        for one, other in ((_NEEDS, _OFFERS), (_OFFERS, _NEEDS)):
            way = parts.copy()
            way[:, _NEEDS] = self._pairwise(one, other, mine, theirs) * np.float32(self._weights.crossing)
            known = self._has[one, mine] & self._has[other, theirs]
            both.append(way / (evidence + np.float32(self._weights.crossing) * known)[:, None])
        return both[0], both[1]

    def _shared(self, rows: Rows, columns: Rows | slice) -> tuple[Block, Block]:
        total = self._similarity(2, 2, rows, columns)
        total *= np.float32(self._weights.shared[0])
        for facet, weight in enumerate(self._weights.shared[1:], start=3):
            part = self._similarity(facet, facet, rows, columns)
            part *= np.float32(weight)
            total += part
        weighed = np.array(self._weights.shared, dtype=np.float32)[:, None] * self._has[2:, rows]
        evidence = weighed.T @ self._has[2:, columns].astype(np.float32)
        evidence += np.float32(self._weights.doubt)
        return total, evidence

    def _one_way(
        self, shared: Block, evidence: Block, one: int, other: int, rows: Rows, columns: Rows | slice
    ) -> Block:
        weight = np.float32(self._weights.crossing)
        score = self._similarity(one, other, rows, columns)
        score *= weight
        score += shared
        known = weight * (self._has[one, rows][:, None] & self._has[other, columns][None, :])
        known += evidence
        score /= known
        return np.sqrt(score, out=score)

    def _similarity(self, one: int, other: int, rows: Rows, columns: Rows | slice) -> Block:
        similarity: Block = self._facets[one][rows] @ self._facets[other][columns].T
        similarity *= self._scale[one, rows][:, None] * self._scale[other, columns][None, :]
        return self._above_noise(similarity)

    def _pairwise(self, one: int, other: int, mine: Rows, theirs: Rows) -> Block:
        dots: Block = np.einsum("ij,ij->i", self._facets[one][mine], self._facets[other][theirs])
        dots *= self._scale[one, mine] * self._scale[other, theirs]
        return self._above_noise(dots)

    def _above_noise(self, similarity: Block) -> Block:
        similarity -= self._noise
        np.maximum(similarity, np.float32(0.0), out=similarity)
        similarity /= np.float32(1.0) - self._noise
        return np.minimum(similarity, np.float32(1.0), out=similarity)


def blocks(count: int, size: int = 128) -> Sequence[Rows]:
    """Split ``count`` rows into blocks whose scores with thousands of others fit a processor's cache."""
    return [np.arange(start, min(start + size, count)) for start in range(0, count, size)]
