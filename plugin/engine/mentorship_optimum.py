"""The pairs of greatest total worth under mentors' capacities, with a proof of how near to the optimum they are.

As many mentees as can be are paired; among all ways to do so the total worth is the greatest. Only a few pairs of each
person are looked at: they are solved exactly, the solution gives a price to every mentor's place, and pairs that would
gain at these prices are added until there is none. The prices then bound every other plan from above, by duality.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .mentorship_candidates import Candidates, Market, Rows
from .mentorship_prices import NOBODY, Amounts, Capacities, Places, solved

OF_MENTEE = 32
"""Mentors who are looked at for each mentee to begin with."""
OF_PLACE = 8
"""Mentees who are looked at for each place of a mentor to begin with."""
ADDED = 12
"""Pairs that a mentee may gain from one round to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """``pairs`` (k, 2) of mentee and mentor, ascending; ``total`` is their worth less what the load costs.

    ``bound``: no plan with as many pairs has a greater total. ``most``: no plan has more pairs. ``rounds``: how often
    it was solved; ``looked_at``: pairs that the last round had.
    """

    pairs: Rows
    total: float
    bound: float
    most: int
    rounds: int
    looked_at: int

    @property
    def gap(self) -> float:
        """How far the total may be below the optimum, as a part of it."""
        return max(0.0, self.bound - self.total) / self.bound if self.bound > 0 else 0.0


def optimum(
    market: Market, capacities: Capacities, *, load: float = 0.0, tolerance: float = 1e-12
) -> Optimum:
    """Pair mentees with mentors who take ``capacities`` (mentors,) mentees at most.

    ``load``: a mentor's second mentee costs so much, the third twice as much, and so on. ``tolerance``: stop when the
    total is within this part of the bound.
    """
    capacities = np.clip(capacities, 0, market.mentees).astype(np.intp)
    candidates = market.nearest(OF_MENTEE, OF_PLACE * max(1, int(capacities.max(initial=0))))
    candidates = candidates.where(capacities[candidates.mentors] > 0)
    places = Places(market.mentees, capacities, load, candidates.greatest())
    rounds = 0
    while True:
        rounds += 1
        mentor_of = solved(candidates, places)
        prices = places.prices(candidates, mentor_of)
        most = np.maximum(market.surplus(prices), -places.unpaired)
        found = _judged(places, candidates, mentor_of, prices, most, rounds)
        if found.most == len(found.pairs) and found.gap <= tolerance:
            return found
        held = places.surplus(candidates, prices)
        gainers = np.flatnonzero(most > held + places.least)
        if not len(gainers):
            return found
        candidates = candidates.joined(
            market.gaining(gainers, held + places.least, prices, ADDED), market.mentors
        )


def _judged(
    places: Places, candidates: Candidates, mentor_of: Rows, prices: Amounts, surplus: Amounts, rounds: int
) -> Optimum:
    """Prove how good it is: no plan is worth more than what all mentees have after the prices and the places bring in."""
    paired = np.flatnonzero(mentor_of != NOBODY)
    mine = mentor_of[candidates.mentees] == candidates.mentors
    total = float(candidates.worth[mine].sum()) - places.cost(places.filled(mentor_of))
    alone = places.mentees - len(paired)
    above = float(surplus.sum()) + places.rent(prices) - (total - places.unpaired * alone)
    # One more pair would be worth ``unpaired``: as long as less than that is open, nobody more can be paired.
    more = int(max(0.0, above) // places.unpaired)
    return Optimum(
        pairs=np.stack([paired, mentor_of[paired]], axis=1), total=total, bound=total + max(0.0, above),
        most=len(paired) + more, rounds=rounds, looked_at=len(candidates),
    )  # fmt: skip
