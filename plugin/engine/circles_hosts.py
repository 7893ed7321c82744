"""Who of a circle could host it: the one who offers most of what the others seek, where somebody does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .circles import Circles
from .crowd import Crowd
from .kinds import KINDS
from .partition import Flags, Worth
from .scoring import Scorer

NOBODY = -1
HELP = 0.5
"""An expert who offers just what somebody seeks is worth this part of one who is nearest."""


@dataclass(frozen=True, slots=True)
class Host:
    """The row of a circle's host, ``NOBODY`` where nobody offers what is sought; and how much they do, in [0, 1]."""

    row: int
    offers: float


def expert_scorer(crowd: Crowd) -> Scorer:
    """Return the scorer of who is an expert for whom."""
    return Scorer(crowd, KINDS["expert"])


def with_help(worth: Worth, scorer: Scorer, hosts: Flags) -> Worth:
    """Return ``worth`` (n, n) with what the possible ``hosts`` (n,) offer to each, so that they join whom they can help."""
    rows = np.flatnonzero(hosts)
    helped = np.maximum(scorer.scores(np.arange(len(scorer)))[:, rows], 0.0) * np.float32(HELP)
    found = worth.copy()
    found[:, rows] += helped
    found[rows] += helped.T
    np.fill_diagonal(found, 0.0)
    return found


def hosts_of(circles: Circles, scorer: Scorer, hosts: Flags | None = None) -> list[list[Host]]:
    """Return each circle's host, round by round: of its ``hosts`` (n,), or of all its people where none are named.

    ``scorer`` is of experts: what each is worth to the others who seek something.
    """
    found = []
    for number, groups in enumerate(circles.groups):
        one_round = []
        for circle in range(int(groups.max(initial=NOBODY)) + 1):
            rows = circles.members(number, circle)
            able = rows if hosts is None else rows[hosts[rows]]
            offered = np.maximum(scorer.scores(rows, np.tile(able, (len(rows), 1))), 0.0).mean(axis=0)
            if not len(able) or (hosts is None and not offered.any()):
                one_round.append(Host(NOBODY, 0.0))
                continue
            best = int(np.argmax(offered))
            one_round.append(Host(int(able[best]), float(offered[best])))
        found.append(one_round)
    return found
