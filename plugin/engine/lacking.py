"""People as they would be had they not written one of their items: what is left is seen as the whole crowd is.

Everything that is added up is a whole number, so taking one away gives to the bit what leaving it out would have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .crowd import FACETS, UNKNOWN, Crowd, View, unit
from .encoding import GRAIN, as_whole_numbers
from .kinds import Weights

Rows = NDArray[np.intp]


def lacking(crowd: Crowd, weights: Weights, people: Rows, without: Rows) -> tuple[Crowd, View]:
    """Return (v,) people of the crowd, rows ascending, each without one item (its place in ``items``; -1: with all).

    An item of the facet ``sector`` takes the sector along. Of the crowd that comes back only the facts are there, its
    items are in the view.
    """
    facet = np.where(without >= 0, facet_of(crowd, without), -1)
    sectors = np.where(facet == FACETS.index("sector"), UNKNOWN, crowd.sectors[people])
    facts = replace(
        crowd, items=crowd.items[:0], counts=np.zeros_like(crowd.counts), vetoes=crowd.vetoes[:0]
    ).among(people)
    left = replace(facts, ids=np.arange(len(people)), sectors=sectors.astype(np.int32))
    seek, about = _pooled(crowd, (weights.seek, weights.about), people, without, facet)
    givers, gives, slot_of = _given(crowd, FACETS.index(weights.give), people, without)
    return left, View(seek=seek, about=about, givers=givers, gives=gives, slot_of=slot_of)


def facet_of(crowd: Crowd, items: Rows) -> Rows:
    """Return the facet (place in ``FACETS``) of each of these items."""
    return (np.searchsorted(crowd.starts, items, side="right") - 1) % len(FACETS)


def _pooled(
    crowd: Crowd, pools: tuple[Mapping[str, float], ...], people: Rows, without: Rows, facet: Rows
) -> list[NDArray[np.int8]]:
    """Return (v, d) for each pool of facets."""
    whole, place = np.unique(people, return_inverse=True)
    totals = [np.zeros((len(whole), crowd.items.shape[1])) for _ in pools]
    less = [np.zeros((len(people), crowd.items.shape[1])) for _ in pools]
    for number, name in enumerate(FACETS):
        shares = [GRAIN * pool.get(name, 0.0) for pool in pools]
        if not any(shares):
            continue
        sums = _sums(crowd, number, whole)
        lacks = np.flatnonzero(facet == number)
        rest = sums[place[lacks]] - _fine(crowd, without[lacks])
        full, part = unit(sums), unit(rest)
        for total, lack, share in zip(totals, less, shares, strict=True):
            if share:
                added = np.rint(full * share)
                np.add(total, added, out=total)
                lack[lacks] = np.rint(part * share) - added[place[lacks]]
    return [as_whole_numbers(total[place] + lack) for total, lack in zip(totals, less, strict=True)]


def _sums(crowd: Crowd, facet: int, people: Rows) -> NDArray[np.float64]:
    """Return the items of a facet added up by person, (p, d); zero for whoever has none."""
    sums = np.zeros((len(people), crowd.items.shape[1]))
    items, counts = _items(crowd, facet, people)
    if len(items):
        first = np.cumsum(counts) - counts
        sums[counts > 0] = np.add.reduceat(_fine(crowd, items), first[counts > 0], axis=0)
    return sums


def _fine(crowd: Crowd, items: Rows) -> NDArray[np.float64]:
    rows: NDArray[np.float64] = np.rint(unit(crowd.items[items].astype(np.float64)) * GRAIN)
    return rows


def _items(crowd: Crowd, facet: int, people: Rows) -> tuple[Rows, Rows]:
    """Return the items of a facet of these people, one person after the other, and how many each has."""
    counts = crowd.counts[people, facet].astype(np.intp)
    begin = crowd.starts[people * len(FACETS) + facet]
    first = np.cumsum(counts) - counts
    return np.repeat(begin - first, counts) + np.arange(counts.sum()), counts


def _given(
    crowd: Crowd, facet: int, people: Rows, without: Rows
) -> tuple[list[Rows], list[NDArray[np.int8]], list[NDArray[np.int32]]]:
    """Return givers, gives and slot_of as a view has them."""
    items, counts = _items(crowd, facet, people)
    owner = np.repeat(np.arange(len(people)), counts)
    kept = items != without[owner]
    items, owner = items[kept], owner[kept]
    slot = np.arange(len(owner)) - np.searchsorted(owner, owner)
    givers, gives, slot_of = [], [], []
    for number in range(int(slot.max(initial=-1)) + 1):
        chosen = slot == number
        back = np.full(len(people), -1, dtype=np.int32)
        back[owner[chosen]] = np.arange(int(chosen.sum()), dtype=np.int32)
        givers.append(owner[chosen])
        gives.append(crowd.items[items[chosen]])
        slot_of.append(back)
    return givers, gives, slot_of
