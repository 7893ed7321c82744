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

from .codes import factors, gaps, same_or_not
from .likeness import FAR, Block
from .rules import Rows
from .scoring import STEPS, Scorer

CROSSED, ABOUT = 96, 128
"""Directions kept of what is sought and given, and of what people are about."""
_SECTOR, _ORGANISATION, _SENIORITY = 8, 16, 3
"""Dimensions of random codes whose inner products are about 1 for the same and about 0 for others."""
_OFFERS = -0.25
"""Of k offers only some meet what is sought: their mean direction counts as k to this power."""
_TYPICAL = np.float32(0.6)
"""Cosines of those who are among the best: there a straight line should follow the curve of what they are worth."""
_FORBIDDEN = 4.0
"""More than any score: what the organiser's rules forbid must not be proposed first."""
_SECTORS = 64
"""Up to so many sectors are told apart exactly where a rule is about them."""
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


@dataclass(slots=True)
class _Part:
    """One block of dimensions: of the queries, of the keys before their weights, and the term it stands for.

    "" stands for several terms that weigh already, and only want the evidence; None for no term but a rule.
    """

    query: Block
    key: Block
    term: str | None


class Surrogate:
    """Queries and keys of n people. Rows of one class share their keys, which are made when asked for."""

    def __init__(self, scorer: Scorer) -> None:
        self._weights = scorer.weights
        self._rules = scorer.rules
        self._told = _told(scorer)
        self._usual = {flag: float(known.mean()) for flag, known in self._told.items()}
        self._deciding = self._heaviest()
        seek, give, about = _unit(scorer.view.seek), _given(scorer), _unit(scorer.view.about)
        self._crossed, self._shared = _directions_of(CROSSED, seek, give), _directions_of(ABOUT, about)
        self._parts = self._made(scorer, seek @ self._crossed, give @ self._crossed, about @ self._shared)

    def replace(self, rows: Rows, scorer: Scorer) -> None:
        """Put others in the place of ``rows``, or behind all where there are none yet; ``scorer`` is of them alone.

        Directions and shares stay what they were: enough for a few people among many.
        """
        crossed = self._crossed
        parts = self._made(
            scorer,
            _unit(scorer.view.seek) @ crossed,
            _given(scorer) @ crossed,
            _unit(scorer.view.about) @ self._shared,
        )
        people = max(len(self), int(rows.max(initial=-1)) + 1)
        for flag, known in _told(scorer).items():
            self._told[flag] = _longer(self._told[flag], people)
            self._told[flag][rows] = known
        longer: dict[int, Block] = {}
        for ours, part in zip(self._parts, parts, strict=True):
            for block, new in ((ours.query, part.query), (ours.key, part.key)):
                if id(block) not in longer:
                    longer[id(block)] = _longer(block, people)
                longer[id(block)][rows] = new
            ours.query, ours.key = longer[id(ours.query)], longer[id(ours.key)]

    def __len__(self) -> int:
        return len(self._told["seek"])

    @property
    def dimensions(self) -> int:
        """Of how many numbers a query or key is made."""
        return sum(int(part.query.shape[1]) for part in self._parts) + 1

    def queries(self, rows: Rows | slice = slice(None)) -> Block:
        """Return what people ``rows`` look for, (r, dimensions)."""
        found = [part.query[rows] for part in self._parts]
        return np.concatenate([*found, np.ones((len(found[0]), 1), dtype=np.float32)], axis=1)

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
        shares, usual = self._shares(bits, rows)
        found = [
            part.key[rows] if part.term is None else part.key[rows] * shares[part.term][:, None]
            for part in self._parts
        ]
        return np.concatenate([*found, usual[:, None]], axis=1)

    def sought(self, row: int) -> Block:
        """Return about what everybody is worth to one person, (n,)."""
        shares, total = self._shares(self._bits(row), slice(None))
        for part in self._parts:
            alike = part.key @ part.query[row]
            total = total + (alike if part.term is None else alike * shares[part.term])
        return total

    def wanted(self, row: int) -> Block:
        """Return about what one person is worth to everybody, (n,)."""
        alike = [part.query @ part.key[row] for part in self._parts]
        total = np.empty(len(self), dtype=np.float32)
        for bits, rows in self.classes(np.arange(len(self))).items():
            shares, usual = self._shares(bits, slice(row, row + 1))
            total[rows] = usual
            for part, found in zip(self._parts, alike, strict=True):
                total[rows] += found[rows] if part.term is None else found[rows] * shares[part.term]
        return total

    def _bits(self, row: int) -> tuple[bool, ...]:
        return tuple(bool(self._told[flag][row]) for flag in self._deciding)

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
                slope = _SLOPE if name in _LIKENESS else 1
                shares[name] = shares[name] + part * np.float32(weight * slope)
            shares[""] = shares[""] + part
            usual = usual + part * alike * _OFFSET
        return shares, usual

    def _made(self, scorer: Scorer, seek: Block, give: Block, about: Block) -> list[_Part]:
        """Return all blocks, given the projected vectors."""
        terms = {name for name, _ in self._directions()}
        liked = {"need_offer": (seek, give), "offer_need": (give, seek), "about": (about, about)}
        vectors = [_Part(*sides, name) for name, sides in liked.items() if name in terms]
        return [*vectors, *self._coded(scorer), *_forbidden(scorer)]

    def _coded(self, scorer: Scorer) -> list[_Part]:
        """Return the blocks of what is the same or not, and of steps."""
        terms = {name for name, _ in self._directions()}
        parts = []
        for name, values, width in (
            ("organisation", scorer.crowd.organisations, _ORGANISATION),
            ("sector", scorer.crowd.sectors, _SECTOR),
        ):
            if name in terms:
                codes = same_or_not(values, width)
                parts.append(_Part(codes, codes, name))
        if terms & {"seniority_near", "seniority_ahead"}:
            gap = gaps()
            # From both sides together, half a step ahead and half a step behind are nothing.
            ahead = 0.5 + (0.0 if self._weights.mutual else gap / (2 * STEPS))
            table = self._weights.terms.get("seniority_near", 0.0) * (1 - np.abs(gap) / STEPS)
            table += self._weights.terms.get("seniority_ahead", 0.0) * ahead
            parts.append(_Part(*factors(table, scorer.crowd.seniority, _SENIORITY), ""))
        return parts


