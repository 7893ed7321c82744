"""Peer mentorship: a few people at about the same stage who face the same challenge help each other after the event."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .circles import Circles, Wanted, form, traits
from .crowd import Crowd
from .kinds import KINDS
from .partition import Progress, Rows
from .scoring import Scorer, blocks

LEAST, MOST = 3, 5
"""People of one circle."""
_AIM = 4
APART = 2
"""Steps of seniority between any two of a circle."""
_NOTHING_SHARED = np.float32(-0.25)
"""What two add to a circle who have no challenge in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerCircles:
    """``groups`` (n,): the circle of each person, ``NOWHERE`` for who has none. ``shared`` (circles,) in [0, 1] says how
    much of the pairs of each circle have a challenge in common. ``formed`` has the causes where there are no circles.
    """

    groups: NDArray[np.int32]
    shared: NDArray[np.float64]
    formed: Circles


def peer_circles(
    crowd: Crowd,
    *,
    apart: int = APART,
    before: NDArray[np.int32] | None = None,
    seed: int = 0,
    seconds: float = 30.0,
    progress: Progress | None = None,
) -> PeerCircles:
    """Put people into circles of three to five.

    All of a circle share a language and a way to meet, no two are more than ``apart`` steps of seniority apart (where
    both are known), and nobody is with whom they do not want to meet. As many as can be have a circle; of all ways,
    those who face the same challenge come together. ``before`` (n,): the circles of the last time, as far as they go.
    """
    near, worth = _worth(crowd)
    count = max(1, round(len(crowd) / _AIM))
    wanted = Wanted(
        worth=worth, traits=traits(crowd), least=np.full(count, LEAST), most=np.full(count, MOST),
        mixing="any", apart=_apart(crowd, apart), leave_over=True,
        before=None if before is None else before[None, :],
    )  # fmt: skip
    formed = form(wanted, seed=seed, seconds=seconds, progress=progress)
    groups = formed.groups[0]
    shared = np.zeros(count)
    for circle in range(count):
        members = np.flatnonzero(groups == circle)
        pairs = near[np.ix_(members, members)][np.triu_indices(len(members), 1)]
        shared[circle] = pairs.mean() if len(pairs) else 0.0
    return PeerCircles(groups=groups, shared=shared, formed=formed)


def _worth(crowd: Crowd) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Return which pairs have a challenge in common, and what each pair adds to a circle, (n, n) both."""
    scorer = Scorer(crowd, KINDS["peer"])
    scores = np.empty((len(crowd), len(crowd)), dtype=np.float32)
    for rows in blocks(len(crowd)):
        scores[rows] = scorer.scores(rows)
    near = scores >= 0
    return near, np.where(near, scores, _NOTHING_SHARED).astype(np.float32)


def _apart(crowd: Crowd, most: int) -> Rows:
    """Return who may not be in one circle, (k, 2)."""
    seniority = crowd.seniority.astype(np.int16)
    known = seniority >= 0
    far = (np.abs(seniority[:, None] - seniority[None, :]) > most) & known[:, None] & known[None, :]
    one, other = np.nonzero(np.triu(far, 1))
    return np.concatenate([np.stack([one, other], axis=1), crowd.vetoes]).astype(np.intp)
