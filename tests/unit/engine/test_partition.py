"""Divisions of people into groups: for every input, rules hold or what contradicts itself is named."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entremise.plugin.engine.partition import (
    NOWHERE,
    Acquaintance,
    Code,
    Partition,
    Plan,
    Quota,
    Rule,
)
from entremise.plugin.engine.partition_feasible import arrange, rules_of, under
from entremise.plugin.engine.partition_solver import solve

PEOPLE, GROUPS = 7, 3
LAW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def partitions(draw: st.DrawFn) -> Partition:
    """Small rounds with every kind of rule, possible and impossible ones."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    worth = rng.integers(0, 9, (PEOPLE, PEOPLE)).astype(np.float32)
    worth = np.triu(worth, 1) + np.triu(worth, 1).T
    person = st.integers(0, PEOPLE - 1)
    pairs = st.lists(st.tuples(person, person), max_size=3)
    most = np.array(draw(st.lists(st.integers(1, 5), min_size=GROUPS, max_size=GROUPS)))
    least = np.minimum(np.array(draw(st.lists(st.integers(0, 2), min_size=GROUPS, max_size=GROUPS))), most)
    known = worth > 4
    return Partition(
        worth=worth,
        least=least,
        most=most,
        together=draw(st.lists(st.lists(person, min_size=2, max_size=3, unique=True), max_size=2)),
        apart=np.array(draw(pairs), dtype=np.intp).reshape(-1, 2),
        pins=np.array(
            draw(st.lists(st.tuples(person, st.integers(0, GROUPS - 1)), max_size=2)), dtype=np.intp
        ).reshape(-1, 2),
        allowed=rng.random((PEOPLE, GROUPS)) < 0.9 if draw(st.booleans()) else None,
        quotas=[Quota(flagged=rng.random(PEOPLE) < 0.5, least=np.ones(GROUPS, int), most=np.full(GROUPS, 2))]
        if draw(st.booleans())
        else [],
        acquaintance=Acquaintance(known=known, least=np.full(PEOPLE, 1)) if draw(st.booleans()) else None,
        shared=rng.random((PEOPLE, 2)) < 0.8 if draw(st.booleans()) else None,
        present=rng.random(PEOPLE) < 0.9 if draw(st.booleans()) else None,
        optional=rng.random(PEOPLE) < 0.2 if draw(st.booleans()) else None,
        leaving_cost=1.0,
    )


def holds(asked: Partition, groups: np.ndarray) -> bool:
    """Whether a division keeps all rules, by plain loops."""
    people = range(asked.people)
    present = [asked.present is None or bool(asked.present[p]) for p in people]
    optional = [asked.optional is not None and bool(asked.optional[p]) for p in people]
    may = asked.may()
    for p in people:
        if groups[p] == NOWHERE:
            if present[p] and not optional[p]:
                return False
        elif not present[p] or not may[p, groups[p]]:
            return False
    if not all(_group_holds(asked, [p for p in people if groups[p] == g], g) for g in range(asked.groups)):
        return False
    apart = all(a == b or groups[a] == NOWHERE or groups[a] != groups[b] for a, b in asked.apart)
    together = all(len({groups[p] for p in rule if present[p]}) <= 1 for rule in asked.together)
    return apart and together


def _group_holds(asked: Partition, members: list[int], group: int) -> bool:
    if not asked.least[group] <= len(members) <= asked.most[group]:
        return False
    for quota in asked.quotas:
        count = sum(bool(quota.flagged[p]) for p in members)
        if count > quota.most[group] or (members and count < quota.least[group]):
            return False
    if asked.shared is not None and members and not asked.shared[members].all(axis=0).any():
        return False
    if asked.acquaintance is None:
        return True
    known, least = asked.acquaintance.known, asked.acquaintance.least
    return all(sum(bool(known[p, q]) for q in members if q != p) >= least[p] for p in members)


def possible(asked: Partition) -> bool:
    """Whether any division at all keeps the rules: all of them are tried."""
    choices = []
    for p in range(asked.people):
        here = asked.present is None or asked.present[p]
        free = [g for g in range(asked.groups) if here and asked.may()[p, g]]
        stays_away = not here or (asked.optional is not None and asked.optional[p])
        choices.append(free + ([NOWHERE] if stays_away else []))
    return any(holds(asked, np.array(one)) for one in product(*choices))


@given(partitions())
@LAW
def test_rules_hold_or_what_contradicts_itself_is_named(asked: Partition) -> None:
    plan = solve([asked], effort=0.02, seed=1)
    if plan.conflict is None:
        assert holds(asked, plan.groups[0])
        return
    assert (plan.groups == NOWHERE).all()
    assert plan.conflict.proved
    assert not possible(under(asked, plan.conflict.rules))


