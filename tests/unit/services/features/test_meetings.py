"""Meetings: pairs who would both gain, and circles, where nobody is twice at once; kept when others leave."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import EVERYTHING, NOON
from hall import Hall
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.domain.errors import InvalidPayload
from entremise.plugin.domain.plans import Brief, Pin, Plan
from entremise.plugin.engine.meetings import Cause
from entremise.plugin.services.features.meetings import Meetings
from entremise.plugin.services.wording import say_why
from entremise.plugin.storage.sql import open_store

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
from benchmarks.checks.meetings import broken_rules

SLOTS = [
    f"2026-05-04T{start}/{end}"
    for start, end in (("14:00", "14:20"), ("14:30", "14:50"), ("15:00", "15:20"), ("15:10", "15:30"))
]
MINUTES = [(840, 860), (870, 890), (900, 920), (910, 930)]
SUBJECTS = ("recycler les batteries", "former les équipes", "trouver des investisseurs")


def frame(**more: Any) -> dict[str, Any]:
    return {"time_zone": "Europe/Paris", "slots": SLOTS, "spots": [{"name": "Lobby", "capacity": 9}], **more}


def wish(*people: str, **more: Any) -> dict[str, Any]:
    return {"people": list(people), **more}


@pytest.fixture
def met(hall: Hall) -> Hall:
    hall.settings |= {"meetings.publication": "automatic", "meetings.per_person": 2}
    return hall


def fill(hall: Hall, people: int = 6, **profile: Any) -> None:
    for number in range(people):
        hall.put(f"p{number}", challenges=(SUBJECTS[number % 3],), languages=("fr",), **profile)


def ask(hall: Hall, brief: Brief) -> Plan:
    hall.brief("meetings", brief)
    hall.run("meetings")
    draft = hall.planning("meetings").draft
    assert draft is not None
    return draft


def published(hall: Hall, brief: Brief) -> Plan:
    """Publish what the organiser reads, and stay in review."""
    hall.settings["meetings.publication"] = "review"
    draft = ask(hall, brief)
    hall.publish("meetings")
    hall.run("meetings")
    return draft


def places(plan: Plan | None) -> dict[frozenset[str], tuple[str, str]]:
    assert plan is not None
    return {group.people: (group.place["slot"], group.place["spot"]) for group in plan.groups}


def test_people_who_gain_from_each_other_meet_and_read_when_where_and_why(met: Hall) -> None:
    fill(met)
    plan = ask(met, Brief(frame=frame(per_person=1)))
    assert set(places(plan)) == {frozenset(pair) for pair in (("p0", "p3"), ("p1", "p4"), ("p2", "p5"))}
    (meeting,) = met.held("meetings")["p0"]["meetings"]
    key = next(group.key for group in plan.groups if "p0" in group.people)
    assert meeting["meeting"] == key
    assert datetime.fromisoformat(meeting["starts"]).utcoffset() == timedelta(hours=2)
    assert (meeting["spot"], meeting["remote"]) == ("Lobby", False)
    (item,) = meeting["people"]
    assert item["person"] == "p3"
    assert item["for_you"][0]["code"] == "same_challenge"
    assert plan.left_over == ()


def test_meetings_of_a_person_stand_in_the_order_of_time(met: Hall) -> None:
    fill(met)
    named = [wish("p0", one) for one in ("p1", "p2", "p3")]
    ask(met, Brief(frame=frame(meetings=named, per_person=3)))
    starts = [one["starts"] for one in met.held("meetings")["p0"]["meetings"]]
    assert len(starts) == 3
    assert starts == sorted(starts)


def test_named_meetings_alone_take_place_and_whoever_has_none_hears_what_stopped_them(met: Hall) -> None:
    fill(met, 6)
    met.put("far", challenges=SUBJECTS, mode="remote")
    met.put("shy", challenges=SUBJECTS, consent=replace(EVERYTHING, matching=False))
    met.put("late", challenges=SUBJECTS, availability=("2026-05-05T10:00/12:00",))
    named = [
        wish("p0", "p1"),
        wish("p0", "p2", worth=0.1),
        wish("p3", "far"),
        wish("p4", "shy"),
        wish("p5", "late"),
    ]
    plan = ask(met, Brief(frame=frame(meetings=named, limits=[{"person": "p0", "most": 1}]), paused=("p4",)))
    assert set(places(plan)) == {frozenset({"p0", "p1"})}
    assert {one.person: one.because for one in plan.left_over} == {
        "p2": "meeting_person_at_limit", "p3": "meeting_no_suitable_spot", "far": "meeting_no_suitable_spot",
        "p4": "paused", "p5": "meeting_no_common_slot", "late": "meeting_no_common_slot",
    }  # fmt: skip
    assert not {"shy", "p4"} & met.held("meetings").keys()


def test_published_circles_get_a_time_if_all_of_them_agreed_to_meetings(met: Hall) -> None:
    met.settings |= {"circles.publication": "automatic", "circles.least": 3, "circles.most": 3}
    fill(met, 9)
    met.put("p2", challenges=(SUBJECTS[2],), languages=("fr",), consent=replace(EVERYTHING, matching=False))
    met.run("circles")
    plan = ask(met, Brief(frame=frame(per_person=1)))
    assert {frozenset({"p0", "p3", "p6"}), frozenset({"p1", "p4", "p7"})} <= set(places(plan))
    assert not any("p2" in people for people in places(plan))
    (meeting,) = met.held("meetings")["p0"]["meetings"]
    assert {item["person"] for item in meeting["people"]} == {"p3", "p6"}

    met.settings["meetings.circles"] = False
    assert all(len(people) == 2 for people in places(ask(met, Brief(frame=frame(per_person=1)))))


def test_a_brief_is_followed(met: Hall) -> None:
    fill(met)
    pins = [{"people": ["p1", "p2"], "slot": SLOTS[1]}]
    brief = Brief(
        frame=frame(pins=pins, vetoes=[wish("p1", "p4")]), apart=(("p0", "p3"),), together=(("p0", "p5"),), paused=("p2",)
    )  # fmt: skip
    plan = ask(met, brief)
    assert frozenset({"p0", "p5"}) in places(plan)
    assert not {frozenset({"p0", "p3"}), frozenset({"p1", "p4"})} & places(plan).keys()
    (problem,) = plan.problems
    assert (problem.code, problem.people, problem.rules) == (
        "meeting_not_attending",
        ("p1",),
        ("frame.pins.0",),
    )

    plan = ask(met, replace(brief, paused=()))
    assert places(plan)[frozenset({"p1", "p2"})][0] == SLOTS[1]
    assert plan.problems == ()


def test_pins_that_clash_are_named_and_not_broken(met: Hall) -> None:
    fill(met)
    pins = [{"people": ["p0", "p1"], "slot": SLOTS[2]}, {"people": ["p0", "p2"], "slot": SLOTS[3]}]
    plan = ask(met, Brief(frame=frame(pins=pins)))
    assert plan.groups == ()
    (problem,) = plan.problems
    assert problem.code == "meeting_pins_clash"
    assert set(problem.rules) == {"frame.pins.0", "frame.pins.1"}
    assert {one.because for one in plan.left_over} == {"meeting_pins_clash"}


def test_a_meeting_that_the_organiser_pins_stays_where_it_is(met: Hall) -> None:
    fill(met)
    first = ask(met, Brief(frame=frame(per_person=1)))
    kept = next(group for group in first.groups if "p0" in group.people)
    rest = [slot for slot in SLOTS if slot != kept.place["slot"]]
    better = [wish("p0", "p1", worth=9), wish("p0", "p2", worth=9)]
    brief = Brief(
        frame=frame(meetings=better, per_person=1), pins=(Pin("p0", kept.key), Pin("p5", "nothing"))
    )
    plan = ask(met, brief)
    assert kept in plan.groups
    assert len(plan.groups) == 1
    assert [(one.code, one.people) for one in plan.problems] == [("meeting_unknown", ("p5",))]
    moved = ask(met, Brief(frame=frame(slots=rest, per_person=1), pins=(Pin("p0", kept.key),)))
    assert kept in moved.groups


def test_when_somebody_leaves_their_meetings_go_others_stay_and_the_partner_may_meet_somebody_else(
    met: Hall,
) -> None:
    fill(met, 8)
    before = published(met, Brief(frame=frame(per_person=1)))
    gone = next(iter(sorted(before.groups[0].people)))
    (partner,) = before.groups[0].people - {gone}
    met.put("late", challenges=(SUBJECTS[0],))
    met.opt_out(gone)
    met.run("meetings")
    after = met.planning("meetings").published
    assert after is not None
    assert all(one in after.groups for one in before.groups[1:])
    assert gone not in after.people
    assert "late" not in after.people
    assert gone not in met.held("meetings")
    assert before.left_over == ()
    assert [(one.person, one.because) for one in after.left_over] == [(partner, "meeting_person_at_limit")]
    assert partner not in met.held("meetings")


def test_a_freed_partner_meets_whoever_has_time_left(met: Hall) -> None:
    fill(met, 6)
    before = published(met, Brief(frame=frame(meetings=[wish("p0", "p1"), wish("p0", "p2")], per_person=1)))
    assert len(before.groups) == 1
    (met_one,) = before.groups[0].people - {"p0"}
    other = "p2" if met_one == "p1" else "p1"
    met.opt_out(met_one)
    met.run("meetings")
    assert set(places(met.planning("meetings").published)) == {frozenset({"p0", other})}


def test_of_three_who_meet_the_other_two_still_do_under_the_same_uid(met: Hall) -> None:
    fill(met, 4)
    before = published(
        met, Brief(frame=frame(meetings=[wish("p0", "p1", "p2"), wish("p0", "p3")], per_person=2))
    )
    key = next(group.key for group in before.groups if len(group.members) == 3)
    met.opt_out("p1")
    met.run("meetings")
    after = met.planning("meetings").published
    assert after is not None
    now = next(group for group in after.groups if group.key == key)
    then = next(group for group in before.groups if group.key == key)
    assert now.people == {"p0", "p2"}
    assert (now.place, now.lost) == (then.place, 0)


def test_two_who_block_each_other_do_not_meet_any_more(met: Hall) -> None:
    fill(met)
    before = published(met, Brief(frame=frame(per_person=1)))
    assert frozenset({"p0", "p3"}) in places(before)
    met.say("p3", "blocked", "p0")
    met.run("meetings")
    after = met.planning("meetings").published
    assert frozenset({"p0", "p3"}) not in places(after)
    assert after is not None
    assert all(one in after.groups for one in before.groups if "p0" not in one.people)


def test_a_new_draft_moves_nobody_without_a_reason_and_nothing_is_put_into_the_past(met: Hall) -> None:
    fill(met, 9)
    first = ask(met, Brief(frame=frame()))
    met.put("late", challenges=SUBJECTS, languages=("fr",))
    second = ask(met, Brief(frame=frame()))
    kept = [one for one in first.groups if one in second.groups]
    assert len(kept) >= 0.8 * len(first.groups)
    assert second.figures["kept"] == sum(
        any(now.key == one.key and now.place == one.place for now in second.groups) for one in first.groups
    )

    met._time = NOON + 2 * 3600 + 35 * 60  # 14:35 in Paris: the second slot has begun
    begun = [one for one in second.groups if one.place["slot"] in SLOTS[:2]]
    met.opt_out("late")
    third = ask(met, Brief(frame=frame()))
    still = [one for one in begun if "late" not in one.people]
    assert all(one in third.groups for one in still)
    assert {one.key for one in third.groups if one.place["slot"] in SLOTS[:2]} == {one.key for one in still}


def test_people_who_meet_in_a_mixed_spot_are_told_each_for_themselves_how_they_join(met: Hall) -> None:
    met.put("ada", challenges=SUBJECTS, mode="on_site")
    met.put("bo", challenges=SUBJECTS, mode="remote")
    spots = [{"name": "Studio", "mode": "mixed", "link": "https://video.example.org/1"}]
    ask(met, Brief(frame=frame(spots=spots, meetings=[wish("ada", "bo")])))
    held = met.held("meetings")
    (at_home,), (there,) = (held[ref]["meetings"] for ref in ("bo", "ada"))
    assert (at_home["remote"], at_home["link"]) == (True, "https://video.example.org/1")
    assert there["remote"] is False
    assert "link" not in there


def test_without_slots_there_is_no_meeting_and_the_plan_says_why(met: Hall) -> None:
    fill(met)
    plan = ask(met, Brief())
    assert (plan.groups, [one.code for one in plan.problems]) == ((), ["meeting_no_frame"])


def test_an_empty_hall_has_an_empty_plan(met: Hall) -> None:
    assert ask(met, Brief(frame=frame())).groups == ()


def test_a_frame_from_which_somebody_was_erased_can_still_be_planned(met: Hall) -> None:
    fill(met)
    brief = Brief(
        frame=frame(
            meetings=[wish("p0", "p1"), wish("p2", "p3")], vetoes=[wish("p0", "p4")],
            pins=[{"people": ["p0", "p1"]}], limits=[{"person": "p0", "most": 2}],
        )
    ).without({"p0"})  # fmt: skip
    assert "p0" not in str(brief)
    met.erase("p0")
    assert set(places(ask(met, brief))) == {frozenset({"p2", "p3"})}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tables": []}, "frame.tables"),
        ({"organiser": "mailto:a@example.org"}, "frame.organiser"),
        ({"slots": []}, "frame.slots"),
        ({"slots": ["10:00"]}, "frame.slots.0"),
        ({"time_zone": None}, "frame.time_zone"),
        ({"spots": [{"name": "Lobby", "capacity": -1}]}, "frame.spots.0.capacity"),
        ({"meetings": [["p0", "p1"]]}, "frame.meetings.0"),
        ({"meetings": [{"people": ["p0"]}]}, "frame.meetings.0.people"),
        ({"limits": {"p0": 1}}, "frame.limits"),
        ({"vetoes": [["p0", "p1"]]}, "frame.vetoes.0"),
        ({"pins": [{"people": ["p0", "p1"], "slot": "noon"}]}, "frame.pins.0.slot"),
        ({"vetoes": [wish("p0", "p1")], "pins": [wish("p0", "p1")]}, "frame.pins.0"),
    ],
)
def test_a_bad_frame_is_refused_by_the_name_of_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPayload) as refused:
        Meetings().check(frame(**change))
    assert refused.value.field == field


def test_every_cause_is_said_in_both_languages() -> None:
    ours = ("no_frame", "not_attending", "no_consent", "apart", "nobody", "not_asked", "unknown")
    for code in (*(f"meeting_{cause.name.lower()}" for cause in Cause), *(f"meeting_{one}" for one in ours)):
        said = {say_why(language, code) for language in ("en", "fr")}
        assert len(said) == 2
        assert code not in said


somebody = st.fixed_dictionaries(
    {
        "challenges": st.sampled_from([(SUBJECTS[0],), (SUBJECTS[1],)]),
        "mode": st.sampled_from([None, "on_site", "remote", "both"]),
        "availability": st.sampled_from([(), ("2026-05-04T14:00/15:00",), ("2026-05-04T14:30/17:00",)]),
        "consent": st.sampled_from([EVERYTHING, replace(EVERYTHING, matching=False)]),
    }
)
SPOTS = [{"name": "Lobby", "capacity": 2}, {"name": "Far", "people": 3}, {"name": "Video", "mode": "remote"}]
KINDS = ("room", "room", "virtual")
WALKING = {"Lobby": {"Far": 15}}


@given(
    st.lists(somebody, max_size=8),
    st.sampled_from([None, [wish("a0", "a1"), wish("a0", "a1", "a2"), wish("a2", "a3", worth=0.5)]]),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=2),
    st.sets(st.integers(0, 7), max_size=2),
)
def test_rules_hold_whoever_comes_and_whoever_leaves(
    crowd: list[dict[str, Any]],
    named: list[dict[str, Any]] | None,
    apart: list[tuple[int, int]],
    leaving: set[int],
) -> None:
    store = open_store("sqlite://")
    hall = Hall(store)
    hall.settings |= {"meetings.publication": "automatic", "meetings.per_person": 2}
    for number, profile in enumerate(crowd):
        hall.put(f"a{number}", **profile)
    pairs = tuple((f"a{one}", f"a{other}") for one, other in apart if one != other)
    asked = frame(spots=SPOTS, walking_minutes=WALKING) | ({} if named is None else {"meetings": named})
    brief = Brief(frame=asked, apart=pairs)
    check(hall, ask(hall, brief), pairs)
    before = published(hall, brief)
    for number in leaving & set(range(len(crowd))):
        hall.opt_out(f"a{number}")
    hall.run("meetings")
    after = hall.planning("meetings").published
    assert after is not None
    check(hall, after, pairs)
    gone = {f"a{number}" for number in leaving}
    assert all(one in after.groups for one in before.groups if not gone & one.people)
    store.dispose()


def check(hall: Hall, plan: Plan, apart: tuple[tuple[str, str], ...]) -> None:
    """Hold the plan, and what people were told of it, to every rule by loops that know nothing of the planner."""
    people = sorted(hall.people)
    ways = {None: "on_site", "on_site": "on_site", "remote": "remote", "both": "both"}
    whole = set(range(len(SLOTS)))
    stated = {(): whole, ("2026-05-04T14:00/15:00",): {0, 1}, ("2026-05-04T14:30/17:00",): {1, 2, 3}}
    names = [spot["name"] for spot in SPOTS]
    walking = [[0.0, 15.0, 0.0], [15.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    problem = {
        "meetings": [[people.index(ref) for ref in sorted(group.people)] for group in plan.groups],
        "worth": [1.0] * len(plan.groups),
        "slots": MINUTES,
        "available": [stated[hall.people[ref].profile.availability] for ref in people],
        "channels": [ways[hall.people[ref].profile.mode] for ref in people],
        "limits": [2] * len(people),
        "spots": [
            {
                "kind": kind,
                "meetings": spot.get("capacity", 1),
                "people": spot.get("people", 99),
                "open": whole,
            }
            for spot, kind in zip(SPOTS, KINDS, strict=True)
        ],
        "walking": walking,
        "pins": {},
    }
    where = [(SLOTS.index(one.place["slot"]), names.index(one.place["spot"])) for one in plan.groups]
    assert broken_rules(problem, where) == []
    for group, (slot, _) in zip(plan.groups, where, strict=True):
        assert len(group.members) > 1
        assert group.lost == 0
        assert all(hall.people[ref].agrees_to("matching") for ref in group.people)
        assert not any(set(pair) <= group.people for pair in apart)
        began = datetime.fromisoformat(group.place["starts"]).astimezone(UTC)
        assert began.hour * 60 + began.minute + 120 == MINUTES[slot][0]
    told = {
        (ref, meeting["meeting"], frozenset({ref, *(item["person"] for item in meeting["people"])}))
        for ref, payload in hall.held("meetings").items()
        for meeting in payload["meetings"]
    }
    if hall.planning("meetings").published == plan:
        assert told == {(ref, group.key, group.people) for group in plan.groups for ref in group.people}
    there = [ref for ref in people if hall.people[ref].agrees_to("matching")]
    # Whoever leaves is taken out of what is published at once, by the service and not by the pass.
    left = [one.person for one in plan.left_over if one.person in there]
    assert sorted([*left, *plan.people]) == there
