"""Why there are no circles, or why somebody is in none: a code, the people it is about, and how many were needed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .circles_worth import colleagues
from .partition import NOWHERE, Code, Conflict, Rows

if TYPE_CHECKING:
    from .circles import Wanted


class Why(StrEnum):
    """What stands in the way."""

    PEOPLE = "people"
    """Fewer people than one circle takes."""
    SIZES = "sizes"
    """The circles take more or fewer people than there are."""
    LANGUAGE = "language"
    """Too few share a language and a way to meet."""
    ORGANISATION = "organisation"
    """More people of one organisation than there are circles."""
    HOSTS = "hosts"
    """More circles than hosts."""
    PINS = "pins"
    TOGETHER = "together"
    APART = "apart"
    REPEATS = "repeats"
    """Too few people to meet others in every round."""
    RULES = "rules"
    """All rules together: each alone could be kept."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that stands in the way.

    ``people``: rows whom it is about, empty where it is about all. ``needed`` and ``found``: how many there should be
    and are, 0 where nothing is counted. ``proved``: there certainly is no way; otherwise none was found.
    """

    why: Why
    people: tuple[int, ...] = ()
    needed: int = 0
    found: int = 0
    proved: bool = True


_OF_CODE = {
    Code.SIZES: Why.SIZES, Code.TOGETHER: Why.TOGETHER, Code.APART: Why.APART, Code.PINS: Why.PINS,
    Code.ALLOWED: Why.PINS, Code.QUOTA: Why.HOSTS, Code.SHARED: Why.LANGUAGE, Code.REPEATS: Why.REPEATS,
}  # fmt: skip


def stands_in_the_way(wanted: Wanted) -> tuple[Cause, ...]:
    """Return what certainly rules circles out and can be told by counting; ``()`` where nothing does."""
    return tuple(cause for test in (_sizes, _alone, _organisation, _hosts, _pins) for cause in test(wanted))


def causes_of(conflict: Conflict, wanted: Wanted) -> tuple[Cause, ...]:
    """Return the partition's conflict in the words of circles."""
    found = []
    for code in dict.fromkeys(rule.code for rule in conflict.rules):
        rows: set[int] = set()
        why = _OF_CODE.get(code, Why.RULES)
        for rule in conflict.rules:
            if rule.code != code or rule.index is None:
                continue
            if code is Code.TOGETHER:
                rows |= set(wanted.together[rule.index])
            elif code is Code.APART:
                rows |= set(wanted.kept_apart()[rule.index].tolist())
            elif code is Code.PINS:
                rows.add(int(wanted.pins[rule.index][0]))
        if code is Code.APART and len(conflict.rules) and _only_colleagues(conflict, wanted):
            why = Why.ORGANISATION
        people = tuple(sorted(int(row) for row in rows or conflict.people))
        found.append(Cause(why, people, proved=conflict.proved))
    return tuple(found) or (
        Cause(Why.RULES, tuple(int(row) for row in conflict.people), proved=conflict.proved),
    )


def why_left_over(wanted: Wanted, groups: NDArray[np.int32]) -> dict[int, Why]:
    """Return for everybody who is in no circle of some round of ``groups`` (rounds, n) what stopped it, by row."""
    near = company(wanted)
    places = int(wanted.most.sum())
    least = wanted.smallest
    found: dict[int, Why] = {}
    for row in np.flatnonzero((groups == NOWHERE).any(axis=0)).tolist():
        if near[row] < least:
            found[row] = Why.LANGUAGE
        elif places < wanted.people:
            found[row] = Why.SIZES
        elif wanted.people < least:
            found[row] = Why.PEOPLE
        else:
            found[row] = Why.RULES
    return found


def company(wanted: Wanted) -> Rows:
    """Return for each person in how large a crowd, at most, everybody shares a trait of theirs, (n,)."""
    traits = wanted.traits
    if not traits.shape[1]:
        return np.full(len(traits), len(traits))
    crowds = traits.sum(axis=0)
    found: Rows = np.where(traits, crowds[None, :], 0).max(axis=1, initial=0)
    return found


