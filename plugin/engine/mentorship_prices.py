"""What a mentor's places are worth: the prices at which a solved assignment of some pairs is everybody's best choice.

They are the dual solution of the assignment. The solver of sparse assignments gives none, so they are found from its
answer: the least prices under which nobody would rather have another of the pairs that were looked at, by longest
paths over the mentors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .mentorship_candidates import Candidates, Rows

Amounts = NDArray[np.float64]
Capacities = NDArray[np.intp]

NOBODY = -1


class Places:
    """The places that mentors have, and what it costs to fill them."""

    def __init__(self, mentees: int, capacities: Capacities, load: float, greatest: float) -> None:
        """``greatest`` is the most that any pair is worth; ``load`` as in ``optimum``."""
        self.mentees = mentees
        self.capacities = capacities
        self.load = load
        dearest = load * max(0, int(capacities.max(initial=0)) - 1)
        pairs = min(mentees, int(capacities.sum()))
        # More than all pairs that could change for one more pair may lose together.
        self.unpaired = 1.0 + (pairs + 1) * (greatest + dearest)
        self.least = 1e-12 * self.unpaired
        """What rounding may make of nothing."""

    def filled(self, mentor_of: Rows) -> Capacities:
        """Return how many mentees each mentor has."""
        return np.bincount(mentor_of[mentor_of >= 0], minlength=len(self.capacities)).astype(np.intp)

    def cost(self, filled: Capacities) -> float:
        """Return what so many mentees of each mentor cost."""
        return float(self.load * (filled * (filled - 1) // 2).sum())

    def rent(self, prices: Amounts) -> float:
        """Return what all places bring in at these prices: each the price less what filling it costs, if that is more than nothing."""
        if not self.load:
            return float((self.capacities * prices).sum())
        worthy = np.minimum(self.capacities, np.floor(prices / self.load).astype(np.intp) + 1)
        return float((worthy * prices - self.load * (worthy * (worthy - 1) // 2)).sum())

    def surplus(self, candidates: Candidates, prices: Amounts) -> Amounts:
        """Return the most that each mentee has from a pair that was looked at, after the price, (mentees,)."""
        most = np.full(self.mentees, -self.unpaired)
        np.maximum.at(most, candidates.mentees, candidates.worth - prices[candidates.mentors])
        return most

    def prices(self, candidates: Candidates, mentor_of: Rows) -> Amounts:
        """Return the least prices (mentors,) that support ``mentor_of`` (mentees,), ``NOBODY`` where unpaired."""
        filled = self.filled(mentor_of)
        prices = self.load * np.maximum(filled - 1, 0).astype(np.float64)
        now = mentor_of[candidates.mentees]
        alone = now == NOBODY
        np.maximum.at(prices, candidates.mentors[alone], candidates.worth[alone] + self.unpaired)
        own = np.full(self.mentees, np.nan)
        mine = now == candidates.mentors
        own[candidates.mentees[mine]] = candidates.worth[mine]
        other = ~alone & ~mine
        start, end = now[other], candidates.mentors[other]
        gain = candidates.worth[other] - own[candidates.mentees[other]]
        self._raise(prices, *_greatest(start, end, gain, len(prices)))
        return prices

    def _raise(self, prices: Amounts, first: Rows, end: Rows, gain: Amounts) -> None:
        """Raise prices until, along every arc, the end costs at least the start and the gain. ``first`` (mentors + 1,)."""
        changed = np.arange(len(prices))
        for _ in range(len(prices) + 1):
            counts = first[changed + 1] - first[changed]
            total = int(counts.sum())
            if not total:
                return
            arcs = np.repeat(first[changed] - (np.cumsum(counts) - counts), counts) + np.arange(total)
            wanted = np.repeat(prices[changed], counts) + gain[arcs]
            rising = wanted > prices[end[arcs]] + self.least
            arcs, wanted = arcs[rising], wanted[rising]
            np.maximum.at(prices, end[arcs], wanted)
            changed = np.unique(end[arcs])


def solved(candidates: Candidates, places: Places) -> Rows:
    """Return the mentor of each mentee (mentees,), ``NOBODY`` where unpaired: the optimum among these pairs."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    mentees, mentors = places.mentees, len(places.capacities)
    # More places than there are pairs to fill them with make the problem greater and no better.
    wide = np.minimum(places.capacities, np.bincount(candidates.mentors, minlength=mentors))
    first = np.concatenate([[0], np.cumsum(wide)])
    counts = wide[candidates.mentors]
    nth = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    # Every mentee also has a place of nobody's, so that all can be placed; costs must not be zero.
    dear = 1.0 + candidates.greatest()
    alone = np.arange(mentees)
    rows = np.concatenate([np.repeat(candidates.mentees, counts), alone])
    columns = np.concatenate([np.repeat(first[candidates.mentors], counts) + nth, first[-1] + alone])
    costs = np.concatenate(
        [
            np.repeat(dear - candidates.worth, counts) + places.load * nth,
            np.full(mentees, dear + places.unpaired),
        ]
    )
    graph = csr_array((costs, (rows, columns)), shape=(mentees, int(first[-1]) + mentees))
    found, place = min_weight_full_bipartite_matching(graph)
    mentor_of = np.full(mentees, NOBODY, dtype=np.intp)
    owner = np.repeat(np.arange(mentors), wide)
    made = place < len(owner)
    mentor_of[found[made]] = owner[place[made]]
    return mentor_of


def _greatest(start: Rows, end: Rows, gain: Amounts, mentors: int) -> tuple[Rows, Rows, Amounts]:
    """Return one arc, the greatest, between any two mentors: where each start's begin, their ends and gains."""
    order = np.lexsort((-gain, end, start))
    start, end, gain = start[order], end[order], gain[order]
    once = np.ones(len(start), dtype=np.bool_)
    once[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    first = np.searchsorted(start[once], np.arange(mentors + 1))
    return first, end[once], gain[once]
