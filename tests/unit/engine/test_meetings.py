"""Plans of meetings keep every rule, are the best there are where that can be found out, and say what stopped the rest."""

from __future__ import annotations

import itertools
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from entremise.plugin.engine.meetings import Cause, ImpossiblePins, MeetingProblem, Place, Spots
from entremise.plugin.engine.meetings_bound import relaxed
from entremise.plugin.engine.meetings_making import schedule
from entremise.plugin.engine.meetings_rules import MeetingRules

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from benchmarks.checks.meetings import broken_rules, untrue_causes, worth
from benchmarks.groups_meetings import as_plain, changed, conference, plain_places

MINUTE = 60.0
ON_SITE, REMOTE, EITHER = 1, 2, 3


def problem(
    members: list[list[int]], *, people: int = 4, slots: list[tuple[float, float]] | None = None, spots: int = 1,
    **more: Any,
) -> MeetingProblem:  # fmt: skip
    times = slots or [(0, 30), (30, 60), (60, 90)]
    width = max((len(row) for row in members), default=2)
    place = {
        name: more.pop(name) for name in ("kinds", "meetings", "capacity", "open", "walking") if name in more
    }
    said: dict[str, Any] = {
        "members": np.array([row + [-1] * (width - len(row)) for row in members], dtype=np.int32).reshape(
            -1, width
        ),
        "worth": np.ones(len(members)),
        "starts": np.array([start * MINUTE for start, _ in times]),
        "ends": np.array([end * MINUTE for _, end in times]),
        "available": np.ones((people, len(times)), dtype=np.bool_),
        "channels": np.full(people, ON_SITE, dtype=np.uint8),
        "limits": np.full(people, 9, dtype=np.int32),
        "spots": Spots(
            kinds=np.array(place.get("kinds", [Place.ROOM] * spots), dtype=np.int8),
            meetings=np.array(place.get("meetings", [1] * spots), dtype=np.int32),
            people=np.array(place.get("capacity", [9] * spots), dtype=np.int32),
            open=np.array(place.get("open", np.ones((spots, len(times)))), dtype=np.bool_),
            walking=np.array(place.get("walking", np.zeros((spots, spots))), dtype=np.float64) * MINUTE,
        ),
    }
    arrays = {
        "worth": np.float64,
        "available": np.bool_,
        "channels": np.uint8,
        "limits": np.int32,
        "pins": np.int32,
        "previous": np.int32,
    }
    return MeetingProblem(
        **{**said, **{k: np.array(v, dtype=arrays[k]) if k in arrays else v for k, v in more.items()}}
    )


@st.composite
def problems(draw: st.DrawFn, most_meetings: int = 7, *, pinned: bool = True) -> MeetingProblem:
    people, spots = draw(st.integers(2, 6)), draw(st.integers(1, 3))
    starts = draw(st.lists(st.integers(0, 12), min_size=1, max_size=4))
    slots = [(10.0 * start, 10.0 * start + draw(st.sampled_from([10, 20, 30]))) for start in starts]
    group = st.lists(st.integers(0, people - 1), min_size=2, max_size=4, unique=True)
    members = draw(st.lists(group, min_size=1, max_size=most_meetings))
    times, count = len(slots), len(members)
    grid = st.lists(
        st.lists(st.integers(0, 3), min_size=times, max_size=times), min_size=people, max_size=people
    )
    distance = draw(st.lists(st.integers(0, 25), min_size=spots * spots, max_size=spots * spots))
    walking = np.array(distance).reshape(spots, spots)
    np.fill_diagonal(walking, 0)
    numbers = lambda least, most, length: st.lists(st.integers(least, most), min_size=length, max_size=length)  # noqa: E731
    more: dict[str, Any] = {}
    if pinned:
        rows = draw(st.lists(st.integers(0, count - 1), max_size=2, unique=True))
        more["pins"] = np.array(
            [(row, draw(st.integers(-1, times - 1)), draw(st.integers(-1, spots - 1))) for row in rows]
        ).reshape(-1, 3)
    if draw(st.booleans()):
        more["previous"] = [
            (draw(st.integers(-1, times - 1)), draw(st.integers(0, spots - 1))) for _ in members
        ]
        more["previous"] = [(slot, spot if slot >= 0 else -1) for slot, spot in more["previous"]]
        more["keep_bonus"] = draw(st.sampled_from([0.0, 0.5]))
    return problem(
        members, people=people, slots=slots, spots=spots, walking=walking,
        worth=[value / 4 for value in draw(numbers(1, 8, count))], available=np.array(draw(grid)) > 0,
        channels=draw(st.lists(st.sampled_from([1, 1, 2, 3]), min_size=people, max_size=people)),
        limits=draw(numbers(0, 4, people)), kinds=draw(numbers(0, 2, spots)), meetings=draw(numbers(0, 2, spots)),
        capacity=draw(numbers(0, 7, spots)), open=np.array(draw(numbers(0, 4, spots * times))).reshape(spots, times) > 0,
        **more,
    )  # fmt: skip


