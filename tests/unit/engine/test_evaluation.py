"""Figures about lists and scores hold the laws that their names promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import ndcg_score, roc_auc_score

from entremise.plugin.engine import evaluation

Members = NDArray[np.intp]


@st.composite
def lists(draw: st.DrawFn) -> Members:
    people = draw(st.integers(1, 9))
    length = draw(st.integers(1, 5))
    rows = []
    for owner in range(people):
        others = [other for other in range(people) if other != owner]
        shown = draw(st.permutations(others))[: draw(st.integers(0, length))]
        rows.append(list(shown) + [-1] * (length - len(shown)))
    return np.array(rows, dtype=np.intp)


answers = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30)


@given(lists())
def test_everybody_is_shown_as_often_as_they_stand_on_lists(members: Members) -> None:
    shown = evaluation.times_shown(members)
    seen = evaluation.exposure(members)
    assert shown.sum() == (members >= 0).sum()
    assert [(members == person).sum() for person in range(len(members))] == shown.tolist()
    assert seen.least <= seen.mean <= seen.most
    assert seen.unseen == (shown == 0).sum()
    assert 0 <= seen.gini < 1


@given(lists())
def test_a_mutual_pair_is_two_suggestions_that_are_returned(members: Members) -> None:
    held = {(owner, person) for owner, row in enumerate(members.tolist()) for person in row if person >= 0}
    returned = {pair for pair in held if pair[::-1] in held}
    assert evaluation.mutual_pairs(members) == len(returned) // 2
    if held:
        assert evaluation.reciprocity(members) == pytest.approx(len(returned) / len(held))
    else:
        assert np.isnan(evaluation.reciprocity(members))


@given(lists())
def test_nothing_changed_is_no_churn_and_all_gone_is_all_of_it(members: Members) -> None:
    if not (members >= 0).any():
        assert np.isnan(evaluation.churn(members, members))
        return
    assert evaluation.churn(members, members) == 0
    assert evaluation.churn(members, members[:, ::-1]) == 0
    assert evaluation.churn(members, np.full_like(members, -1)) == 1


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20))
def test_gini_is_half_the_mean_difference_over_the_mean(amounts: list[float]) -> None:
    values = np.array(amounts)
    found = evaluation.gini(values)
    if values.sum() == 0:
        assert found == 0
    else:
        differences = np.abs(values[:, None] - values[None, :]).mean()
        assert found == pytest.approx(differences / (2 * values.mean()), abs=1e-9)


@given(answers)
def test_auc_is_the_share_of_yes_above_no(said: list[tuple[bool, int]]) -> None:
    yes, scores = np.array([one for one, _ in said]), np.array([float(score) for _, score in said])
    if yes.all() or not yes.any():
        assert np.isnan(evaluation.auc(yes, scores))
    else:
        assert evaluation.auc(yes, scores) == pytest.approx(roc_auc_score(yes, scores))


@given(answers, st.integers(1, 12))
def test_ndcg_is_the_usual_one_with_ties_shared(said: list[tuple[bool, int]], at: int) -> None:
    yes, scores = np.array([one for one, _ in said]), np.array([float(score) for _, score in said])
    if not yes.any():
        assert np.isnan(evaluation.ndcg(yes, scores, at))
    else:
        assert evaluation.ndcg(yes, scores, at) == pytest.approx(ndcg_score([yes], [scores], k=at))


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 5)), max_size=30))
def test_figures_are_taken_for_each_person_who_said_both(said: list[tuple[int, bool, int]]) -> None:
    persons = np.array([one for one, _, _ in said], dtype=np.intp)
    yes = np.array([answer for _, answer, _ in said], dtype=np.bool_)
    scores = np.array([float(score) for _, _, score in said])
    auc, ndcg = evaluation.by_person(persons, yes, scores)
    both = [person for person in range(4) if 0 < yes[persons == person].sum() < (persons == person).sum()]
    assert auc.tolist() == [evaluation.auc(yes[persons == one], scores[persons == one]) for one in both]
    assert ndcg.tolist() == [evaluation.ndcg(yes[persons == one], scores[persons == one]) for one in both]


@given(lists(), st.data())
def test_blocking_pairs_are_counted_as_one_would_by_hand(members: Members, data: st.DataObject) -> None:
    people = len(members)
    one = data.draw(st.lists(st.integers(1, 9), min_size=people * people, max_size=people * people))
    matrix = np.array(one, dtype=float).reshape(people, people) / 10
    matrix = np.maximum(matrix, matrix.T)
    scores = np.where(members >= 0, matrix[np.arange(people)[:, None], members], 0.0)
    a, b = np.triu_indices(people, 1)

    def prefers(person: int, other: int) -> bool:
        row = members[person]
        return bool((row < 0).any()) or matrix[person, other] > min(matrix[person, listed] for listed in row)

    expected = sum(
        prefers(i, j) and prefers(j, i) and j not in members[i] and i not in members[j]
        for i, j in zip(a.tolist(), b.tolist(), strict=True)
    )
    assert evaluation.blocking_pairs(members, scores, a, b, matrix[a, b]) == expected
    twice = np.concatenate([a, b]), np.concatenate([b, a])
    assert evaluation.blocking_pairs(members, scores, *twice, matrix[twice]) == expected


def test_lists_of_everybodys_best_are_blocked_by_nobody() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.random((40, 40))
    matrix = np.minimum(matrix, matrix.T)
    np.fill_diagonal(matrix, -1)
    members = np.argsort(-matrix, axis=1)[:, :5]
    a, b = np.triu_indices(40, 1)
    scores = np.take_along_axis(matrix, members, axis=1)
    assert evaluation.blocking_pairs(members, scores, a, b, matrix[a, b]) == 0
    assert evaluation.blocking_pairs(members[:, ::-1], scores[:, ::-1], a, b, matrix[a, b]) == 0


def test_an_interval_holds_the_mean_and_narrows_with_more_people() -> None:
    rng = np.random.default_rng(1)
    few, many = rng.random(30), rng.random(3000)
    for values in (few, many):
        low, high = evaluation.interval(values)
        assert low < values.mean() < high
        assert (low, high) == evaluation.interval(values)
    spans = [high - low for low, high in (evaluation.interval(few), evaluation.interval(many))]
    assert spans[1] < spans[0] / 5
    assert all(np.isnan(evaluation.interval(np.array([]))))


def test_nobody_at_all_has_figures_that_are_not_numbers() -> None:
    nobody = np.zeros((0, 3), dtype=np.intp)
    assert np.isnan(evaluation.coverage(nobody))
    assert np.isnan(evaluation.exposure(nobody).gini)
    assert evaluation.mutual_pairs(nobody) == 0
