"""What organisers want of a plan beside its frame, by simple forms: into a group, apart, together, paused."""

import pytest
from django_scopes import scopes_disabled
from organised import (
    API,
    PLANS,
    address,
    answers,
    asked,
    brief_sent,
    changed,
    consent,
    loopback,
    people,
    reader,
    recorded,
    text_of,
)  # fmt: skip
from pretix.base.models import Event

pytestmark = pytest.mark.django_db


def test_somebody_is_put_into_a_group_by_their_name(office, event, connection, service, people):
    answers(service)
    service.answers[f"PUT {API}/plans/seating/brief"] = recorded("seating-due")
    etag = PLANS["seating-draft-en"]["etag"]
    office.post(
        address(event, "plans/seating/"),
        {"do": "pin", "person": "rachel baker", "group": "1/2", "etag": etag},
    )
    sent_etag, brief = brief_sent(service, "seating")
    assert sent_etag == etag
    assert brief["pins"] == [{"person": "AB014-1", "group": "1/2"}]
    assert brief["frame"] == PLANS["seating-draft-en"]["body"]["brief"]["frame"]


def test_a_mentee_is_given_a_mentor_by_name(office, event, connection, service, people):
    answers(service)
    service.answers[f"PUT {API}/plans/mentorship/brief"] = recorded("mentorship-due")
    office.post(
        address(event, "plans/mentorship/"),
        {"do": "pin", "person": "Peter Evans (AB026-1)", "group": "ab010-1", "etag": '"1-a"'},
    )
    assert brief_sent(service, "mentorship")[1]["pins"] == [{"person": "AB026-1", "group": "AB010-1"}]


@pytest.mark.parametrize(
    ("wish", "key", "said"),
    [
        ({"do": "apart", "one": "AB001-1", "other": "Élodie Diallo"}, "apart", [["AB001-1", "AB002-1"]]),
        ({"do": "together", "people": "AB001-1\n\nAB002-1\nAB001-1"}, "together", [["AB001-1", "AB002-1"]]),
        ({"do": "pause", "person": "AB003-1"}, "paused", ["AB003-1"]),
    ],
)
def test_wishes_are_added_to_the_brief(office, event, connection, service, people, wish, key, said):
    before = {
        "pins": [],
        "apart": [["AB008-1", "AB009-1"]],
        "together": [],
        "paused": ["AB010-1"],
        "frame": {"sizes": [4]},
    }
    changed(service, "circles", brief=before)
    service.answers[f"PUT {API}/plans/circles/brief"] = recorded("circles-due")
    office.post(address(event, "plans/circles/"), {**wish, "etag": '"2-b"'})
    brief = brief_sent(service, "circles")[1]
    assert brief[key] == [*before[key], *said]
    assert {name: value for name, value in brief.items() if name != key} == {
        name: value for name, value in before.items() if name != key
    }


def test_what_was_said_is_shown_in_words_and_can_be_taken_back(office, event, connection, service, people):
    brief = {
        "pins": [{"person": "AB014-1", "group": "1/2"}], "apart": [["AB001-1", "AB002-1"], ["AB003-1", "AB004-1"]],
        "together": [], "paused": [], "frame": {},
    }  # fmt: skip
    etag = changed(service, "circles", brief=brief)
    service.answers[f"PUT {API}/plans/circles/brief"] = recorded("circles-due")
    text = text_of(office.get(address(event, "plans/circles/")))
    assert "Rachel Baker stays in: Circle 2" in text
    assert "Apart: Adrien Laurent, Chloé Laurent" in text
    office.post(address(event, "plans/circles/"), {"do": "remove", "rule": "apart:0", "etag": etag})
    assert brief_sent(service, "circles")[1] == {**brief, "apart": [["AB003-1", "AB004-1"]]}


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"do": "pause", "person": "Nobody Known"}, "There is no ticket of “Nobody Known”."),
        ({"do": "apart", "one": "AB001-1", "other": "AB001-1"}, "Name two different people."),
        ({"do": "together", "people": "AB001-1"}, "Name at least 2 different people."),
        ({"do": "pin", "person": "AB001-1", "group": "9/9"}, "Select a valid choice."),
    ],
)
def test_a_wish_that_cannot_be_is_refused_next_to_its_field(
    office, event, connection, service, people, wish, said
):
    answers(service)
    page = office.post(address(event, "plans/circles/"), {**wish, "etag": '"2-b"'})
    assert page.status_code == 200
    assert said in text_of(page)
    assert asked(service, "PUT") == []


def test_a_name_that_several_have_asks_which_ticket(office, event, connection, service, people):
    answers(service)
    with scopes_disabled():
        position = people["AB002-1"]
        position.attendee_name_parts = {"_scheme": "full", "full_name": "Rachel Baker"}
        position.save()
    text = text_of(office.post(address(event, "plans/circles/"), {"do": "pause", "person": "Rachel Baker"}))
    assert "Write which one: AB002-1, AB014-1." in text


def test_tickets_of_another_event_are_nobody_here(office, event, connection, service, people, organizer):
    answers(service)
    with scopes_disabled():
        other = Event.objects.create(
            organizer=organizer, name="Other", slug="other", date_from=event.date_from
        )
        order = people["AB003-1"].order
        order.event = other
        order.save()
    text = text_of(office.post(address(event, "plans/circles/"), {"do": "pause", "person": "AB003-1"}))
    assert "There is no ticket of “AB003-1”." in text


def test_a_rule_that_the_service_refuses_is_told_with_its_words(office, event, connection, service, people):
    answers(service)
    service.answers[f"PUT {API}/plans/circles/brief"] = recorded("seating-bad-least")
    wish = {"do": "pause", "person": "AB001-1", "etag": '"1-a"'}
    text = text_of(office.post(address(event, "plans/circles/"), wish, follow=True))
    assert "The service refused this rule" in text


@pytest.mark.parametrize("rule", ["", "pins", "pins:", "pins:x", "pins:-1", "frame:²"])
def test_taking_back_nonsense_is_no_page(office, event, connection, service, rule):
    answers(service)
    answer = office.post(address(event, "plans/circles/"), {"do": "remove", "rule": rule, "etag": '"1-a"'})
    assert answer.status_code == 404
    assert asked(service, "PUT") == []
