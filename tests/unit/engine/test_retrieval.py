"""Proposals: others, never oneself, never those who cannot be met; the plan is measured, not believed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from crowd_of import some_people

from entremise.plugin.engine.kinds import KINDS, Kind
from entremise.plugin.engine.retrieval import RECALL, Plan, Retrieval, propose, recall_of
from entremise.plugin.engine.rules import Rules
from entremise.plugin.engine.scoring import Scorer
from entremise.plugin.engine.surrogate import Surrogate

CROWD = some_people(np.random.default_rng(11), 600)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_proposed_twice_nor_to_themselves_nor_to_whom_they_cannot_talk(kind: Kind) -> None:
    scorer = Scorer(CROWD, KINDS[kind])
    rows = np.array([5, 0, 599])
    proposed = propose(scorer, 50, rows)
    assert proposed.shape == (3, 50)
    assert proposed.dtype == np.int32
    for row, others in zip(rows, proposed, strict=True):
        others_ = others[others >= 0].astype(np.intp)
        assert len(np.unique(others_)) == len(others_)
        assert not scorer.ruled_out(np.array([row]), others_[None]).any()


def test_where_there_are_fewer_than_asked_for_the_rest_is_empty() -> None:
    small = CROWD.among(np.arange(6))
    proposed = propose(Scorer(small, KINDS["connection"]), 20)
    assert proposed.shape == (6, 20)
    for row in range(6):
        assert row not in proposed[row]
        assert (proposed[row] >= 0).sum() <= 5


@pytest.mark.parametrize(
    ("kind", "rules"),
    [
        ("connection", Rules(sectors="other")),
        ("connection", Rules(sectors="same")),
        ("expert", Rules(ahead=2)),
    ],
)
def test_whom_the_organisers_rules_forbid_comes_behind_all_others(kind: Kind, rules: Rules) -> None:
    scorer = Scorer(CROWD, KINDS[kind], rules=rules)
    rows = np.arange(len(CROWD))
    proposed = propose(scorer, 20)
    forbidden = scorer.ruled_out(rows, proposed.astype(np.intp))
    allowed = (~scorer.ruled_out(rows)).sum(axis=1)
    assert not (forbidden & (proposed >= 0))[allowed >= 20].any()


def test_vetoed_people_are_left_to_the_exact_score() -> None:
    vetoes = np.array([[0, 1], [2, 3]])
    proposed = propose(Scorer(replace(CROWD, vetoes=vetoes), KINDS["connection"]), 20)
    assert np.array_equal(proposed, propose(Scorer(CROWD, KINDS["connection"]), 20))


def test_the_plan_is_the_least_that_finds_enough_in_a_sample() -> None:
    plan = Retrieval(Scorer(CROWD, KINDS["connection"])).plan
    assert plan.recall >= RECALL
    assert plan.width < len(CROWD)


def test_a_given_plan_is_followed() -> None:
    plan = Plan(probes=0, width=30, recall=1.0)
    assert Retrieval(Scorer(CROWD, KINDS["peer"]), plan=plan).plan is plan


@pytest.mark.parametrize("kind", KINDS)
def test_changed_people_look_and_are_found_as_if_they_had_always_been_so(kind: Kind) -> None:
    scorer = Scorer(CROWD, KINDS[kind])
    surrogate = Surrogate(scorer)
    rows = np.array([3, 17, 599])
    exchanged = CROWD.among(rows)
    # Everybody else away, then back as they were: nothing may differ.
    surrogate.replace(rows, Scorer(CROWD.among(np.array([1, 2, 4])), KINDS[kind]))
    surrogate.replace(rows, Scorer(exchanged, KINDS[kind]))
    fresh = Surrogate(scorer)
    assert np.allclose(surrogate.queries(), fresh.queries(), atol=1e-6)
    for bits, places in fresh.classes(np.arange(len(CROWD))).items():
        assert np.allclose(surrogate.keys(bits), fresh.keys(bits), atol=1e-6)
        row = int(places[0])
        products = fresh.keys(bits) @ fresh.queries(places[:1])[0]
        assert np.allclose(surrogate.sought(row), products, atol=1e-4)
        hosts = fresh.queries(places) @ fresh.keys(bits, np.array([17]))[0]
        assert np.allclose(surrogate.wanted(17)[places], hosts, atol=1e-4)


def test_recall_counts_others_with_the_same_score_as_as_good() -> None:
    scores = np.array([[0.5, 0.4, 0.3, -1.0]], dtype=np.float32)
    assert recall_of(scores, np.array([0.4], dtype=np.float32), np.array([4])) == 0.5
    assert recall_of(scores, np.array([0.3], dtype=np.float32), np.array([3])) == 1.0
