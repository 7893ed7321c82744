"""Circles: people who agreed, with a language in common, around what they share; made whole when somebody leaves."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from builders import EVERYTHING
from hall import Hall
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.domain.errors import InvalidPayload
from entremise.plugin.domain.plans import Brief, Group, LeftOver, Member, Pin, Plan, Planning, Problem
from entremise.plugin.engine.circles_cause import Why
from entremise.plugin.services.features.circles import Circles
from entremise.plugin.services.wording import say_why
from entremise.plugin.storage.sql import open_store

SUBJECTS = ("recycler les batteries", "former les équipes", "trouver des investisseurs")


@pytest.fixture
def circle_hall(hall: Hall) -> Hall:
    hall.settings |= {"circles.publication": "automatic", "circles.least": 3, "circles.most": 5}
    return hall


def fill(hall: Hall, people: int = 9, **profile: Any) -> None:
    for number in range(people):
        hall.put(f"p{number}", challenges=(SUBJECTS[number % 3],), languages=("fr",), **profile)


def circles_of(hall: Hall) -> list[set[str]]:
    """The circles as their members hold them: each must be told of all the others."""
    held = hall.held("circles")
    found = {
        (circle["circle"], frozenset({who, *(item["person"] for item in circle["people"])}))
        for who, payload in held.items()
        for circle in payload["circles"]
    }
    assert len({key for key, _ in found}) == len(found)
    return [set(people) for _, people in sorted(found)]


def test_people_who_share_a_challenge_are_in_one_circle_and_read_why(circle_hall: Hall) -> None:
    circle_hall.settings["circles.most"] = 3
    fill(circle_hall)
    circle_hall.run("circles")
    assert sorted(map(sorted, circles_of(circle_hall))) == [
        ["p0", "p3", "p6"], ["p1", "p4", "p7"], ["p2", "p5", "p8"],
    ]  # fmt: skip
    (circle,) = circle_hall.held("circles")["p0"]["circles"]
    assert circle["label"].startswith("Cercle ")
    assert circle["people"][0]["for_you"][0]["code"] == "same_challenge"


def test_whoever_did_not_agree_or_shares_no_language_is_in_none(circle_hall: Hall) -> None:
    fill(circle_hall)
    circle_hall.put("alone", challenges=(SUBJECTS[0],), languages=("de",))
    circle_hall.put("silent", challenges=(SUBJECTS[0],), consent=replace(EVERYTHING, groups=False))
    circle_hall.run("circles")
    assert not {"alone", "silent"} & set().union(*circles_of(circle_hall))
    assert not {"alone", "silent"} & circle_hall.held("circles").keys()
    draft = circle_hall.planning("circles").draft
    assert draft is not None
    assert [(one.person, one.because) for one in draft.left_over] == [("alone", "circle_language")]


def test_a_brief_is_followed(circle_hall: Hall) -> None:
    fill(circle_hall)
    circle_hall.brief("circles", Brief(apart=(("p0", "p3"),), together=(("p0", "p1"),), paused=("p8",)))
    circle_hall.run("circles")
    for circle in circles_of(circle_hall):
        assert not {"p0", "p3"} <= circle
        assert ("p0" in circle) == ("p1" in circle)
        assert "p8" not in circle


def test_exact_sizes_and_hosts_are_kept_and_what_cannot_be_is_named(circle_hall: Hall) -> None:
    fill(circle_hall, 8)
    hosts = [{"person": "p0"}, {"person": "p3"}]
    circle_hall.brief("circles", Brief(frame={"sizes": [5, 3], "hosts": hosts}))
    circle_hall.run("circles")
    draft = circle_hall.planning("circles").draft
    assert draft is not None
    assert sorted(len(group.members) for group in draft.groups) == [3, 5]
    for group in draft.groups:
        assert next(one.person for one in group.members if one.role == "host") in {"p0", "p3"}

    circle_hall.brief("circles", Brief(frame={"sizes": [5, 3], "hosts": hosts[:1]}))
    circle_hall.run("circles")
    draft = circle_hall.planning("circles").draft
    assert draft is not None
    assert [problem.code for problem in draft.problems] == ["circle_hosts"]
    assert {one.because for one in draft.left_over} == {"circle_hosts"}


def test_in_several_rounds_nobody_meets_twice(circle_hall: Hall) -> None:
    circle_hall.settings |= {"circles.rounds": 3, "circles.most": 3}
    fill(circle_hall)
    circle_hall.run("circles")
    pairs = [
        frozenset(pair) for circle in circles_of(circle_hall) for pair in combinations(sorted(circle), 2)
    ]
    assert len(pairs) == len(set(pairs))
    assert {circle["round"] for circle in circle_hall.held("circles")["p0"]["circles"]} == {1, 2, 3}


def published(hall: Hall) -> None:
    """Publish what the organiser reads, and stay in review."""
    hall.settings["circles.publication"] = "review"
    hall.ask("circles")
    hall.run("circles")
    hall.publish("circles")
    hall.run("circles")


def test_a_circle_that_became_too_small_is_filled_up_or_taken_in_and_others_stay(circle_hall: Hall) -> None:
    fill(circle_hall, 9)
    published(circle_hall)
    before = circles_of(circle_hall)
    circle_hall.opt_out("p0")
    circle_hall.run("circles")
    after = circles_of(circle_hall)
    assert set().union(*after) == set().union(*before) - {"p0"}
    assert all(len(circle) >= 3 for circle in after)
    untouched = [circle for circle in before if "p0" not in circle]
    assert all(any(circle <= now for now in after) for circle in untouched)


def test_two_who_never_want_to_meet_again_are_parted(circle_hall: Hall) -> None:
    fill(circle_hall, 9)
    published(circle_hall)
    circle_hall.say("p0", "blocked", "p3")
    circle_hall.run("circles")
    assert not any({"p0", "p3"} <= circle for circle in circles_of(circle_hall))


def test_those_who_are_here_form_circles_at_a_buttons_press_and_are_not_torn_apart(circle_hall: Hall) -> None:
    circle_hall.settings["circles.publication"] = "review"
    fill(circle_hall)
    circle_hall.arrive("p0", "p3", "p6", "p1")
    circle_hall.run("circles")
    assert circle_hall.held("circles") == {}

    circle_hall.brief("circles", Brief(frame={"now": True}), asked=False)
    circle_hall.run("circles")
    (first,) = circles_of(circle_hall)
    assert {"p0", "p3", "p6"} <= first
    assert first <= {"p0", "p3", "p6", "p1"}
    assert circle_hall.planning("circles").brief.frame == {}

    circle_hall.arrive("p2", "p5", "p8")
    circle_hall.run("circles")
    assert circles_of(circle_hall) == [first]


def test_a_circle_forms_as_soon_as_enough_who_are_here_share_a_challenge(circle_hall: Hall) -> None:
    circle_hall.settings |= {"circles.publication": "review", "circles.when_share": 3}
    fill(circle_hall)
    circle_hall.arrive("p0", "p3", "p1", "p2")
    circle_hall.run("circles")
    assert circle_hall.held("circles") == {}
    circle_hall.arrive("p6")
    circle_hall.run("circles")
    assert circles_of(circle_hall) == [{"p0", "p3", "p6"}]


@pytest.mark.parametrize("few", [0, 1, 2])
def test_no_circle_forms_on_its_own_of_fewer_than_three(circle_hall: Hall, few: int) -> None:
    circle_hall.settings |= {"circles.publication": "review", "circles.when_share": few}
    fill(circle_hall)
    circle_hall.arrive("p0", "p3", "p6")
    circle_hall.run("circles")
    assert circle_hall.held("circles") == {}
    assert circle_hall.planning("circles").published is None


def test_a_circle_on_the_spot_never_has_the_number_of_another(circle_hall: Hall) -> None:
    circle_hall.settings |= {"circles.publication": "review", "circles.most": 3}
    fill(circle_hall, 12)

    def form(*arriving: str) -> list[str]:
        circle_hall.arrive(*arriving)
        circle_hall.brief("circles", Brief(frame={"now": True}), asked=False)
        circle_hall.run("circles")
        return sorted(group.key for group in now_published(circle_hall).groups)

    def dissolve(key: str) -> None:
        (group,) = (group for group in now_published(circle_hall).groups if group.key == key)
        for ref in group.people:
            circle_hall.opt_out(ref)
        circle_hall.run("circles")

    assert form("p0", "p3", "p6", "p1", "p4", "p7") == ["now/1", "now/2"]
    dissolve("now/1")
    assert form("p2", "p5", "p8") == ["now/2", "now/3"]
    dissolve("now/3")
    assert form("p9", "p10", "p11") == ["now/2", "now/4"]
    assert len(circles_of(circle_hall)) == 2


def test_pins_that_cannot_be_followed_are_named(circle_hall: Hall) -> None:
    circle_hall.settings |= {"circles.publication": "review", "circles.most": 3}
    fill(circle_hall)
    ignored = (
        Pin("p0", "2/1"), Pin("p1", "now/1"), Pin("p2", "x"), Pin("p4", "1/0"), Pin("p5", "1/" + "9" * 40),
        Pin("nobody", "1/1"), Pin("p8", "1/1"),
    )  # fmt: skip
    circle_hall.brief("circles", Brief(pins=(*ignored, Pin("p3", "1/2")), paused=("p8",)))
    circle_hall.run("circles")
    draft = circle_hall.planning("circles").draft
    assert draft is not None
    assert draft.problems == tuple(
        Problem("circle_pin_ignored", (pin.person,), (pin.group,)) for pin in ignored
    )
    assert "1/2" in {group.key for group in draft.of("p3")}


def now_published(hall: Hall) -> Plan:
    plan = hall.planning("circles").published
    assert plan is not None
    return plan


def by_hand(hall: Hall, circles: dict[str, str], left: dict[str, str], brief: Brief | None = None) -> None:
    """Publish these circles, each the letters of its people; those left over with the reason.

    Of everybody else on the list only x shares the challenge of a, b and c.
    """
    hall.settings["circles.publication"] = "review"
    for ref in sorted({*"".join(circles.values()), *left}):
        hall.put(ref, challenges=(SUBJECTS[0 if ref in "abcx" else 1],), languages=("fr",))
    groups = []
    for key, people in circles.items():
        round_, _, number = key.partition("/")
        place = {"now": True} if round_ == "now" else {"round": int(round_)}
        groups.append(Group(key, tuple(map(Member, people)), {**place, "circle": int(number)}, 0.5))
    plan = Plan(
        tuple(groups), tuple(LeftOver(*one) for one in left.items()), (), {"worth": 9.0, "repeats": 0.0}
    )
    planning = Planning(
        feature="circles",
        brief=brief or Brief(),
        published=plan,
        published_brief=brief or Brief(),
        published_at=1.0,
    )
    with hall.store.begin() as unit:
        unit.host_events.soil("inst", "conf")
        unit.plans.save("inst", "conf", planning)


def mended(hall: Hall, leaving: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the circles once somebody has left, and who is left over why."""
    hall.opt_out(leaving)
    hall.run("circles")
    plan = now_published(hall)
    assert plan.figures == {"repeats": 0.0}
    circles = {group.key: "".join(sorted(group.people)) for group in plan.groups}
    return circles, {one.person: one.because for one in plan.left_over}


