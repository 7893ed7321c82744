"""Seeded crowds to measure the engine with: one that resembles people, one without any structure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from entremise.plugin.engine.crowd import FACETS, Crowd
from entremise.plugin.engine.encoding import as_whole_numbers

DIMENSIONS = 256
TOPICS, FIELDS = 400, 24
_BLOCK = 4096
_FACETS_TOLD = (0.85, 0.75, 0.8, 0.6, 0.9, 0.7, 0.8, 0.9)
"""How many people fill in each of ``FACETS``."""
_SEVERAL = np.array([len(FACETS) - 3 > place for place in range(len(FACETS))])
"""The facets that are lists, of one to three items; the others are one text."""
_LANGUAGES = np.array([0.5, 0.3, 0.08, 0.07, 0.05])
_ITEM_OWN = 0.9
"""Length of what is an item's own beside its topic, of length 1: two texts on one topic are about 0.55 alike."""


def resembling(people: int, *, seed: int) -> Crowd:
    """Return people of a few topics each, out of fields; some topics are far more popular than others (Zipf)."""
    random = np.random.default_rng(seed)
    field = random.integers(0, FIELDS, TOPICS)
    topics = 0.6 * _directions(random, FIELDS)[field] + 0.8 * _directions(random, TOPICS)
    popularity = 1.0 / np.arange(1, TOPICS + 1)
    popularity /= popularity.sum()
    counts = _counts(random, people)
    # Three topics each: two of the field of the first, as most people have, and one from anywhere.
    own = np.empty((people, 3), dtype=np.intp)
    own[:, 0], own[:, 2] = (random.choice(TOPICS, people, p=popularity) for _ in range(2))
    for number in range(FIELDS):
        there = np.flatnonzero(field[own[:, 0]] == number)
        among = np.flatnonzero(field == number)
        if len(there):
            share = popularity[among] / popularity[among].sum()
            own[there, 1] = random.choice(among, len(there), p=share)
    parts = []
    for start in range(0, people, _BLOCK):
        end = min(start + _BLOCK, people)
        each = np.repeat(np.arange(start, end), counts[start:end].sum(axis=1))
        topic = own[each, random.choice(3, len(each), p=(0.5, 0.3, 0.2))]
        parts.append(as_whole_numbers(topics[topic] + _ITEM_OWN * _directions(random, len(each))))
    sectors = np.where(random.random(people) < 0.1, -1, field[own[:, 0]])
    return _crowd(random, counts, np.concatenate(parts), sectors)


def unstructured(people: int, *, seed: int) -> Crowd:
    """Return people whose texts have nothing to do with one another: Gaussian vectors, the hardest to search."""
    random = np.random.default_rng(seed)
    counts = _counts(random, people)
    total = int(counts.sum())
    parts = [
        as_whole_numbers(_directions(random, min(_BLOCK, total - start))) for start in range(0, total, _BLOCK)
    ]
    return _crowd(random, counts, np.concatenate(parts), random.integers(-1, FIELDS, people))


def _counts(random: np.random.Generator, people: int) -> NDArray[np.int32]:
    counts = np.where(_SEVERAL, random.integers(1, 4, (people, len(FACETS))), 1)
    told: NDArray[np.int32] = np.where(random.random(counts.shape) < _FACETS_TOLD, counts, 0).astype(np.int32)
    return told


def _directions(random: np.random.Generator, count: int) -> NDArray[np.float32]:
    rows = random.standard_normal((count, DIMENSIONS), dtype=np.float32)
    rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return rows


def _crowd(
    random: np.random.Generator, counts: NDArray[np.int32], items: NDArray[np.int8], sectors: NDArray[np.intp]
) -> Crowd:
    people = len(counts)
    speaks = random.random((people, len(_LANGUAGES))) < 0.25
    speaks[np.arange(people), random.choice(len(_LANGUAGES), people, p=_LANGUAGES)] = True
    languages = (speaks * (1 << np.arange(len(_LANGUAGES), dtype=np.uint64))).sum(axis=1, dtype=np.uint64)
    # Organisations of all sizes: the largest sends dozens, most send one or two.
    organisations = (people / 2 * random.random(people) ** 2).astype(np.int32)
    vetoes = random.integers(0, people, (people // 50, 2))
    return Crowd(
        ids=_ids(random, people), items=items, counts=counts, languages=languages[:, None],
        channels=random.choice(np.array([1, 2, 3], dtype=np.uint8), people, p=[0.7, 0.1, 0.2]),
        organisations=np.where(random.random(people) < 0.2, -1, organisations).astype(np.int32),
        sectors=sectors.astype(np.int32), seniority=random.integers(-1, 6, people).astype(np.int8),
        vetoes=vetoes[vetoes[:, 0] != vetoes[:, 1]],
    )  # fmt: skip


def _ids(random: np.random.Generator, people: int) -> NDArray[np.int64]:
    ids: NDArray[np.int64] = np.unique(random.integers(0, 2**62, 2 * people))[:people]
    return ids
