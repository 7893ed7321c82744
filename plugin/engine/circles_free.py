"""Circles whose sizes are left open between two bounds: how many of them, how large each, and who is left over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .circles import AIM, LEAST, MOST, Circles, Wanted, form, none_of
from .circles_cause import Cause, Why, company
from .partition import NOWHERE, Progress, Worth

_TRIES = 4
"""So often another number of circles is tried where somebody is left over whom some circle could take."""
_COMPANION = 0.5
"""One more person has to be worth this part of what people's nearest are worth to them, or circles would all grow."""


def form_free(
    wanted: Wanted,
    *,
    least: int = LEAST,
    most: int = MOST,
    aim: int = AIM,
    seed: int = 0,
    effort: float = 1.0,
    seconds: float = 60.0,
    progress: Progress | None = None,
) -> Circles:
    """Return circles of ``least`` to ``most`` people, about ``aim`` in each, and leave over whom no rule lets in.

    ``wanted.least`` and ``wanted.most`` are not read. Whatever the rules say, nobody is left over whom a circle could
    have taken, as far as is found in some tries.
    """
    free = replace(
        wanted,
        leave_over=True,
        worth=_less(wanted, aim),
        least=np.empty(0, dtype=np.intp),
        most=np.empty(0, dtype=np.intp),
    )
    placeable = int((company(free) >= least).sum())
    count = how_many(placeable, least, most, aim)
    if not count:
        found = Cause(Why.PEOPLE, needed=least, found=len(wanted.worth))
        if placeable < len(wanted.worth) >= least:
            alone = tuple(np.flatnonzero(company(free) < least).tolist())
            found = Cause(Why.LANGUAGE, alone, needed=least, found=int(company(free).max(initial=0)))
        return none_of(wanted, (found,))
    best: Circles | None = None
    tried: set[int] = set()
    for _ in range(_TRIES):
        if count in tried or not 0 < count <= placeable // least:
            break
        tried.add(count)
        sizes = np.full(count, least, dtype=np.intp), np.full(count, most, dtype=np.intp)
        made = form(
            replace(free, least=sizes[0], most=sizes[1]),
            seed=seed,
            effort=effort,
            seconds=seconds / 2 ** len(tried),
            progress=progress,
        )
        if best is None or _better(made, best):
            best = made
        if made.causes:
            count = min(tried) - 1
        elif len(made.left_over) > len(wanted.worth) - placeable:
            count = max(tried) + 1
        else:
            break
    assert best is not None
    return replace(best, worth=worth_of(wanted, best.groups))


def how_many(people: int, least: int, most: int, aim: int) -> int:
    """Return how many circles so many people make; some are left over only where it cannot be otherwise.

    >>> how_many(23, 3, 8, 5), how_many(9, 3, 8, 5), how_many(2, 3, 8, 5), how_many(7, 4, 5, 5)
    (5, 2, 0, 1)
    """
    wished = max(1, round(people / aim))
    return min(max(wished, -(-people // most)), people // least)


def worth_of(wanted: Wanted, groups: NDArray[np.int32]) -> float:
    """Return the sum of worth over all pairs in one circle, over all rounds."""
    total = 0.0
    for one in groups:
        for circle in range(int(one.max(initial=NOWHERE)) + 1):
            rows = np.flatnonzero(one == circle)
            total += float(np.triu(wanted.worth[np.ix_(rows, rows)], 1).sum(dtype=np.float64))
    return total


def _less(wanted: Wanted, aim: int) -> Worth:
    """Return worth that is negative for those who would only make a circle larger."""
    few = min(aim - 1, len(wanted.worth) - 1)
    if few < 1:
        return wanted.worth
    nearest = np.partition(wanted.worth, len(wanted.worth) - few, axis=1)[:, -few:]
    return wanted.worth - np.float32(_COMPANION * float(nearest.mean()))


def _better(made: Circles, best: Circles) -> bool:
    if bool(made.causes) != bool(best.causes):
        return not made.causes
    return len(made.left_over) < len(best.left_over)