def test_a_circle_is_not_filled_up_with_somebody_met_in_another_round(circle_hall: Hall) -> None:
    by_hand(circle_hall, {"1/1": "abc", "2/1": "axd"}, dict.fromkeys("xy", "circle_rules"))
    circles, left = mended(circle_hall, "c")
    assert circles == {"1/1": "aby", "2/1": "adx"}
    assert left == dict.fromkeys("xy", "circle_rules")


def test_two_to_be_kept_together_may_meet_in_each_round(circle_hall: Hall) -> None:
    brief = Brief(together=(("a", "x"),))
    by_hand(circle_hall, {"1/1": "abc", "2/1": "axd"}, dict.fromkeys("xy", "circle_rules"), brief)
    assert mended(circle_hall, "c")[0] == {"1/1": "abx", "2/1": "adx"}


def test_a_circle_is_not_filled_up_with_half_of_people_to_be_kept_together(circle_hall: Hall) -> None:
    circle_hall.settings["circles.most"] = 3
    by_hand(
        circle_hall,
        {"1/1": "abc", "1/2": "def"},
        dict.fromkeys("xy", "circle_sizes"),
        Brief(together=(("x", "d"),)),
    )
    assert mended(circle_hall, "c") == ({"1/1": "aby", "1/2": "def"}, {"x": "circle_sizes"})