@given(problems(), st.sampled_from([0, 10**6]))
def test_every_rule_holds_and_every_cause_is_true_for_whatever_is_asked(
    asked: MeetingProblem, exact: int
) -> None:
    plain = as_plain(asked)
    try:
        plan = schedule(asked, effort=0.05, exact_up_to=exact)
    except ImpossiblePins as impossible:
        clashing = impossible.meetings
    else:
        clashing = ()
    assert set(clashing) <= set(asked.pins[:, 0].tolist())
    if clashing:
        return
    places = plain_places(plan)
    assert broken_rules(plain, places) == []
    assert plan.worth == pytest.approx(worth(plain, places))
    assert plan.value <= plan.bound + 1e-6
    causes = {one.meeting: (one.cause.name, one.person) for one in plan.left_over}
    assert untrue_causes(plain, places, causes) == []


def test_the_checker_sees_what_is_broken() -> None:
    asked = problem(
        [[0, 1], [0, 2], [2, 3]], spots=2, slots=[(0, 30), (30, 60)], walking=[[0, 5], [5, 0]], limits=[9, 9, 1, 9],
        channels=[ON_SITE, ON_SITE, ON_SITE, REMOTE], available=[[1, 1], [1, 0], [1, 1], [1, 1]], pins=[(0, 0, 1)],
    )  # fmt: skip
    plain = as_plain(asked)
    assert broken_rules(plain, [(0, 1), (1, 1), None]) == []
    for places, words in (
        ([(1, 0), None, None], {"available", "pin"}),
        ([(0, 1), (1, 0), None], {"walk"}),
        ([(0, 1), (0, 1), None], {"two meetings at once", "has 2 meetings at"}),
        ([(0, 1), None, (1, 0)], {"cannot be"}),
        ([(0, 1), (1, 1), (0, 0)], {"has 2 meetings", "cannot be", "walk"}),
    ):
        said = broken_rules(plain, places)
        assert all(any(word in line for line in said) for word in words), said
    true = {2: ("NO_SUITABLE_SPOT", -1)}
    assert untrue_causes(plain, [(0, 1), (1, 1), None], true) == []
    assert untrue_causes(plain, [(0, 1), (1, 1), None], {2: ("SPOTS_FULL", -1)})
    assert untrue_causes(plain, [(0, 1), None, None], {**true, 1: ("SPOTS_FULL", -1)})
    assert untrue_causes(plain, [(0, 1), (1, 1), None], {})


def best_by_trying_all(asked: MeetingProblem) -> float | None:
    """The greatest value of all plans, ``None`` where no plan keeps the pins."""
    plain, rules = as_plain(asked), MeetingRules(asked)
    best: float | None = None
    options = [[None, *rules.places(meeting)] for meeting in range(len(rules.members))]
    for choice in itertools.product(*options):
        if not broken_rules(plain, choice):
            if rules_too_strict(asked, choice):
                continue
            value = sum(float(rules.gain(meeting)[at]) for meeting, at in enumerate(choice) if at is not None)
            best = value if best is None else max(best, value)
    return best