def _sizes(wanted: Wanted) -> list[Cause]:
    people, least, most = wanted.people, int(wanted.least.sum()), int(wanted.most.sum())
    if not wanted.circles or people < wanted.smallest:
        return [Cause(Why.PEOPLE, needed=wanted.smallest, found=people)]
    if people < least:
        return [Cause(Why.SIZES, needed=least, found=people)]
    if people > most and not wanted.leave_over:
        return [Cause(Why.SIZES, needed=most, found=people)]
    return []


def _alone(wanted: Wanted) -> list[Cause]:
    if wanted.leave_over:
        return []
    least = wanted.smallest
    near = company(wanted)
    alone = np.flatnonzero(near < least)
    if not len(alone):
        return []
    return [Cause(Why.LANGUAGE, tuple(alone.tolist()), needed=least, found=int(near[alone].max()))]


def _organisation(wanted: Wanted) -> list[Cause]:
    if wanted.mixing != "hard" or wanted.organisations is None or wanted.leave_over:
        return []
    names, counts = np.unique(wanted.organisations[wanted.organisations >= 0], return_counts=True)
    return [
        Cause(
            Why.ORGANISATION, tuple(np.flatnonzero(wanted.organisations == name).tolist()), needed=wanted.circles,
            found=int(count),
        )
        for name, count in zip(names.tolist(), counts.tolist(), strict=True)
        if count > wanted.circles
    ]  # fmt: skip


def _hosts(wanted: Wanted) -> list[Cause]:
    if wanted.hosts is None:
        return []
    filled = int((wanted.least > 0).sum())
    found = int(wanted.hosts.sum())
    return [Cause(Why.HOSTS, needed=filled, found=found)] if found < filled else []


def _pins(wanted: Wanted) -> list[Cause]:
    """Return pins of one person to two circles, of too many to one, of two who are kept apart or share nothing."""
    pinned = wanted.pins
    causes = [
        Cause(Why.PINS, (row,), needed=1, found=2)
        for row in np.unique(pinned[:, 0]).tolist()
        if len(np.unique(pinned[pinned[:, 0] == row, 1])) > 1
    ]
    beyond = pinned[pinned[:, 1] >= wanted.circles]
    if len(beyond):
        return [
            Cause(
                Why.PINS,
                tuple(beyond[:, 0].tolist()),
                needed=int(beyond[:, 1].max()) + 1,
                found=wanted.circles,
            )
        ]
    apart = {tuple(sorted(pair)) for pair in wanted.kept_apart().tolist()}
    for circle in np.unique(pinned[:, 1]).tolist():
        rows = sorted(set(pinned[pinned[:, 1] == circle, 0].tolist()))
        if len(rows) > wanted.most[circle]:
            causes.append(Cause(Why.PINS, tuple(rows), needed=int(wanted.most[circle]), found=len(rows)))
        if wanted.traits.shape[1] and not wanted.traits[rows].all(axis=0).any():
            causes.append(Cause(Why.LANGUAGE, tuple(rows)))
        causes += [
            Cause(Why.APART, (one, other))
            for place, one in enumerate(rows)
            for other in rows[place + 1 :]
            if (one, other) in apart
        ]
    return causes


def _only_colleagues(conflict: Conflict, wanted: Wanted) -> bool:
    """Whether everybody whom the conflict keeps apart is kept apart for being of one organisation."""
    if wanted.mixing != "hard" or wanted.organisations is None:
        return False
    rows = [rule.index for rule in conflict.rules if rule.code is Code.APART and rule.index is not None]
    pairs = wanted.kept_apart()[rows]
    same = colleagues(wanted.organisations)
    return bool(len(pairs)) and bool(same[pairs[:, 0], pairs[:, 1]].all())
