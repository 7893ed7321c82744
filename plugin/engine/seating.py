"""Table plans: guests at tables of different sizes over one or several meals, in the words of ``partition``.

What a guest needs of a table (a step-free place, a diet that is served there) is a plain constraint: columns of flags
without meaning here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .partition import NOWHERE, Acquaintance, Code, Conflict, Flags, Partition, Progress, Quota, Rows, Worth
from .partition_solver import solve

Kind = Literal["seats", "together", "apart", "pins", "needs", "hosts", "acquaintances", "repeats"]
Repeats = Literal["any", "few", "never"]
KEEP = 0.25
"""Somebody is moved to another table for no less than this share of what a seat is worth on average."""
_LEAVING = 4.0
"""What leaving out an optional guest costs, in the same unit."""

_KINDS: dict[Code, Kind] = {
    Code.SIZES: "seats", Code.TOGETHER: "together", Code.APART: "apart", Code.PINS: "pins", Code.ALLOWED: "needs",
    Code.QUOTA: "hosts", Code.ACQUAINTANCES: "acquaintances", Code.REPEATS: "repeats",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Together:
    """Rows of guests who sit at one table, at one meal or (``None``) at every one."""

    guests: tuple[int, ...]
    meal: int | None = None


@dataclass(frozen=True, slots=True)
class Apart:
    """Two guests who never sit at one table, at one meal or at all."""

    one: int
    other: int
    meal: int | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    """A guest who sits at this table, at one meal or at every one."""

    guest: int
    table: int
    meal: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seating:
    """What is asked of a table plan for n guests at some tables.

    ``worth`` (n, n) symmetric; ``seats`` and ``least`` (tables,). ``present`` (meals, n); ``optional`` guests, (n,) or
    (meals, n), are left out when there is no place. ``needs`` (n, k) and ``offers`` (tables, k): a table offers all that its guests
    need. ``hosts`` (n,): one or more at each table that is used. ``minimum`` (n,) acquaintances at the table, by
    ``known`` (n, n). ``before`` (meals, n): the tables of the plan before this one, ``NOWHERE`` for who had none.
    """

    worth: Worth
    seats: Rows
    least: Rows | None = None
    meals: int = 1
    present: Flags | None = None
    optional: Flags | None = None
    needs: Flags | None = None
    offers: Flags | None = None
    together: Sequence[Together] = ()
    apart: Sequence[Apart] = ()
    pins: Sequence[Pin] = ()
    hosts: Flags | None = None
    known: Flags | None = None
    minimum: Rows | None = None
    repeats: Repeats = "few"
    before: NDArray[np.int32] | None = None
    keep: float = KEEP

    @property
    def guests(self) -> int:
        return len(self.worth)


@dataclass(frozen=True, slots=True, order=True)
class Broken:
    """One rule in a contradiction. ``index``: the guest (needs, acquaintances), else which of its list."""

    kind: Kind
    index: int | None
    meal: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Why there is no table plan: rules that cannot all hold, whether that is proved, and whom they are about."""

    rules: tuple[Broken, ...]
    proved: bool
    smallest: bool
    guests: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """Who sits where: ``tables`` (meals, n), ``NOWHERE`` for who sits nowhere; with a ``cause``, nobody sits anywhere.

    ``worth`` sums over meals and pairs at one table; ``repeats`` counts pairs who sit together again; ``moved``
    counts guests who had a seat at a meal and now have another one, or none.
    """

    tables: NDArray[np.int32]
    worth: float
    repeats: int
    moved: int
    cause: Cause | None = None


