"""Scores: symmetric, the same in every block, one for those who match, none for those who may not meet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from entremise.plugin.engine.scoring import CONNECTING, FACETS, IMPOSSIBLE, MENTORING, Crowd, Scorer, Weights

ALL = np.iinfo(np.uint64).max


def a_crowd(vectors: NDArray[np.int8], **changes: NDArray[np.generic]) -> Crowd:
    count = len(vectors)
    given = {
        "ids": np.arange(1, count + 1),
        "vectors": vectors,
        "languages": np.full((count, 1), ALL, dtype=np.uint64),
        "organisations": np.full(count, -1, dtype=np.int32),
        "vetoes": np.empty((0, 2), dtype=np.intp),
    }
    return Crowd(**(given | changes))  # type: ignore[arg-type]


def facets(**directions: int) -> NDArray[np.int8]:
    """One person who points in one of eight directions in each facet named."""
    found = np.zeros((len(FACETS), 8), dtype=np.int8)
    for facet, direction in directions.items():
        found[FACETS.index(facet), direction] = 127
    return found


@st.composite
def crowds(draw: st.DrawFn) -> Crowd:
    count = draw(st.integers(1, 9))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    vectors = random.integers(-127, 128, size=(count, len(FACETS), 24)).astype(np.int8)
    vectors[random.random((count, len(FACETS))) < 0.4] = 0
    vectors[1::3] = vectors[0]
    pairs = random.integers(0, count, size=(draw(st.integers(0, 3)), 2))
    return a_crowd(
        vectors,
        languages=random.choice(np.array([1, 2, 3, ALL], dtype=np.uint64), size=(count, 1)),
        organisations=random.integers(-1, 2, size=count).astype(np.int32),
        vetoes=pairs[pairs[:, 0] != pairs[:, 1]].astype(np.intp),
    )


@given(crowds(), st.data())
def test_a_score_is_the_same_to_the_bit_from_either_side_and_in_any_block(
    crowd: Crowd, data: st.DataObject
) -> None:
    scorer = Scorer(crowd, CONNECTING, colleagues=0.5)
    everybody = np.arange(len(crowd))
    full = scorer.reciprocal(everybody)
    assert np.array_equal(full, full.T)
    rows = np.array(data.draw(st.lists(st.sampled_from(everybody.tolist()), unique=True)), dtype=np.intp)
    assert np.array_equal(scorer.reciprocal(rows), full[rows])


@given(crowds())
def test_scores_are_between_none_and_one_and_never_about_oneself(crowd: Crowd) -> None:
    full = Scorer(crowd, CONNECTING).reciprocal(np.arange(len(crowd)))
    allowed = full[full != IMPOSSIBLE]
    assert np.all((allowed >= 0) & (allowed <= 1))
    assert np.all(np.diag(full) == IMPOSSIBLE)


@given(crowds())
def test_the_shares_of_the_facets_add_up_to_the_square_of_the_directed_score(crowd: Crowd) -> None:
    scorer = Scorer(crowd, MENTORING)
    everybody = np.arange(len(crowd))
    out, back = scorer.directed(everybody)
    mine, theirs = np.meshgrid(everybody, everybody, indexing="ij")
    for way, shares in zip((out, back), scorer.shares(mine.ravel(), theirs.ravel()), strict=True):
        assert np.allclose(shares.sum(axis=1), way.ravel() ** 2, atol=1e-5)


def test_a_need_meets_an_offer_and_not_a_need() -> None:
    crowd = a_crowd(np.stack([facets(needs=0), facets(offers=0), facets(needs=0), facets(offers=1)]))
    out, back = Scorer(crowd, CONNECTING).directed(np.array([0]))
    assert out[0, 1] > 0.7
    assert out[0, 2] == out[0, 3] == 0
    assert back[0, 1] == 0


def test_missing_facets_count_for_nothing_not_for_a_difference() -> None:
    crowd = a_crowd(
        np.stack(
            [
                facets(interests=0, challenges=1),
                facets(interests=0),
                facets(interests=0, challenges=2),
                facets(interests=0, challenges=1),
            ]
        )
    )
    scores = Scorer(crowd, CONNECTING).reciprocal(np.array([0]))[0]
    assert scores[3] > scores[1] > scores[2] > 0


def test_more_evidence_of_the_same_gives_a_higher_score() -> None:
    crowd = a_crowd(
        np.stack([facets(sector=0, interests=1), facets(sector=0), facets(sector=0, interests=1)])
    )
    scores = Scorer(crowd, CONNECTING).reciprocal(np.array([0]))[0]
    assert scores[2] > scores[1] > 0


def test_what_chance_alone_would_give_counts_as_nothing() -> None:
    random = np.random.default_rng(0)
    vectors = random.integers(-60, 61, size=(200, len(FACETS), 256)).astype(np.int8)
    scores = Scorer(a_crowd(vectors), CONNECTING).reciprocal(np.arange(200))
    assert np.mean(scores[scores >= 0] > 0.15) < 0.001


@pytest.mark.parametrize("weights", [CONNECTING, MENTORING])
def test_weights_are_whole_so_that_their_sums_are_exact(weights: Weights) -> None:
    assert len(weights.shared) == len(FACETS) - 2
    assert all(isinstance(weight, int) for weight in (weights.crossing, weights.doubt, *weights.shared))


def test_colleagues_people_without_a_common_language_and_the_vetoed_are_treated_as_told() -> None:
    alike = np.stack([facets(interests=0)] * 5)
    crowd = a_crowd(
        alike,
        languages=np.array([[0b01], [0b01], [0b11], [0b10], [0b01]], dtype=np.uint64),
        organisations=np.array([7, 7, -1, 7, 3], dtype=np.int32),
        vetoes=np.array([[2, 0]], dtype=np.intp),
    )
    scores = Scorer(crowd, CONNECTING, colleagues=0.5).reciprocal(np.array([0]))[0]
    assert scores[1] == scores[4] / 2
    assert list(scores == IMPOSSIBLE) == [True, False, True, True, False]
