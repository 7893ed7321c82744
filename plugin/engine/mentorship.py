"""Who mentors whom: as many pairs as possible, the most worth of all such plans, under capacities, pins and vetoes.

Two pairs are better than one good one: no plan that leaves fewer mentees without a mentor exists, whatever its worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .mentorship_candidates import AT_ONCE, Block, Flags, Market, Rows, Watch
from .mentorship_lacking import Lacking, Stopped, lacking
from .mentorship_optimum import Optimum, optimum
from .mentorship_rules import BY_CHOICE, Hindrance
from .mentorship_stable import Preferences, Side, blocking, stable

_NOBODY = np.empty((0, 2), dtype=np.intp)
KEPT = 0.1
"""What a pair that was published before is worth on top."""
_PAIRS_AT_ONCE = 20_000


class Pool(Stopped, Protocol):
    """Mentees and mentors by their places, as ``Programme`` has them."""

    def worth(self, mentees: Rows, mentors: Rows) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What an organiser asks of a plan.

    ``pins`` (p, 2) pairs that are to be made whatever they are worth; ``kept`` (k, 2) pairs of the plan before, each
    worth ``bonus`` more. ``load``: a mentor's second mentee costs so much, the third twice as much. ``stable``: by
    deferred acceptance, best for the side that is named; then neither bonus nor load counts. ``tolerance``: the part
    of the greatest worth that may be given up for speed.
    """

    pins: Rows = field(default_factory=lambda: _NOBODY)
    kept: Rows = field(default_factory=lambda: _NOBODY)
    bonus: float = KEPT
    load: float = 0.0
    stable: Side | None = None
    tolerance: float = 1e-12


@dataclass(frozen=True, slots=True)
class Refused:
    """A pin that cannot be: which, and what forbids it (``full`` or ``twice``, or a hindrance by its name)."""

    mentee: int
    mentor: int
    reason: str


