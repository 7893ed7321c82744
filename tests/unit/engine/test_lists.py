"""Ranked lists: the best few of everybody, and patching that gives the same as making anew."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from entremise.plugin.engine.lists import NOBODY, Lists, ScoreRows, differing, make, patch

CANDIDATES = np.array([3, 5, 8, 13, 14, 15, 21, 22, 34, 40, 41, 55, 56, 57, 89, 90, 91, 92, 93, 144])


def scoring(world: NDArray[np.float32], ids: NDArray[np.int64]) -> ScoreRows:
    """Scores of these people out of a table of everybody who could come."""
    place = np.searchsorted(CANDIDATES, ids)
    return lambda rows: world[np.ix_(place[rows], place)]


def a_world(random: np.random.Generator) -> NDArray[np.float32]:
    """Symmetric scores with many ties, some impossible."""
    scores = random.integers(-1, 5, size=(len(CANDIDATES), len(CANDIDATES))).astype(np.float32) / 4
    scores = np.maximum(scores, scores.T)
    scores[scores < 0] = -1
    np.fill_diagonal(scores, -1)
    return scores


def assert_same(one: Lists, other: Lists) -> None:
    assert np.array_equal(one.owners, other.owners)
    assert np.array_equal(one.members, other.members)
    assert np.array_equal(one.scores, other.scores)


def test_on_a_checkerboard_each_list_holds_the_fields_of_its_own_colour() -> None:
    ids = np.arange(6)
    colour = (ids[:, None] + ids[None, :]) % 2 == 0
    scores = np.where(colour, np.float32(1), np.float32(-1))
    np.fill_diagonal(scores, -1)

    lists = make(ids, lambda rows: scores[rows], 3)

    assert [set(row) - {NOBODY} for row in lists.members.tolist()] == [
        {2, 4}, {3, 5}, {0, 4}, {1, 5}, {0, 2}, {1, 3},
    ]  # fmt: skip
    assert np.array_equal(lists.scores, [[1, 1, 0]] * 6)


def test_the_better_score_stands_first() -> None:
    scores = np.array([[-1, 0.25, 0.75], [0.25, -1, 0.5], [0.75, 0.5, -1]], dtype=np.float32)
    lists = make(np.array([4, 7, 9]), lambda rows: scores[rows], 2)
    assert lists.members.tolist() == [[9, 7], [9, 4], [4, 7]]


@given(st.integers(0, 2**32), st.data())
def test_patching_gives_what_making_anew_gives(seed: int, data: st.DataObject) -> None:
    random = np.random.default_rng(seed)
    length = data.draw(st.integers(1, 6))
    world = a_world(random)
    ids = CANDIDATES[random.random(len(CANDIDATES)) < 0.8]
    lists = make(ids, scoring(world, ids), length)
    for _ in range(3):
        changed = np.zeros(len(CANDIDATES), dtype=np.bool_)
        changed[random.integers(0, len(CANDIDATES), size=data.draw(st.integers(0, 3)))] = True
        after = a_world(random)
        world = np.where(changed[:, None] | changed[None, :], after, world)
        kept = np.isin(CANDIDATES, ids) ^ (random.random(len(CANDIDATES)) < 0.07)
        ids = CANDIDATES[kept]

        patched = patch(lists, ids, changed[kept], scoring(world, ids))

        assert_same(patched, make(ids, scoring(world, ids), length))
        lists = patched


def test_patching_asks_only_for_the_scores_of_those_who_lost_somebody() -> None:
    world = a_world(np.random.default_rng(1))
    lists = make(CANDIDATES, scoring(world, CANDIDATES), 3)
    stayed = CANDIDATES[CANDIDATES != 21]
    asked: list[int] = []

    def score(rows: NDArray[np.intp]) -> NDArray[np.float32]:
        asked.extend(rows.tolist())
        return scoring(world, stayed)(rows)

    patch(lists, stayed, np.zeros(len(stayed), dtype=np.bool_), score)

    losers = [row for row, owner in enumerate(CANDIDATES) if owner != 21 and 21 in lists.members[row]]
    assert 0 < len(losers) < len(stayed)
    assert stayed[asked].tolist() == CANDIDATES[losers].tolist()


def test_lists_that_differ_are_found() -> None:
    before = make(np.array([1, 2, 3]), lambda rows: np.ones((len(rows), 3), dtype=np.float32), 1)
    after = make(np.array([2, 3, 4]), lambda rows: np.ones((len(rows), 3), dtype=np.float32), 1)
    same = before.members[1:, 0] == after.members[:2, 0]
    assert differing(before, after).tolist() == [not same[0], not same[1], True]
    assert not differing(before, before).any()