_SLOPE = 2 * (_TYPICAL + FAR) / (1 + FAR) ** 2
_OFFSET = ((_TYPICAL + FAR) / (1 + FAR)) ** 2 - _SLOPE * _TYPICAL
_LIKENESS = ("need_offer", "offer_need", "about")
_MIRRORED = {"need_offer": "offer_need", "offer_need": "need_offer"}


def _told(scorer: Scorer) -> dict[str, NDArray[np.float32]]:
    crowd = scorer.crowd
    told = {
        "seek": np.any(scorer.view.seek, axis=1), "give": _count(scorer) > 0, "about": np.any(scorer.view.about, axis=1),
        "organisation": crowd.organisations >= 0, "sector": crowd.sectors >= 0, "seniority": crowd.seniority >= 0,
    }  # fmt: skip
    return {flag: known.astype(np.float32) for flag, known in told.items()}


def _longer(rows: Block, people: int) -> Block:
    missing = people - len(rows)
    return np.concatenate([rows, np.zeros((missing, *rows.shape[1:]), dtype=rows.dtype)]) if missing else rows


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


def _forbidden(scorer: Scorer) -> list[_Part]:
    """Return blocks that put those whom the organiser's rules on groups forbid behind all others."""
    parts = []
    sectors, seniority = scorer.crowd.sectors, scorer.crowd.seniority
    if scorer.rules.sectors != "any":
        codes = same_or_not(sectors, _SECTORS)
        same = 1.0 if scorer.rules.sectors == "same" else -1.0
        parts.append(_Part(codes, codes * np.float32(same * _FORBIDDEN), None))
        if same > 0:
            unknown = (sectors < 0).astype(np.float32)[:, None]
            parts.append(_Part(np.ones_like(unknown), unknown * np.float32(_FORBIDDEN), None))
    if scorer.rules.ahead is not None:
        gap = gaps()
        table = np.where(gap < scorer.rules.ahead, -_FORBIDDEN, 0.0)
        parts.append(_Part(*factors(table, seniority, len(gap) + 1), None))
    return parts
