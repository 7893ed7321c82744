"""People into groups with sizes and rules: what is asked of a division of people, and what an answer is.

One ``Partition`` is one round: the groups of one meal, or one rotation of circles. ``partition_solver.solve(rounds, …)``
takes one or several rounds over the same people and answers with a ``Plan``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]
Worth = NDArray[np.float32]
Progress = Callable[[float], None]
"""Takes which part of the work is done, in [0, 1], never less than before."""

NOWHERE = -1
"""The group of who is absent, or optional and left out."""


class Code(StrEnum):
    """Kinds of rules. What ``Rule.index`` counts is said beside each."""

    SIZES = "sizes"
    """How many people groups take; no index where all groups are meant, else the group."""
    TOGETHER = "together"
    """``Partition.together``."""
    APART = "apart"
    """Rows of ``Partition.apart``."""
    PINS = "pins"
    """Rows of ``Partition.pins``."""
    ALLOWED = "allowed"
    """The person, who may sit in some groups only."""
    QUOTA = "quota"
    """``Partition.quotas``."""
    ACQUAINTANCES = "acquaintances"
    """The person, who needs a number of acquaintances in the group; none where everybody's need is meant."""
    SHARED = "shared"
    """That the people of a group have one trait in common; no index."""
    REPEATS = "repeats"
    """That nobody meets anybody again in a later round; no index."""


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """One rule of one round: its code, which one of its kind (``None``: it is one rule for all), and the round."""

    code: Code
    index: int | None = None
    round: int = 0


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules that cannot all hold, and whether that is proved.

    ``smallest``: any of them left out, the others can hold, as far as was found out. Where it is not ``proved``,
    they are the rules which the best plan that was found still broke.
    """

    rules: tuple[Rule, ...]
    proved: bool
    smallest: bool
    people: tuple[int, ...] = ()
    """Rows of the people whom it is about, where they are few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """At least and at most so many of the people with a flag in each group: hosts, experts, people of one house.

    ``flagged`` (n,), ``least`` and ``most`` (groups,). A group in which nobody sits owes nothing.
    """

    flagged: Flags
    least: Rows
    most: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintance:
    """How many acquaintances each person needs in the group: ``known`` (n, n) symmetric, ``least`` (n,)."""

    known: Flags
    least: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """What is asked of one round over n people and some groups.

    ``worth`` (n, n) symmetric, its diagonal is not read: what each pair adds when in one group. ``least`` and ``most``
    (groups,): how many people each group takes. ``together``: sets of rows; ``apart`` (k, 2) rows; ``pins`` (k, 2) of row and group; ``allowed`` (n, groups). ``shared`` (n, traits):
    the people of each group have at least one trait in common. ``preference`` (n, groups): what a person adds by being
    in a group. ``stay`` (n,): the group in which a person was, or ``NOWHERE``; staying adds ``stay_bonus``.
    ``present`` (n,): others are in no group. ``optional`` (n,): may be left out, at the price ``leaving_cost`` each.
    """

    worth: Worth
    least: Rows
    most: Rows
    together: Sequence[Sequence[int]] = ()
    apart: Rows = field(default_factory=lambda: np.empty((0, 2), dtype=np.intp))
    pins: Rows = field(default_factory=lambda: np.empty((0, 2), dtype=np.intp))
    allowed: Flags | None = None
    quotas: Sequence[Quota] = ()
    acquaintance: Acquaintance | None = None
    shared: Flags | None = None
    preference: Worth | None = None
    stay: Rows | None = None
    stay_bonus: float = 0.0
    present: Flags | None = None
    optional: Flags | None = None
    leaving_cost: float = 0.0

    @property
    def people(self) -> int:
        """How many people there are, present or not."""
        return len(self.worth)

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(self.most)

    def may(self) -> Flags:
        """Return who may sit where by pins and ``allowed``, (n, groups); nobody absent anywhere."""
        may = np.ones((self.people, self.groups), dtype=bool) if self.allowed is None else self.allowed.copy()
        for person, group in self.pins:
            kept = may[person, group]
            may[person] = False
            may[person, group] = kept
        if self.present is not None:
            may[~self.present] = False
        return may


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who is in which group of each round.

    ``groups`` (rounds, n), ``NOWHERE`` for who is in none. ``worth`` is the sum over rounds and over pairs in one group,
    without bonuses and costs; ``repeats`` counts pairs that are in one group again, once for each time more.
    ``objective`` is what was maximised. With a ``conflict`` there is no plan: everybody is ``NOWHERE``.
    """

    groups: NDArray[np.int32]
    worth: float
    objective: float
    repeats: int
    conflict: Conflict | None = None

    @property
    def left_out(self) -> int:
        """How many times somebody is in no group."""
        return int((self.groups == NOWHERE).sum())
