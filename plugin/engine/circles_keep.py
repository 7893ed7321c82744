"""Which new circle goes on with which old one, so that few people have to move when some come and go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .partition import NOWHERE, Rows


def continued(before: NDArray[np.int32], least: Rows, most: Rows, pins: Rows) -> Rows:
    """Return where each person would stay, (n,): their circle of before in the numbers of the new ones.

    ``before`` (n,) numbers old circles from 0, ``NOWHERE`` for who was in none. Old and new circles are matched so that
    as many as possible can stay, and a circle keeps its number where that costs nothing. ``pins`` (k, 2) say which new
    circle somebody is in anyway. An old circle without a new one to go on in is dissolved: ``NOWHERE``.
    """
    from scipy.optimize import linear_sum_assignment

    stay = np.full(len(before), NOWHERE, dtype=np.intp)
    old = int(before.max(initial=NOWHERE)) + 1
    if not old or not len(most):
        return stay
    members = np.bincount(before[before >= 0], minlength=old)
    kept = np.minimum(members[:, None], most[None, :]).astype(np.float64)
    # Too small for the circle is a place that somebody else has to be moved to.
    kept -= 0.5 * np.maximum(least[None, :] - members[:, None], 0)
    same = np.minimum(old, len(most))
    kept[np.arange(same), np.arange(same)] += 1e-3
    for person, circle in pins.tolist():
        if before[person] >= 0:
            kept[before[person], circle] += len(before)
    one, other = linear_sum_assignment(kept, maximize=True)
    becomes = np.full(old, NOWHERE, dtype=np.intp)
    becomes[one] = other
    was = before >= 0
    stay[was] = becomes[before[was]]
    return stay
