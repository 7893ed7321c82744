"""Scores that know people's answers obey the same laws as those that do not."""

from __future__ import annotations

import numpy as np
import pytest

from entremise.hooks.hosts.generic.schemas import load
from entremise.hooks.hosts.generic.translate import profile
from entremise.plugin.batch.engine import Engine
from entremise.plugin.batch.kinds import Kind
from entremise.plugin.batch.profiles import FileProfileSchema
from entremise.plugin.batch.scoring import propensities, score_pairs
from entremise.plugin.batch.tables import Decision
from entremise.plugin.demo.conference import make_conference

PEOPLE = {
    person.ref: profile(load(FileProfileSchema(), {**person.profile, "hidden_for_matching": True})[0])
    for person in make_conference(seed=5, size=30).people
}
IDS = sorted(PEOPLE)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(PEOPLE, encoder="lexical")


@pytest.fixture(scope="module")
def decisions() -> list[Decision]:
    rng = np.random.default_rng(3)
    wanted = dict(zip(IDS, rng.random(len(IDS)), strict=True))
    return [
        Decision(a, b, yes=bool(rng.random() < wanted[b]))
        for a in IDS
        for b in rng.choice([one for one in IDS if one != a], 8, replace=False).tolist()
    ]


@pytest.mark.parametrize("kind", ["connection", "peer", "expert"])
def test_a_probability_is_the_same_alone_among_candidates_and_with_everybody(
    engine: Engine, decisions: list[Decision], kind: Kind
) -> None:
    from entremise.plugin.engine.answers import AnswerScorer
    from entremise.plugin.engine.scoring import IMPOSSIBLE

    plain = engine.matcher.scorer(kind)
    scorer = AnswerScorer(plain, propensities(engine, kind, decisions))
    everybody = np.arange(len(IDS))
    full, without = scorer.scores(everybody), plain.scores(everybody)
    assert np.array_equal(full == IMPOSSIBLE, without == IMPOSSIBLE)
    possible = full != IMPOSSIBLE
    assert ((full[possible] > 0) & (full[possible] < 1)).all()
    columns = np.tile(np.array([7, 3, 11]), (5, 1))
    assert np.array_equal(scorer.scores(everybody[:5], columns), full[:5][:, [7, 3, 11]])
    if plain.weights.mutual:
        assert np.array_equal(full, full.T)
    assert not np.array_equal(np.argsort(full), np.argsort(without))


@pytest.mark.parametrize("kind", ["connection", "expert"])
def test_pairs_and_lists_are_scored_alike(engine: Engine, decisions: list[Decision], kind: Kind) -> None:
    from entremise.plugin.engine.answers import AnswerScorer
    from entremise.plugin.engine.scoring import IMPOSSIBLE

    said = {(one.a, one.b) for one in decisions}
    pairs = [(a, b) for a in IDS for b in IDS if a != b and not {(a, b), (b, a)} & said]
    scorer = AnswerScorer(engine.matcher.scorer(kind), propensities(engine, kind, decisions))
    rows = engine.rows(pairs)
    listed = scorer.scores(np.arange(len(IDS)))[rows[:, 0], rows[:, 1]]
    asked = score_pairs(engine, kind, pairs, decisions)
    allowed = listed != IMPOSSIBLE
    assert allowed.sum() > 10
    assert asked[allowed] == pytest.approx(listed[allowed], abs=1e-6)


def test_an_empty_file_of_decisions_changes_nothing(engine: Engine) -> None:
    pairs = [(IDS[0], IDS[1]), (IDS[2], IDS[3])]
    rows = engine.rows(pairs)
    assert np.array_equal(score_pairs(engine, "connection", pairs), engine.score("connection", rows))
