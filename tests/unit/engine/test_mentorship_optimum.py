"""Mentors to mentees: the greatest number of pairs, then the greatest total, and a proof that holds."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from entremise.plugin.engine import mentorship_candidates, mentorship_optimum
from entremise.plugin.engine.mentorship_candidates import Market
from entremise.plugin.engine.mentorship_optimum import Optimum, optimum

Values = NDArray[np.float32]


def solved(values: Values, capacities: list[int], load: float = 0.0) -> Optimum:
    market = Market(lambda rows: values[rows], *values.shape)
    return optimum(market, np.array(capacities, dtype=np.intp), load=load)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Values, list[int], float]:
    mentees, mentors = draw(st.integers(0, 5)), draw(st.integers(0, 4))
    cells = st.one_of(st.just(-1.0), st.floats(0.0, 1.0, width=32), st.sampled_from([0.0, 0.25, 0.5]))
    values = np.array([[draw(cells) for _ in range(mentors)] for _ in range(mentees)], dtype=np.float32)
    capacities = draw(st.lists(st.integers(0, 3), min_size=mentors, max_size=mentors))
    return values.reshape(mentees, mentors), capacities, draw(st.sampled_from([0.0, 0.125, 0.75]))


def best_by_trying(values: Values, capacities: list[int], load: float) -> tuple[int, float]:
    mentees, mentors = values.shape
    best = (0, 0.0)
    for choice in product(range(-1, mentors), repeat=mentees):
        if any(choice.count(mentor) > capacities[mentor] for mentor in range(mentors)):
            continue
        chosen = [(mentee, mentor) for mentee, mentor in enumerate(choice) if mentor >= 0]
        if all(values[pair] >= 0 for pair in chosen):
            worth = sum(float(values[pair]) for pair in chosen)
            worth -= load * sum(nth for mentor in range(mentors) for nth in range(choice.count(mentor)))
            best = max(best, (len(chosen), worth))
    return best


@given(problems())
def test_as_many_are_paired_as_can_be_and_the_total_is_the_greatest(
    problem: tuple[Values, list[int], float],
) -> None:
    values, capacities, load = problem
    found = solved(*problem)
    most, total = best_by_trying(values, capacities, load)
    assert (len(found.pairs), found.most) == (most, most)
    assert np.isclose(found.total, total, atol=1e-9)
    assert found.bound >= total - 1e-9
    assert np.isclose(found.bound, found.total, atol=1e-9)


@given(problems())
def test_capacities_hold_and_what_is_ruled_out_is_never_paired(
    problem: tuple[Values, list[int], float],
) -> None:
    values, capacities, _ = problem
    pairs = solved(*problem).pairs.tolist()
    assert all(values[mentee, mentor] >= 0 for mentee, mentor in pairs)
    assert len({mentee for mentee, _ in pairs}) == len(pairs)
    assert all(
        [mentor for _, mentor in pairs].count(mentor) <= most for mentor, most in enumerate(capacities)
    )
    assert pairs == sorted(pairs)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.05]), st.sampled_from([0.2, 0.6, 1.0]))
def test_few_candidates_grow_until_the_dense_optimum_is_proved(
    seed: int, load: float, possible: float
) -> None:
    random = np.random.default_rng(seed)
    values = _skewed(random, 120, 40, possible)
    capacities = random.integers(0, 5, 40)
    with pytest.MonkeyPatch.context() as patched:
        for name, few in (("OF_MENTEE", 2), ("OF_PLACE", 1), ("ADDED", 2)):
            patched.setattr(mentorship_optimum, name, few)
        found = solved(values, capacities.tolist(), load)
    count, total = _dense(values, capacities, load)
    assert (len(found.pairs), found.most) == (count, count)
    assert np.isclose(found.total, total, rtol=1e-9)
    assert found.gap < 1e-9


def test_at_500_mentors_and_1000_mentees_nothing_is_lost_against_the_dense_solver() -> None:
    random = np.random.default_rng(5)
    values = _skewed(random, 1000, 500, 0.7)
    capacities = random.integers(1, 4, 500)
    found = solved(values, capacities.tolist())
    count, total = _dense(values, capacities, 0.0)
    assert len(found.pairs) == count
    assert np.isclose(found.total, total, rtol=1e-12)
    assert found.gap < 1e-11
    assert found.looked_at < values.size / 8


def test_a_mentor_whom_everybody_wants_goes_where_the_whole_gains_most() -> None:
    values = np.array([[0.9, 0.8], [0.9, 0.1], [0.9, -1.0]], dtype=np.float32)
    assert solved(values, [2, 1]).pairs.tolist() == [[0, 1], [1, 0], [2, 0]]


def test_two_pairs_are_better_than_one_good_one_and_three_poor_ones_than_two_that_are_excellent() -> None:
    values = np.array([[1.0, 0.0, -1.0], [0.0, -1.0, -1.0], [-1.0, 1.0, 0.0]], dtype=np.float32)
    assert solved(values, [1, 1, 1]).pairs.tolist() == [[0, 1], [1, 0], [2, 2]]


def test_a_load_that_costs_spreads_mentees_over_mentors() -> None:
    values = np.array([[0.9, 0.8]] * 4, dtype=np.float32)
    assert np.bincount(solved(values, [4, 4]).pairs[:, 1]).tolist() == [4]
    assert np.bincount(solved(values, [4, 4], load=0.2).pairs[:, 1]).tolist() == [2, 2]


def test_values_are_asked_for_again_where_they_are_too_many_to_keep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(2)
    values = _skewed(random, 60, 30, 0.8)
    capacities = random.integers(1, 3, 30)
    kept = solved(values, capacities.tolist())
    monkeypatch.setattr(mentorship_candidates, "MOST_HELD", 0)
    asked = solved(values, capacities.tolist())
    assert asked.pairs.tolist() == kept.pairs.tolist()
    assert asked.bound == kept.bound


def _skewed(random: np.random.Generator, mentees: int, mentors: int, possible: float) -> Values:
    """Some mentors are sought by everybody."""
    values = random.random((mentees, mentors)) * 0.5 + random.random(mentors) ** 3 * 0.5
    return np.where(random.random(values.shape) < possible, values, -1).astype(np.float32)


def _dense(values: Values, capacities: NDArray[np.int64], load: float) -> tuple[int, float]:
    nth = np.concatenate([np.arange(count) for count in capacities])
    matrix = (
        np.repeat(np.where(values >= 0, values.astype(np.float64), -1e4), capacities, axis=1) - load * nth
    )
    rows, columns = linear_sum_assignment(matrix, maximize=True)
    made = matrix[rows, columns]
    return int((made > -5e3).sum()), float(made[made > -5e3].sum())
