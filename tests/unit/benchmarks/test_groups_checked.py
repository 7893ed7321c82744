"""The checks behind the figures of groups see what is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import groups_circles, groups_pairs, groups_seating
from benchmarks.crowds import resembling
from entremise.plugin.engine.circles import Circles


def test_plain_rules_and_the_engine_agree_on_who_may_be_paired() -> None:
    crowd = groups_pairs._people(60, 30, seed=1)
    there = np.random.default_rng(1).random(len(crowd)) < 0.9
    possible = groups_pairs._possible(groups_pairs._programme(crowd, 60, there), 60)
    assert 0 < possible.mean() < 1

    allowed = groups_pairs._by_rules(crowd, 60, possible, there)
    assert [[allowed(one, other) for other in range(30)] for one in range(60)] == possible.tolist()


@pytest.mark.parametrize("wrongly", [True, False])
def test_one_pair_that_the_engine_judges_wrongly_is_told(wrongly: bool) -> None:
    crowd = groups_pairs._people(60, 30, seed=1)
    possible = groups_pairs._possible(groups_pairs._programme(crowd, 60), 60)
    mentee, mentor = np.argwhere(possible != wrongly)[0]
    possible[mentee, mentor] = wrongly

    with pytest.raises(AssertionError, match=f"mentee {mentee} and mentor {mentor}"):
        groups_pairs._by_rules(crowd, 60, possible)


def test_circles_without_a_language_in_common_are_told() -> None:
    crowd = resembling(40, seed=0)
    people = groups_circles._plainly(crowd, np.arange(40))
    made = Circles(groups=(np.arange(40) // 5)[None].astype(np.int32), worth=0.0)

    with pytest.raises(AssertionError, match="no language and way to meet in common"):
        groups_circles._keep_rules(people, made, np.arange(40))


def test_the_planted_plan_of_a_gala_is_worth_more_than_tables_by_lot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups_seating, "GUESTS", 40)
    monkeypatch.setattr(groups_seating, "TABLES", 4)
    monkeypatch.setattr(groups_seating, "RULES", {"together": 2, "apart": 4, "pins": 3})
    _, problem, best = groups_seating.gala(1)

    assert 0.3 * best < groups_seating._by_lot(problem, 1) < 0.9 * best
