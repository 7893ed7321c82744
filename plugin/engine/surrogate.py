"""Scores as nearly as one inner product can tell them: whom to look at more closely, out of very many.

What a person looks for is one row (seek, give, about and a few codes), what they are found by another with the same
blocks crossed over. Each block of a key is divided by the evidence that a pair of such people can have, so facets
that are missing weigh about as little as they do in the exact score. Vectors are projected to the directions in
which a crowd differs most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from .scoring import _FAR, _STEPS, Block, Rows, Scorer

CROSSED, ABOUT = 64, 96
"""Directions kept of what is sought and given, and of what people are about."""
_SECTOR, _ORGANISATION, _SENIORITY = 8, 16, 3
"""Dimensions of random codes whose inner products are about 1 for the same and about 0 for others."""
_OFFERS = -0.3
"""Of k offers only some meet what is sought: their mean direction counts as k to this power."""
_HEAVY = 0.1
"""Terms of at least this share of the weights decide into which class of rows somebody falls."""
_BITS = 3
_BLOCK = 4096

FLAGS = ("seek", "give", "about", "organisation", "sector", "seniority")
_SIDES = {
    "need_offer": ("seek", "give"), "offer_need": ("give", "seek"), "about": ("about", "about"),
    "organisation": ("organisation",) * 2, "sector": ("sector",) * 2,
    "seniority_near": ("seniority",) * 2, "seniority_ahead": ("seniority",) * 2,
}  # fmt: skip
"""What the first and the other must have told for a term to be known."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One block of dimensions: of the queries, of the keys before their weights, and which terms it stands for."""

    query: Block
    key: Block
    terms: tuple[str, ...]
    weighed: bool


class Surrogate:
    """Queries and keys of n people. Rows of one class share their keys, which are made when asked for."""

    def __init__(self, scorer: Scorer) -> None:
        self._weights = scorer.weights
        self._told = _told(scorer)
        self._usual = {flag: float(known.mean()) for flag, known in self._told.items()}
        self._deciding = self._heaviest()
        self._parts = self._made(scorer)
        self.queries: Block = np.concatenate(
            [part.query for part in self._parts] + [np.ones((len(scorer), 1), dtype=np.float32)], axis=1
        )

    def __len__(self) -> int:
        return len(self.queries)

    def classes(self, rows: Rows) -> Mapping[tuple[bool, ...], Rows]:
        """Return the places in ``rows`` of each class."""
        told = np.stack([self._told[flag][rows] > 0 for flag in self._deciding], axis=1)
        found = {
            bits: np.flatnonzero((told == bits).all(axis=1))
            for bits in product((False, True), repeat=told.shape[1])
        }
        return {bits: places for bits, places in found.items() if len(places)}

    def keys(self, bits: tuple[bool, ...], rows: Rows | slice = slice(None)) -> Block:
        """Return what people ``rows`` are found by, (r, dimensions), by queries of this class."""
        weights, usual = self._shares(bits, rows)
        blocks = [
            part.key[rows]
            * (sum(weights[name] for name in part.terms) if part.weighed else weights[""])[:, None]
            for part in self._parts
        ]
        return np.concatenate([*blocks, usual[:, None]], axis=1)

    def _heaviest(self) -> tuple[str, ...]:
        weigh = dict.fromkeys(FLAGS, 0.0)
        for name, weight in self._directions():
            weigh[_SIDES[name][0]] += weight
        total = sum(weigh.values())
        heavy = sorted(
            (flag for flag in FLAGS if weigh[flag] >= _HEAVY * total), key=lambda flag: -weigh[flag]
        )
        return tuple(heavy[:_BITS])

    def _directions(self) -> list[tuple[str, float]]:
        """Return terms as the row sees them, with the weights of both directions where both count."""
        found = [(name, weight) for name, weight in self._weights.terms.items() if weight]
        if self._weights.mutual:
            found += [(_MIRRORED.get(name, name), weight) for name, weight in found]
        return found

    def _shares(
        self, bits: tuple[bool, ...], rows: Rows | slice
    ) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.float32]]:
        """Return by how much each term counts for each key, and what is expected of terms that are only known."""
        mine = self._usual | {flag: float(bit) for flag, bit in zip(self._deciding, bits, strict=True)}
        ways = [dict.fromkeys(_SIDES, 0.0) | dict(self._weights.terms)]
        if self._weights.mutual:
            ways.append({_MIRRORED.get(name, name): weight for name, weight in ways[0].items()})
        shares = {name: np.zeros(1, dtype=np.float32) for name in ("", *_SIDES)}
        usual = np.zeros(1, dtype=np.float32)
        for way in ways:
            evidence = np.full(1, self._weights.doubt, dtype=np.float32)
            alike = np.zeros(1, dtype=np.float32)
            for name, weight in way.items():
                first, other = _SIDES[name]
                known = self._told[other][rows] * np.float32(weight * mine[first])
                evidence = evidence + known
                if name in _LIKENESS:
                    alike = alike + known
            part = np.float32(1.0 / len(ways)) / evidence
            for name, weight in way.items():
                slope = 1 / (1 + _FAR) if name in _LIKENESS else 1
                shares[name] = shares[name] + part * np.float32(weight * slope)
            shares[""] = shares[""] + part
            usual = usual + part * alike * (_FAR / (1 + _FAR))
        return shares, usual

    def _made(self, scorer: Scorer) -> list[_Part]:
        weights = {name for name, _ in self._directions()}
        parts = []
        if weights & {"need_offer", "offer_need"}:
            seek, give = _unit(scorer.view.seek), _given(scorer)
            basis = _directions_of(CROSSED, seek, give)
            seek, give = seek @ basis, give @ basis
            if "need_offer" in weights:
                parts.append(_Part(seek, give, ("need_offer",), True))
            if "offer_need" in weights:
                parts.append(_Part(give, seek, ("offer_need",), True))
        if "about" in weights:
            about = _unit(scorer.view.about)
            about = about @ _directions_of(ABOUT, about)
            parts.append(_Part(about, about, ("about",), True))
        for name, codes, width in (
            ("organisation", scorer.crowd.organisations, _ORGANISATION),
            ("sector", scorer.crowd.sectors, _SECTOR),
        ):
            if name in weights:
                code = _codes(codes, width)
                parts.append(_Part(code, code, (name,), True))
        if weights & {"seniority_near", "seniority_ahead"}:
            query, key = self._steps(scorer.crowd.seniority)
            parts.append(_Part(query, key, ("",), False))
        return parts

    def _steps(self, seniority: NDArray[np.int8]) -> tuple[Block, Block]:
        """Return codes whose inner products are what seniorities add to a score, times the evidence."""
        levels = np.arange(max(int(seniority.max(initial=0)), 0) + 1, dtype=np.float32)
        gap = levels[None, :] - levels[:, None]
        # From both sides together, half a step ahead and half a step behind are nothing.
        ahead = np.float32(0.5) + (0 if self._weights.mutual else gap / (2 * _STEPS))
        table = np.zeros((len(levels) + 1, len(levels) + 1))
        table[1:, 1:] = self._weights.terms.get("seniority_near", 0.0) * (1 - np.abs(gap) / _STEPS)
        table[1:, 1:] += self._weights.terms.get("seniority_ahead", 0.0) * ahead
        left, strength, right = np.linalg.svd(table)
        root = np.sqrt(strength[:_SENIORITY])
        place = seniority.astype(np.intp) + 1
        return (
            (left[:, :_SENIORITY] * root)[place].astype(np.float32),
            (right[:_SENIORITY].T * root)[place].astype(np.float32),
        )


