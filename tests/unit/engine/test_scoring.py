"""Scores: the same to the bit however they are asked for, and about what the two people told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from entremise.plugin.engine.crowd import FACETS, Crowd
from entremise.plugin.engine.kinds import KINDS, TERMS, Kind
from entremise.plugin.engine.rules import Rules
from entremise.plugin.engine.scoring import IMPOSSIBLE, Scorer

ALL = np.iinfo(np.uint64).max
kinds = st.sampled_from(sorted(KINDS))


def a_crowd(*people: dict[str, list[int]], **changes: Any) -> Crowd:
    """People whose items point in one of sixteen directions, by facet."""
    items = [item for person in people for facet in FACETS for item in person.get(facet, [])]
    vectors = np.zeros((len(items), 16), dtype=np.int8)
    vectors[np.arange(len(items)), items] = 127
    return crowd_of(
        vectors, [[len(person.get(facet, [])) for facet in FACETS] for person in people], **changes
    )


def crowd_of(items: NDArray[np.int8], counts: Any, **changes: Any) -> Crowd:
    counted = np.array(counts, dtype=np.int32).reshape(-1, len(FACETS))
    n = len(counted)
    unknown = {
        "ids": np.arange(1, n + 1), "languages": np.full((n, 1), ALL, dtype=np.uint64),
        "channels": np.full(n, 3, dtype=np.uint8), "organisations": np.full(n, -1, dtype=np.int32),
        "sectors": np.full(n, -1, dtype=np.int32), "seniority": np.full(n, -1, dtype=np.int8),
        "vetoes": np.empty((0, 2), dtype=np.intp),
    }  # fmt: skip
    return Crowd(items=items, counts=counted, **(unknown | changes))


@st.composite
def crowds(draw: st.DrawFn) -> Crowd:
    n = draw(st.integers(1, 9))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    counts = random.integers(0, 4, size=(n, len(FACETS))) * (random.random((n, len(FACETS))) < 0.6)
    items = random.integers(-127, 128, size=(counts.sum(), 24)).astype(np.int8)
    items[random.random(len(items)) < 0.1] = 0
    pairs = random.integers(0, n, size=(draw(st.integers(0, 3)), 2))
    return crowd_of(
        items,
        counts,
        languages=random.choice(np.array([1, 2, 3, ALL], dtype=np.uint64), size=(n, 1)),
        channels=random.integers(1, 4, n).astype(np.uint8),
        organisations=random.integers(-1, 2, n).astype(np.int32),
        sectors=random.integers(-1, 2, n).astype(np.int32),
        seniority=random.integers(-1, 6, n).astype(np.int8),
        vetoes=pairs[pairs[:, 0] != pairs[:, 1]].astype(np.intp),
    )


def a_scorer(crowd: Crowd, kind: Kind = "connection", **changes: Any) -> Scorer:
    return Scorer(crowd, KINDS[kind], **changes)


def first(crowd: Crowd, kind: Kind = "connection", **changes: Any) -> NDArray[np.float32]:
    """The scores of the first person with everybody."""
    return a_scorer(crowd, kind, **changes).scores(np.array([0]))[0]


@given(crowds(), kinds, st.data())
def test_a_score_is_the_same_to_the_bit_among_all_among_some_and_in_any_block(
    crowd: Crowd, kind: Kind, data: st.DataObject
) -> None:
    scorer = a_scorer(crowd, kind, colleagues=0.5, rules=Rules(sectors="other", ahead=-2))
    everybody = list(range(len(crowd)))
    full = scorer.scores(np.array(everybody, dtype=np.intp))
    rows = np.array(data.draw(st.lists(st.sampled_from(everybody), unique=True, min_size=1)), dtype=np.intp)
    assert np.array_equal(scorer.scores(rows), full[rows])
    since = data.draw(st.sampled_from(everybody))
    assert np.array_equal(scorer.scores(rows, slice(since, None)), full[rows, since:])
    columns = np.array(
        data.draw(st.lists(st.lists(st.sampled_from(everybody), min_size=3, max_size=3), min_size=len(rows), max_size=len(rows)))
    )  # fmt: skip
    assert np.array_equal(scorer.scores(rows, columns), np.take_along_axis(full[rows], columns, axis=1))
    assert np.array_equal(scorer.worth_of(rows), full.T[rows])


@given(crowds(), st.sampled_from(sorted(kind for kind in KINDS if KINDS[kind].mutual)))
def test_a_mutual_score_is_the_same_from_either_side(crowd: Crowd, kind: Kind) -> None:
    full = a_scorer(crowd, kind).scores(np.arange(len(crowd)))
    assert np.array_equal(full, full.T)


@given(crowds(), kinds)
def test_scores_are_between_none_and_one_and_never_about_oneself(crowd: Crowd, kind: Kind) -> None:
    full = a_scorer(crowd, kind).scores(np.arange(len(crowd)))
    allowed = full[full != IMPOSSIBLE]
    assert np.all((allowed >= 0) & (allowed <= 1))
    assert np.all(np.diag(full) == IMPOSSIBLE)


@given(crowds(), kinds)
def test_the_shares_of_the_terms_add_up_to_the_directed_score(crowd: Crowd, kind: Kind) -> None:
    scorer = a_scorer(crowd, kind)
    everybody = np.arange(len(crowd))
    out, _ = scorer.directed(everybody)
    mine, theirs = (each.ravel() for each in np.meshgrid(everybody, everybody, indexing="ij"))
    assert np.allclose(scorer.shares(mine, theirs).sum(axis=1), out.ravel(), atol=1e-5)
    values, known = scorer.terms(mine, theirs)
    assert values.shape == known.shape == (len(mine), len(TERMS))
    assert np.all((values >= 0) & (values <= 1))
    assert not values[~known].any()


def test_a_need_meets_an_offer_and_not_a_need() -> None:
    crowd = a_crowd({"needs": [0]}, {"offers": [0]}, {"needs": [0]}, {"offers": [1]})
    scores = first(crowd, "expert")
    assert scores[1] > 0.7
    assert list(scores[[2, 3]]) == [IMPOSSIBLE, IMPOSSIBLE]


def test_the_best_of_several_offers_counts_most() -> None:
    crowd = a_crowd({"needs": [0]}, {"offers": [0]}, {"offers": [0, 1, 2]}, {"offers": [1, 2, 3]})
    scores = first(crowd, "expert")
    assert scores[1] > scores[2] > 0.7 * scores[1]
    assert scores[3] == IMPOSSIBLE


def test_missing_facets_count_for_nothing_not_for_a_difference() -> None:
    crowd = a_crowd(
        {"interests": [0], "needs": [1]}, {"interests": [0]}, {"interests": [0], "offers": [2]},
        {"interests": [0], "offers": [1]},
    )  # fmt: skip
    out, _ = a_scorer(crowd).directed(np.array([0]))
    assert out[0, 3] > out[0, 1] > out[0, 2] > 0


def test_more_evidence_of_the_same_gives_a_higher_score() -> None:
    known = np.array([2, 2, -1], dtype=np.int8)
    crowd = a_crowd({"interests": [1]}, {"interests": [1]}, {"interests": [1]}, seniority=known)
    scores = first(crowd)
    assert scores[1] > scores[2] > 0


def test_texts_that_have_nothing_to_do_with_each_other_are_worth_next_to_nothing() -> None:
    random = np.random.default_rng(0)
    counts = np.zeros((200, len(FACETS)), dtype=np.int32)
    counts[:, :6] = 1
    crowd = crowd_of(random.integers(-60, 61, size=(1200, 256)).astype(np.int8), counts)
    scores = a_scorer(crowd).scores(np.arange(200))
    assert np.mean(scores[scores >= 0] > 0.1) < 0.001


def test_peers_are_near_in_seniority_and_mentors_ahead() -> None:
    standing = np.array([1, 1, 5], dtype=np.int8)
    people = ({"challenges": [0]}, {"challenges": [0]}, {"challenges": [0]})
    peers = first(a_crowd(*people, seniority=standing), "peer")
    mentors = first(a_crowd(*people, seniority=standing), "mentorship")
    assert peers[1] > peers[2]
    assert mentors[2] > mentors[1]


@pytest.mark.parametrize("kind", ["peer", "expert"])
def test_nobody_is_a_peer_or_an_expert_without_something_in_common(kind: Kind) -> None:
    crowd = a_crowd({"needs": [0], "challenges": [0]}, {"offers": [1], "challenges": [1]}, {"interests": [0]})
    assert first(crowd, kind)[1] == IMPOSSIBLE


def test_colleagues_people_without_a_common_language_and_the_vetoed_are_treated_as_told() -> None:
    crowd = a_crowd(
        *[{"interests": [0]}] * 5,
        languages=np.array([[0b01], [0b01], [0b11], [0b10], [0b01]], dtype=np.uint64),
        organisations=np.array([7, 7, -1, 7, 3], dtype=np.int32),
        vetoes=np.array([[2, 0]], dtype=np.intp),
    )
    scores = first(crowd, colleagues=0.5)
    assert scores[1] == scores[4] / 2
    assert list(scores == IMPOSSIBLE) == [True, False, True, True, False]


def test_the_organisers_rules_on_sectors_and_on_who_is_ahead_hold_for_what_is_known() -> None:
    crowd = a_crowd(
        *[{"interests": [0]}] * 4,
        sectors=np.array([1, 1, 2, -1], dtype=np.int32),
        seniority=np.array([2, 3, -1, 1], dtype=np.int8),
    )
    other = first(crowd, rules=Rules(sectors="other"))
    same = first(crowd, rules=Rules(sectors="same"))
    ahead = first(crowd, "mentorship", rules=Rules(ahead=1))
    assert list(other == IMPOSSIBLE) == [True, True, False, False]
    assert list(same == IMPOSSIBLE) == [True, False, True, False]
    assert list(ahead == IMPOSSIBLE) == [True, False, False, True]


def test_learnt_weights_take_the_place_of_ours_term_by_term() -> None:
    learnt = KINDS["connection"].learnt({"about": 1.0, "doubt": 0.0})
    assert learnt.terms["about"] == 1.0
    assert learnt.doubt == 0.0
    assert replace(learnt, terms=KINDS["connection"].terms, doubt=20.0) == KINDS["connection"]
