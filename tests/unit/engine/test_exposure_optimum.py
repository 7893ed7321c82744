"""Final lists against what flows and linear programmes prove to be possible."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from allocations import Allowed, World, a_world, best_of, group_of, scores_of, some_wishes
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import maximum_flow

from entremise.plugin.engine.exposure import Exposure, allocate

SEEDS = st.integers(min_value=0, max_value=2**32 - 1)


def most_places(allowed: Allowed, length: int, bounds: NDArray[np.int32]) -> int:
    """Return how many places can be filled at most when nobody is shown more often than ``bounds`` (n,)."""
    people = len(allowed)
    source, sink = 2 * people, 2 * people + 1
    graph = np.zeros((2 * people + 2, 2 * people + 2), dtype=np.int32)
    graph[source, :people] = length
    graph[:people, people : 2 * people] = allowed
    graph[people : 2 * people, sink] = bounds
    return int(maximum_flow(sparse.csr_matrix(graph), source, sink).flow_value)


@given(SEEDS)
def test_among_equals_floors_are_met_as_far_as_a_flow_can_meet_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    world, wishes = a_world(random, plain=True), some_wishes(random)
    made = allocate(world.candidates(), wishes, world.people)
    met = int(np.minimum(made.shown, wishes.floor).sum())
    assert met == most_places(
        world.allowed(), wishes.length, np.full(len(made.shown), wishes.floor, dtype=np.int32)
    )


@given(SEEDS)
def test_among_equals_as_many_places_are_filled_as_a_flow_can_fill(seed: int) -> None:
    random = np.random.default_rng(seed)
    world, wishes = a_world(random, plain=True), some_wishes(random)
    made = allocate(world.candidates(), wishes, world.people)
    # Of more than twenty thousand places a few may be let be.
    possible = most_places(
        world.allowed(), wishes.length, np.full(len(made.shown), wishes.cap, dtype=np.int32)
    )
    assert int((made.members >= 0).sum()) == possible


def greatest_total(world: World, wishes: Exposure) -> float:
    """Return the greatest total score of full lists between floor and cap; fails where there are none such."""
    hosts, people = np.nonzero(world.allowed())
    pairs = np.arange(len(hosts))
    size = (len(world.people), len(hosts))
    given_out = sparse.csr_matrix((np.ones(len(hosts)), (hosts, pairs)), shape=size)
    shown = sparse.csr_matrix((np.ones(len(hosts)), (people, pairs)), shape=size)
    floors = np.where(world.people.newcomer, wishes.newcomer_floor, wishes.floor)
    best = linprog(
        -world.scores[hosts, people],
        A_ub=sparse.vstack([shown, -shown]),
        b_ub=np.r_[np.full(size[0], wishes.cap), -floors],
        A_eq=given_out,
        b_eq=np.full(size[0], wishes.length),
        bounds=(0, 1),
        method="highs",
    )
    assert best.success
    return float(-best.fun)


def test_the_total_score_is_within_three_percent_of_the_optimum_when_a_few_are_liked_by_all() -> None:
    wishes = Exposure(length=6, floor=3, newcomer_floor=4, cap=18)
    for seed in range(4):
        random = np.random.default_rng(seed)
        scores = scores_of(random, 90, density=1, levels=1000)
        attraction = np.minimum(random.pareto(1.5, 90) / 10, 1).astype(np.float32)
        scores = np.where(scores < 0, scores, scores / 2 + (attraction[:, None] + attraction[None, :]) / 4)
        people = replace(group_of(random, 90), experienced=np.zeros(90, dtype=np.bool_))
        world = World(scores.astype(np.float32), 40, people)
        made = allocate(best_of(world.scores, 40), wishes, people)
        assert not len(made.short)
        assert made.scores.sum() >= 0.97 * greatest_total(world, wishes)
