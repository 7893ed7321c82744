"""Circles form among those who are here: at a button's press, and as soon as enough of them share a challenge."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from crowd_of import some_people
from hypothesis import given, settings
from hypothesis import strategies as st

from entremise.plugin.engine.circles import Wanted, traits
from entremise.plugin.engine.circles_here import Rule, form_now, sharing
from entremise.plugin.engine.circles_worth import circle_scorer
from entremise.plugin.engine.crowd import Crowd

NONE_APART = np.empty((0, 2), dtype=np.intp)


def challenged(*challenges: int) -> Crowd:
    """People with one challenge each; those of one number share it, and nobody else comes near it."""
    crowd = some_people(np.random.default_rng(2), len(challenges))
    counts = np.zeros_like(crowd.counts)
    counts[:, 2] = 1
    items = np.zeros((len(challenges), 24), dtype=np.int8)
    items[np.arange(len(challenges)), challenges] = 100
    return replace(
        crowd, counts=counts, items=items, languages=np.full((len(challenges), 1), 2**64 - 1, dtype=np.uint64),
        channels=np.full(len(challenges), 3, dtype=np.uint8), sectors=np.full(len(challenges), -1, dtype=np.int32),
    )  # fmt: skip


def formed(
    crowd: Crowd, rule: Rule, free: np.ndarray | None = None, apart: np.ndarray = NONE_APART
) -> list[list[int]]:
    here = np.ones(len(crowd), dtype=np.bool_) if free is None else free
    return [one.tolist() for one in sharing(circle_scorer(crowd), here, apart, traits(crowd), rule)]


def test_a_circle_forms_when_as_many_as_the_rule_says_share_a_challenge() -> None:
    assert formed(challenged(0, 1, 0, 2, 0), Rule(people=4)) == []
    assert formed(challenged(0, 1, 0, 2, 0, 0), Rule(people=4)) == [[0, 2, 4, 5]]


def test_further_people_with_the_challenge_join_up_to_the_most() -> None:
    assert formed(challenged(*[0] * 7), Rule(people=3, most=5)) == [[0, 1, 2, 3, 4]]


def test_two_challenges_make_two_circles() -> None:
    assert sorted(formed(challenged(0, 1, 0, 1, 0, 1), Rule(people=3))) == [[0, 2, 4], [1, 3, 5]]


def test_only_who_is_here_opted_in_and_free_counts() -> None:
    free = np.array([True, True, False, True])
    assert formed(challenged(0, 0, 0, 0), Rule(people=4), free) == []
    assert formed(challenged(0, 0, 0, 0), Rule(people=3), free) == [[0, 1, 3]]


def test_people_who_are_to_be_apart_are_in_no_circle_together() -> None:
    apart = np.array([[0, 1]])
    assert formed(challenged(0, 0, 0), Rule(people=3), apart=apart) == []
    assert formed(challenged(0, 0, 0, 0), Rule(people=3), apart=apart) in ([[0, 2, 3]], [[1, 2, 3]])


def test_a_pair_that_said_no_is_kept_apart_as_everywhere() -> None:
    crowd = replace(challenged(0, 0, 0), vetoes=np.array([[0, 1]]))
    assert formed(crowd, Rule(people=3)) == []


@pytest.mark.parametrize(("people", "most"), [(1, 8), (6, 5)])
def test_a_rule_that_can_never_hold_is_refused(people: int, most: int) -> None:
    with pytest.raises(ValueError, match="cannot form"):
        Rule(people=people, most=most)


@given(st.integers(0, 10_000), st.integers(3, 14), st.integers(2, 5), st.floats(0.05, 0.6))
@settings(max_examples=60, deadline=None)
def test_a_circle_forms_exactly_when_some_could(seed: int, count: int, people: int, least: float) -> None:
    crowd = some_people(np.random.default_rng(seed), count)
    scorer, speaks = circle_scorer(crowd), traits(crowd)
    scores = scorer.scores(np.arange(count))

    def shares(rows: tuple[int, ...]) -> bool:
        talk = not speaks.shape[1] or speaks[list(rows)].all(axis=0).any()
        return bool(talk) and all(
            scores[a, b] >= least and scores[b, a] >= least for a, b in combinations(rows, 2)
        )

    made = formed(crowd, Rule(people=people, least=least))
    taken = [row for one in made for row in one]
    assert len(taken) == len(set(taken))
    for one in made:
        assert people <= len(one) <= 8
        assert shares(tuple(one))
    left = [row for row in range(count) if row not in taken]
    assert not any(shares(rows) for rows in combinations(left, people))


def test_the_button_forms_circles_of_those_who_are_free_and_leaves_the_rest_alone() -> None:
    random = np.random.default_rng(0)
    near = random.random((20, 20)).astype(np.float32)
    wanted = Wanted(
        worth=near + near.T, traits=np.zeros((20, 0), dtype=np.bool_), least=np.empty(0, dtype=np.intp),
        most=np.empty(0, dtype=np.intp), apart=np.array([[0, 1], [2, 19]]), pins=np.array([[0, 0]]),
    )  # fmt: skip
    free = np.arange(20) < 13
    made = form_now(wanted, free, effort=0.1, seconds=2)
    assert (made.groups[0, free] >= 0).all()
    assert (made.groups[0, ~free] == -1).all()
    assert made.groups[0, 0] != made.groups[0, 1]
    assert all(3 <= size <= 8 for size in np.bincount(made.groups[0, free]))


def test_the_button_says_when_too_few_are_there() -> None:
    wanted = Wanted(
        worth=np.ones((5, 5), dtype=np.float32), traits=np.zeros((5, 0), dtype=np.bool_),
        least=np.empty(0, dtype=np.intp), most=np.empty(0, dtype=np.intp),
    )  # fmt: skip
    made = form_now(wanted, np.array([True, True, False, False, False]))
    assert [(cause.why, cause.needed, cause.found) for cause in made.causes] == [("people", 3, 2)]
