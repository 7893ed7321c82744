"""Mentors to mentees: the greatest total under capacities, checked against trying everything."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from entremise.plugin.engine.assignment import assign


@st.composite
def problems(draw: st.DrawFn) -> tuple[NDArray[np.float64], list[int]]:
    mentees, mentors = draw(st.integers(0, 5)), draw(st.integers(0, 4))
    cells = st.one_of(st.just(0.0), st.floats(1.0, 2.0))
    weights = np.array([[draw(cells) for _ in range(mentors)] for _ in range(mentees)]).reshape(
        mentees, mentors
    )
    return weights, draw(st.lists(st.integers(0, 3), min_size=mentors, max_size=mentors))


def best_by_trying(weights: NDArray[np.float64], capacities: list[int]) -> float:
    mentees, mentors = weights.shape
    best = 0.0
    for choice in product(range(-1, mentors), repeat=mentees):
        if any(choice.count(mentor) > capacities[mentor] for mentor in range(mentors)):
            continue
        chosen = [(mentee, mentor) for mentee, mentor in enumerate(choice) if mentor >= 0]
        if all(weights[pair] > 0 for pair in chosen):
            best = max(best, sum(weights[pair] for pair in chosen))
    return best


@given(problems())
def test_the_total_is_the_greatest_there_is(problem: tuple[NDArray[np.float64], list[int]]) -> None:
    weights, capacities = problem
    pairs = assign(weights, capacities)
    assert np.isclose(
        sum(weights[mentee, mentor] for mentee, mentor in pairs), best_by_trying(weights, capacities)
    )


@given(problems())
def test_capacities_hold_and_what_is_ruled_out_is_never_paired(
    problem: tuple[NDArray[np.float64], list[int]],
) -> None:
    weights, capacities = problem
    pairs = assign(weights, capacities).tolist()
    assert all(weights[mentee, mentor] > 0 for mentee, mentor in pairs)
    assert len({mentee for mentee, _ in pairs}) == len(pairs)
    assert all(
        [mentor for _, mentor in pairs].count(mentor) <= most for mentor, most in enumerate(capacities)
    )
    assert pairs == sorted(pairs)


def test_a_mentor_whom_everybody_wants_goes_where_the_whole_gains_most() -> None:
    weights = np.array([[1.9, 1.8], [1.9, 1.1], [1.9, 0.0]])
    assert assign(weights, [2, 1]).tolist() == [[0, 1], [1, 0], [2, 0]]
