"""What is learnt of people's yes and no, on people whose true ways are known because they were drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.engine.evaluation import auc
from entremise.plugin.engine.propensities import (
    Decisions,
    Propensities,
    Spread,
    choose_spread,
    fit,
    learn_propensities,
    sigmoid,
)


def _evening(
    *,
    seed: int,
    people: int = 60,
    met: int = 12,
    spread: float = 1.0,
    slope: float = 0.0,
    correlation: float = 0.0,
) -> tuple[Decisions, Decisions, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return decisions that are known, others of the same people that are not, and the others' true log-odds."""
    rng = np.random.default_rng(seed)
    covariance = spread**2 * np.array([[1.0, correlation], [correlation, 1.0]])
    ways = rng.multivariate_normal([0, 0], covariance, people)
    a = np.repeat(np.arange(people), 2 * met)
    b = np.concatenate(
        [rng.choice(np.delete(np.arange(people), i), 2 * met, replace=False) for i in range(people)]
    )
    evidence = rng.random(len(a))
    logit = -0.3 + ways[a, 0] + ways[b, 1] + slope * (evidence - 0.5) * 12**0.5
    every = Decisions(people, a, b, rng.random(len(a)) < sigmoid(logit), evidence)
    known = np.tile(np.arange(2 * met) < met, people)
    return every.among(known), every.among(~known), logit[~known]


def _auc(learnt: Propensities, asked: Decisions) -> float:
    return auc(asked.yes, learnt.logit(asked.a, asked.b, asked.evidence))


def test_it_ranks_nearly_as_well_as_the_truth_and_better_than_plain_counting() -> None:
    short, gains = [], []
    for seed in range(6):
        known, asked, truth = _evening(seed=seed, correlation=-0.4)
        learnt = _auc(learn_propensities(known), asked)
        short.append(auc(asked.yes, truth) - learnt)
        gains.append(learnt - auc(asked.yes, _counted(known, asked)))
    assert np.mean(short) < 0.08
    assert np.mean(gains) > 0


def _counted(known: Decisions, asked: Decisions) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The rule that anybody would try first: smoothed rates of saying yes and of being said yes to, added up."""
    mean = known.yes.mean()

    def rates(
        whose: np.ndarray[tuple[int], np.dtype[np.intp]],
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        got = np.bincount(whose, known.yes, known.people) + 2 * mean
        rate = got / (np.bincount(whose, minlength=known.people) + 2)
        return np.log(rate / (1 - rate))

    return rates(known.a)[asked.a] + rates(known.b)[asked.b]


def test_who_is_choosy_and_who_is_wanted_is_found() -> None:
    known, _, _ = _evening(seed=5)
    learnt = learn_propensities(known)
    said = np.bincount(known.a, known.yes, known.people)
    got = np.bincount(known.b, known.yes, known.people) / np.bincount(known.b, minlength=known.people).clip(1)
    assert np.corrcoef(learnt.selectivity, said)[0, 1] > 0.9
    assert np.corrcoef(learnt.popularity, got)[0, 1] > 0.8


def test_where_people_do_not_differ_hardly_any_difference_is_learnt() -> None:
    known, _, _ = _evening(seed=2, spread=0.0)
    spread = choose_spread(known)
    assert spread.selectivity <= 0.5
    assert spread.popularity <= 0.5


def test_evidence_counts_when_it_tells_something_and_never_against_a_pair() -> None:
    told = learn_propensities(_evening(seed=1, slope=1.0)[0])
    silent = learn_propensities(_evening(seed=1, slope=0.0)[0])
    against = learn_propensities(_evening(seed=1, slope=-1.0)[0])
    assert told.slope == pytest.approx(1.0, abs=0.35)
    assert silent.slope < 0.25
    assert against.slope == 0


def test_somebody_without_any_decision_is_taken_for_average() -> None:
    known, _, _ = _evening(seed=3)
    learnt = learn_propensities(replace(known, people=known.people + 1))
    assert learnt.selectivity[-1] == 0
    assert learnt.popularity[-1] == 0


@given(st.integers(0, 1000))
def test_both_is_each_times_the_other_and_the_same_from_both_sides(seed: int) -> None:
    rng = np.random.default_rng(seed)
    effects = rng.normal(size=(2, 5))
    learnt = Propensities(-0.2, effects[0], effects[1], 0.4, 0.5, 0.2, Spread())
    a, b = np.arange(5), np.roll(np.arange(5), 2)
    there, back = rng.random(5), rng.random(5)
    both = learnt.mutual(a, b, there, back)
    assert np.allclose(both, learnt.yes(a, b, there) * learnt.yes(b, a, back))
    assert np.array_equal(both, learnt.mutual(b, a, back, there))
    assert ((both > 0) & (both < 1)).all()


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), min_size=1, max_size=25),
    st.sampled_from([-0.6, 0.0, 0.6]),
)
def test_the_fit_is_where_no_effect_wants_to_move(
    said: list[tuple[int, int, bool]], correlation: float
) -> None:
    decisions = Decisions(
        5,
        np.array([one for one, _, _ in said]), np.array([other for _, other, _ in said]),
        np.array([yes for _, _, yes in said]), np.zeros(len(said)),
    )  # fmt: skip
    spread = Spread(1.5, 0.75, correlation)
    learnt = fit(decisions, spread)
    error = learnt.yes(decisions.a, decisions.b, decisions.evidence) - decisions.yes
    covariance = np.array([[1.5**2, correlation * 1.5 * 0.75], [correlation * 1.5 * 0.75, 0.75**2]])
    drawn = np.linalg.inv(covariance) @ np.stack([learnt.selectivity, learnt.popularity])
    for row, whose in enumerate((decisions.a, decisions.b)):
        assert np.allclose(np.bincount(whose, error, 5) + drawn[row], 0, atol=1e-3)


def test_the_same_decisions_teach_the_same() -> None:
    known, asked, _ = _evening(seed=4)
    first, again = learn_propensities(known), learn_propensities(known)
    assert np.array_equal(
        first.logit(asked.a, asked.b, asked.evidence), again.logit(asked.a, asked.b, asked.evidence)
    )


def test_without_a_decision_there_is_nothing_to_learn() -> None:
    empty = np.zeros(0, dtype=np.intp)
    with pytest.raises(ValueError, match="no decision"):
        learn_propensities(Decisions(3, empty, empty, empty.astype(np.bool_), empty.astype(np.float64)))


def test_one_decision_is_enough_to_lean_a_little() -> None:
    one = Decisions(2, np.array([0]), np.array([1]), np.array([True]), np.array([0.5]))
    learnt = learn_propensities(one)
    assert learnt.selectivity[0] > 0
    assert learnt.popularity[1] > 0
    assert 0.5 < learnt.yes(one.a, one.b, one.evidence)[0] < 0.99
