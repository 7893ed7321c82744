"""Table plans over meals, judged by the checker of the benchmarks, which shares no code with the engine."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.checks.seating import broken_rules, repeats, worth
from entremise.plugin.engine.seating import Apart, Broken, Pin, Seating, Seats, Together, seat


def _worth(guests: int, seed: int = 0) -> np.ndarray:
    found = np.triu(np.random.default_rng(seed).random((guests, guests)), 1).astype(np.float32)
    return found + found.T


def _plain(plan: Seats) -> list[list[int | None]]:
    return [[None if table < 0 else int(table) for table in row] for row in plan.tables]


@given(
    seed=st.integers(0, 1000),
    seats=st.lists(st.integers(3, 6), min_size=3, max_size=4),
    apart=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=3),
    pin=st.tuples(st.integers(0, 8), st.integers(0, 2)),
)
@settings(max_examples=15, deadline=None)
def test_a_table_plan_keeps_its_rules_or_names_what_is_in_the_way(
    seed: int, seats: list[int], apart: list[tuple[int, int]], pin: tuple[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    needs = rng.random((9, 1)) < 0.3
    offers = rng.random((len(seats), 1)) < 0.7
    hosts = rng.random(9) < 0.6
    apart = [pair for pair in apart if pair[0] != pair[1]]
    plan = seat(
        Seating(
            worth=_worth(9, seed), seats=np.array(seats), meals=2, needs=needs, offers=offers, hosts=hosts,
            together=[Together((0, 1), 1)], apart=[Apart(*pair) for pair in apart], pins=[Pin(*pin)],
        ),
        effort=0.02,
    )  # fmt: skip
    if plan.cause is not None:
        assert plan.cause.rules
        assert plan.cause.proved
        assert (plan.tables < 0).all()
        return
    problem = {
        "guests": 9, "seats": seats, "meals": 2, "apart": apart, "pins": [pin],
        "hosts": {guest for guest in range(9) if hosts[guest]},
        "needs": {guest: {"x"} for guest in range(9) if needs[guest, 0]},
        "offers": {table: {"x"} for table in range(len(seats)) if offers[table, 0]},
        "affinity": _worth(9, seed).tolist(),
    }  # fmt: skip
    assert not broken_rules(problem, _plain(plan))
    assert plan.tables[1, 0] == plan.tables[1, 1]
    assert abs(worth(problem, _plain(plan)) - plan.worth) < 1e-4


def test_acquaintances_that_no_table_can_hold_are_named() -> None:
    # Five know one another and each needs three of them; tables have four seats.
    affinity = np.zeros((8, 8), dtype=np.float32)
    affinity[:5, :5] = 1.0
    need = np.array([3] * 5 + [0] * 3)
    cause = seat(Seating(worth=affinity, seats=np.array([4, 4]), minimum=need), effort=0.02).cause
    assert cause is not None
    assert cause.proved
    assert cause.smallest
    assert set(cause.rules) == {
        Broken("seats", None, 0), *(Broken("acquaintances", guest, 0) for guest in range(5)),
    }  # fmt: skip


def test_a_rule_of_the_second_meal_is_named_by_its_place_among_all() -> None:
    cause = seat(
        Seating(
            worth=_worth(6), seats=np.array([3, 3, 3]), meals=2,
            together=[Together((2, 3), 0), Together((0, 1), 1)], apart=[Apart(4, 5, 0), Apart(0, 1)],
        ),
        effort=0.02,
    ).cause  # fmt: skip
    assert cause is not None
    assert set(cause.rules) == {Broken("together", 1, 1), Broken("apart", 1, 1)}
    assert cause.guests == (0, 1)


def test_too_few_seats_are_named_and_who_is_optional_is_left_out() -> None:
    cause = seat(Seating(worth=_worth(5), seats=np.array([2, 2])), effort=0.02).cause
    assert cause is not None
    assert cause.rules == (Broken("seats", None, 0),)
    plan = seat(Seating(worth=_worth(5), seats=np.array([2, 2]), optional=np.arange(5) == 3), effort=0.02)
    assert plan.cause is None
    assert np.flatnonzero(plan.tables[0] < 0).tolist() == [3]


def test_few_sit_together_again_at_the_next_meal() -> None:
    twice = [
        seat(Seating(worth=_worth(20), seats=np.full(5, 4), meals=2, repeats=kind), effort=0.05)
        for kind in ("any", "few")
    ]
    assert repeats(_plain(twice[1])) == twice[1].repeats < repeats(_plain(twice[0]))


def test_most_seats_stay_when_a_guest_is_replaced() -> None:
    worths = _worth(40)
    first = seat(Seating(worth=worths, seats=np.full(8, 5)), effort=0.1)
    worths[7] = worths[:, 7] = np.roll(worths[7], 3)
    worths[7, 7] = 0.0
    before = first.tables.copy()
    before[0, 7] = -1
    kept = seat(Seating(worth=worths, seats=np.full(8, 5), before=before), effort=0.1)
    assert kept.moved <= 2
    assert kept.moved == int(((before >= 0) & (before != kept.tables)).sum())


def test_the_checker_finds_each_kind_of_broken_rule() -> None:
    problem = {
        "guests": 4, "seats": [2, 1, 1], "together": [[0, 1]], "apart": [(2, 3)], "pins": [(0, 1)], "hosts": {0},
        "needs": {3: {"x"}}, "offers": {0: {"x"}}, "minimum": 1, "affinity": [[0] * 4] * 4, "least": [0, 0, 1],
    }  # fmt: skip
    found = " / ".join(broken_rules(problem, [[0, None, 1, 1]]))
    for what in ("guest 1 has no seat", "needs x", "not at table 1", "at one table", "knows 0", "2 guests at table 1",
                 "0 guests at table 2", "no host at table 1"):  # fmt: skip
        assert what in found
    assert "not together" in " / ".join(broken_rules(problem, [[0, 1, 1, 2]]))
