"""Circles: a few people around a shared challenge, who have a language and a way to meet in common.

Says what is asked of circles in the words of ``partition``, and what came of it in the words of circles. The search is
the partition's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .circles_cause import Cause, Why, causes_of, stands_in_the_way, why_left_over
from .circles_keep import continued
from .circles_search import divide
from .circles_worth import colleagues
from .crowd import Crowd
from .partition import NOWHERE, Flags, Partition, Progress, Quota, Rows, Worth

Mixing = Literal["any", "soft", "hard"]
LEAST, MOST = 3, 8
"""How small and how large a circle may be unless its sizes are given."""
AIM = 5
_LEAVING = 100.0
"""More than any circle gains by leaving somebody out."""
KEEP = 1.0
"""Staying with one's circle is worth one more person to whom one is nearest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of circles of n people.

    ``worth`` (n, n) as ``circles_worth.worth`` gives it; ``traits`` (n, t) as ``traits`` does: all of a circle share
    one. ``least`` and ``most`` (g,) people of each circle. ``hard`` mixing: no two of one organisation (``soft`` is a
    matter of ``worth``). ``together``: sets of rows; ``apart`` (k, 2) rows; ``pins`` (k, 2) row and circle. ``hosts``
    (n,): at least one of them in each circle. ``before`` (rounds, n) is the circle of each person in the plan before
    this one, ``NOWHERE`` for who had none; staying there is worth ``keep``. ``leave_over``: where not everybody has a place,
    some are left over; otherwise that is a cause for no plan at all.
    """

    worth: Worth
    traits: Flags
    least: Rows
    most: Rows
    organisations: NDArray[np.int32] | None = None
    mixing: Mixing = "soft"
    together: Sequence[Sequence[int]] = ()
    apart: Rows = field(default_factory=lambda: np.empty((0, 2), dtype=np.intp))
    pins: Rows = field(default_factory=lambda: np.empty((0, 2), dtype=np.intp))
    hosts: Flags | None = None
    before: NDArray[np.int32] | None = None
    keep: float = KEEP
    rounds: int = 1
    leave_over: bool = False

    @property
    def people(self) -> int:
        return len(self.worth)

    @property
    def circles(self) -> int:
        return len(self.most)

    @property
    def smallest(self) -> int:
        """How many people the smallest circle takes at least; 1 where there are none."""
        return max(1, int(self.least.min())) if len(self.least) else 1

    def kept_apart(self) -> Rows:
        """Return every pair of rows that may not be in one circle, (k, 2)."""
        if self.mixing != "hard" or self.organisations is None:
            return self.apart
        one, other = np.nonzero(np.triu(colleagues(self.organisations)))
        return np.concatenate([self.apart, np.stack([one, other], axis=1)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Circles:
    """Who is in which circle of each round, (rounds, n), ``NOWHERE`` for who is left over.

    ``worth`` is the sum over all pairs of all circles; ``left`` says of who is left over what stopped it. Where ``causes`` are given, nothing fits: there are no circles.
    """

    groups: NDArray[np.int32]
    worth: float
    repeats: int = 0
    causes: tuple[Cause, ...] = ()
    left: Mapping[int, Why] = field(default_factory=dict)

    def members(self, round_: int, circle: int) -> Rows:
        """Return the rows of one circle, ascending."""
        return np.flatnonzero(self.groups[round_] == circle)

    @property
    def left_over(self) -> Rows:
        """The rows of who is in no circle of some round, ascending."""
        return np.flatnonzero((self.groups == NOWHERE).any(axis=0))


def form(
    wanted: Wanted,
    *,
    seed: int = 0,
    effort: float = 1.0,
    seconds: float = 60.0,
    progress: Progress | None = None,
) -> Circles:
    """Return circles that keep every rule, or the causes why there are none.

    Over several rounds nobody is in a circle with anybody twice, unless they are to be kept together. The same for the
    same ``seed`` and ``effort``, unless the ``seconds`` run out first.
    """
    causes = stands_in_the_way(wanted)
    if causes:
        return none_of(wanted, causes)
    stay = _stay(wanted)
    asked = [_asked(wanted, None if stay is None else stay[number]) for number in range(wanted.rounds)]
    plan = divide(asked, start=stay, effort=effort, seconds=seconds, seed=seed, progress=progress)
    if plan.conflict is not None:
        return none_of(wanted, causes_of(plan.conflict, wanted))
    left = why_left_over(wanted, plan.groups)
    return Circles(groups=plan.groups, worth=plan.worth, repeats=plan.repeats, left=left)


def traits(crowd: Crowd) -> Flags:
    """Return what people of a circle must share, (n, t): a language and a way to meet. No column: nothing rules out.

    Who states no language is taken to speak all that others state.
    """
    known = ~(crowd.languages == np.iinfo(np.uint64).max).all(axis=1)
    columns = []
    for channel in (1, 2):
        meets = (crowd.channels & channel) > 0
        spoken = [meets & speaks for speaks in _languages(crowd.languages, known)]
        columns += spoken or [meets]
    found = np.unique(np.array(columns, dtype=np.bool_).reshape(len(columns), len(crowd)), axis=0).T
    return np.zeros((len(crowd), 0), dtype=np.bool_) if found.all(axis=0).any() else found


def _languages(bits: NDArray[np.uint64], known: Flags) -> list[Flags]:
    """Return of each language that somebody states who may speak it, (n,)."""
    found = []
    for word in range(bits.shape[1]):
        stated = int(np.bitwise_or.reduce(bits[known, word], initial=np.uint64(0)))
        found += [
            (bits[:, word] >> np.uint64(bit) & np.uint64(1)) > 0 for bit in range(64) if stated >> bit & 1
        ]
    return found


def none_of(wanted: Wanted, causes: tuple[Cause, ...]) -> Circles:
    """Return that there are no circles, and why."""
    groups = np.full((wanted.rounds, wanted.people), NOWHERE, dtype=np.int32)
    return Circles(groups=groups, worth=0.0, causes=causes)


def _stay(wanted: Wanted) -> NDArray[np.int32] | None:
    """Return the circle of each round in which each person was, in the numbers of the new ones, (rounds, n)."""
    if wanted.before is None:
        return None
    found = [continued(one, wanted.least, wanted.most, wanted.pins) for one in wanted.before]
    return np.array(found, dtype=np.int32)


def _asked(wanted: Wanted, stay: NDArray[np.int32] | None) -> Partition:
    everywhere = np.ones(wanted.circles, dtype=np.intp)
    quotas: tuple[Quota, ...] = ()
    if wanted.hosts is not None:
        quotas = (Quota(flagged=wanted.hosts, least=everywhere, most=everywhere * wanted.people),)
    return Partition(
        worth=wanted.worth,
        least=wanted.least,
        most=wanted.most,
        together=wanted.together,
        apart=wanted.kept_apart(),
        pins=wanted.pins,
        quotas=quotas,
        shared=wanted.traits if wanted.traits.shape[1] else None,
        stay=None if stay is None else stay.astype(np.intp),
        stay_bonus=wanted.keep if stay is not None else 0.0,
        optional=np.ones(wanted.people, dtype=np.bool_) if wanted.leave_over else None,
        leaving_cost=_LEAVING if wanted.leave_over else 0.0,
    )
