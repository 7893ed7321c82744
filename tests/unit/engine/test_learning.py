"""Weights that are learnt, on pairs whose true weights are known because they were drawn."""

from __future__ import annotations

import numpy as np
import pytest

from entremise.plugin.engine.evaluation import by_person
from entremise.plugin.engine.learning import (
    Examples,
    fit,
    learn_weights,
    out_of_fold,
    person_folds,
    weighted,
)
from entremise.plugin.engine.propensities import sigmoid

START = np.array([30.0, 30.0, 30.0, 0.0])
TRUE = np.array([5.0, 60.0, 5.0, 30.0])
DOUBT = 10.0


def _examples(*, persons: int, each: int, seed: int = 0, steep: float = 14.0, known: float = 0.8) -> Examples:
    rng = np.random.default_rng(seed)
    count = persons * each
    terms = rng.random((count, 4))
    known_terms = rng.random((count, 4)) < known
    score = weighted(terms, known_terms, TRUE, DOUBT)
    yes = rng.random(count) < sigmoid(steep * (score - score.mean()))
    return Examples(np.repeat(np.arange(persons), each), terms, known_terms, yes)


def test_a_score_is_the_weighted_mean_of_what_is_known() -> None:
    terms = np.array([[1.0, 0.5, 0.9, 0.0], [0.4, 0.7, 0.7, 0.7], [1.0, 1.0, 1.0, 1.0]])
    known = np.array([[True, True, False, False], [False] * 4, [True] * 4])
    scores = weighted(terms, known, START, DOUBT)
    assert scores == pytest.approx([45 / 70, 0.0, 90 / 100])
    assert weighted(terms, known, START, 0.0)[2] == 1
    assert weighted(terms, known, np.zeros(4), 0.0) == pytest.approx([0, 0, 0])


def test_enough_decisions_teach_weights_that_rank_others_better() -> None:
    taught, asked = _examples(persons=60, each=20), _examples(persons=60, each=20, seed=1)
    learnt = learn_weights(taught, START, DOUBT)
    assert learnt.strength is not None
    auc = [
        by_person(asked.person, asked.yes, scores)[0].mean()
        for scores in (
            weighted(asked.terms, asked.known, START, DOUBT),
            learnt.score(asked.terms, asked.known),
            weighted(asked.terms, asked.known, TRUE, DOUBT),
        )
    ]
    assert auc[1] > auc[0] + 0.05
    assert auc[1] > auc[2] - 0.02
    assert learnt.weights.argmax() == TRUE.argmax()
    assert learnt.weights.sum() + learnt.doubt == pytest.approx(START.sum() + DOUBT)


def test_the_report_is_taken_on_persons_whom_the_weights_did_not_see() -> None:
    report = out_of_fold(_examples(persons=40, each=20), START, DOUBT, folds=5)
    assert len(report.learnt) == len(report.unlearnt) > 30
    assert report.learnt.mean() > report.unlearnt.mean()


def test_answers_at_random_teach_nothing_that_looks_like_a_gain() -> None:
    gains = []
    for seed in range(3):
        examples = _examples(persons=30, each=12, seed=seed, steep=0.0)
        report = out_of_fold(examples, START, DOUBT, folds=5)
        gains.append(report.learnt.mean() - report.unlearnt.mean())
    assert abs(np.mean(gains)) < 0.05


def test_a_handful_of_decisions_changes_little() -> None:
    few = _examples(persons=4, each=6)
    held = fit(few, START, DOUBT, 10.0)
    shares = [np.append(held.weights, held.doubt), np.append(START, DOUBT)]
    assert np.abs(shares[0] - shares[1]).max() < 0.12 * shares[1].sum()


def test_more_holding_means_nearer_to_the_start() -> None:
    taught = _examples(persons=30, each=20)
    away = [
        np.linalg.norm(fit(taught, START, DOUBT, strength).weights - START) for strength in (300.0, 30.0, 3.0)
    ]
    assert away == sorted(away)


def test_no_weight_is_ever_negative_even_where_a_term_speaks_against() -> None:
    examples = _examples(persons=40, each=20)
    turned = Examples(examples.person, 1 - examples.terms, examples.known, examples.yes)
    learnt = learn_weights(turned, START, DOUBT)
    assert (learnt.weights >= 0).all()
    assert learnt.doubt >= 0


def test_scale_of_the_start_means_nothing() -> None:
    examples = _examples(persons=20, each=20)
    one, ten = fit(examples, START, DOUBT, 10.0), fit(examples, START * 10, DOUBT * 10, 10.0)
    assert ten.weights == pytest.approx(10 * one.weights, rel=1e-3, abs=1e-3)


def test_folds_never_split_a_person() -> None:
    person = np.repeat(np.arange(13), 4)
    parts = list(person_folds(person, 5, 0))
    assert len(parts) == 5
    assert (np.sum(parts, axis=0) == 1).all()
    for out in parts:
        assert not set(person[out]) & set(person[~out])


def test_only_yes_teaches_nothing() -> None:
    examples = _examples(persons=5, each=5)
    only = Examples(examples.person, examples.terms, examples.known, np.ones(25, dtype=np.bool_))
    with pytest.raises(ValueError, match="both"):
        learn_weights(only, START, DOUBT)
