"""Small made-up crowds for laws of the engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from entremise.plugin.engine.crowd import FACETS, Crowd
from entremise.plugin.engine.encoding import as_whole_numbers
from entremise.plugin.engine.exposure import Group

DIMENSIONS = 24
_TOPICS = np.random.default_rng(7).standard_normal((12, DIMENSIONS))


def some_people(random: np.random.Generator, count: int) -> Crowd:
    """People of a few topics each, some of whom told nothing; ids in ascending order."""
    counts = random.integers(0, 3, (count, len(FACETS))).astype(np.int32)
    counts[random.random(count) < 0.1] = 0
    total = int(counts.sum())
    items = _TOPICS[random.integers(0, len(_TOPICS), total)] + 0.5 * random.standard_normal(
        (total, DIMENSIONS)
    )
    return Crowd(
        ids=np.sort(random.integers(0, 2**62, count)),
        items=as_whole_numbers(items),
        counts=counts,
        languages=random.choice(np.array([1, 3, 3, 2, 2**64 - 1], dtype=np.uint64), (count, 1)),
        channels=random.choice(np.array([1, 2, 3, 3], dtype=np.uint8), count),
        organisations=random.integers(-1, count // 3 + 1, count).astype(np.int32),
        sectors=random.integers(-1, 5, count).astype(np.int32),
        seniority=random.integers(-1, 6, count).astype(np.int8),
        vetoes=np.empty((0, 2), dtype=np.intp),
    )


def joined(one: Crowd, other: Crowd) -> Crowd:
    """One crowd and, behind it, another."""
    arrays = {
        name: np.concatenate([getattr(one, name), getattr(other, name)])
        for name in (
            "ids",
            "items",
            "counts",
            "languages",
            "channels",
            "organisations",
            "sectors",
            "seniority",
        )
    }
    return replace(one, **arrays, vetoes=np.concatenate([one.vetoes, other.vetoes + len(one)]))


def people_of(crowd: Crowd) -> Group:
    """The same people as the allocation sees them; those without any channel have left."""
    return Group(
        ids=crowd.ids,
        organisations=crowd.organisations,
        newcomer=np.zeros(len(crowd), dtype=np.bool_),
        experienced=np.zeros(len(crowd), dtype=np.bool_),
        here=crowd.channels > 0,
    )
