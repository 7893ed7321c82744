"""Circles on the fly, among those who are in the building and opted in: at a button's press, or as soon as enough of
them share a challenge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from .circles import AIM, LEAST, MOST, Circles, Wanted
from .circles_free import form_free
from .partition import NOWHERE, Flags, Progress, Rows, Worth
from .scoring import Scorer

SHARED = 0.4
"""Two people whose circle score reaches this share a challenge: a cosine of about 0.65 where nothing else is known."""
_STEPS = 20_000
"""So many people are looked at to find those who all share something; beyond, the best found so far counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A circle forms when ``people`` who are here share a challenge, each with each: scores of at least ``least``.

    It takes up to ``most`` people.
    """

    people: int = 4
    least: float = SHARED
    most: int = MOST

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for a rule that could never hold."""
        if not 2 <= self.people <= self.most:
            raise ValueError(f"a circle of {self.people} to {self.most} people cannot form")


def form_now(
    wanted: Wanted, free: Flags, *, least: int = LEAST, most: int = MOST, aim: int = AIM, seed: int = 0,
    effort: float = 1.0, seconds: float = 5.0, progress: Progress | None = None,
) -> Circles:  # fmt: skip
    """Return circles of those who are ``free`` (n,): here, opted in, and in no circle that goes on. Others are nowhere.

    Rules that name somebody who is not free are dropped; pins, sets to be kept together and hosts are for plans.
    """
    rows = np.flatnonzero(free)
    place = np.full(wanted.people, NOWHERE, dtype=np.intp)
    place[rows] = np.arange(len(rows))
    apart = place[wanted.apart]
    small = replace(
        wanted,
        worth=wanted.worth[np.ix_(rows, rows)],
        traits=wanted.traits[rows],
        organisations=None if wanted.organisations is None else wanted.organisations[rows],
        apart=apart[(apart >= 0).all(axis=1)],
        together=(), pins=np.empty((0, 2), dtype=np.intp), hosts=None, before=None, rounds=1,
    )  # fmt: skip
    made = form_free(
        small, least=least, most=most, aim=aim, seed=seed, effort=effort, seconds=seconds, progress=progress
    )
    groups = np.full((1, wanted.people), NOWHERE, dtype=np.int32)
    groups[:, rows] = made.groups
    causes = tuple(
        replace(cause, people=tuple(int(rows[row]) for row in cause.people)) for cause in made.causes
    )
    left = {int(rows[row]): why for row, why in made.left.items()}
    return Circles(groups=groups, worth=made.worth, causes=causes, left=left)


def sharing(scorer: Scorer, free: Flags, apart: Rows, traits: Flags, rule: Rule) -> list[Rows]:
    """Return the circles that the rule forms now, each the rows of its people, ascending: the most alike first.

    Everybody in one shares the challenge with everybody else in it, and all share a trait (n, t): a language and a way
    to meet. Nobody is in two. ``free`` (n,): here, opted in, and in no circle that goes on. The same for the same input.
    """
    rows = np.flatnonzero(free)
    scores = _scores(scorer, rows)
    forbidden = np.full(len(scorer), NOWHERE, dtype=np.intp)
    forbidden[rows] = np.arange(len(rows))
    pairs = forbidden[apart]
    pairs = pairs[(pairs >= 0).all(axis=1)]
    scores[pairs[:, 0], pairs[:, 1]] = scores[pairs[:, 1], pairs[:, 0]] = -1.0
    left = np.ones(len(rows), dtype=np.bool_)
    found = []
    while (circle := _closest(scores, left, traits[rows], rule)) is not None:
        left[circle] = False
        found.append(rows[np.sort(circle)])
    return found


def _scores(scorer: Scorer, rows: Rows) -> Worth:
    """Return scores (k, k) of some people with each other; -1 where they may not meet."""
    columns = np.broadcast_to(rows, (len(rows), len(rows)))
    found = np.asarray(scorer.scores(rows, columns), dtype=np.float32)
    return np.minimum(found, found.T)


def _closest(scores: Worth, left: Flags, traits: Flags, rule: Rule) -> Rows | None:
    """Return the people of one circle, found from the two who are most alike on; ``None`` where there is none."""
    share = (scores >= rule.least) & left[:, None] & left[None, :]
    # Who shares with too few is in no circle; leaving them out may leave others with too few.
    while len(few := np.flatnonzero(share.any(axis=1) & (share.sum(axis=1) < rule.people - 1))):
        share[few] = False
        share[:, few] = False
    one, other = np.nonzero(np.triu(share, 1))
    steps = iter(range(_STEPS))
    for at in np.argsort(-scores[one, other], kind="stable").tolist():
        pair = [int(one[at]), int(other[at])]
        spoken = traits[pair].all(axis=0)
        if traits.shape[1] and not spoken.any():
            continue
        core = next(_grown(scores, share, traits, pair, rule.people, steps), None)
        if core is not None:
            return np.array(_filled(scores, share, traits, core, rule.most), dtype=np.intp)
        share[pair[0], pair[1]] = share[pair[1], pair[0]] = False
    return None


def _grown(
    scores: Worth, share: Flags, traits: Flags, members: list[int], size: int, steps: Iterator[int]
) -> Iterator[list[int]]:
    """Yield sets of ``size`` who all share, with these members in it; the nearest to them are tried first."""
    if len(members) == size:
        yield members
        return
    for who in _joining(scores, share, traits, members):
        if next(steps, None) is None:
            return
        if who > members[-1] or len(members) == 2:
            yield from _grown(scores, share, traits, [*members, who], size, steps)


def _filled(scores: Worth, share: Flags, traits: Flags, members: list[int], most: int) -> list[int]:
    while len(members) < most and (more := _joining(scores, share, traits, members)):
        members = [*members, more[0]]
    return members


def _joining(scores: Worth, share: Flags, traits: Flags, members: list[int]) -> list[int]:
    """Return who shares with all of these and has a trait that all of them have, the nearest first."""
    can: Flags = np.array(share[members].all(axis=0))
    can[members] = False
    if traits.shape[1]:
        can &= (traits & traits[members].all(axis=0)).any(axis=1)
    rows = np.flatnonzero(can)
    near = scores[members][:, rows].sum(axis=0)
    return [int(row) for row in rows[np.argsort(-near, kind="stable")]]