def rules_too_strict(asked: MeetingProblem, choice: Any) -> bool:
    """Whether somebody gets there only by a detour that is shorter than the straight way: the engine has none."""
    rules = MeetingRules(asked)
    for one, other in itertools.combinations([at for at in enumerate(choice) if at[1] is not None], 2):
        for person in set(rules.members[one[0]]) & set(rules.members[other[0]]):
            slot, there = one[1][0], other[1][0]
            if (
                rules.walkers[person]
                and there in rules.near[slot]
                and rules.too_far(slot, there)[one[1][1], other[1][1]]
            ):
                return True
    return False


@given(problems(most_meetings=4))
def test_no_other_plan_is_worth_more_and_pins_are_impossible_only_if_no_plan_keeps_them(
    asked: MeetingProblem,
) -> None:
    assume(len(asked.starts) * len(asked.spots) <= 6)
    best = best_by_trying_all(asked)
    try:
        plan = schedule(asked)
    except ImpossiblePins:
        assert best is None
        return
    assert best is not None
    assert plan.optimal
    assert plan.value == pytest.approx(best, abs=1e-5)


@given(problems(most_meetings=4, pinned=False))
def test_the_bound_is_one(asked: MeetingProblem) -> None:
    assume(len(asked.starts) * len(asked.spots) <= 6)
    best = best_by_trying_all(asked)
    assert best is not None
    rules = MeetingRules(asked)
    assert relaxed(rules).bound >= best - 1e-6
    assert relaxed(rules, detailed_up_to=-1).bound >= best - 1e-6


def test_the_same_problem_gives_the_same_plan() -> None:
    asked = conference(60, seed=3)
    one, other = (schedule(asked, seed=5, exact_up_to=0, effort=0.1) for _ in range(2))
    assert (one.places == other.places).all()
    assert one.left_over == other.left_over


