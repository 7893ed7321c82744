"""Plans of mentor and mentee: rules hold whatever comes in, what stands in the way is named, little is moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from crowd_of import some_people
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchmarks.checks import pairs as checks
from entremise.plugin.engine.crowd import Crowd
from entremise.plugin.engine.kinds import KINDS
from entremise.plugin.engine.mentorship import Plan, Wishes, pair
from entremise.plugin.engine.mentorship_lacking import Reason
from entremise.plugin.engine.mentorship_rules import GroupRules, Programme
from entremise.plugin.engine.mentorship_stable import Preferences
from entremise.plugin.engine.scoring import Scorer

Rows = NDArray[np.intp]


@dataclass
class Case:
    crowd: Crowd
    pool: Programme
    capacities: Rows
    paused: NDArray[np.bool_]
    pins: Rows
    kept: Rows

    def plan(self, **more: Any) -> Plan:
        both = Preferences(self.pool.values, lambda rows: self.pool.scores(rows)[:, ::-1].copy())
        return pair(
            self.pool, len(self.pool.mentees), self.capacities,
            Wishes(pins=self.pins, kept=self.kept, **more), preferences=both,
        )  # fmt: skip

    def stops_for_ever(self, mentee: int, mentor: int) -> bool:
        """What not even a pin may do: written down again, without the engine."""
        one, other = int(self.pool.mentees[mentee]), int(self.pool.mentors[mentor])
        vetoes = {frozenset(map(int, veto)) for veto in self.crowd.vetoes}
        return (
            one == other
            or frozenset((one, other)) in vetoes
            or bool(self.paused[one] or self.paused[other])
            or not int(self.crowd.languages[one, 0]) & int(self.crowd.languages[other, 0])
            or not int(self.crowd.channels[one]) & int(self.crowd.channels[other])
        )

    def allowed(self, mentee: int, mentor: int) -> bool:
        one, other = int(self.pool.mentees[mentee]), int(self.pool.mentors[mentor])
        mine, theirs = int(self.crowd.seniority[one]), int(self.crowd.seniority[other])
        gap = self.pool.rules.seniority_gap
        if gap is not None and mine >= 0 and theirs >= 0 and theirs - mine < gap:
            return False
        mine, theirs = int(self.crowd.organisations[one]), int(self.crowd.organisations[other])
        if self.pool.rules.organisations == "other" and mine == theirs >= 0:
            return False
        return not self.stops_for_ever(mentee, mentor)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(2, 24))
    crowd = some_people(random, count)
    vetoes = random.integers(0, count, (draw(st.integers(0, 12)), 2))
    crowd = replace(crowd, vetoes=vetoes[vetoes[:, 0] != vetoes[:, 1]])
    role = random.integers(0, 4, count)
    mentees, mentors = np.flatnonzero((role == 1) | (role == 3)), np.flatnonzero((role == 2) | (role == 3))
    paused = random.random(count) < draw(st.sampled_from([0.0, 0.2]))
    rules = GroupRules(
        seniority_gap=draw(st.sampled_from([None, 0, 1, 3])),
        organisations=draw(st.sampled_from(["any", "other"])),
    )
    pool = Programme(Scorer(crowd, KINDS["mentorship"]), mentees, mentors, rules, paused=paused)
    wishes = [np.empty((0, 2), dtype=np.intp)] * 2
    if len(mentees) and len(mentors):
        wishes = [
            np.stack([random.integers(0, len(mentees), size), random.integers(0, len(mentors), size)], axis=1)
            for size in (draw(st.integers(0, 4)), draw(st.integers(0, 8)))
        ]
    return Case(crowd, pool, random.integers(0, 4, len(mentors)), paused, *wishes)


@settings(deadline=None)
@given(cases(), st.sampled_from([None, "mentees", "mentors"]), st.sampled_from([0.0, 0.3]))
def test_capacities_vetoes_languages_pauses_and_pins_hold_for_every_input(
    case: Case, stable: Any, load: float
) -> None:
    plan = case.plan(stable=stable, load=load)
    pairs = [(int(mentee), int(mentor)) for mentee, mentor in plan.pairs]
    refused = {(pin.mentee, pin.mentor) for pin in plan.refused}
    pins = {(int(mentee), int(mentor)) for mentee, mentor in case.pins} - refused
    assert not checks.broken(
        pairs, capacities=case.capacities.tolist(), pins=pins, allowed=case.allowed,
        vetoes={pair for pair in pairs if case.stops_for_ever(*pair)},
    )  # fmt: skip
    assert {pair for pair, pinned in zip(pairs, plan.pinned, strict=True) if pinned} == pins
    assert sorted([one.mentee for one in plan.lacking] + [mentee for mentee, _ in pairs]) == list(
        range(len(case.pool.mentees))
    )


@settings(deadline=None)
@given(cases())
def test_a_pin_is_refused_only_for_a_cause_that_is_named(case: Case) -> None:
    plan = case.plan()
    made = {(int(mentee), int(mentor)) for mentee, mentor in plan.pairs}
    for pin in plan.refused:
        if pin.reason == "full":
            held = [mentee for mentee, mentor in made if mentor == pin.mentor]
            assert len(held) == case.capacities[pin.mentor]
        elif pin.reason == "twice":
            assert any(mentee == pin.mentee and mentor != pin.mentor for mentee, mentor in made)
        else:
            assert case.stops_for_ever(pin.mentee, pin.mentor)


@settings(deadline=None)
@given(cases())
def test_who_is_left_over_is_told_what_stopped_them_and_it_is_true(case: Case) -> None:
    plan = case.plan()
    filled = np.bincount(plan.pairs[:, 1], minlength=len(case.capacities))
    for one in plan.lacking:
        others = [
            mentor
            for mentor in range(len(case.pool.mentors))
            if case.pool.mentors[mentor] != case.pool.mentees[one.mentee]
        ]
        hindered = case.pool.hindrances(np.array([one.mentee]))[0]
        fit = [mentor for mentor in others if hindered[mentor] == 0]
        if one.reason is Reason.FULL:
            assert len(fit) == one.mentors > 0
            assert all(filled[mentor] >= case.capacities[mentor] for mentor in fit)
        else:
            assert not fit
            assert (one.reason is Reason.NOBODY) == (not others)
            assert one.reason is not Reason.PAUSED or case.paused[case.pool.mentees[one.mentee]]
            assert (
                one.reason not in {Reason.LANGUAGE, Reason.VETO, Reason.SENIORITY} or one.others[one.reason]
            )


@settings(deadline=None)
@given(cases())
def test_the_price_of_keeping_is_what_the_plan_gives_up_and_no_more_than_the_bonus_of_what_it_keeps(
    case: Case,
) -> None:
    case = replace(case, kept=_once(case.kept))
    plan = case.plan()
    if plan.stability is None:
        assert not len(case.kept)
        return
    told = plan.stability
    free = replace(case, kept=case.kept[:0]).plan()
    assert told.kept_without <= told.before
    assert np.isclose(told.worth, free.total - plan.total, atol=1e-5)
    assert told.worth <= Wishes().bonus * (told.kept - told.kept_without) + 1e-5
    assert told.kept >= told.kept_without


def test_a_stable_plan_has_no_blocking_pair_and_every_plan_counts_its_own() -> None:
    random = np.random.default_rng(4)
    crowd = some_people(random, 60)
    pool = Programme(
        Scorer(crowd, KINDS["mentorship"]), np.arange(40), np.arange(40, 60), GroupRules(seniority_gap=None)
    )
    none = np.empty((0, 2), dtype=np.intp)
    case = Case(crowd, pool, np.full(20, 2), np.zeros(60, dtype=np.bool_), none, none)
    stable, best = case.plan(stable="mentees"), case.plan()
    assert stable.blocking is not None
    assert best.blocking is not None
    assert len(stable.blocking) == 0
    assert len(best.blocking) > 0
    assert len(best.pairs) >= len(stable.pairs)
    assert best.total >= stable.total


def test_each_who_is_left_over_hears_the_constraint_that_is_theirs() -> None:
    crowd = some_people(np.random.default_rng(1), 7)
    crowd = replace(
        crowd,
        languages=np.array([[1], [2], [1], [1], [1], [1], [1]], dtype=np.uint64),
        channels=np.array([1, 1, 2, 1, 1, 1, 1], dtype=np.uint8),
        seniority=np.array([0, 0, 0, 5, 0, 0, 4], dtype=np.int8),
        organisations=np.full(7, -1, dtype=np.int32),
        vetoes=np.array([[6, 4]]),
    )
    paused = np.array([False, False, False, False, False, True, False])
    pool = Programme(
        Scorer(crowd, KINDS["mentorship"]),
        np.arange(6),
        np.array([6]),
        GroupRules(seniority_gap=1),
        paused=paused,
    )
    plan = pair(pool, 6, np.array([1]))
    assert plan.pairs.tolist() == [[0, 0]]
    assert {one.mentee: one.reason for one in plan.lacking} == {
        1: Reason.LANGUAGE, 2: Reason.MODE, 3: Reason.SENIORITY, 4: Reason.VETO, 5: Reason.PAUSED,
    }  # fmt: skip
    full = pair(pool, 6, np.array([0]))
    assert full.lacking[0].reason is Reason.FULL
    assert full.lacking[0].mentors == 1


def _once(pairs: Rows) -> Rows:
    """Each mentee's first pair alone, as a plan has it."""
    first = np.unique(pairs[:, 0], return_index=True)[1]
    return pairs[first]
