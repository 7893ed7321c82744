"""How choosy people are and how often they are chosen, learnt from known yes and no.

The log-odds of a's yes to b are ``level + selectivity[a] + popularity[b] + slope * evidence(a, b)``. Both effects of
one person are drawn to zero together: those whom many want tend to be choosy, so either says something about the
other. How strongly they are drawn is chosen on folds of the known decisions, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]

FOLDS = 5
_ROUNDS = 300
_CLOSE = 1e-5
_CLOSE_ENOUGH = 5e-3
"""Log-odds by which nothing moves any more in a round: at the end, and while spreads are compared."""
_SLOPE_SPREAD = 0.5
_LEVEL_SPREAD = 3.0
"""Standard deviations that the slope and the level are expected to have, in log-odds."""
_MOST_TO_CHOOSE_ON = 50_000


@dataclass(frozen=True, slots=True)
class Spread:
    """How much people differ, in log-odds: standard deviations of both effects, and their correlation."""

    selectivity: float = 1.0
    popularity: float = 1.0
    correlation: float = 0.0


STEPS: dict[str, tuple[float, ...]] = {
    "selectivity": (0.25, 0.5, 0.75, 1.0, 1.5, 2.0),
    "popularity": (0.25, 0.5, 0.75, 1.0, 1.5, 2.0),
    "correlation": (-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6),
}


@dataclass(frozen=True, slots=True)
class Decisions:
    """k known answers of n people: ``a`` and ``b`` (k,) rows, ``yes`` (k,), ``evidence`` (k,) on any scale."""

    people: int
    a: Rows
    b: Rows
    yes: Flags
    evidence: Floats

    def __len__(self) -> int:
        return len(self.a)

    def among(self, kept: Flags) -> Decisions:
        """Return some of them."""
        return replace(self, a=self.a[kept], b=self.b[kept], yes=self.yes[kept], evidence=self.evidence[kept])


@dataclass(frozen=True, slots=True)
class Propensities:
    """What was learnt: ``selectivity`` and ``popularity`` (n,) in log-odds, 0 where nothing is known of a person.

    A high ``selectivity`` says yes often. ``centre`` and ``scale`` are those of the evidence.
    """

    level: float
    selectivity: Floats
    popularity: Floats
    slope: float
    centre: float
    scale: float
    spread: Spread

    def logit(self, a: Rows, b: Rows, evidence: Floats) -> Floats:
        """Return the log-odds (k,) of a's yes to b."""
        known = self.slope * (evidence - self.centre) / self.scale
        return self.level + self.selectivity[a] + self.popularity[b] + known

    def yes(self, a: Rows, b: Rows, evidence: Floats) -> Floats:
        """Return the probability (k,) of a's yes to b."""
        return sigmoid(self.logit(a, b, evidence))

    def mutual(self, a: Rows, b: Rows, there: Floats, back: Floats) -> Floats:
        """Return the probability (k,) that both say yes; the same for (b, a) with ``there`` and ``back`` swapped."""
        return self.yes(a, b, there) * self.yes(b, a, back)


def learn_propensities(decisions: Decisions, *, seed: int = 0) -> Propensities:
    """Choose the spread on folds of the decisions, then learn from all of them.

    The same decisions in the same order give the same answer. Raises ``ValueError`` when there is none.
    """
    if not len(decisions):
        raise ValueError("no decision to learn from")
    return fit(decisions, choose_spread(decisions, seed=seed))


def choose_spread(decisions: Decisions, *, seed: int = 0) -> Spread:
    """Return the spread under which decisions that were held out are least surprising.

    One of the three is changed at a time, as long as that helps. Both answers of a pair are held out together.
    """
    decisions = _some(decisions, seed)
    parts = list(_folds(decisions, seed))
    if not parts:
        return Spread()
    known: dict[Spread, float] = {}

    def surprise(spread: Spread) -> float:
        if spread not in known:
            known[spread] = sum(
                _surprise(fit(decisions.among(~out), spread, close=_CLOSE_ENOUGH), decisions.among(out))
                for out in parts
            )
        return known[spread]

    best, before = Spread(), np.inf
    while surprise(best) < before:
        before = surprise(best)
        for name, values in STEPS.items():
            best = min((replace(best, **{name: value}) for value in values), key=surprise)
    return best