def test_a_circle_that_lost_its_named_host_gets_another(circle_hall: Hall) -> None:
    brief = Brief(frame={"hosts": [{"person": ref} for ref in "adh"]})
    by_hand(circle_hall, {"1/1": "abc", "1/2": "def"}, dict.fromkeys("xh", "circle_sizes"), brief)
    assert mended(circle_hall, "a") == ({"1/1": "bch", "1/2": "def"}, {"x": "circle_sizes"})
    first = now_published(circle_hall).groups[0]
    assert [one.person for one in first.members if one.role == "host"] == ["h"]
    circles, left = mended(circle_hall, "h")
    assert (circles, left) == ({"1/1": "bcx", "1/2": "def"}, {})
    assert now_published(circle_hall).problems == (Problem("circle_hosts", rules=("1/1",)),)


def test_paused_people_keep_their_circle_and_come_into_no_other(circle_hall: Hall) -> None:
    by_hand(circle_hall, {"1/1": "abc", "1/2": "def"}, {"z": "circle_language"}, Brief(paused=("a", "z")))
    assert mended(circle_hall, "d") == ({"1/1": "abcef"}, {"z": "circle_language"})


def test_only_those_who_lost_their_place_are_told_that_their_circle_broke(circle_hall: Hall) -> None:
    circle_hall.settings["circles.most"] = 3
    by_hand(circle_hall, {"1/1": "abc", "1/2": "def"}, {"z": "circle_language"})
    circle_hall.put("z", challenges=(SUBJECTS[1],), languages=("de",))
    assert mended(circle_hall, "d") == (
        {"1/1": "abc"}, {"e": "circle_broken", "f": "circle_broken", "z": "circle_language"},
    )  # fmt: skip


