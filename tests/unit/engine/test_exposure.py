"""Final lists: everybody shown often enough, nobody too often, and every rule that an organiser may ask for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from allocations import (
    World,
    a_world,
    allowed_by,
    assert_obeyed,
    best_of,
    group_of,
    scores_of,
    some_wishes,
    without,
)  # fmt: skip
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.engine.exposure import Candidates, Exposure, Group, Shortage, allocate, effect

SEEDS = st.integers(min_value=0, max_value=2**32 - 1)


def equals(people: int) -> Group:
    nobody = np.zeros(people, dtype=np.bool_)
    return Group(
        ids=np.arange(people),
        organisations=np.full(people, -1, dtype=np.int32),
        newcomer=nobody,
        experienced=nobody,
        here=~nobody,
    )


def test_somebody_whom_nobody_prefers_is_shown_where_they_are_missed_least() -> None:
    # 0 and 1 like each other best, and 2 likes both; 3 is liked little by all, most of all by 2.
    scores = np.array(
        [[-1, 0.9, 0.8, 0.1], [0.9, -1, 0.7, 0.2], [0.8, 0.7, -1, 0.6], [0.1, 0.2, 0.6, -1]], dtype=np.float32
    )
    made = allocate(best_of(scores, 3), Exposure(length=2, floor=1, cap=3), equals(4))
    assert made.members.tolist() == [[1, 2], [0, 2], [0, 3], [2, 1]]
    told = effect(made, best_of(scores, 3), Exposure(length=2, floor=1, cap=3), equals(4))
    assert told.lifted.tolist() == [3]
    assert told.cost == pytest.approx(0.1 / (1.7 + 1.6 + 1.5 + 0.8), abs=1e-6)


def test_nobody_is_shown_more_often_than_the_cap_however_much_everybody_likes_them() -> None:
    scores = np.full((8, 8), 0.2, dtype=np.float32)
    scores[0, :] = scores[:, 0] = 0.9
    np.fill_diagonal(scores, -1)
    made = allocate(best_of(scores, 7), Exposure(length=3, floor=1, cap=4), equals(8))
    assert made.shown[0] == 4
    assert made.shown.max() <= 4
    assert (made.members >= 0).all()


def test_whoever_nobody_may_be_shown_is_named_with_the_reason() -> None:
    scores = np.full((4, 4), 0.5, dtype=np.float32)
    scores[3, :] = scores[:, 3] = -1
    np.fill_diagonal(scores, -1)
    made = allocate(best_of(scores, 3), Exposure(length=2, floor=1, cap=3), equals(4))
    assert made.short.tolist() == [3]
    assert made.reasons.tolist() == [Shortage.TOO_FEW_ALLOWED]


def test_whoever_finds_all_lists_taken_by_others_in_need_is_named_with_that_reason() -> None:
    # Only 0 and 1 have candidates other than each other; their four places are wanted six times.
    candidates = Candidates(
        members=np.array([[2, 3, 4], [2, 3, 4], [-1] * 3, [-1] * 3, [-1] * 3], dtype=np.int32),
        scores=np.array([[0.9, 0.8, 0.7], [0.9, 0.8, 0.7], [-1] * 3, [-1] * 3, [-1] * 3], dtype=np.float32),
    )
    nobody = Candidates(members=np.full((5, 1), -1, np.int32), scores=np.full((5, 1), -1, np.float32))
    made = allocate(candidates, Exposure(length=2, floor=2, cap=2), equals(5), audiences=nobody)
    assert set(made.short.tolist()) == {0, 1, 4}
    assert dict(zip(made.short.tolist(), made.reasons.tolist(), strict=True))[4] == Shortage.ALL_TAKEN


def test_a_newcomer_gets_an_experienced_contact_out_of_another_list_if_need_be() -> None:
    scores = np.array(
        [[-1, 0.9, 0.8, -1], [0.9, -1, 0.3, -1], [0.8, 0.3, -1, 0.2], [-1, -1, 0.2, -1]], dtype=np.float32
    )
    people = replace(equals(4), newcomer=np.arange(4) == 3, experienced=np.arange(4) == 2)
    made = allocate(best_of(scores, 3), Exposure(length=1, floor=0, cap=1), people)
    assert made.members[3].tolist() == [2]
    assert made.alone.tolist() == []


def test_few_of_one_organisation_stand_in_a_list_where_there_are_others() -> None:
    random = np.random.default_rng(5)
    scores = scores_of(random, 30, density=1, levels=50)
    people = replace(equals(30), organisations=(np.arange(30) // 15).astype(np.int32))
    made = allocate(best_of(scores, 20), Exposure(length=6, floor=2, cap=12, per_organisation=3), people)
    listed = people.organisations[made.members]
    assert ((listed == 0).sum(axis=1) <= 3).all()
    assert ((listed == 1).sum(axis=1) <= 3).all()


def test_what_was_shown_before_stays_unless_it_is_clearly_worse() -> None:
    scores = np.array(
        [[-1, 0.5, 0.55, 0.9], [0.5, -1, -1, -1], [0.55, -1, -1, -1], [0.9, -1, -1, -1]], np.float32
    )
    shown_before = np.array([[1], [0], [0], [0]], dtype=np.int32)
    wishes = Exposure(length=1, floor=0, cap=3, keep_bonus=0.1)
    kept = allocate(
        best_of(np.where(scores == np.float32(0.9), -1, scores), 3), wishes, equals(4), previous=shown_before
    )
    assert kept.members[0].tolist() == [1]
    assert allocate(best_of(scores, 3), wishes, equals(4), previous=shown_before).members[0].tolist() == [3]


def test_equals_are_not_all_shown_the_same_few() -> None:
    scores = np.full((40, 40), 0.5, dtype=np.float32)
    np.fill_diagonal(scores, -1)
    made = allocate(best_of(scores, 39), Exposure(length=4, floor=0, cap=40), equals(40))
    assert made.shown.max() <= 12


def test_experts_are_shown_by_the_direction_of_their_score() -> None:
    forwards = Candidates(
        members=np.array([[1], [-1], [-1]], np.int32), scores=np.array([[0.5], [-1], [-1]], np.float32)
    )
    backwards = Candidates(
        members=np.array([[-1], [-1], [0]], np.int32), scores=np.array([[-1], [-1], [0.25]], np.float32)
    )
    made = allocate(forwards, Exposure(length=2, floor=0, cap=3), equals(3), audiences=backwards)
    assert made.members.tolist() == [[1, 2], [-1, -1], [-1, -1]]
    assert made.scores[0].tolist() == [0.5, 0.25]


def test_wishes_that_no_lists_can_meet_are_refused() -> None:
    with pytest.raises(ValueError, match="under a cap"):
        Exposure(length=5, floor=4, cap=3)
    with pytest.raises(ValueError, match="under a cap"):
        Exposure(length=5, floor=1, newcomer_floor=4, cap=3)
    with pytest.raises(ValueError, match="show nobody"):
        Exposure(length=0, floor=0, cap=3)
    with pytest.raises(ValueError, match="negative"):
        Exposure(length=2, floor=0, cap=3, keep_bonus=-0.5)


def test_of_nobody_there_are_no_lists() -> None:
    none = Candidates(members=np.empty((0, 4), np.int32), scores=np.empty((0, 4), np.float32))
    made = allocate(none, Exposure(length=3, floor=1, cap=3), equals(0))
    assert made.members.shape == (0, 3)


@given(SEEDS)
def test_every_rule_is_obeyed_and_whoever_falls_short_is_named(seed: int) -> None:
    random = np.random.default_rng(seed)
    world, wishes = a_world(random), some_wishes(random)
    made = allocate(world.candidates(), wishes, world.people)
    assert_obeyed(made, world.allowed(), wishes, world.people)
    assert np.array_equal(made.scores[made.members >= 0], _scores_in(world, made.members))


@given(SEEDS)
def test_every_rule_is_obeyed_where_scores_have_a_direction(seed: int) -> None:
    random = np.random.default_rng(seed)
    world, wishes = a_world(random), some_wishes(random)
    scores = np.where(world.scores < 0, world.scores, random.integers(0, 5, world.scores.shape) / 4).astype(
        np.float32
    )
    forwards, backwards = best_of(scores, world.width), best_of(scores.T.copy(), world.width)
    made = allocate(forwards, wishes, world.people, audiences=backwards)
    assert_obeyed(made, allowed_by(forwards, backwards, world.people), wishes, world.people)
    assert np.array_equal(
        made.scores[made.members >= 0], _scores_in(World(scores, 1, world.people), made.members)
    )


@given(SEEDS)
def test_whoever_is_not_here_is_in_no_list_and_the_rules_hold_for_the_others(seed: int) -> None:
    random = np.random.default_rng(seed)
    world, wishes = a_world(random), some_wishes(random)
    gone = int(random.integers(len(world.people)))
    world = replace(world, people=without(world.people, gone))
    made = allocate(world.candidates(), wishes, world.people)
    assert not (made.members == gone).any()
    assert (made.members[gone] < 0).all()
    assert_obeyed(made, world.allowed(), wishes, world.people)


@given(SEEDS)
def test_the_order_of_rows_makes_no_difference(seed: int) -> None:
    random = np.random.default_rng(seed)
    world, wishes = a_world(random), some_wishes(random)
    candidates, people = world.candidates(), world.people
    order = random.permutation(len(people))
    place = np.append(np.argsort(order), -1).astype(np.int32)
    shuffled = Candidates(members=place[candidates.members[order]], scores=candidates.scores[order])
    others = Group(**{name: getattr(people, name)[order] for name in Group.__dataclass_fields__})
    made = allocate(candidates, wishes, people)
    again = allocate(shuffled, wishes, others)
    assert np.array_equal(again.members, place[made.members[order]])
    assert np.array_equal(again.shown, made.shown[order])
    assert sorted(order[again.short]) == made.short.tolist()


@given(SEEDS)
def test_made_again_from_what_was_shown_lists_stay_as_they_are(seed: int) -> None:
    random = np.random.default_rng(seed)
    world, wishes = a_world(random), some_wishes(random)
    made = allocate(world.candidates(), wishes, world.people)
    again = allocate(world.candidates(), wishes, world.people, previous=made.members)
    assert np.array_equal(made.members, again.members)


@given(SEEDS)
def test_rules_hold_whatever_was_shown_before(seed: int) -> None:
    random = np.random.default_rng(seed)
    world, wishes = a_world(random), some_wishes(random)
    before = allocate(world.candidates(), some_wishes(random), world.people).members
    later = replace(world, scores=scores_of(random, len(world.people), density=0.8, levels=3))
    made = allocate(later.candidates(), wishes, later.people, previous=before)
    assert_obeyed(made, later.allowed(), wishes, later.people)


def test_a_keep_bonus_keeps_most_lists_when_scores_waver() -> None:
    random = np.random.default_rng(11)
    scores = scores_of(random, 120, density=1, levels=50)
    noise = random.normal(0, 0.01, scores.shape).astype(np.float32)
    wavered = np.where(scores < 0, scores, np.clip(scores + noise + noise.T, 0, 1)).astype(np.float32)
    people = group_of(random, 120)
    churn = []
    for bonus in (0.0, 0.1):
        wishes = Exposure(length=8, floor=3, cap=20, keep_bonus=bonus)
        before = allocate(best_of(scores, 40), wishes, people)
        after = allocate(best_of(wavered, 40), wishes, people, previous=before.members)
        stayed = (after.members[:, :, None] == before.members[:, None, :]).any(axis=2)
        churn.append(1 - stayed.mean())
    assert churn[1] < 0.02
    assert churn[1] < churn[0] / 3


def _scores_in(world: World, members: np.ndarray) -> np.ndarray:
    hosts, slots = np.nonzero(members >= 0)
    return world.scores[hosts, members[hosts, slots]]
