"""How good lists and scores are, as plain figures: arrays in, numbers out.

Lists are ``members`` (n, length): row i holds the rows of the people shown to person i, best first, ``NOBODY`` where
there is none. Figures that cannot be taken (no pair, no decision) are ``nan``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Members = NDArray[np.integer[Any]]

NOBODY = -1


@dataclass(frozen=True, slots=True)
class Exposure:
    """To how many others people are shown: the least, the most, the mean, and how unequally (Gini, 0 = all alike).

    ``unseen`` is how many are shown to nobody.
    """

    least: int
    most: int
    mean: float
    gini: float
    unseen: int


def pairs_of(members: Members) -> tuple[Rows, Rows]:
    """Return owner and member of every place that is taken, (k,) and (k,)."""
    owners, places = np.nonzero(members >= 0)
    return owners, members[owners, places].astype(np.intp)


def coverage(members: Members) -> float:
    """Return the share of people who have anybody on their list."""
    return float((members >= 0).any(axis=1).mean()) if len(members) else float("nan")


def times_shown(members: Members) -> Rows:
    """Return to how many others each person is shown, (n,)."""
    counts: Rows = np.bincount(pairs_of(members)[1], minlength=len(members))
    return counts


def exposure(members: Members) -> Exposure:
    """Return how often people are shown."""
    shown = times_shown(members)
    if not len(shown):
        return Exposure(0, 0, float("nan"), float("nan"), 0)
    return Exposure(
        int(shown.min()),
        int(shown.max()),
        float(shown.mean()),
        gini(shown.astype(np.float64)),
        int((shown == 0).sum()),
    )


def gini(amounts: Floats) -> float:
    """Return how unequally non-negative amounts are spread: 0 = all the same, towards 1 = one has everything.

    >>> gini(np.array([2.0, 2.0, 2.0])), gini(np.array([0.0, 0.0, 3.0]))
    (0.0, 0.6666666666666666)
    """
    total = float(amounts.sum())
    if not len(amounts):
        return float("nan")
    if total == 0:
        return 0.0
    rank = np.arange(1, len(amounts) + 1)
    return max(0.0, float((2 * rank - len(amounts) - 1) @ np.sort(amounts)) / (len(amounts) * total))


def mutual_pairs(members: Members) -> int:
    """Return how many pairs are on each other's lists."""
    keys, back = _both_ways(members)
    return int(np.isin(keys, back).sum()) // 2


def reciprocity(members: Members) -> float:
    """Return the share of suggestions that are returned: b stands on a's list, and a on b's."""
    keys, back = _both_ways(members)
    return float(np.isin(keys, back).mean()) if len(keys) else float("nan")


def churn(before: Members, after: Members) -> float:
    """Return the share of people on the old lists that are not on the same person's new one.

    Both have one row per person, the same person in the same row; lengths may differ.
    """
    people = max(len(before), 1)
    old, new = (_keys(*pairs_of(members), people) for members in (before, after))
    return float((~np.isin(old, new)).mean()) if len(old) else float("nan")


def blocking_pairs(members: Members, scores: Floats, a: Rows, b: Rows, pair_scores: Floats) -> int:
    """Return how many of the pairs (a, b) both sides would rather have than the last of their list.

    ``scores`` as ``members``; ``pair_scores`` (k,) are the pairs' own, the same from both sides. A pair blocks when
    neither has the other and its score beats the last one on both lists (a list with room is beaten by anything
    above 0). Each pair counts once, however it is written.
    """
    people = max(len(members), 1)
    held, _ = _both_ways(members)
    last = np.where(members >= 0, scores, 0.0).min(axis=1, initial=np.inf)
    wanted = (a != b) & (pair_scores > last[a]) & (pair_scores > last[b])
    wanted &= ~np.isin(_keys(a, b, people), held) & ~np.isin(_keys(b, a, people), held)
    low, high = np.minimum(a, b)[wanted], np.maximum(a, b)[wanted]
    return len(np.unique(_keys(low, high, people)))


def auc(yes: Flags, scores: Floats) -> float:
    """Return how often a yes scores higher than a no (ties count half); ``nan`` unless there are both."""
    from scipy.stats import rankdata

    right = int(yes.sum())
    wrong = len(yes) - right
    if not right or not wrong:
        return float("nan")
    return float((rankdata(scores)[yes].sum() - right * (right + 1) / 2) / (right * wrong))


def ndcg(yes: Flags, scores: Floats, at: int = 10) -> float:
    """Return the normalised discounted gain of the first ``at``; tied scores share their places' discounts."""
    if not yes.any():
        return float("nan")
    discount = np.zeros(len(yes))
    discount[: min(at, len(yes))] = 1.0 / np.log2(np.arange(2, min(at, len(yes)) + 2))
    order = np.argsort(-scores, kind="stable")
    tied = np.unique(-scores[order], return_inverse=True)[1]
    shared = (np.bincount(tied, discount) / np.bincount(tied))[tied]
    return float(shared[yes[order]].sum() / discount[: int(yes.sum())].sum())


def by_person(persons: Rows, yes: Flags, scores: Floats, *, at: int = 10) -> tuple[Floats, Floats]:
    """Return AUC and NDCG of every person with a yes and a no, (p,) and (p,), in ascending order of the person."""
    order = np.argsort(persons, kind="stable")
    starts = np.flatnonzero(np.diff(persons[order], prepend=-1))
    figures = [
        (auc(yes[rows], scores[rows]), ndcg(yes[rows], scores[rows], at))
        for rows in np.split(order, starts[1:])
        if yes[rows].any() and not yes[rows].all()
    ]
    taken = np.array(figures, dtype=np.float64).reshape(-1, 2)
    return taken[:, 0], taken[:, 1]


def interval(values: Floats, *, draws: int = 2000, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean over persons."""
    if not len(values):
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(draws)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _both_ways(members: Members) -> tuple[Rows, Rows]:
    owners, shown = pairs_of(members)
    people = max(len(members), 1)
    return _keys(owners, shown, people), _keys(shown, owners, people)


def _keys(one: Members, other: Members, people: int) -> Rows:
    keys: Rows = one.astype(np.intp) * np.intp(people) + other
    return keys
