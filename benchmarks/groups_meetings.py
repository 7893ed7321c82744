"""How close plans of meetings come to what is possible, how long they take, and how that grows.

``figures()`` has the share of the bound reached at 100 to 3,000 people, seconds, the power of the size with which they
grow, and what is kept when 2 % of people change; ``python -m benchmarks.groups_meetings`` prints them.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from entremise.plugin.engine.meetings import MeetingPlan, MeetingProblem, Spots
from entremise.plugin.engine.meetings_making import schedule

from .checks import meetings as checks

SIZES = (100, 300, 1_000, 3_000)
CHANGED = 0.02
KEEP_BONUS = 0.5
_WAYS = {1: "on_site", 2: "remote", 3: "both"}
_KINDS = ("room", "virtual", "mixed")


def conference(people: int, *, seed: int = 0, slots: int = 12, breaks: float = 0.0) -> MeetingProblem:
    """Return a seeded conference: three wishes for every two people, a few of them circles, in half-hour slots.

    People are there for seven slots of ten and may have four meetings. Spots lie up to a few minutes apart; a pause
    of ``breaks`` seconds lies between slots. There is room for about a tenth more meetings than are wished for.
    """
    random = np.random.default_rng(seed)
    wishes = 3 * people // 2
    groups: set[tuple[int, ...]] = set()
    while len(groups) < wishes:
        size = 2 if random.random() > 0.05 else int(random.integers(3, 6))
        groups.add(tuple(sorted(random.choice(people, size, replace=False).tolist())))
    members = np.full((wishes, max(map(len, groups))), -1, dtype=np.int32)
    for row, group in enumerate(sorted(groups, key=lambda _: random.random())):
        members[row, : len(group)] = group
    count = max(3, people // 50)
    each = max(1, round(1.1 * wishes / slots / count))
    kinds = np.zeros(count, dtype=np.int8)
    kinds[-2:] = (2, 1)  # one that may be mixed, one by video
    at = random.random((count, 2)) * 200
    walking = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)).round()
    walking[kinds == 1] = walking[:, kinds == 1] = 0
    starts = np.arange(slots) * (1800.0 + breaks)
    return MeetingProblem(
        members=members, worth=random.uniform(0.2, 1.0, wishes), starts=starts, ends=starts + 1800.0,
        available=random.random((people, slots)) < 0.7,
        channels=random.choice(np.array([1, 2, 3], dtype=np.uint8), people, p=[0.75, 0.15, 0.1]),
        limits=np.full(people, 4, dtype=np.int32),
        spots=Spots(
            kinds=kinds, meetings=np.full(count, each, dtype=np.int32), people=np.full(count, 3 * each, dtype=np.int32),
            open=np.ones((count, slots), dtype=np.bool_), walking=walking,
        ),
    )  # fmt: skip


def as_plain(problem: MeetingProblem) -> Mapping[str, Any]:
    """Return the problem as the checker reads it."""
    spots = problem.spots
    return {
        "meetings": [[one for one in row if one >= 0] for row in problem.members.tolist()],
        "worth": problem.worth.tolist(),
        "slots": list(zip(problem.starts.tolist(), problem.ends.tolist(), strict=True)),
        "available": [set(np.flatnonzero(row).tolist()) for row in problem.available],
        "channels": [_WAYS[way] for way in problem.channels.tolist()],
        "limits": problem.limits.tolist(),
        "spots": [
            {"kind": _KINDS[spots.kinds[at]], "meetings": int(spots.meetings[at]), "people": int(spots.people[at]),
             "open": set(np.flatnonzero(spots.open[at]).tolist())}
            for at in range(len(spots))
        ],
        "walking": spots.walking.tolist(),
        "pins": {
            meeting: (slot if slot >= 0 else None, spot if spot >= 0 else None)
            for meeting, slot, spot in problem.pins.tolist()
        },
    }  # fmt: skip


def plain_places(plan: MeetingPlan) -> Sequence[tuple[int, int] | None]:
    """Return the plan as the checker reads it."""
    return [(slot, spot) if slot >= 0 else None for slot, spot in plan.places.tolist()]


def changed(problem: MeetingProblem, plan: MeetingPlan, *, seed: int = 0) -> MeetingProblem:
    """Return the problem after a few people left and others came with new times, with the plan as announced."""
    random = np.random.default_rng(seed)
    available = problem.available.copy()
    others = random.random(len(available)) < CHANGED
    available[others] = random.random((int(others.sum()), available.shape[1])) < 0.5
    return replace(problem, available=available, previous=plan.places, keep_bonus=KEEP_BONUS)


def figures(sizes: Sequence[int] = SIZES) -> dict[str, Any]:
    """Return the figures; raises ``AssertionError`` when the checker finds a rule broken or a cause untrue."""
    found: dict[str, Any] = {}
    for people in sizes:
        problem = conference(people)
        began = time.perf_counter()
        plan = schedule(problem)
        found[f"meetings_seconds_{people}"] = round(time.perf_counter() - began, 2)
        _check(problem, plan)
        found[f"meetings_share_{people}"] = round(1.0 - plan.gap, 5)
        found[f"meetings_optimal_{people}"] = plan.optimal
        if people <= 1_000:
            again = changed(problem, plan)
            _check(again, after := schedule(again))
            possible = sum(_still_possible(again))
            found[f"meetings_kept_{people}"] = round(after.kept / max(1, possible), 4)
            free = schedule(replace(again, previous=None, keep_bonus=0.0))
            best = max(free.worth, after.worth)  # neither need be the best there is
            found[f"meetings_stability_price_{people}"] = round(1.0 - after.worth / best, 5)
    for one, other in pairwise(sizes):
        times = found[f"meetings_seconds_{other}"] / max(0.01, found[f"meetings_seconds_{one}"])
        found[f"meetings_growth_{one}_{other}"] = round(math.log(times) / math.log(other / one), 2)
    return found


def _check(problem: MeetingProblem, plan: MeetingPlan) -> None:
    """Check rules and worth of every plan, causes where plain loops take no minutes."""
    plain, places = as_plain(problem), plain_places(plan)
    broken = checks.broken_rules(plain, places)
    assert not broken, broken[:3]
    assert abs(checks.worth(plain, places) - plan.worth) < 1e-6 * max(1.0, plan.worth)
    if len(places) <= 200:
        causes = {one.meeting: (one.cause.name, one.person) for one in plan.left_over}
        untrue = checks.untrue_causes(plain, places, causes)
        assert not untrue, untrue[:3]


def _still_possible(problem: MeetingProblem) -> list[bool]:
    """Return which announced meetings all of their people can still attend."""
    assert problem.previous is not None
    return [
        slot >= 0 and all(problem.available[person, slot] for person in row if person >= 0)
        for row, (slot, _) in zip(problem.members.tolist(), problem.previous.tolist(), strict=True)
    ]


if __name__ == "__main__":
    print(json.dumps(figures()))