def test_a_fork_of_a_process_that_has_planned_can_plan() -> None:
    asked = conference(30, seed=4)
    plan = schedule(asked)
    child = os.fork()  # as a worker does for each job
    if child == 0:
        os._exit(0 if (schedule(asked).places == plan.places).all() else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_many_meetings_come_close_to_what_is_possible_and_progress_is_told() -> None:
    asked, told = conference(200, seed=1), list[float]()
    plan = schedule(asked, exact_up_to=0, effort=0.1, progress=told.append)
    assert broken_rules(as_plain(asked), plain_places(plan)) == []
    assert plan.gap < 0.01
    assert told == sorted(told)


def test_after_a_few_changes_nearly_all_stays_where_it_was_announced() -> None:
    asked = conference(100, seed=2, breaks=300.0)
    plan = schedule(asked)
    again = schedule(changed(asked, plan))
    assert again.kept >= 0.93 * (len(asked.members) - len(plan.left_over))
    assert again.kept + again.moved + len(again.left_over) >= len(asked.members) - len(plan.left_over)


def test_two_remote_people_meet_by_video_and_a_mixed_pair_in_a_room_that_allows_it() -> None:
    rooms = [Place.ROOM, Place.VIRTUAL, Place.MIXED]
    asked = problem(
        [[0, 1], [2, 3], [1, 2]],
        spots=3,
        kinds=rooms,
        channels=[REMOTE, REMOTE, ON_SITE, ON_SITE],
        worth=[3, 2, 1],
    )
    plan = schedule(asked)
    spots = plan.places[:, 1].tolist()
    assert spots[0] == 1
    assert spots[1] in {0, 2}
    assert spots[2] == 2


def test_nobody_runs_from_one_end_of_the_house_to_the_other() -> None:
    near, far = [[0, 5], [5, 0]], [[0, 40], [40, 0]]
    slots, two_each = [(0.0, 30.0), (40.0, 70.0)], [[1, 0], [0, 1]]  # one spot is open in each slot
    for walking, placed in ((near, 2), (far, 1)):
        asked = problem([[0, 1], [0, 2]], slots=slots, spots=2, open=two_each, walking=walking)
        plan = schedule(asked)
        assert len(asked.members) - len(plan.left_over) == placed
    assert plan.left_over[0].cause == Cause.TOO_FAR
    assert plan.left_over[0].person == 0


def test_who_is_there_by_video_has_no_way_to_walk() -> None:
    asked = problem(
        [[0, 1], [0, 2]], slots=[(0.0, 30.0), (30.0, 60.0)], spots=2, open=[[1, 0], [0, 1]], walking=[[0, 9], [9, 0]],
        kinds=[Place.MIXED] * 2, channels=[REMOTE, ON_SITE, ON_SITE, ON_SITE],
    )  # fmt: skip
    assert not schedule(asked).left_over


@pytest.mark.parametrize(
    ("more", "cause", "person"),
    [
        ({"available": [[0, 0, 0], [1, 1, 1], [1, 1, 1], [1, 1, 1]]}, Cause.NO_COMMON_SLOT, 0),
        ({"available": [[1, 0, 0], [0, 1, 1], [1, 1, 1], [1, 1, 1]]}, Cause.NO_COMMON_SLOT, -1),
        ({"channels": [ON_SITE, REMOTE, EITHER, EITHER]}, Cause.NO_SUITABLE_SPOT, -1),
        ({"capacity": [1]}, Cause.SPOTS_TOO_SMALL, -1),
        ({"open": [[0, 0, 0]]}, Cause.SPOTS_CLOSED, -1),
        ({"limits": [9, 0, 9, 9]}, Cause.PERSON_AT_LIMIT, 1),
    ],
)  # fmt: skip
def test_what_stops_a_meeting_by_itself_is_named(more: dict[str, Any], cause: Cause, person: int) -> None:
    [left] = schedule(problem([[0, 1]], **more)).left_over
    assert (left.meeting, left.cause, left.person) == (0, cause, person)


def test_what_others_take_is_named() -> None:
    everybody_busy = problem([[0, 1], [0, 2]], worth=[2, 1], slots=[(0, 30)], spots=2)
    assert [(left.cause, left.person) for left in schedule(everybody_busy).left_over] == [
        (Cause.PEOPLE_BUSY, 0)
    ]
    full = problem([[0, 1], [2, 3]], worth=[2, 1], slots=[(0, 30)])
    assert [left.cause for left in schedule(full).left_over] == [Cause.SPOTS_FULL]
    limited = problem([[0, 1], [0, 2]], worth=[2, 1], limits=[1, 9, 9, 9])
    assert [(left.cause, left.person) for left in schedule(limited).left_over] == [(Cause.PERSON_AT_LIMIT, 0)]


def test_pins_that_cannot_be_kept_are_named_and_only_those() -> None:
    closed = problem([[0, 1], [2, 3]], open=[[1, 0, 1]], pins=[(1, 1, 0)])
    with pytest.raises(ImpossiblePins) as alone:
        schedule(closed)
    assert (alone.value.cause, alone.value.meetings) == (Cause.PINNED, (1,))
    clash = problem([[0, 1], [0, 2], [2, 3]], spots=3, pins=[(0, 0, 0), (1, 0, 1), (2, 2, -1)])
    with pytest.raises(ImpossiblePins) as together:
        schedule(clash)
    assert (together.value.cause, together.value.meetings) == (Cause.PINS_CLASH, (0, 1))


def test_a_pin_holds_even_when_something_dearer_must_go() -> None:
    asked = problem([[0, 1], [0, 2]], worth=[9, 1], slots=[(0, 30)], spots=1, pins=[(1, -1, -1)])
    plan = schedule(asked)
    assert plan.places.tolist() == [[-1, -1], [0, 0]]
    assert plan.optimal


@pytest.mark.parametrize(
    "wrong",
    [
        {"worth": np.zeros(1)}, {"members": np.array([[0, 0]], dtype=np.int32)}, {"ends": np.zeros(3)},
        {"members": np.array([[0, 9]], dtype=np.int32)}, {"limits": np.ones(1, dtype=np.int32)},
        {"pins": np.array([[0, 7, 0]], dtype=np.int32)}, {"members": np.array([[-1, 0]], dtype=np.int32)},
        {"pins": np.array([[0, 0, 0], [0, 1, 0]], dtype=np.int32)},
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit_together_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        replace(problem([[0, 1]]), **wrong)
