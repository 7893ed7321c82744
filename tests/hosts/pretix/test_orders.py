"""What an order says of the people on it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from builders import NOON
from hypothesis import given
from hypothesis import strategies as st
from recorded_pretix import answer

from entremise.hooks.hosts.pretix.profile import needs_labels, read_profile
from entremise.hooks.hosts.pretix.questions import TARGETS, Form, read_questions
from entremise.hooks.hosts.pretix.schemas import OrderSchema, PositionSchema, QuestionSchema
from entremise.hooks.hosts.pretix.translate import Rules, read_order
from entremise.plugin.domain.events import (
    AttendeeCheckedIn,
    AttendeeErased,
    AttendeeLeft,
    AttendeeRegistered,
    CheckInReversed,
    DomainEvent,
    RegistrationCancelled,
)
from entremise.plugin.domain.model import Attendee, Mentoring, Profile, stamp

QUESTIONS = read_questions([QuestionSchema().load(row) for row in answer("questions")["results"]], "en")


def an_order(**changes: Any) -> dict[str, Any]:
    """Return the recorded order; ``position`` holds changes of its one ticket."""
    row = answer("order")
    row["positions"][0].update(changes.pop("position", {}))
    row.update(changes)
    loaded: dict[str, Any] = OrderSchema().load(row)
    return loaded


def said(
    order: dict[str, Any], *, known: tuple[str, ...] = ("ETJRV-1",), at: float = NOON, **config: Any
) -> list[DomainEvent]:
    return list(read_order(order, "demo", Rules.of(config), QUESTIONS, known=known, seen_at=at))


def an_answer(identifier: str, text: str, *options: str) -> dict[str, Any]:
    return {
        "question": 50, "answer": text, "question_identifier": identifier,
        "options": list(range(len(options))), "option_identifiers": list(options),
    }  # fmt: skip


def a_profile_of(*answers: dict[str, Any], locale: str = "fr", **config: Any) -> Profile:
    position = PositionSchema().load(
        {"id": 1, "positionid": 1, "attendee_name": "Zoé", "answers": list(answers)}
    )
    return read_profile(position, locale, Form.of(config), QUESTIONS)


def test_a_paid_order_registers_its_ticket_with_the_answers_as_profile() -> None:
    registered, presence = said(an_order())
    assert isinstance(registered, AttendeeRegistered)
    assert isinstance(presence, CheckInReversed)
    profile = registered.profile
    assert registered.attendee == "ETJRV-1"
    assert profile.name == "Ada Example"
    assert profile.organisation == "Example Org"
    assert profile.interests == ("Python", "Data science")
    assert profile.goals == ("Find collaborators for an open data project",)
    assert profile.challenges == ("Our pipeline is slow",)
    assert profile.mentoring == Mentoring("mentor", 1)
    assert profile.seniority == 4
    assert profile.languages == ("en",)
    assert profile.consent.matching
    assert profile.consent.mentoring
    assert not profile.consent.presence, "nobody was asked"
    assert profile.hidden_for_matching
    assert profile.visible == ()
    assert profile.extra == {}


@pytest.mark.parametrize(
    ("changes", "config", "counts"),
    [
        ({}, {}, True),
        ({"status": "n"}, {}, False),
        ({"status": "n"}, {"pending_counts": True}, True),
        ({"status": "n", "valid_if_pending": True}, {}, True),
        ({"status": "n", "require_approval": True}, {"pending_counts": True}, False),
        ({"status": "e"}, {"pending_counts": True}, False),
        ({"status": "c"}, {"pending_counts": True}, False),
        ({"position": {"canceled": True}}, {}, False),
        ({"position": {"blocked": ["admin"]}}, {}, False),
        ({"position": {"addon_to": 7}}, {}, False),
        ({"testmode": True}, {}, False),
        ({"testmode": True}, {"test_orders": True}, True),
        ({}, {"items": [2]}, False),
        ({}, {"items": [1, 2]}, True),
    ],
)
def test_which_tickets_make_an_attendee(
    changes: dict[str, Any], config: dict[str, Any], counts: bool
) -> None:
    happened = said(an_order(**changes), **config)
    assert isinstance(happened[0], AttendeeRegistered if counts else RegistrationCancelled)
    strangers = said(an_order(**changes), known=(), **config)
    assert bool(strangers) == counts, "a cancellation is only told of people whom we hold"


@pytest.mark.parametrize(
    ("scans", "kind"),
    [
        ([], CheckInReversed),
        ([("entry", 1)], AttendeeCheckedIn),
        ([("exit", 3), ("entry", 1)], AttendeeLeft),
        ([("entry", 5), ("exit", 3), ("entry", 1)], AttendeeCheckedIn),
    ],
)
def test_the_last_scan_says_where_somebody_is(scans: list[tuple[str, int]], kind: type) -> None:
    rows = [
        {"id": number, "datetime": f"2026-11-23T0{number}:00:00Z", "list": 1, "type": name}
        for name, number in scans
    ]
    presence = said(an_order(position={"checkins": rows}))[1]
    assert type(presence) is kind


def test_only_the_configured_lists_say_who_is_in_the_building() -> None:
    rows = [
        {"id": 1, "datetime": "2026-11-23T01:00:00Z", "list": 1, "type": "entry"},
        {"id": 2, "datetime": "2026-11-23T02:00:00Z", "list": 9, "type": "exit"},
    ]
    assert isinstance(said(an_order(position={"checkins": rows}))[1], AttendeeLeft)
    assert isinstance(said(an_order(position={"checkins": rows}), checkin_lists=[1])[1], AttendeeCheckedIn)


def test_a_later_look_beats_an_earlier_one_even_where_the_order_did_not_change() -> None:
    scan = [{"id": 1, "datetime": "2026-11-23T01:00:00Z", "list": 1, "type": "entry"}]
    earlier, later = said(an_order(position={"checkins": scan}), at=NOON), said(an_order(), at=NOON + 1)
    assert [one.stamp for one in later] > [one.stamp for one in earlier]
    person = Attendee("inst", "demo", "ETJRV-1")
    for presence, stamped in (("registered", later[1].stamp), ("checked_in", earlier[1].stamp)):
        person = person.with_presence(presence, stamped)  # type: ignore[arg-type]
    assert person.presence == "registered", "an annulled check-in stays annulled whatever order we hear it in"


def test_whoever_is_not_held_is_registered_as_of_the_moment_the_order_was_placed() -> None:
    order = an_order(last_modified="2027-01-01T00:00:00Z")
    stranger, held = said(order, known=())[0], said(order)[0]
    forgotten_at = stamp(at=order["datetime"].timestamp() + 1, tie="")
    assert stranger.stamp < forgotten_at < held.stamp
    assert isinstance(stranger, AttendeeRegistered)
    assert isinstance(held, AttendeeRegistered)
    assert stranger.profile_stamp == held.profile_stamp == held.stamp


def test_tickets_that_left_the_order_are_erased() -> None:
    happened = said(an_order(), known=("ETJRV-1", "ETJRV-2"))
    assert [one.attendee for one in happened if isinstance(one, AttendeeErased)] == ["ETJRV-2"]


def test_shredded_people_are_erased_once() -> None:
    shredded = an_order(
        position={"attendee_name": None, "attendee_name_parts": {"_shredded": True}, "answers": []}
    )
    assert [type(one) for one in said(shredded)] == [AttendeeErased]
    assert said(shredded, known=()) == []


def test_the_answer_that_we_wrote_is_no_part_of_the_profile() -> None:
    without = a_profile_of(an_answer("BIO", "Chimiste"))
    assert a_profile_of(an_answer("BIO", "Chimiste"), an_answer("ENTREMISE", "https://x/me/1")) == without
    assert "ENTREMISE" in a_profile_of(an_answer("ENTREMISE", "x"), link_question="OTHER").extra


def test_choices_are_tags_in_one_language_whatever_the_attendee_read() -> None:
    french = a_profile_of(an_answer("INTERESTS", "Science des données", "DATA"))
    english = a_profile_of(an_answer("INTERESTS", "Data science", "DATA"), locale="en")
    assert french.interests == english.interests == ("Data science",)
    assert a_profile_of(an_answer("INTERESTS", "?", "GONE")).interests == ("GONE",)
    assert a_profile_of(an_answer("INTERESTS", "x", "DATA"), options={"DATA": "Données"}).interests == (
        "Données",
    )


def test_labels_are_looked_up_only_where_they_are_needed() -> None:
    def needed(*answers: dict[str, Any], **config: Any) -> bool:
        position = PositionSchema().load({"id": 1, "positionid": 1, "answers": list(answers)})
        return needs_labels([position], Form.of(config))

    assert needed(an_answer("INTERESTS", "x", "DATA"))
    assert not needed(an_answer("INTERESTS", "x", "DATA"), options={"DATA": "Data"})
    assert not needed(
        an_answer("SENIORITY", "Lead", "LEAD"), an_answer("GOALS", "x"), an_answer("SHIRT", "L", "L")
    )


def test_typed_items_are_split_by_line_not_by_comma() -> None:
    profile = a_profile_of(an_answer("NEEDS", "- un associé, si possible\r\n• des clients ; \n\n"))
    assert profile.needs == ("un associé, si possible", "des clients")


def test_what_nobody_mapped_or_nobody_can_read_is_kept_aside() -> None:
    profile = a_profile_of(
        an_answer("SHIRT", "L"), an_answer("SENIORITY", "Grand manitou", "A1B2"), an_answer("MENTOR_CAPACITY", "700"),
        an_answer("MODE", "par télépathie"), an_answer("CONSENT", "perhaps"), an_answer("LANGUAGES", "klingon, FR"),
        an_answer("DIET", "végane"), questions={"DIET": []},
    )  # fmt: skip
    assert set(profile.extra) == {"SHIRT", "SENIORITY", "MENTOR_CAPACITY", "MODE", "CONSENT", "LANGUAGES"}
    assert profile.seniority is None
    assert profile.mode is None
    assert profile.languages == ("fr",)
    assert not profile.consent.matching


def test_an_operator_maps_questions_and_options_of_their_own() -> None:
    profile = a_profile_of(
        an_answer("q-77", "Cadre", "X1"), an_answer("Métier", "Chimiste"), an_answer("OK", "Oui", "Y"),
        an_answer("LANG", "Anglais, Français", "L1", "L2"), an_answer("VISIBLE", "x", "TITLE", "INTERESTS"),
        an_answer("MENTOR", "True"), an_answer("MENTEE", "True"), an_answer("MENTOR_CAPACITY", "3"),
        an_answer("FIRST_TIME", "True"), an_answer("MODE", "À distance", "REMOTE"),
        questions={"Q-77": "seniority", "métier": "title", "OK": ["consent.matching", "consent.presence"],
                   "LANG": "languages"},
        options={"X1": "4", "Y": "yes", "L1": "en", "L2": "fr"},
    )  # fmt: skip
    assert profile.seniority == 4
    assert profile.title == "Chimiste"
    assert profile.languages == ("en", "fr")
    assert (profile.consent.matching, profile.consent.presence, profile.consent.mentoring) == (
        True,
        True,
        False,
    )
    assert profile.visible == ("title", "interests")
    assert profile.mentoring == Mentoring("both", 3)
    assert profile.first_time is True
    assert profile.mode == "remote"
    assert profile.extra == {}


def test_two_questions_about_one_consent_must_both_say_yes() -> None:
    yes, no = an_answer("CONSENT", "True"), an_answer("CONSENT_MATCHING", "False")
    for answers in ((yes, no), (no, yes)):
        consent = a_profile_of(*answers).consent
        assert not consent.matching
        assert consent.mentoring


_IDENTIFIERS = st.sampled_from(
    ["INTERESTS", "BIO", "CONSENT", "MENTOR", "MENTOR_CAPACITY", "SENIORITY", "LANGUAGES", "MODE", "VISIBLE",
     "FIRST_TIME", "ENTREMISE", "SHIRT"]
)  # fmt: skip
_ANSWERS = st.lists(
    st.builds(
        lambda identifier, text, options: an_answer(identifier, text, *options),
        _IDENTIFIERS, st.text(max_size=30) | st.sampled_from(["True", "False", "3", "en", "²", "٣"]),
        st.lists(st.text(max_size=6) | st.sampled_from(["DATA", "LEAD", "FR"]), max_size=3),
    ),
    max_size=6,
)  # fmt: skip


@given(_ANSWERS)
def test_any_answers_make_a_profile_that_can_be_stored(answers: list[dict[str, Any]]) -> None:
    profile = a_profile_of(*answers)
    assert Profile.from_dict(profile.to_dict()) == profile
    assert "ENTREMISE" not in profile.extra
    if profile.consent.matching:
        votes = [row["answer"] if not row["option_identifiers"] else row["option_identifiers"][0]
                 for row in answers if row["question_identifier"] == "CONSENT"]  # fmt: skip
        assert any(vote.strip().casefold() in {"true", "yes", "oui", "ja", "1"} for vote in votes)


@given(
    st.dictionaries(st.sampled_from(["A", "b", "C"]), st.sampled_from(sorted(TARGETS)), min_size=1), _ANSWERS
)
def test_every_target_can_be_read_from_any_answer(
    questions: dict[str, str], answers: list[dict[str, Any]]
) -> None:
    renamed = [
        {**copy.deepcopy(row), "question_identifier": name}
        for row, name in zip(answers, questions, strict=False)
    ]
    profile = a_profile_of(*renamed, questions=questions)
    assert Profile.from_dict(profile.to_dict()) == profile