_LIKENESS = ("need_offer", "offer_need", "about")
_MIRRORED = {"need_offer": "offer_need", "offer_need": "need_offer"}


def _told(scorer: Scorer) -> dict[str, NDArray[np.float32]]:
    crowd = scorer.crowd
    told = {
        "seek": scorer.view.seek.any(axis=1), "give": _count(scorer) > 0, "about": scorer.view.about.any(axis=1),
        "organisation": crowd.organisations >= 0, "sector": crowd.sectors >= 0, "seniority": crowd.seniority >= 0,
    }  # fmt: skip
    return {flag: known.astype(np.float32) for flag, known in told.items()}


def _count(scorer: Scorer) -> NDArray[np.float32]:
    counts = np.zeros(len(scorer), dtype=np.float32)
    for who in scorer.view.givers:
        counts[who] += 1
    return counts


def _given(scorer: Scorer) -> Block:
    """Return the mean directions of what people give, (n, d), shorter the more there are."""
    total = np.zeros(scorer.view.seek.shape, dtype=np.float32)
    for who, gives in zip(scorer.view.givers, scorer.view.gives, strict=True):
        for start in range(0, len(who), _BLOCK):
            block = slice(start, start + _BLOCK)
            total[who[block]] += _unit(gives[block])
    length = np.sqrt(np.einsum("ij,ij->i", total, total))
    total *= (np.maximum(_count(scorer), 1) ** np.float32(_OFFERS) / np.where(length > 0, length, 1))[:, None]
    return total


def _unit(rows: NDArray[np.int8]) -> Block:
    unit = rows.astype(np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", unit, unit))
    unit /= np.where(length > 0, length, np.float32(1))[:, None]
    return unit


def _directions_of(count: int, *rows: Block) -> Block:
    """Return the (d, up to count) orthogonal directions along which inner products of these rows differ most."""
    total = sum((part.T @ part).astype(np.float64) for part in rows)
    _, directions = np.linalg.eigh(total)
    return np.ascontiguousarray(directions[:, ::-1][:, :count], dtype=np.float32)


def _codes(values: NDArray[np.int32], width: int) -> Block:
    random = np.random.default_rng(0)
    signs = random.integers(0, 2, (int(values.max(initial=0)) + 1, width), dtype=np.int8) * 2 - 1
    codes: Block = signs[np.maximum(values, 0)].astype(np.float32) / np.float32(np.sqrt(width))
    codes[values < 0] = 0
    return codes
