"""Ranking: exact where there are few, independent of threads and blocks; then lists with their reasons in codes."""

from __future__ import annotations

import numpy as np
import pytest
from crowd_of import people_of, some_people
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.engine.exposure import Exposure
from entremise.plugin.engine.kinds import KINDS, TERMS, Kind
from entremise.plugin.engine.lists import make
from entremise.plugin.engine.matching import rank, reasons, recommend
from entremise.plugin.engine.scoring import IMPOSSIBLE, Scorer

WISHES = Exposure(length=5, floor=2, cap=12)


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32), people=st.integers(1, 30), count=st.integers(1, 12))
def test_few_people_are_ranked_as_lists_of_everybody_are(
    kind: Kind, seed: int, people: int, count: int
) -> None:
    crowd = some_people(np.random.default_rng(seed), people)
    scorer = Scorer(crowd, KINDS[kind], colleagues=0.5)

    ranked = rank(scorer, count)

    lists = make(crowd.ids, scorer.scores, count)
    there = ranked.candidates.members >= 0
    assert np.array_equal(there, lists.members >= 0)
    assert np.array_equal(crowd.ids[ranked.candidates.members[there]], lists.members[there])
    assert np.array_equal(ranked.candidates.scores[there], lists.scores[there])
    assert (ranked.candidates.scores[~there] == IMPOSSIBLE).all()


def test_whom_somebody_may_be_shown_to_is_ranked_by_what_they_are_worth_to_the_host() -> None:
    crowd = some_people(np.random.default_rng(3), 40)
    scorer = Scorer(crowd, KINDS["expert"])
    audiences = rank(scorer, 6).audiences
    assert audiences is not None
    everything = scorer.scores(np.arange(40))
    for row in range(40):
        best = -np.sort(-everything[:, row])[:6]
        assert np.array_equal(audiences.scores[row], np.where(best >= 0, best, IMPOSSIBLE))


@pytest.mark.parametrize("kind", KINDS)
def test_threads_make_no_difference(kind: Kind) -> None:
    scorer = Scorer(some_people(np.random.default_rng(0), 300), KINDS[kind])
    for exact_up_to in (1000, 0):
        one, two = (rank(scorer, 20, threads=threads, exact_up_to=exact_up_to) for threads in (1, 2))
        assert np.array_equal(one.candidates.members, two.candidates.members)
        assert np.array_equal(one.candidates.scores, two.candidates.scores)


@pytest.mark.parametrize("kind", KINDS)
def test_proposals_of_many_people_hold_nearly_all_of_the_best(kind: Kind) -> None:
    scorer = Scorer(some_people(np.random.default_rng(1), 1200), KINDS[kind])
    exact, found = rank(scorer, 20), rank(scorer, 20, exact_up_to=0)
    assert found.plan is not None
    pairs = [(exact.candidates, found.candidates)]
    if exact.audiences is not None:
        assert found.audiences is not None
        pairs.append((exact.audiences, found.audiences))
    for best, proposed in pairs:
        wanted = best.scores > 0
        worst = np.where(wanted, best.scores, np.inf).min(axis=1, keepdims=True)
        hits = np.minimum((proposed.scores >= worst).sum(axis=1), wanted.sum(axis=1))
        assert hits.sum() >= 0.97 * wanted.sum()


def test_lists_name_the_term_that_has_the_largest_share() -> None:
    crowd = some_people(np.random.default_rng(2), 60)
    for kind in KINDS:
        scorer = Scorer(crowd, KINDS[kind])
        made, _ = recommend(scorer, WISHES, people_of(crowd))
        for code, back in ((0, False), (1, True)):
            codes = reasons(scorer, made.members)[code]
            rows, columns = np.nonzero(made.members >= 0)
            others = made.members[rows, columns].astype(np.intp)
            shares = scorer.shares(others, rows) if back else scorer.shares(rows, others)
            chosen = codes[rows, columns]
            told = chosen >= 0
            assert np.allclose(shares[told, chosen[told]], shares[told].max(axis=1))
            assert (shares[~told] == 0).all()
            assert (codes[made.members < 0] == -1).all()
            assert codes.max(initial=-1) < len(TERMS)


def test_lists_keep_to_the_cap_and_the_floor_where_people_are_only_proposed() -> None:
    crowd = some_people(np.random.default_rng(5), 400)
    made, ranked = recommend(
        Scorer(crowd, KINDS["connection"]),
        Exposure(length=8, floor=2, cap=16),
        people_of(crowd),
        exact_up_to=0,
    )
    assert ranked.plan is not None
    assert made.shown.max() <= 16
    assert set(np.flatnonzero(made.shown < 2)) == set(made.short)
    allowed = (Scorer(crowd, KINDS["connection"]).scores(np.arange(400)) >= 0).sum(axis=1)
    assert (allowed[made.short] < 2).all()
