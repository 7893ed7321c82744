"""Table plans: who agreed to groups, at the tables of the frame, under the brief; made whole when somebody leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders import EVERYTHING, NOON
from cryptography.fernet import Fernet
from hall import Hall
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.domain.errors import InvalidPayload
from entremise.plugin.domain.plans import Brief, Pin, Plan
from entremise.plugin.engine.seating import Kind
from entremise.plugin.services.features.seating import Seating
from entremise.plugin.services.privacy import erase
from entremise.plugin.services.vault import Vault
from entremise.plugin.services.wording import say_why
from entremise.plugin.storage.sql import open_store

SUBJECTS = ("recycler les batteries", "former les équipes", "trouver des investisseurs")
TABLES = [{"name": "rose", "seats": 4}, {"name": "lilas", "seats": 4}, {"name": "iris", "seats": 3}]


@pytest.fixture
def dinner(hall: Hall) -> Hall:
    hall.settings["seating.publication"] = "automatic"
    for number in range(9):
        hall.put(f"g{number}", challenges=(SUBJECTS[number % 3],), languages=("fr",))
    return hall


def frame(**more: Any) -> dict[str, Any]:
    return {"tables": TABLES, "meals": ["Dîner"], **more}


def tables(hall: Hall) -> dict[tuple[str, str], set[str]]:
    """Who sits where, as the guests hold it: each must be told of all neighbours."""
    found: dict[tuple[str, str], set[str]] = {}
    for who, payload in hall.held("seating").items():
        for seat in payload["seats"]:
            neighbours = {who, *(guest["person"] for guest in seat["people"])}
            assert found.setdefault((seat["meal"], seat["table"]), neighbours) == neighbours
    return found


def draft(hall: Hall) -> Plan:
    found = hall.planning("seating").draft
    assert found is not None
    return found


def test_guests_sit_with_those_who_share_a_challenge(dinner: Hall) -> None:
    dinner.brief("seating", Brief(frame=frame()))
    dinner.run("seating")
    assert sorted(map(sorted, tables(dinner).values())) == [
        ["g0", "g3", "g6"], ["g1", "g4", "g7"], ["g2", "g5", "g8"],
    ]  # fmt: skip
    assert dinner.held("seating")["g0"]["seats"][0]["seat"].startswith("1/")


def test_what_a_guest_needs_of_a_table_is_met_and_told_to_nobody(dinner: Hall) -> None:
    needy = [{**TABLES[0], "step_free": True}, *TABLES[1:]]
    dinner.brief("seating", Brief(frame=frame(tables=needy, step_free=["g4"])))
    dinner.run("seating")
    assert "g4" in tables(dinner)["Dîner", "rose"]
    assert "step_free" not in str(dinner.held("seating"))


def test_pins_pairs_and_pauses_hold(dinner: Hall) -> None:
    brief = Brief(
        pins=(Pin("g0", "1/iris"),),
        together=(("g1", "g2"),),
        apart=(("g3", "g6"),),
        paused=("g8",),
        frame=frame(),
    )
    dinner.brief("seating", brief)
    dinner.run("seating")
    seated = tables(dinner)
    assert "g0" in seated["Dîner", "iris"]
    assert any({"g1", "g2"} <= guests for guests in seated.values())
    assert not any({"g3", "g6"} <= guests for guests in seated.values())
    assert "g8" not in dinner.held("seating")
    assert [(one.person, one.because) for one in draft(dinner).left_over] == [("g8", "paused")]


def test_whoever_did_not_agree_to_groups_has_no_seat(dinner: Hall) -> None:
    dinner.put("silent", consent=replace(EVERYTHING, groups=False))
    dinner.brief("seating", Brief(frame=frame()))
    dinner.run("seating")
    assert "silent" not in set().union(*tables(dinner).values())


def test_too_few_seats_leave_somebody_over_by_name(dinner: Hall) -> None:
    dinner.brief("seating", Brief(frame=frame(tables=TABLES[:2])))
    dinner.run("seating")
    assert sum(map(len, tables(dinner).values())) == 8
    assert [one.because for one in draft(dinner).left_over] == ["seating_seats"]


def test_rules_that_contradict_each_other_are_named_and_nobody_is_seated_against_them(dinner: Hall) -> None:
    pins = [{"person": "g0", "table": "rose"}, {"person": "g1", "table": "lilas"}]
    dinner.brief("seating", Brief(together=(("g0", "g1"),), frame=frame(pins=pins)))
    dinner.run("seating")
    (problem,) = draft(dinner).problems
    assert set(problem.rules) == {"together", "pins"}
    assert {"g0", "g1"} <= set(problem.people)
    assert dinner.held("seating") == {}


def test_before_there_are_tables_the_organiser_is_told_so(dinner: Hall) -> None:
    dinner.ask("seating")
    dinner.run("seating")
    assert [problem.code for problem in draft(dinner).problems] == ["seating_no_tables"]


def test_at_several_meals_neighbours_change(dinner: Hall) -> None:
    dinner.settings["seating.repeats"] = "never"
    tables_of_three = [{"name": str(number), "seats": 3} for number in range(3)]
    dinner.brief("seating", Brief(frame=frame(tables=tables_of_three, meals=["Midi", "Soir"])))
    dinner.run("seating")
    pairs = [
        frozenset({one, other})
        for guests in tables(dinner).values()
        for one in guests
        for other in guests
        if one < other
    ]
    assert len(pairs) == len(set(pairs)) == 18


def published(hall: Hall, brief: Brief) -> None:
    hall.settings["seating.publication"] = "review"
    hall.brief("seating", brief)
    hall.run("seating")
    hall.publish("seating")
    hall.run("seating")


def test_when_somebody_leaves_the_others_keep_their_seats_and_who_waited_gets_the_place(dinner: Hall) -> None:
    published(dinner, Brief(frame=frame(tables=TABLES[:2])))
    before = tables(dinner)
    (waiting,) = [one.person for one in draft(dinner).left_over]
    leaving = min(set().union(*before.values()))
    dinner.opt_out(leaving)
    dinner.run("seating")
    after = tables(dinner)
    assert set().union(*after.values()) == set().union(*before.values()) - {leaving} | {waiting}
    for place, guests in before.items():
        assert guests - {leaving} <= after[place]


def test_two_who_never_want_to_meet_again_do_not_stay_at_one_table_whatever_the_rules_say(
    dinner: Hall,
) -> None:
    published(dinner, Brief(together=(("g0", "g3"),), frame=frame()))
    dinner.say("g0", "blocked", "g3")
    dinner.run("seating")
    assert not any({"g0", "g3"} <= guests for guests in tables(dinner).values())
    planning = dinner.planning("seating")
    assert planning.published is not None
    assert planning.published.problems


RULES = {
    "together": [["g0", "g3"]],
    "apart": [{"people": ["g0", "g1"]}],
    "acquaintances": [["g0", "g6"]],
    "minimum_acquaintances": 1,
}


def test_erasing_somebody_whom_rules_name_leaves_the_others_a_plan(dinner: Hall) -> None:
    optional = [f"g{number}" for number in range(9)]
    published(dinner, Brief(frame=frame(**RULES, optional=optional)))
    with dinner.store.begin() as unit:
        erase(unit, Vault([Fernet.generate_key().decode()]), "inst", "conf", "g0", dinner.now(), now=NOON)
    dinner.ask("seating")
    dinner.run("seating")
    assert dinner.planning("seating").brief.frame["together"] == [["g3"]]
    assert not draft(dinner).problems
    assert set().union(*tables(dinner).values()) <= {f"g{number}" for number in range(1, 9)}
    assert len(draft(dinner).people) == 8


def seated_by_hand(hall: Hall, seats: dict[str, str], **more: Any) -> None:
    """Publish who sits where, as pins have it, and take the pins back."""
    published(hall, Brief(pins=tuple(Pin(ref, key) for ref, key in seats.items()), frame=frame(**more)))
    hall._plan(
        "seating",
        lambda planning: replace(planning, published_brief=replace(planning.published_brief, pins=())),
    )


HALF_EMPTY = {"tables": [{"name": "A", "seats": 4}, {"name": "B", "seats": 4}]}


def test_when_somebody_leaves_a_full_table_nobody_moves_to_another(hall: Hall) -> None:
    seats = {f"g{number}": "1/A" if number < 2 else "1/B" for number in range(6)}
    for ref in seats:
        hall.put(ref, challenges=("recycler les batteries",), languages=("fr",))
    seated_by_hand(hall, seats, **HALF_EMPTY)
    hall.opt_out("g5")
    hall.run("seating")
    assert tables(hall) == {("Dîner", "A"): {"g0", "g1"}, ("Dîner", "B"): {"g2", "g3", "g4"}}


def test_whoever_is_paused_keeps_the_seat_they_have_when_another_leaves(hall: Hall) -> None:
    seats = {f"g{number}": "1/A" if number < 3 else "1/B" for number in range(6)}
    for ref in seats:
        hall.put(ref, challenges=("recycler les batteries",), languages=("fr",))
    seated_by_hand(hall, seats, **HALF_EMPTY)
    hall.brief("seating", Brief(paused=("g0",)), asked=False)
    hall.opt_out("g5")
    hall.run("seating")
    assert tables(hall) == {("Dîner", "A"): {"g0", "g1", "g2"}, ("Dîner", "B"): {"g3", "g4"}}


def test_two_who_are_to_be_kept_apart_since_are_the_only_ones_to_move(hall: Hall) -> None:
    seats = {f"g{number}": "1/A" if number < 3 else "1/B" for number in range(6)}
    for ref in seats:
        hall.put(ref, challenges=("recycler les batteries",), languages=("fr",))
    seated_by_hand(hall, seats, **HALF_EMPTY)
    hall.say("g0", "blocked", "g1")
    hall.run("seating")
    after = tables(hall)
    assert "g2" in after["Dîner", "A"]
    assert {"g3", "g4", "g5"} <= after["Dîner", "B"]
    assert len(after["Dîner", "A"] & {"g0", "g1"}) == len(after["Dîner", "B"] & {"g0", "g1"}) == 1


def test_a_table_that_has_lost_its_only_host_is_broken_up_and_the_others_stay(hall: Hall) -> None:
    seats = {f"g{number}": "1/A" if number < 2 else "1/B" for number in range(5)}
    for ref in seats:
        hall.put(ref, challenges=("recycler les batteries",), languages=("fr",))
    seated_by_hand(hall, seats, **HALF_EMPTY, hosts=["g0", "g4"])
    hall.opt_out("g4")
    hall.run("seating")
    assert tables(hall) == {("Dîner", "A"): {"g0", "g1", "g2", "g3"}}


def test_whoever_has_a_seat_keeps_it_before_a_newcomer(hall: Hall) -> None:
    for number in range(4):
        hall.put(f"g{number}", challenges=("recycler les batteries",) if number else ("jardin",))
    given = Brief(frame={"tables": 2, "capacity": 2})
    published(hall, given)
    hall.put("late", challenges=("recycler les batteries",))
    hall.ask("seating")
    hall.run("seating")
    assert [(one.person, one.because) for one in draft(hall).left_over] == [("late", "seating_seats")]
    hall.brief("seating", replace(given, pins=(Pin("late", "1/1"),)))
    hall.run("seating")
    assert "late" in draft(hall).people
    assert len(draft(hall).people) == 4


def test_reasons_for_having_no_seat_are_told_for_every_meal(hall: Hall) -> None:
    for number in range(6):
        hall.put(f"g{number}", challenges=("recycler les batteries",))
    plain = [{"name": "A", "seats": 2, "diets": []}, {"name": "B", "seats": 2, "diets": []}]
    absent = ["g0", {"person": "g2", "meal": "Soir"}]
    given = frame(tables=plain, meals=["Midi", "Soir"], absent=absent, diets={"vegan": ["g1"]})
    hall.brief("seating", Brief(frame=given))
    hall.run("seating")
    why = {one.person: one.because for one in draft(hall).left_over}
    assert "g0" not in why
    assert why == {"g1": "seating_needs"}
    hall.brief("seating", Brief(frame={**given, "tables": plain[:1], "diets": {}}))
    hall.run("seating")
    seated = [{one.person for one in group.members} for group in draft(hall).groups]
    short = {f"g{number}" for number in range(1, 6)} - (seated[0] & (seated[1] | {"g2"}))
    assert {one.person for one in draft(hall).left_over} == short
    assert {one.because for one in draft(hall).left_over} == {"seating_seats"}


def test_whom_contradicting_rules_leave_over_is_nobody_who_is_absent(dinner: Hall) -> None:
    dinner.brief(
        "seating", Brief(together=(("g0", "g1"),), apart=(("g0", "g1"),), frame=frame(absent=["g5"]))
    )
    dinner.run("seating")
    assert draft(dinner).problems
    assert "g5" not in {one.person for one in draft(dinner).left_over}


def test_a_place_beside_somebody_to_be_kept_apart_from_is_not_called_a_lack_of_seats(hall: Hall) -> None:
    for number in range(3):
        hall.put(f"g{number}", challenges=("recycler les batteries",))
    hall.brief(
        "seating",
        Brief(pins=(Pin("g0", "1/A"),), apart=(("g0", "g1"),), frame=frame(tables=[{"name": "A", "seats": 3}],
              optional=["g1"])),
    )  # fmt: skip
    hall.run("seating")
    assert [(one.person, one.because) for one in draft(hall).left_over] == [("g1", "seating_apart")]


def test_pins_that_pin_nobody_are_named(dinner: Hall) -> None:
    useless = (
        Pin("g1", "1/Z"),
        Pin("g2", "7/rose"),
        Pin("g3", "rose"),
        Pin("stranger", "1/rose"),
        Pin("g4", "1/rose"),
    )
    dinner.brief("seating", Brief(pins=(*useless, Pin("g0", "1/iris")), frame=frame(absent=["g4"])))
    dinner.run("seating")
    problems = draft(dinner).problems
    assert {problem.code for problem in problems} == {"seating_pin_ignored"}
    assert [(*one.people, *one.rules) for one in problems] == [(pin.person, pin.group) for pin in useless]
    assert "g0" in tables(dinner)["Dîner", "iris"]


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({"tables": TABLES, "minimum_acquaintances": 1}, "frame.minimum_acquaintances"),
        ({"tables": "many"}, "frame.tables"),
        ({"tables": [{"name": "rose", "seats": 0}]}, "frame.tables.0.seats"),
        ({"tables": TABLES, "affinity": [[1]]}, "frame.affinity"),
        ({"tables": TABLES, "chairs": 3}, "frame.chairs"),
    ],
)
def test_a_bad_frame_is_refused_by_the_name_of_its_field(frame: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPayload) as refused:
        Seating().check(frame)
    assert refused.value.field == field


def test_every_cause_is_said_in_both_languages() -> None:
    for kind in (*Kind.__args__, "no_tables", "pin_ignored"):  # type: ignore[attr-defined]
        assert f"seating_{kind}" not in {say_why(language, f"seating_{kind}") for language in ("en", "fr")}


@given(
    st.integers(0, 8),
    st.lists(st.sampled_from([2, 3, 4]), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=2),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 2)), max_size=2),
    st.sets(st.integers(0, 7), max_size=2),
)
def test_rules_hold_or_their_conflict_is_named(
    people: int,
    seats: list[int],
    apart: list[tuple[int, int]],
    pins: list[tuple[int, int]],
    leaving: set[int],
) -> None:
    store = open_store("sqlite://")
    hall = Hall(store)
    for number in range(people):
        hall.put(f"g{number}", interests=("thé",))
    pairs = tuple((f"g{one}", f"g{other}") for one, other in apart if one != other)
    given_tables = [{"name": str(number), "seats": count} for number, count in enumerate(seats)]
    brief = Brief(
        pins=tuple(Pin(f"g{who}", f"1/{table}") for who, table in pins),
        apart=pairs,
        frame={"tables": given_tables},
    )
    published(hall, brief)
    planning = hall.planning("seating")
    told = planning.draft.problems if planning.draft is not None else ()
    if {problem.code for problem in told} <= {"seating_pin_ignored"}:
        check(hall, seats, pairs, {(f"g{who}", str(table)) for who, table in pins if table < len(seats)})
    else:
        assert hall.held("seating") == {}
    before = seat_of(hall)
    for number in leaving & set(range(people)):
        hall.opt_out(f"g{number}")
    hall.run("seating")
    check(hall, seats, pairs, set())
    after = seat_of(hall)
    assert all(after[who] == seat for who, seat in before.items() if int(who[1:]) not in leaving)
    assert not {f"g{number}" for number in leaving} & hall.held("seating").keys()
    store.dispose()


def seat_of(hall: Hall) -> dict[str, str]:
    return {who: payload["seats"][0]["seat"] for who, payload in hall.held("seating").items()}


def check(
    hall: Hall, seats: list[int], apart: tuple[tuple[str, str], ...], pins: set[tuple[str, str]]
) -> None:
    seated = tables(hall)
    assert sum(map(len, seated.values())) == len(hall.held("seating"))
    for (_, table), guests in seated.items():
        assert len(guests) <= seats[int(table)]
        assert not any(set(pair) <= guests for pair in apart)
    for guest, table in pins:
        assert guest not in hall.held("seating") or guest in seated["", table]