def test_a_circle_on_the_spot_is_made_whole_with_those_who_are_here_alone(circle_hall: Hall) -> None:
    by_hand(circle_hall, {"now/1": "abc", "1/1": "def"}, dict.fromkeys("xy", "circle_sizes"))
    circle_hall.arrive("a", "b", "c", "d", "y")
    assert mended(circle_hall, "c") == (
        {"now/1": "aby", "1/1": "def"},
        {"x": "circle_sizes", "y": "circle_sizes"},
    )


def test_no_planned_circle_comes_of_one_on_the_spot_that_broke(circle_hall: Hall) -> None:
    by_hand(circle_hall, {"now/1": "abc"}, dict.fromkeys("xyz", "circle_sizes"))
    circle_hall.arrive("a", "b", "c")
    circles, left = mended(circle_hall, "c")
    assert circles == {}
    assert {ref: left[ref] for ref in "ab"} == dict.fromkeys("ab", "circle_broken")


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({"tables": []}, "frame.tables"),
        ({"sizes": 4}, "frame.sizes"),
        ({"sizes": [4, True]}, "frame.sizes.1"),
        ({"hosts": ["p0"]}, "frame.hosts.0"),
        ({"now": "yes"}, "frame.now"),
    ],
)
def test_a_bad_frame_is_refused_by_the_name_of_its_field(frame: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPayload) as refused:
        Circles().check(frame)
    assert refused.value.field == field


def test_every_cause_is_said_in_both_languages() -> None:
    for code in (*(f"circle_{why}" for why in Why), "circle_broken", "circle_pin_ignored"):
        said = {say_why(language, code) for language in ("en", "fr")}
        assert len(said) == 2
        assert code not in said


somebody = st.fixed_dictionaries(
    {
        "challenges": st.sampled_from([(), ("export",), ("recyclage",)]),
        "languages": st.sampled_from([(), ("fr",), ("en",), ("fr", "en")]),
        "organisation": st.sampled_from([None, "Nord", "Sud"]),
        "consent": st.sampled_from([EVERYTHING, replace(EVERYTHING, groups=False)]),
    }
)


@given(
    st.lists(somebody, max_size=10),
    st.sampled_from(["any", "soft", "hard"]),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=2),
    st.sets(st.integers(0, 9), max_size=2),
)
def test_rules_hold_whoever_comes_and_whoever_leaves(
    crowd: list[dict[str, Any]], mixing: str, apart: list[tuple[int, int]], leaving: set[int]
) -> None:
    store = open_store("sqlite://")
    hall = Hall(store)
    hall.settings |= {
        "circles.publication": "automatic", "circles.least": 3, "circles.most": 4, "circles.mixing": mixing,
    }  # fmt: skip
    for number, profile in enumerate(crowd):
        hall.put(f"a{number}", **profile)
    pairs = tuple((f"a{one}", f"a{other}") for one, other in apart if one != other)
    hall.brief("circles", Brief(apart=pairs, pins=(Pin("a0", "1/1"),)))
    hall.run("circles")
    check(hall, pairs, mixing, least=3)
    published(hall)
    for number in leaving & set(range(len(crowd))):
        hall.opt_out(f"a{number}")
    hall.run("circles")
    check(hall, pairs, mixing, least=3)
    store.dispose()


def check(hall: Hall, apart: tuple[tuple[str, str], ...], mixing: str, *, least: int) -> None:
    circles = circles_of(hall)
    assert sum(map(len, circles)) == len(set().union(*circles))
    for circle in circles:
        who = [hall.people[ref] for ref in circle]
        assert least <= len(circle) <= 4
        assert all(person.agrees_to("groups") for person in who)
        stated = [set(person.profile.languages) for person in who if person.profile.languages]
        assert not stated or set.intersection(*stated)
        assert not any(set(pair) <= circle for pair in apart)
        employers = [person.profile.organisation for person in who if person.profile.organisation]
        assert mixing != "hard" or len(employers) == len(set(employers))


def test_planning_is_left_as_it_was_where_nobody_asks(circle_hall: Hall) -> None:
    circle_hall.settings["circles.publication"] = "review"
    fill(circle_hall)
    circle_hall.run("circles")
    assert circle_hall.planning("circles") == Planning(feature="circles")