@dataclass(frozen=True, slots=True)
class Stability:
    """What keeping costs: of ``before`` pairs that can still be, ``kept`` stay; without the bonus ``kept_without``
    would. ``worth`` is what the plan gives up of ``best``, the greatest total there is without the bonus.
    """

    before: int
    kept: int
    kept_without: int
    best: float
    worth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``pairs`` (k, 2) of mentee and mentor, ascending; ``worth`` (k,) of each, without any bonus; ``pinned`` (k,).

    ``lacking``: everybody without a mentor, and why. ``refused``: pins that cannot be; nothing else is ever broken.
    ``proof`` says how near to the optimum it is (``None``: stable). ``stability`` is given where pairs were kept,
    ``blocking`` (b, 2) where both sides' preferences are known.
    """

    pairs: Rows
    worth: NDArray[np.float64]
    pinned: Flags
    lacking: Sequence[Lacking]
    refused: Sequence[Refused]
    proof: Optimum | None = None
    stability: Stability | None = None
    blocking: Rows | None = None

    @property
    def total(self) -> float:
        """What all pairs are worth together."""
        return float(self.worth.sum())


def pair(
    pool: Pool,
    mentees: int,
    capacities: NDArray[np.intp],
    wishes: Wishes | None = None,
    *,
    preferences: Preferences | None = None,
    watch: Watch | None = None,
) -> Plan:
    """Plan pairs of ``mentees`` and of mentors who take ``capacities`` (mentors,) at most.

    ``preferences`` are needed for a stable plan, and to count the pairs that would rather have each other.
    """
    wishes = wishes or Wishes()
    capacities = np.clip(capacities, 0, None).astype(np.intp)
    pins, refused = _possible(pool, wishes.pins, capacities)
    rest = capacities - np.bincount(pins[:, 1], minlength=len(capacities))
    fixed = np.zeros(mentees, dtype=np.bool_)
    fixed[pins[:, 0]] = True
    open_ = _Open(pool, fixed)
    market = Market(open_.values, mentees, len(capacities), watch)
    proof = stability = None
    if wishes.stable is not None:
        if preferences is None:
            raise ValueError("a stable plan needs the preferences of both sides")
        unpinned = Preferences(
            lambda places: open_.hidden(preferences.mentees(places), places), preferences.mentors
        )
        made = stable(unpinned, mentees, rest, best_for=wishes.stable, watch=watch)
    else:
        kept = wishes.kept[_still(open_, wishes.kept)]
        favoured = market.favouring(kept, wishes.bonus) if len(kept) else market
        proof = optimum(favoured, rest, load=wishes.load, tolerance=wishes.tolerance)
        made = proof.pairs
        if len(wishes.kept):
            best = optimum(market, rest, load=wishes.load, tolerance=wishes.tolerance) if len(kept) else proof
            stability = _stability(pool, wishes, kept, made, best)
    together = np.concatenate([pins, made])
    order = np.lexsort((together[:, 1], together[:, 0]))
    pairs = together[order]
    alone = np.setdiff1d(np.arange(mentees), pairs[:, 0])
    return Plan(
        pairs=pairs, worth=_worth(pool, pairs), pinned=(np.arange(len(pairs)) < len(pins))[order],
        lacking=lacking(pool, alone), refused=refused, proof=proof, stability=stability,
        blocking=None if preferences is None else blocking(preferences, pairs, mentees, capacities, fixed=pins[:, 0]),
    )  # fmt: skip


class _Open:
    """The pool without those who are pinned."""

    def __init__(self, pool: Pool, fixed: Flags) -> None:
        self._pool = pool
        self._fixed = fixed

    def values(self, places: Rows) -> Block:
        return self.hidden(self._pool.values(places), places)

    def hidden(self, values: Block, places: Rows) -> Block:
        if not self._fixed[places].any():
            return values
        return np.where(self._fixed[places][:, None], np.float32(-1), values)


def _possible(pool: Pool, pins: Rows, capacities: NDArray[np.intp]) -> tuple[Rows, list[Refused]]:
    """Return the pins that can be, and why the others cannot. Rules of the organiser give way to the organiser's pins."""
    done: dict[int, int] = {}
    taken = np.zeros(len(capacities), dtype=np.intp)
    refused = []
    for mentee, mentor in dict.fromkeys((int(a), int(b)) for a, b in pins):
        stopped = Hindrance(int(pool.hindrances(np.array([mentee]))[0, mentor])) & ~BY_CHOICE
        if stopped:
            refused.append(Refused(mentee, mentor, str(next(iter(stopped)).name).lower()))
        elif mentee in done:
            refused.append(Refused(mentee, mentor, "twice"))
        elif taken[mentor] >= capacities[mentor]:
            refused.append(Refused(mentee, mentor, "full"))
        else:
            done[mentee] = mentor
            taken[mentor] += 1
    return np.array(list(done.items()), dtype=np.intp).reshape(-1, 2), refused


def _still(pool: _Open, pairs: Rows) -> Flags:
    """Whether each of these pairs is possible now."""
    found = np.zeros(len(pairs), dtype=np.bool_)
    for start in range(0, len(pairs), AT_ONCE):
        part = pairs[start : start + AT_ONCE]
        found[start : start + len(part)] = pool.values(part[:, 0])[np.arange(len(part)), part[:, 1]] >= 0
    return found


def _stability(pool: Pool, wishes: Wishes, kept: Rows, made: Rows, best: Optimum) -> Stability:
    def staying(pairs: Rows) -> int:
        return len(set(map(tuple, pairs.tolist())) & set(map(tuple, kept.tolist())))

    filled = np.unique(made[:, 1], return_counts=True)[1]
    load = wishes.load * float((filled * (filled - 1) // 2).sum())
    total = float(_worth(pool, made).sum()) - load
    return Stability(
        before=len(kept), kept=staying(made), kept_without=staying(best.pairs), best=best.total,
        worth=max(0.0, best.total - total),
    )  # fmt: skip


def _worth(pool: Pool, pairs: Rows) -> NDArray[np.float64]:
    worth = np.empty(len(pairs))
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        part = pairs[start : start + _PAIRS_AT_ONCE]
        worth[start : start + len(part)] = pool.worth(part[:, 0], part[:, 1])
    return worth
