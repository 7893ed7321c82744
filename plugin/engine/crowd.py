"""n people as arrays, and how a kind of acquaintance looks at them: what they seek, give and are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .encoding import GRAIN, as_whole_numbers
from .threads import spread, usable_threads

FACETS = ("needs", "offers", "challenges", "goals", "interests", "bio", "sector", "title")
"""The order of facets in every array."""
UNKNOWN = -1


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """n people, in ascending order of ``ids``.

    ``ids`` (n,) int64. ``items`` (m, d) int8 are the vectors of their texts, person after person and facet after
    facet; ``counts`` (n, len(FACETS)) says how many each has. ``languages`` (n, words) uint64 bit sets, all ones
    where unknown; ``channels`` (n,) uint8 bit sets of the ways in which they can meet; ``organisations``, ``sectors`` (n,) int32 and ``seniority`` (n,) int8, -1 where unknown;
    ``vetoes`` (v, 2) row pairs that must never meet, in either order.
    """

    ids: NDArray[np.int64]
    items: NDArray[np.int8]
    counts: NDArray[np.int32]
    languages: NDArray[np.uint64]
    channels: NDArray[np.uint8]
    organisations: NDArray[np.int32]
    sectors: NDArray[np.int32]
    seniority: NDArray[np.int8]
    vetoes: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def starts(self) -> NDArray[np.intp]:
        """Where each person's each facet starts among the items, (n · facets + 1,)."""
        return np.concatenate([[0], np.cumsum(self.counts.ravel(), dtype=np.intp)])

    def items_of(self, facet: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the places of all items of a facet, and where each person's start among them, (n + 1,)."""
        counts = self.counts[:, facet].astype(np.intp)
        first = np.concatenate([[0], np.cumsum(counts)])
        begin = self.starts[np.arange(len(self)) * len(FACETS) + facet]
        places = np.repeat(begin - first[:-1], counts) + np.arange(first[-1])
        return places, first

    def among(self, rows: NDArray[np.intp]) -> Crowd:
        """Return some of these people, ``rows`` ascending; vetoes with others are dropped."""
        place = np.full(len(self), -1, dtype=np.intp)
        place[rows] = np.arange(len(rows))
        counts = self.counts[rows]
        per_person = counts.sum(axis=1)
        begin = self.starts[rows * len(FACETS)]
        first = np.cumsum(per_person) - per_person
        kept = np.repeat(begin - first, per_person) + np.arange(per_person.sum())
        vetoes = place[self.vetoes]
        return replace(
            self, ids=self.ids[rows], items=self.items[kept], counts=counts, languages=self.languages[rows],
            channels=self.channels[rows], organisations=self.organisations[rows], sectors=self.sectors[rows], seniority=self.seniority[rows],
            vetoes=vetoes[(vetoes >= 0).all(axis=1)],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one kind of acquaintance looks at.

    ``seek`` and ``about`` (n, d) int8 are pooled vectors of what a person looks for and is about, zero where
    nothing is known. What they give stays single: slot k holds the k-th offer of everybody who has so many, as
    their rows ``givers[k]`` ascending and vectors ``gives[k]``; ``slot_of[k]`` (n,) leads back, -1 where none.
    """

    seek: NDArray[np.int8]
    about: NDArray[np.int8]
    givers: Sequence[NDArray[np.intp]]
    gives: Sequence[NDArray[np.int8]]
    slot_of: Sequence[NDArray[np.int32]]


def view(crowd: Crowd, seek: Mapping[str, float], about: Mapping[str, float], give: str) -> View:
    """Look at a crowd: facets pooled by weight for ``seek`` and ``about``, single items of the facet ``give``."""
    places, first = crowd.items_of(FACETS.index(give))
    counts = np.diff(first)
    givers, gives, slot_of = [], [], []
    for slot in range(int(counts.max(initial=0))):
        who = np.flatnonzero(counts > slot)
        back = np.full(len(crowd), -1, dtype=np.int32)
        back[who] = np.arange(len(who), dtype=np.int32)
        givers.append(who)
        gives.append(crowd.items[places[first[who] + slot]])
        slot_of.append(back)
    return View(
        seek=_pooled(crowd, seek), about=_pooled(crowd, about), givers=givers, gives=gives, slot_of=slot_of
    )


_BLOCK = 256


def _pooled(crowd: Crowd, weights: Mapping[str, float]) -> NDArray[np.int8]:
    """Return (n, d): facets, each of one length whatever it says, added up by weight."""
    pooled = np.zeros((len(crowd), crowd.items.shape[1]), dtype=np.int8)
    chosen = [(FACETS.index(facet), weight) for facet, weight in weights.items() if weight]
    found = [(*crowd.items_of(facet), weight) for facet, weight in chosen]

    def pool(start: int) -> None:
        end = min(start + _BLOCK, len(crowd))
        total = np.zeros((end - start, pooled.shape[1]))
        for places, first, weight in found:
            part = crowd.items[places[first[start] : first[end]]].astype(np.float64)
            if not len(part):
                continue
            part = np.rint(unit(part) * GRAIN)
            counts = np.diff(first[start : end + 1])
            has = counts > 0
            bounds, counts = (first[start:end] - first[start])[has], counts[has]
            sums = part[bounds]
            # One item after another of everybody: whole numbers, so the order makes no difference.
            for item in range(1, int(counts.max())):
                more = counts > item
                sums[more] += part[bounds[more] + item]
            total[has] += np.rint(unit(sums) * (GRAIN * weight))
        pooled[start:end] = as_whole_numbers(total)

    spread(pool, range(0, len(crowd), _BLOCK), usable_threads())
    return pooled


def unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each row (n, d) at unit length; rows of zeros stay zero."""
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    scaled: NDArray[np.float64] = rows / np.where(length > 0, length, 1.0)
    return scaled