@given(partitions())
@LAW
def test_the_solver_finds_a_division_exactly_where_there_is_one(asked: Partition) -> None:
    answer = arrange(asked, 10.0)
    assert answer.possible is possible(asked)
    if answer.groups is not None:
        assert holds(asked, answer.groups)


@given(partitions())
@settings(LAW, max_examples=10)
def test_without_any_one_rule_of_a_conflict_the_others_can_hold(asked: Partition) -> None:
    conflict = solve([asked], effort=0.02, seed=1).conflict
    if conflict is not None and conflict.smallest:
        for rule in conflict.rules:
            fewer = [other for other in conflict.rules if other != rule]
            assert possible(under(asked, fewer))


def test_all_rules_together_are_the_problem_itself() -> None:
    asked = _plain(6, 2, together=[[0, 1]], apart=np.array([[0, 2]]), pins=np.array([[3, 1]]))
    whole, none = under(asked, rules_of(asked)), under(asked, [])
    assert whole.most.tolist() == asked.most.tolist()
    assert (len(whole.together), len(whole.apart), len(whole.pins)) == (1, 1, 1)
    assert (len(none.together), len(none.apart), len(none.pins)) == (0, 0, 0)


def _plain(people: int, groups: int, **more: object) -> Partition:
    rng = np.random.default_rng(0)
    worth = rng.random((people, people)).astype(np.float32)
    worth = np.triu(worth, 1) + np.triu(worth, 1).T
    size = -(-people // groups)
    return Partition(
        worth=worth,
        least=np.zeros(groups, int),
        most=np.full(groups, size),
        **more,  # type: ignore[arg-type]
    )


def test_the_best_division_of_few_people_is_found() -> None:
    asked = _plain(9, 3)
    best = max(
        sum(asked.worth[a, b] for a, b in combinations(range(9), 2) if groups[a] == groups[b])
        for groups in product(range(3), repeat=9)
        if groups[0] == 0 and np.bincount(groups, minlength=3).max() == 3
    )
    assert solve([asked], effort=0.2).worth == pytest.approx(best, rel=1e-5)


def test_the_same_seed_gives_the_same_plan() -> None:
    asked = _plain(24, 6, together=[[0, 1]], apart=np.array([[2, 3]]))
    one, other = (solve([asked], effort=0.05, seed=5) for _ in range(2))
    assert (one.groups == other.groups).all()


def test_sixteen_people_meet_nobody_twice_in_five_rounds_of_four() -> None:
    rounds = [Partition(worth=np.zeros((16, 16), np.float32), least=np.full(4, 4), most=np.full(4, 4))] * 5
    plan = solve(rounds, without_repeats=True)
    assert plan.conflict is None
    assert plan.repeats == _repeats(plan) == 0


def test_a_sixth_round_without_repeats_is_impossible() -> None:
    rounds = [Partition(worth=np.zeros((16, 16), np.float32), least=np.full(4, 4), most=np.full(4, 4))] * 6
    conflict = solve(rounds, without_repeats=True, effort=0.05).conflict
    assert conflict is not None
    assert conflict.proved
    assert Rule(Code.REPEATS) in conflict.rules


def test_whoever_is_kept_together_may_meet_again() -> None:
    asked = _plain(8, 2, together=[[0, 1]])
    plan = solve([asked, asked], repeat_cost=5.0, effort=0.1)
    assert plan.conflict is None
    assert (plan.groups[:, 0] == plan.groups[:, 1]).all()


def test_who_met_before_is_kept_from_meeting_again() -> None:
    asked = Partition(worth=np.zeros((4, 4), np.float32), least=np.full(2, 2), most=np.full(2, 2))
    met = np.zeros((4, 4), dtype=np.int32)
    met[0, 1] = met[1, 0] = met[2, 3] = met[3, 2] = 1
    plan = solve([asked], met=met, without_repeats=True)
    assert plan.conflict is None
    assert plan.groups[0, 0] != plan.groups[0, 1]


def test_a_start_that_holds_all_rules_is_never_made_worse() -> None:
    asked = _plain(20, 4)
    first = solve([asked], effort=0.02, seed=3)
    again = solve([asked], effort=0.01, seed=4, start=first.groups)
    assert again.objective >= first.objective - 1e-6


def test_progress_never_falls_and_ends_at_one() -> None:
    told: list[float] = []
    solve([_plain(30, 5)], effort=0.07, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_row_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="row"):
        solve([_plain(6, 2, apart=np.array([[0, 9]]))])


def _repeats(plan: Plan) -> int:
    people = plan.groups.shape[1]
    meetings = [sum(row[a] == row[b] for row in plan.groups) for a, b in combinations(range(people), 2)]
    return sum(count - 1 for count in meetings if count > 1)
