"""Learns the weights of the terms of a score from known yes and no: a logistic regression, held to what is there.

The score is the one that people are ranked by, ``sum of weight * value over the known terms / (doubt + sum of their
weights)``, and the log-odds of a yes are a straight line of it. Weights cannot be negative: what is a reason to meet
cannot become a reason against it. They are drawn towards those that hold without learning, so that few decisions
change little; how strongly is chosen on folds inside what is learnt from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .evaluation import by_person
from .propensities import sigmoid

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]

FOLDS = 5
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""How strongly weights may be held to where they start; so many decisions pull about as hard."""
_STEEPEST = 5.0
"""Log-odds per standard deviation of the scores: beyond, weights would vanish to make up for it."""
_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Examples:
    """k decisions: whose they are (k,), the terms of each pair (k, t) and whether known, and the answers (k,)."""

    person: Rows
    terms: Floats
    known: Flags
    yes: Flags

    def __len__(self) -> int:
        return len(self.person)

    def among(self, kept: Flags) -> Examples:
        """Return some of them."""
        return Examples(self.person[kept], self.terms[kept], self.known[kept], self.yes[kept])


@dataclass(frozen=True, slots=True)
class Learnt:
    """Weights of the terms (t,) and of doubt, on the scale of those that they started from.

    ``strength`` is how strongly they were held there, ``None`` when the start proved better than anything learnt.
    """

    weights: Floats
    doubt: float
    strength: float | None

    def score(self, terms: Floats, known: Flags) -> Floats:
        """Return the scores (k,) in [0, 1] of pairs, 0 where nothing is known."""
        return weighted(terms, known, self.weights, self.doubt)


@dataclass(frozen=True, slots=True)
class Report:
    """Per person with a yes and a no, the AUC of scores from weights that never saw the person, and of the start's."""

    learnt: Floats
    unlearnt: Floats


def weighted(terms: Floats, known: Flags, weights: Floats, doubt: float) -> Floats:
    """Return the weighted means (k,) of the known terms, where doubt is a term that is always 0."""
    total = known @ weights + doubt
    score: Floats = (np.where(known, terms, 0.0) @ weights) / np.where(total > 0, total, 1.0)
    return score


def learn_weights(examples: Examples, start: Floats, doubt: float, *, seed: int = 0) -> Learnt:
    """Choose the strength on folds of whole persons, then learn from all.

    ``start`` (t,) and ``doubt`` are the weights that hold without learning. The same examples give the same answer.
    Raises ``ValueError`` unless there are both a yes and a no.
    """
    if not examples.yes.any() or examples.yes.all():
        raise ValueError("learning needs both a yes and a no")
    strength = _chosen(examples, start, doubt, seed)
    if strength is None:
        return Learnt(start, doubt, None)
    return fit(examples, start, doubt, strength)


def out_of_fold(examples: Examples, start: Floats, doubt: float, *, folds: int, seed: int = 0) -> Report:
    """Learn as ``learn_weights`` does on all but some persons, and score those; each is left out once."""
    scores = np.zeros(len(examples))
    for out in person_folds(examples.person, folds, seed):
        inside = examples.among(~out)
        part = examples.among(out)
        able = bool(inside.yes.any() and not inside.yes.all())
        learnt = learn_weights(inside, start, doubt, seed=seed) if able else Learnt(start, doubt, None)
        scores[out] = learnt.score(part.terms, part.known)
    unlearnt = weighted(examples.terms, examples.known, start, doubt)
    ours, _ = by_person(examples.person, examples.yes, scores)
    before, _ = by_person(examples.person, examples.yes, unlearnt)
    return Report(ours, before)


def fit(examples: Examples, start: Floats, doubt: float, strength: float) -> Learnt:
    """Return the weights that explain the decisions best without going far from where they start."""
    from scipy.optimize import minimize

    scale = float(start.sum() + doubt)
    first = np.append(start, doubt) / scale
    values = np.hstack([np.where(examples.known, examples.terms, 0.0), np.zeros((len(examples), 1))])
    known = np.hstack([examples.known, np.ones((len(examples), 1), dtype=np.bool_)]).astype(np.float64)
    yes = examples.yes.astype(np.float64)
    share = float(np.clip(yes.mean(), 1e-3, 1 - 1e-3))
    spread = float(weighted(examples.terms, examples.known, start, doubt).std()) or 1.0
    hold = strength * len(first) / len(yes)

    def surprise(unknown: Floats) -> tuple[float, Floats]:
        weights, steep, level = unknown[:-2], unknown[-2], unknown[-1]
        total = known @ weights
        total = np.where(total > 0, total, 1.0)
        score = values @ weights / total
        centred = (score - score.mean()) / spread
        logit = level + steep * centred
        error = (sigmoid(logit) - yes) / len(yes)
        away = weights - first
        loss = float((np.logaddexp(0.0, logit) - yes * logit).mean() + hold * (away @ away))
        pull = steep / spread * (error - error.mean()) / total
        slope = values.T @ pull - known.T @ (pull * score) + 2 * hold * away
        return loss, np.concatenate([slope, [error @ centred], [error.sum()]])

    bounds = [(0.0, 1.0)] * len(first) + [(0.0, _STEEPEST), (None, None)]
    found = minimize(
        surprise, np.concatenate([first, [0.5, np.log(share / (1 - share))]]), jac=True, method="L-BFGS-B",
        bounds=bounds, options={"maxiter": _ROUNDS},
    )  # fmt: skip
    weights = found.x[: len(first)]
    if not weights[:-1].any():
        return Learnt(start, doubt, None)
    weights *= scale / weights.sum()
    return Learnt(weights[:-1], float(weights[-1]), strength)


def person_folds(person: Rows, folds: int, seed: int) -> Iterator[Flags]:
    """Yield which decisions are left out: those of a part of the persons at a time."""
    persons, row = np.unique(person, return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(persons))[row] % min(folds, max(len(persons), 1))
    for number in range(int(fold.max(initial=0)) + 1):
        yield fold == number


def _chosen(examples: Examples, start: Floats, doubt: float, seed: int) -> float | None:
    """Return the strength under which persons who were held out are ranked best; ``None``: better do not learn."""
    parts = [out for out in person_folds(examples.person, FOLDS, seed) if not out.all()]
    candidates: Sequence[float | None] = (*sorted(STRENGTHS, reverse=True), None)
    gains = {strength: _ranked(examples, start, doubt, strength, parts) for strength in candidates}
    # Where two do as well, the one that stays nearer to the start.
    best = max(gains.values())
    return next(strength for strength in (None, *candidates) if gains[strength] >= best)


def _ranked(
    examples: Examples, start: Floats, doubt: float, strength: float | None, parts: Sequence[Flags]
) -> float:
    scores = np.zeros(len(examples))
    for out in parts:
        inside, part = examples.among(~out), examples.among(out)
        able = strength is not None and inside.yes.any() and not inside.yes.all()
        learnt = fit(inside, start, doubt, strength) if able and strength else Learnt(start, doubt, None)
        scores[out] = learnt.score(part.terms, part.known)
    figures, _ = by_person(examples.person, examples.yes, scores)
    return float(figures.mean()) if len(figures) else 0.0
