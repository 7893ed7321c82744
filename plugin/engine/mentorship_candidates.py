"""Which pairs of mentee and mentor are worth looking at: the best of each side, and a bound on all the others."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
Block = NDArray[np.float32]
Flags = NDArray[np.bool_]
Values = Callable[[Rows], Block]
"""Return what every mentor is worth to these mentees, (rows, mentors) float32; negative where a pair is ruled out.
It must answer the same whenever it is asked, and in whatever blocks."""
Watch = Callable[[int], None]
"""Hears how many mentees were looked at."""

AT_ONCE = 512
"""Mentees whose values are looked at together: with thousands of mentors a few megabytes."""
MOST_HELD = 64_000_000
"""Values that are kept, 256 MB; what is more is asked for again when it is needed."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs, by mentee and then mentor: ``mentees``, ``mentors`` (k,) and their ``worth`` (k,) in float64."""

    mentees: Rows
    mentors: Rows
    worth: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.mentees)

    def where(self, keep: Flags) -> Candidates:
        """Return some of the pairs."""
        return Candidates(self.mentees[keep], self.mentors[keep], self.worth[keep])

    def greatest(self) -> float:
        """Return the most that any pair is worth."""
        return float(self.worth.max(initial=0.0))

    def joined(self, other: Candidates, width: int) -> Candidates:
        """Return the pairs of both, each once; ``width`` is how many mentors there are."""
        keys = np.concatenate([self.mentees * width + self.mentors, other.mentees * width + other.mentors])
        keys, first = np.unique(keys, return_index=True)
        worth = np.concatenate([self.worth, other.worth])[first]
        return Candidates(keys // width, keys % width, worth)


class Market:
    """Values of all pairs, a block at a time; kept where there is room, asked for again where there is none."""

    def __init__(self, values: Values, mentees: int, mentors: int, watch: Watch | None = None) -> None:
        self.mentees = mentees
        self.mentors = mentors
        self._values = values
        self._watch = watch
        self._held: list[Block] | None = [] if mentees * mentors <= MOST_HELD else None
        self._favoured: Rows = np.empty((0, 2), dtype=np.intp)
        self._bonus = np.float32(0)

    def favouring(self, pairs: Rows, bonus: float) -> Market:
        """Return the market in which these possible pairs (k, 2) are worth so much more."""
        favoured = copy(self)
        favoured.favour(pairs, bonus)
        return favoured

    def favour(self, pairs: Rows, bonus: float) -> None:
        """Make these pairs worth so much more, in the place of those before."""
        self._favoured = pairs[np.argsort(pairs[:, 0], kind="stable")]
        self._bonus = np.float32(bonus)

    def blocks(self) -> list[Rows]:
        """Return the mentees in blocks, ascending."""
        return [
            np.arange(start, min(start + AT_ONCE, self.mentees)) for start in range(0, self.mentees, AT_ONCE)
        ]

    def values(self, block: int, rows: Rows) -> Block:
        """Return the values of the block of this number, (rows, mentors)."""
        if self._held is not None and block < len(self._held):
            return self._with_bonus(self._held[block], rows)
        found = self._values(rows)
        if self._held is not None:
            self._held.append(found)
        if self._watch is not None:
            self._watch(len(rows))
        return self._with_bonus(found, rows)

    def _with_bonus(self, values: Block, rows: Rows) -> Block:
        start, end = np.searchsorted(self._favoured[:, 0], [rows[0], rows[-1] + 1])
        if start == end:
            return values
        more = values.copy()
        more[self._favoured[start:end, 0] - rows[0], self._favoured[start:end, 1]] += self._bonus
        return more

    def nearest(self, of_mentee: int, of_mentor: int) -> Candidates:
        """Return the best mentors of each mentee and, so that nobody is forgotten, the best mentees of each mentor."""
        parts = []
        best = np.full((self.mentors, 0), -1.0, dtype=np.float32)
        who = np.empty((self.mentors, 0), dtype=np.intp)
        for number, rows in enumerate(self.blocks()):
            values = self.values(number, rows)
            parts.append(_picked(rows, values, _top(values, of_mentee)))
            turned = np.ascontiguousarray(values.T)
            top = _top(turned, of_mentor)
            best = np.concatenate([best, np.take_along_axis(turned, top, axis=1)], axis=1)
            who = np.concatenate([who, rows[top]], axis=1)
            if best.shape[1] > of_mentor:
                left = _top(best, of_mentor)
                best, who = np.take_along_axis(best, left, axis=1), np.take_along_axis(who, left, axis=1)
        mentors = np.repeat(np.arange(self.mentors), best.shape[1])
        possible = best.ravel() >= 0
        parts.append(
            Candidates(who.ravel()[possible], mentors[possible], best.ravel()[possible].astype(np.float64))
        )
        return _all(parts, self.mentors)

    def gaining(
        self, mentees: Rows, floors: NDArray[np.float64], prices: NDArray[np.float64], most: int
    ) -> Candidates:
        """Return those mentees' pairs whose worth less the mentor's price is above the mentee's floor, up to ``most``
        of each. ``mentees`` ascending; ``floors`` (of all mentees,).
        """
        parts = [Candidates(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp), np.empty(0))]
        for number, rows in enumerate(self.blocks()):
            who = mentees[(mentees >= rows[0]) & (mentees <= rows[-1])]
            if not len(who):
                continue
            values = self.values(number, rows)[who - rows[0]]
            left = np.where(values >= 0, values - prices, -np.inf)
            top = _top(left, most)
            above = np.take_along_axis(left, top, axis=1) > floors[who][:, None]
            parts.append(_picked(who, values, top, above))
        return _all(parts, self.mentors)

    def surplus(self, prices: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the most that each mentee has from any mentor after the price, (mentees,); -inf where none fits."""
        most = np.empty(self.mentees)
        for number, rows in enumerate(self.blocks()):
            values = self.values(number, rows)
            most[rows] = (values - prices).max(axis=1, where=values >= 0, initial=-np.inf)
        return most


def _top(values: NDArray[np.floating], most: int) -> Rows:
    """Return the places of the greatest of each row, (rows, up to ``most``), in no order."""
    width = values.shape[1]
    if width <= most:
        return np.broadcast_to(np.arange(width), values.shape)
    return np.argpartition(values, width - most, axis=1)[:, width - most :]


def _picked(rows: Rows, values: Block, top: Rows, where: Flags | None = None) -> Candidates:
    worth = np.take_along_axis(values, top, axis=1)
    keep = worth >= 0 if where is None else where
    return Candidates(
        np.broadcast_to(rows[:, None], top.shape)[keep], top[keep], worth[keep].astype(np.float64)
    )


def _all(parts: list[Candidates], width: int) -> Candidates:
    together = Candidates(
        np.concatenate([part.mentees for part in parts]),
        np.concatenate([part.mentors for part in parts]),
        np.concatenate([part.worth for part in parts]),
    )
    nobody = np.empty(0, dtype=np.intp)
    return together.joined(Candidates(nobody, nobody, np.empty(0)), width)
