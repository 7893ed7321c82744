"""Pairs that nobody would leave for each other, against another implementation of deferred acceptance."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from matching.games import HospitalResident
from numpy.typing import NDArray

from benchmarks.checks import pairs as checks
from entremise.plugin.engine.mentorship_candidates import Market
from entremise.plugin.engine.mentorship_optimum import optimum
from entremise.plugin.engine.mentorship_stable import Preferences, Side, blocking, stable

Values = NDArray[np.float32]


@st.composite
def markets(draw: st.DrawFn) -> tuple[Values, Values, NDArray[np.intp]]:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mentees, mentors = draw(st.integers(0, 9)), draw(st.integers(0, 5))
    tied = draw(st.booleans())
    shape = (mentees, mentors)
    mine, theirs = (
        (random.integers(0, 3, shape) / 4 if tied else random.random(shape)).astype(np.float32)
        for _ in range(2)
    )
    mine[random.random(shape) < draw(st.sampled_from([0.0, 0.3, 0.8]))] = -1
    return mine, theirs, random.integers(0, 4, mentors)


def preferences(mine: Values, theirs: Values) -> Preferences:
    return Preferences(lambda rows: mine[rows], lambda rows: theirs[rows])


@given(markets(), st.sampled_from(["mentees", "mentors"]))
def test_another_implementation_makes_the_same_pairs(
    market: tuple[Values, Values, NDArray[np.intp]], best_for: Side
) -> None:
    mine, theirs, capacities = market
    made = stable(preferences(mine, theirs), len(mine), capacities, best_for=best_for)
    assert set(map(tuple, made.tolist())) == _by_the_oracle(mine, theirs, capacities, best_for)


@given(markets(), st.sampled_from(["mentees", "mentors"]))
def test_nobody_would_leave_and_no_rule_is_broken(
    market: tuple[Values, Values, NDArray[np.intp]], best_for: Side
) -> None:
    mine, theirs, capacities = market
    both = preferences(mine, theirs)
    made = stable(both, len(mine), capacities, best_for=best_for)
    assert len(blocking(both, made, len(mine), capacities)) == 0
    found = [(int(mentee), int(mentor)) for mentee, mentor in made]
    assert not checks.broken(
        found, capacities=capacities.tolist(), allowed=lambda mentee, mentor: mine[mentee, mentor] >= 0
    )


@given(markets())
def test_the_blocking_pairs_of_any_plan_are_those_that_plain_loops_find(
    market: tuple[Values, Values, NDArray[np.intp]],
) -> None:
    mine, theirs, capacities = market
    both = preferences(mine, theirs)
    made = optimum(Market(both.mentees, *mine.shape), capacities).pairs
    found = blocking(both, made, len(mine), capacities)
    assert sorted(map(tuple, found.tolist())) == checks.blocking(
        [(int(mentee), int(mentor)) for mentee, mentor in made],
        capacities=capacities.tolist(),
        of_mentee=_worths(mine, mine),
        of_mentor=_worths(theirs.T, mine.T),
    )


@settings(max_examples=30)
@given(markets())
def test_no_mentee_fares_better_than_in_the_plan_that_is_best_for_mentees(
    market: tuple[Values, Values, NDArray[np.intp]],
) -> None:
    mine, theirs, capacities = market
    both = preferences(mine, theirs)
    best = dict(stable(both, len(mine), capacities, best_for="mentees").tolist())
    other = dict(stable(both, len(mine), capacities, best_for="mentors").tolist())
    assert best.keys() == other.keys()  # who is left over is the same in every stable plan
    assert all(mine[mentee, best[mentee]] >= mine[mentee, other[mentee]] for mentee in best)


def test_a_plan_of_greatest_worth_may_hold_two_who_would_rather_have_each_other() -> None:
    mine = np.array([[0.9, 0.8], [0.85, 0.1]], dtype=np.float32)
    both = preferences(mine, mine)
    capacities = np.array([1, 1])
    made = optimum(Market(both.mentees, 2, 2), capacities).pairs
    assert made.tolist() == [[0, 1], [1, 0]]
    assert blocking(both, made, 2, capacities).tolist() == [[0, 0]]
    assert blocking(both, made, 2, capacities, fixed=np.array([0])).tolist() == []
    assert stable(both, 2, capacities).tolist() == [[0, 0], [1, 1]]


def test_many_preferences_are_asked_in_order_however_far_down_the_list() -> None:
    random = np.random.default_rng(3)
    mine = random.random((700, 400)).astype(np.float32)
    mine[:, 300:] += 1  # everybody wants the same ones first
    theirs = random.random(mine.shape).astype(np.float32)
    capacities = np.ones(400, dtype=np.intp)
    both = preferences(mine, theirs)
    made = stable(both, 700, capacities)
    assert len(made) == 400
    assert len(blocking(both, made, 700, capacities)) == 0


def _worths(values: NDArray[np.float32], possible: NDArray[np.float32]) -> Mapping[int, Mapping[int, float]]:
    return {
        row: {column: float(values[row, column]) for column in np.flatnonzero(possible[row] >= 0).tolist()}
        for row in range(len(values))
    }


def _by_the_oracle(
    mine: Values, theirs: Values, capacities: NDArray[np.intp], best_for: Side
) -> set[tuple[int, int]]:
    possible = (mine >= 0) & (capacities > 0)
    mentees = {
        f"e{mentee}": [f"o{mentor}" for mentor in _order(mine[mentee], possible[mentee])]
        for mentee in range(len(mine))
        if possible[mentee].any()
    }
    mentors = {
        f"o{mentor}": [f"e{mentee}" for mentee in _order(theirs[:, mentor], possible[:, mentor])]
        for mentor in range(len(capacities))
        if possible[:, mentor].any()
    }
    if not mentees:
        return set()
    game = HospitalResident.create_from_dictionaries(
        mentees, mentors, {name: int(capacities[int(name[1:])]) for name in mentors}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        solved = game.solve(optimal="resident" if best_for == "mentees" else "hospital")
    return {
        (int(str(mentee)[1:]), int(str(mentor)[1:])) for mentor, held in solved.items() for mentee in held
    }


def _order(worth: NDArray[np.float32], possible: NDArray[np.bool_]) -> list[int]:
    found = np.flatnonzero(possible)
    return [int(place) for place in found[np.argsort(-worth[found], kind="stable")]]