def fit(decisions: Decisions, spread: Spread, *, close: float = _CLOSE) -> Propensities:
    """Return the most probable effects under this spread, one block of unknowns at a time until none moves."""
    people, a, b = decisions.people, decisions.a, decisions.b
    yes = decisions.yes.astype(np.float64)
    centre, scale = _scaling(decisions.evidence)
    evidence = (decisions.evidence - centre) / scale
    # The inverse of the covariance of a person's two effects.
    rest = 1.0 - spread.correlation**2
    own = 1.0 / (spread.selectivity**2 * rest), 1.0 / (spread.popularity**2 * rest)
    cross = spread.correlation / (spread.selectivity * spread.popularity * rest)
    effects = np.zeros(people), np.zeros(people)
    level = slope = 0.0
    logit = np.zeros(len(yes))
    for _ in range(_ROUNDS):
        error, weight = _errors(logit, yes)
        step = -float((error.sum() + level / _LEVEL_SPREAD**2) / (weight.sum() + 1.0 / _LEVEL_SPREAD**2))
        level += step
        logit += step
        largest = abs(step)
        error, weight = _errors(logit, yes)
        downhill = error @ evidence + slope / _SLOPE_SPREAD**2
        # Never below zero: what speaks for a pair may turn out to mean nothing, but not the contrary.
        step = max(-float(downhill / (weight @ evidence**2 + 1.0 / _SLOPE_SPREAD**2)), -slope)
        slope += step
        logit += step * evidence
        for one, whose in enumerate((a, b)):
            error, weight = _errors(logit, yes)
            downhill_each = (
                np.bincount(whose, error, people) + own[one] * effects[one] - cross * effects[1 - one]
            )
            steps = -downhill_each / (np.bincount(whose, weight, people) + own[one])
            effects[one][:] += steps
            logit += steps[whose]
            largest = max(largest, float(np.abs(steps).max(initial=0.0)))
        if largest < close:
            break
    return Propensities(level, effects[0], effects[1], slope, centre, scale, spread)


def sigmoid(logit: Floats) -> Floats:
    """Return probabilities of log-odds, without overflow."""
    from scipy.special import expit

    probabilities: Floats = expit(logit)
    return probabilities


def _errors(logit: Floats, yes: Floats) -> tuple[Floats, Floats]:
    """Return slope and curvature of the surprise in each log-odds.

    The curvature is that of the parabola which touches the surprise here and lies nowhere below it (Jaakkola and
    Jordan's bound): a step to its bottom never goes uphill, however far off the start is.
    """
    away = np.maximum(np.abs(logit), 1e-3)
    return sigmoid(logit) - yes, np.tanh(away / 2) / (2 * away)


def _surprise(learnt: Propensities, held_out: Decisions) -> float:
    logit = learnt.logit(held_out.a, held_out.b, held_out.evidence)
    return float((np.logaddexp(0.0, logit) - held_out.yes * logit).sum())


def _folds(decisions: Decisions, seed: int) -> Iterator[Flags]:
    low, high = np.minimum(decisions.a, decisions.b), np.maximum(decisions.a, decisions.b)
    pairs, pair_of = np.unique(low * np.intp(decisions.people) + high, return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(pairs))[pair_of] % FOLDS
    for number in range(FOLDS):
        out = fold == number
        if out.any() and not out.all():
            yield out


def _some(decisions: Decisions, seed: int) -> Decisions:
    if len(decisions) <= _MOST_TO_CHOOSE_ON:
        return decisions
    kept = np.zeros(len(decisions), dtype=np.bool_)
    kept[np.random.default_rng(seed).choice(len(decisions), _MOST_TO_CHOOSE_ON, replace=False)] = True
    return decisions.among(kept)


def _scaling(evidence: Floats) -> tuple[float, float]:
    scale = float(evidence.std())
    return float(evidence.mean()), scale if scale > 0 else 1.0
