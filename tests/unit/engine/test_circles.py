"""Circles keep their rules whatever is asked, or name what stands in the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from crowd_of import some_people
from hypothesis import given, settings
from hypothesis import strategies as st

from entremise.plugin.engine.circles import Circles, Wanted, form, traits
from entremise.plugin.engine.circles_cause import Why
from entremise.plugin.engine.circles_free import form_free, how_many, worth_of
from entremise.plugin.engine.circles_hosts import expert_scorer, hosts_of, with_help
from entremise.plugin.engine.circles_keep import continued
from entremise.plugin.engine.circles_worth import circle_scorer, worth

QUICK = {"effort": 0.1, "seconds": 1.0}


def wanted_of(count: int, seed: int = 0, **more: object) -> Wanted:
    """People who could all talk to each other, from as many organisations as there are circles or more."""
    random = np.random.default_rng(seed)
    near = random.random((count, count)).astype(np.float32)
    plain = Wanted(
        worth=near + near.T, traits=np.zeros((count, 0), dtype=np.bool_), least=np.empty(0, dtype=np.intp),
        most=np.empty(0, dtype=np.intp), organisations=(np.arange(count) // 2).astype(np.int32),
    )  # fmt: skip
    return replace(plain, **more)


def sizes(*of: int) -> dict[str, np.ndarray]:
    return {"least": np.array(of), "most": np.array(of)}


@st.composite
def problems(draw: st.DrawFn) -> Wanted:
    """Anything that an organiser may ask for, possible or not."""
    count = draw(st.integers(2, 11))
    rows = st.integers(0, count - 1)
    circles = draw(st.integers(1, max(1, count // 3)))
    pairs = st.tuples(rows, rows).filter(lambda pair: pair[0] < pair[1])
    kinds = draw(st.integers(0, 3))
    speaks = draw(
        st.lists(st.lists(st.booleans(), min_size=kinds, max_size=kinds), min_size=count, max_size=count)
    )
    return wanted_of(
        count, draw(st.integers(0, 99)),
        traits=np.array(speaks, dtype=np.bool_).reshape(count, kinds),
        organisations=np.array(draw(st.lists(st.integers(-1, 5), min_size=count, max_size=count)), dtype=np.int32),
        mixing=draw(st.sampled_from(["any", "hard"])),
        apart=np.array(draw(st.lists(pairs, max_size=3)), dtype=np.intp).reshape(-1, 2),
        pins=np.array(draw(st.lists(st.tuples(rows, st.integers(0, circles - 1)), max_size=2)), dtype=np.intp).reshape(-1, 2),
        hosts=None if draw(st.booleans()) else np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count))),
    )  # fmt: skip


def broken(wanted: Wanted, made: Circles, least: int, most: int) -> list[str]:
    """Say what is wrong with circles, by loops that know nothing of how they were made."""
    wrong = []
    for number, groups in enumerate(made.groups.tolist()):
        for circle in set(groups) - {-1}:
            rows = [row for row, at in enumerate(groups) if at == circle]
            if not least <= len(rows) <= most:
                wrong.append(f"{number}: {len(rows)} people")
            if wanted.traits.shape[1] and not any(
                all(wanted.traits[row, t] for row in rows) for t in range(wanted.traits.shape[1])
            ):
                wrong.append(f"{number}: no trait in common")
            if wanted.mixing == "hard" and wanted.organisations is not None:
                named = [wanted.organisations[row] for row in rows if wanted.organisations[row] >= 0]
                if len(set(named)) < len(named):
                    wrong.append(f"{number}: colleagues")
            if wanted.hosts is not None and not any(wanted.hosts[row] for row in rows):
                wrong.append(f"{number}: no host")
            wrong += [
                f"{one} and {other}" for one, other in wanted.apart.tolist() if one in rows and other in rows
            ]
        wrong += [f"pin of {row}" for row, circle in wanted.pins.tolist() if groups[row] not in (circle, -1)]
    return wrong


@given(problems())
@settings(max_examples=12, deadline=None)
def test_every_rule_holds_or_a_cause_is_named_when_sizes_are_given(wanted: Wanted) -> None:
    circles = max(1, len(wanted.worth) // 3)
    each = np.array([len(part) for part in np.array_split(np.arange(len(wanted.worth)), circles)])
    asked = replace(wanted, least=each, most=each)
    made = form(asked, **QUICK)
    if made.causes:
        assert (made.groups == -1).all()
        assert all(cause.why in Why for cause in made.causes)
    else:
        assert broken(asked, made, int(each.min()), int(each.max())) == []
        assert sorted(np.bincount(made.groups[0]).tolist()) == sorted(each.tolist())
        assert made.worth == pytest.approx(worth_of(asked, made.groups), rel=1e-4)


@given(problems())
@settings(max_examples=12, deadline=None)
def test_every_rule_holds_and_who_is_left_over_has_a_reason_when_sizes_are_free(wanted: Wanted) -> None:
    made = form_free(replace(wanted, pins=np.empty((0, 2), dtype=np.intp)), least=3, most=5, aim=4, **QUICK)
    if made.causes:
        assert (made.groups == -1).all()
        return
    assert broken(replace(wanted, pins=np.empty((0, 2), dtype=np.intp)), made, 3, 5) == []
    assert set(made.left) == set(made.left_over.tolist())


def test_the_same_seed_gives_the_same_circles() -> None:
    asked = wanted_of(12, **sizes(*[4] * 3))
    assert (form(asked, seed=3, effort=0.1).groups == form(asked, seed=3, effort=0.1).groups).all()


def test_people_who_belong_together_come_together() -> None:
    rows = np.arange(24) % 6
    near = (rows[:, None] == rows[None, :]).astype(np.float32)
    made = form(wanted_of(24, worth=near, mixing="any", **sizes(*[4] * 6)), effort=0.5)
    assert made.worth == 6 * 6


def test_sizes_that_do_not_add_up_are_named_with_both_numbers() -> None:
    (cause,) = form(wanted_of(10, **sizes(3, 4)), **QUICK).causes
    assert (cause.why, cause.needed, cause.found) == (Why.SIZES, 7, 10)
    (cause,) = form(wanted_of(6, **sizes(3, 4)), **QUICK).causes
    assert (cause.why, cause.needed, cause.found) == (Why.SIZES, 7, 6)


def test_with_too_few_places_some_are_left_over_when_that_is_asked_for() -> None:
    asked = wanted_of(10, leave_over=True, **sizes(3, 4))
    made = form(asked, **QUICK)
    assert len(made.left_over) == 3
    assert set(made.left.values()) == {Why.SIZES}


def test_who_shares_a_language_with_nobody_is_named_or_left_over() -> None:
    speaks = np.array([[True, False]] * 6 + [[False, True]])
    (cause,) = form(wanted_of(7, traits=speaks, **sizes(3, 4)), **QUICK).causes
    assert (cause.why, cause.people) == (Why.LANGUAGE, (6,))
    asked = wanted_of(7, traits=speaks)
    made = form_free(asked, **QUICK)
    assert made.left_over.tolist() == [6]
    assert made.left == {6: Why.LANGUAGE}


def test_more_colleagues_than_circles_cannot_be_kept_apart() -> None:
    firm = np.array([0, 0, 0, 1, 2, 3], dtype=np.int32)
    (cause,) = form(wanted_of(6, organisations=firm, mixing="hard", **sizes(3, 3)), **QUICK).causes
    assert (cause.why, cause.people, cause.needed, cause.found) == (Why.ORGANISATION, (0, 1, 2), 2, 3)


def test_fewer_hosts_than_circles_are_named() -> None:
    hosts = np.array([True] + [False] * 8)
    (cause,) = form(wanted_of(9, hosts=hosts, **sizes(3, 3, 3)), **QUICK).causes
    assert (cause.why, cause.needed, cause.found) == (Why.HOSTS, 3, 1)


@pytest.mark.parametrize(
    ("pins", "apart", "why", "people"),
    [
        ([(0, 0), (0, 1)], [], Why.PINS, (0,)),
        ([(0, 1), (1, 1), (2, 1), (3, 1)], [], Why.PINS, (0, 1, 2, 3)),
        ([(0, 1), (1, 1)], [(0, 1)], Why.APART, (0, 1)),
    ],
)
def test_pins_that_contradict_are_named(
    pins: list[tuple[int, int]], apart: list[tuple[int, int]], why: Why, people: tuple[int, ...]
) -> None:
    asked = wanted_of(
        6, pins=np.array(pins), apart=np.array(apart, dtype=np.intp).reshape(-1, 2), **sizes(3, 3)
    )
    (cause,) = form(asked, **QUICK).causes
    assert (cause.why, cause.people) == (why, people)


def test_in_a_rotation_nobody_meets_anybody_twice() -> None:
    made = form(wanted_of(9, rounds=3, organisations=None, **sizes(3, 3, 3)), effort=0.3)
    assert not made.causes
    met = [
        (one, other)
        for groups in made.groups
        for one in range(9)
        for other in range(one)
        if groups[one] == groups[other]
    ]
    assert len(met) == len(set(met)) == 3 * 3 * 3
    assert made.repeats == 0


def test_more_rounds_than_there_are_people_to_meet_are_refused_with_the_reason() -> None:
    made = form(wanted_of(6, rounds=4, **sizes(3, 3)), effort=0.1, seconds=1)
    assert Why.REPEATS in {cause.why for cause in made.causes}


def test_circles_of_before_go_on_when_people_come_and_go() -> None:
    first = wanted_of(40, seed=1)
    before = form_free(first, effort=0.1).groups
    fresh = wanted_of(41, seed=2).worth
    fresh[:40, :40] = first.worth
    there = np.append(np.arange(1, 40), 40)  # the first one left, somebody else came
    after = wanted_of(40, worth=fresh[np.ix_(there, there)], before=np.append(before[:, 1:], [[-1]], axis=1))
    made = form_free(after, effort=0.1)
    assert (made.groups[0, :-1] == before[0, 1:]).mean() >= 0.95
    assert made.groups[0, -1] >= 0


def test_a_circle_without_a_place_is_dissolved_and_the_others_keep_their_numbers() -> None:
    before = np.array([0, 0, 0, 1, 1, 2, 2, 2, -1], dtype=np.int32)
    three = np.full(2, 3)
    stay = continued(before, three, np.full(2, 8), np.empty((0, 2), dtype=np.intp))
    assert stay[:3].tolist() == [0, 0, 0]
    assert stay[5:8].tolist() == [1, 1, 1]
    assert stay[[3, 4, 8]].tolist() == [-1, -1, -1]


def test_no_more_circles_are_made_than_there_are_people_for() -> None:
    assert [how_many(people, 3, 8, 5) for people in (2, 3, 7, 8, 9, 17, 100)] == [0, 1, 1, 2, 2, 3, 20]


def test_worth_is_symmetric_and_counts_colleagues_less_when_organisations_are_mixed() -> None:
    crowd = some_people(np.random.default_rng(5), 40)
    plain, mixed = (worth(circle_scorer(crowd), mixed=mixed) for mixed in (False, True))
    assert np.allclose(plain, plain.T, atol=1e-5)
    assert (plain >= 0).all()
    assert np.isfinite(plain).all()
    same = (crowd.organisations[:, None] == crowd.organisations) & (crowd.organisations >= 0)
    np.fill_diagonal(same, val=False)
    assert (mixed[same] <= plain[same]).all()
    assert np.array_equal(mixed[~same], plain[~same])


def test_people_who_told_nothing_get_circles_too() -> None:
    crowd = some_people(np.random.default_rng(5), 12)
    silent = replace(
        crowd,
        counts=np.zeros_like(crowd.counts),
        items=crowd.items[:0],
        sectors=np.full(12, -1, dtype=np.int32),
    )
    found = worth(circle_scorer(silent))
    assert not found.any()
    assert not form_free(wanted_of(12, worth=found), **QUICK).left_over.size


def test_traits_are_languages_and_ways_to_meet_together() -> None:
    crowd = some_people(np.random.default_rng(1), 4)
    everything = np.uint64(2**64 - 1)
    crowd = replace(
        crowd,
        languages=np.array([[1], [3], [2], [everything]], dtype=np.uint64),
        channels=np.array([1, 3, 3, 2], dtype=np.uint8),
    )
    found = traits(crowd)

    def talk(*rows: int) -> bool:
        return bool(found[list(rows)].all(axis=0).any())

    assert talk(0, 1)
    assert talk(1, 2, 3)
    assert not talk(0, 2), "no language"
    assert not talk(0, 3), "no way to meet"
    assert not talk(0, 1, 2), "no one language for all three"


def test_where_everybody_can_talk_to_everybody_nothing_is_ruled_out() -> None:
    crowd = some_people(np.random.default_rng(1), 4)
    crowd = replace(
        crowd, languages=np.full((4, 1), 2**64 - 1, dtype=np.uint64), channels=np.full(4, 3, dtype=np.uint8)
    )
    assert traits(crowd).shape == (4, 0)


def test_a_host_is_the_one_of_the_named_who_offers_most_and_each_circle_has_one() -> None:
    crowd = some_people(np.random.default_rng(3), 12)
    hosts = np.arange(12) % 3 == 0
    scorer = expert_scorer(crowd)
    near = with_help(worth(circle_scorer(crowd)), scorer, hosts)
    assert np.allclose(near, near.T, atol=1e-5)
    made = form(wanted_of(12, worth=near, organisations=None, hosts=hosts, **sizes(4, 4, 4)), **QUICK)
    found = hosts_of(made, scorer, hosts)
    assert [made.groups[0, host.row] for host in found[0]] == [0, 1, 2]
    assert all(hosts[host.row] for host in found[0])
