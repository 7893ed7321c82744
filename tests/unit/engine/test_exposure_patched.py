"""Lists patched for the people who changed: every rule holds as after making them anew, and little else moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from allocations import World, a_world, assert_obeyed, best_of, group_of, scores_of, some_wishes, without
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from entremise.plugin.engine.exposure import Allocation, Candidates, Exposure, Group, allocate, reallocate

SEEDS = st.integers(min_value=0, max_value=2**32 - 1)


def changed_rows(before: Candidates, after: Candidates) -> NDArray[np.intp]:
    known = len(before.members)
    same = (before.members == after.members[:known]) & (before.scores == after.scores[:known])
    return np.flatnonzero(~same.all(axis=1))


def joined_by_one(random: np.random.Generator, world: World) -> World:
    people = len(world.people)
    scores = scores_of(random, people + 1, density=0.8, levels=3)
    scores[:people, :people] = world.scores
    one = group_of(random, 1)
    group = Group(
        **{
            name: np.append(getattr(world.people, name), getattr(one, name))
            for name in Group.__dataclass_fields__
        }
    )
    return replace(
        world, scores=scores, people=replace(group, ids=np.append(world.people.ids, 1000 + people))
    )


def changed_in_one(random: np.random.Generator, world: World, row: int) -> World:
    scores = world.scores.copy()
    scores[row] = scores_of(random, len(scores), density=0.8, levels=3)[row]
    scores[row, row] = -1
    scores[:, row] = scores[row]
    return replace(world, scores=scores)


@given(SEEDS)
def test_every_rule_is_obeyed_after_any_sequence_of_changes(seed: int) -> None:
    random = np.random.default_rng(seed)
    world, wishes = a_world(random), replace(some_wishes(random), per_organisation=0)
    made = allocate(world.candidates(), wishes, world.people)
    for _ in range(int(random.integers(1, 6))):
        before = world
        row = int(random.integers(len(world.people)))
        change = random.integers(3)
        if change == 0:
            # Whoever leaves is still among the candidates of others, and out of every list at once.
            world = replace(world, people=without(world.people, row))
        elif change == 1:
            world = joined_by_one(random, world)
        else:
            world = changed_in_one(random, world, row)
        touched = np.union1d(
            changed_rows(before.candidates(), world.candidates()), row if change != 1 else []
        )
        made = reallocate(made, world.candidates(), wishes, world.people, touched=touched.astype(np.intp))
        assert_obeyed(made, world.allowed(), wishes, world.people)
        listed = made.members >= 0
        hosts, slots = np.nonzero(listed)
        assert np.array_equal(made.scores[listed], world.scores[hosts, made.members[hosts, slots]])


@given(SEEDS)
def test_where_nothing_changed_nothing_moves(seed: int) -> None:
    random = np.random.default_rng(seed)
    world, wishes = a_world(random), some_wishes(random)
    # Lists sort equals by row, and making them anew by id.
    world = replace(world, people=replace(world.people, ids=np.sort(world.people.ids)))
    made = allocate(world.candidates(), wishes, world.people)
    touched = random.permutation(len(world.people))[: int(random.integers(0, 3))]
    again = reallocate(made, world.candidates(), wishes, world.people, touched=touched)
    assert np.array_equal(again.members, made.members)


def a_conference() -> tuple[World, Exposure, Allocation]:
    random = np.random.default_rng(8)
    world = World(scores_of(random, 300, density=0.9, levels=1000), 40, group_of(random, 300))
    wishes = Exposure(length=8, floor=3, newcomer_floor=4, cap=24, per_organisation=4, keep_bonus=0.05)
    return world, wishes, allocate(world.candidates(), wishes, world.people)


def test_somebody_who_leaves_is_out_of_all_lists_and_only_the_lists_that_had_them_change_much() -> None:
    world, wishes, made = a_conference()
    popular = int(made.shown.argmax())
    people = without(world.people, popular)
    after = reallocate(made, world.candidates(), wishes, people, touched=np.array([popular]))
    assert not (after.members == popular).any()
    assert (after.members[popular] < 0).all()
    had = (made.members == popular).any(axis=1)
    had[popular] = True
    other = (after.members != made.members).any(axis=1) & ~had
    assert other.sum() <= made.shown.max()
    assert not len(after.short)


def test_somebody_new_is_shown_at_once_and_few_lists_change_for_it() -> None:
    world, wishes, made = a_conference()
    later = joined_by_one(np.random.default_rng(9), world)
    touched = changed_rows(world.candidates(), later.candidates())
    after = reallocate(made, later.candidates(), wishes, later.people, touched=touched)
    assert after.shown[-1] >= wishes.floor
    assert (after.members[-1] >= 0).all()
    untouched = np.setdiff1d(np.arange(300), touched)
    assert (after.members[untouched] != made.members[untouched]).any(axis=1).sum() <= 2 * wishes.cap


def test_patched_lists_are_worth_nearly_what_lists_made_anew_are() -> None:
    world, wishes, made = a_conference()
    random = np.random.default_rng(10)
    for row in random.permutation(300)[:20].tolist():
        before, world = world, changed_in_one(random, world, row)
        touched = np.union1d(changed_rows(before.candidates(), world.candidates()), row)
        made = reallocate(made, world.candidates(), wishes, world.people, touched=touched)
    anew = allocate(best_of(world.scores, 40), wishes, world.people)
    assert made.scores[made.members >= 0].sum() >= 0.97 * anew.scores[anew.members >= 0].sum()