def seat(
    asked: Seating,
    *,
    effort: float = 1.0,
    seconds: float = 60.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Seats:
    """Seat guests. With ``before`` given, the plan is bettered from there and as few as possible change their table.

    Raises ``ValueError`` for rows or tables that do not exist.
    """
    rounds = [_round(asked, meal) for meal in range(asked.meals)]
    unit = float(np.abs(asked.worth).max(initial=0.0)) or 1.0
    plan = solve(
        [part.partition for part in rounds],
        repeat_cost=unit if asked.repeats != "any" and asked.meals > 1 else 0.0,
        without_repeats=asked.repeats == "never" and asked.meals > 1,
        start=asked.before,
        effort=effort, seconds=seconds, seed=seed, progress=progress,
    )  # fmt: skip
    moved = 0
    if asked.before is not None:
        here = asked.before != NOWHERE
        here &= np.ones_like(here) if asked.present is None else asked.present
        moved = int((here & (plan.groups != asked.before)).sum())
    cause = None if plan.conflict is None else _cause(plan.conflict, rounds)
    return Seats(tables=plan.groups, worth=plan.worth, repeats=plan.repeats, moved=moved, cause=cause)


@dataclass(frozen=True, slots=True)
class _Round:
    """One meal as a partition, and which of the lists of ``Seating`` its rules are."""

    partition: Partition
    together: list[int] = field(default_factory=list)
    apart: list[int] = field(default_factory=list)
    pins: list[int] = field(default_factory=list)


def _round(asked: Seating, meal: int) -> _Round:
    tables = len(asked.seats)
    together = _at(meal, asked.together)
    apart = _at(meal, asked.apart)
    pins = _at(meal, asked.pins)
    allowed: Flags | None = None
    if asked.needs is not None and asked.offers is not None:
        allowed = ~np.asarray((asked.needs[:, None, :] & ~asked.offers[None, :, :]).any(axis=2))
    hosts = [] if asked.hosts is None else [_hosts(asked.hosts, tables)]
    minimum = asked.minimum
    needy = minimum is not None and bool(minimum.any())
    stay = None if asked.before is None else asked.before[meal].astype(np.intp)
    value = _seat_value(asked, meal)
    partition = Partition(
        worth=asked.worth,
        least=np.zeros(tables, dtype=np.intp) if asked.least is None else asked.least,
        most=asked.seats,
        together=[asked.together[at].guests for at in together],
        apart=np.array([(asked.apart[at].one, asked.apart[at].other) for at in apart], dtype=np.intp).reshape(
            -1, 2
        ),
        pins=np.array([(asked.pins[at].guest, asked.pins[at].table) for at in pins], dtype=np.intp).reshape(
            -1, 2
        ),
        allowed=allowed,
        quotas=hosts,
        acquaintance=Acquaintance(known=_known(asked), least=minimum)
        if needy and minimum is not None
        else None,
        stay=stay,
        stay_bonus=asked.keep * value,
        present=None if asked.present is None else asked.present[meal],
        optional=asked.optional
        if asked.optional is None or asked.optional.ndim == 1
        else asked.optional[meal],
        leaving_cost=_LEAVING * value,
    )
    return _Round(partition, together, apart, pins)


def _at(meal: int, rules: Sequence[Together | Apart | Pin]) -> list[int]:
    """Return which rules hold at a meal."""
    return [at for at, rule in enumerate(rules) if rule.meal in (None, meal)]


def _hosts(hosts: Flags, tables: int) -> Quota:
    return Quota(
        flagged=hosts, least=np.ones(tables, dtype=np.intp), most=np.full(tables, len(hosts), dtype=np.intp)
    )


def _known(asked: Seating) -> Flags:
    """Return who knows whom: those between whom there is any worth, unless it is said."""
    known: Flags = asked.worth > 0 if asked.known is None else asked.known
    return known


def _seat_value(asked: Seating, meal: int) -> float:
    """Return what a seat is worth to a guest: with the neighbours of before, else with anybody at an average table."""
    if asked.before is not None:
        before = asked.before[meal]
        seated = before != NOWHERE
        sums = []
        for table in np.unique(before[seated]):
            who = np.flatnonzero(before == table)
            part = asked.worth[np.ix_(who, who)]
            sums.append(float(part.sum() - np.trace(part)))
        found = sum(sums) / max(int(seated.sum()), 1)
        if found > 0:
            return found
    company = max(float(asked.seats.mean()) - 1.0, 1.0) if len(asked.seats) else 1.0
    return company * float(np.abs(asked.worth).mean() if asked.guests else 0.0) or 1.0


def _cause(conflict: Conflict, rounds: Sequence[_Round]) -> Cause:
    rules = []
    for rule in conflict.rules:
        part, index = rounds[rule.round], rule.index
        lists = {Code.TOGETHER: part.together, Code.APART: part.apart, Code.PINS: part.pins}
        if index is not None and rule.code in lists:
            index = lists[rule.code][index]
        rules.append(Broken(_KINDS[rule.code], None if rule.code is Code.QUOTA else index, rule.round))
    return Cause(tuple(rules), conflict.proved, conflict.smallest, conflict.people)
