"""Figures with their intervals, and the difference of two on the same persons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its 95 % interval, and what it was made of: one row a person, and how rows become a figure."""

    value: float
    low: float
    high: float
    rows: Floats
    of: Callable[[Floats], float]


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much one scoring is better or worse than another, with the 95 % interval of a paired bootstrap."""

    value: float
    low: float
    high: float

    def to_list(self) -> list[float]:
        """Return JSON-ready data."""
        return [round(self.value, 4), round(self.low, 4), round(self.high, 4)]


def difference(ours: Figure, theirs: Figure, *, draws: int = DRAWS, seed: int = 0) -> Difference:
    """Return ours minus theirs. Each draw takes the same persons for both, so that hard persons do not blur it."""
    if len(ours.rows) != len(theirs.rows):
        raise ValueError("the figures are of different persons")
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(draws):
        persons = rng.integers(0, len(ours.rows), len(ours.rows))
        drawn.append(ours.of(ours.rows[persons]) - theirs.of(theirs.rows[persons]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Difference(ours.value - theirs.value, float(low), float(high))
