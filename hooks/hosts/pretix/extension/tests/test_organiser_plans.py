"""The pages of plans: what organisers see, what they change, and that nobody publishes what they have not seen."""

import copy
import re

import pytest
from django_scopes import scopes_disabled
from organised import API, PLANS, address, answers, asked, consent, loopback, people, reader, recorded
from pretix.base.models import Event, LogEntry

from pretix_entremise.models import Connection

pytestmark = pytest.mark.django_db


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def logged():
    with scopes_disabled():
        return list(
            LogEntry.objects.filter(action_type__startswith="pretix_entremise.plan").values_list(
                "action_type", flat=True
            )
        )


def changed(service, feature, **changes):
    """Have the service answer with a plan that differs in these keys; return its ETag."""
    status, body, headers = recorded(f"{feature}-draft-en")
    service.answers[f"GET {API}/plans/{feature}"] = (status, {**copy.deepcopy(body), **changes}, headers)
    return headers["ETag"]


def test_the_list_says_how_far_each_plan_is_and_why_people_have_no_place(
    office, event, connection, service, people
):
    answers(service)
    text = text_of(office.get(address(event, "plans/")))
    assert text.count("draft ready") == 4
    reasons = [one["text"] for one in PLANS["meetings-draft-en"]["body"]["draft"]["left_over"]]
    assert reasons
    for reason in set(reasons):
        assert f"{reasons.count(reason)} × {reason}" in text


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"enabled": False}, "Switched off for this event"),
        ({"due": True}, "A draft is being made"),
        ({"drafted": None}, "There is no draft yet"),
        ({"published": 20, "moved": 0}, "Published: attendees see it"),
        ({"published": 20, "moved": 1}, "would move 1 person."),
        ({"published": 20, "moved": 3}, "would move 3 people."),
    ],
)
def test_every_state_of_a_plan_is_said_in_a_sentence(office, event, connection, service, changes, word):
    answers(service)
    status, body, headers = recorded("plans-drafts")
    plans = [{**plan, **changes} if plan["feature"] == "seating" else plan for plan in body["plans"]]
    service.answers[f"GET {API}/plans"] = (status, {"plans": plans}, headers)
    text = text_of(office.get(address(event, "plans/")))
    assert text.count(word) == 1


def test_a_plan_that_is_off_is_not_asked_for_and_leads_to_the_settings(office, event, connection, service):
    status, body, headers = recorded("plans-drafts")
    off = {"plans": [{**plan, "enabled": False} for plan in body["plans"]]}
    service.answers[f"GET {API}/plans"] = (status, off, headers)
    page = office.get(address(event, "plans/")).content.decode()
    assert address(event, "") + '"' in page
    assert [path for path, *_ in asked(service, "GET")] == [f"{API}/plans"]


def test_problems_of_a_plan_are_told_in_the_list_and_on_its_page(office, event, connection, service, people):
    answers(service)
    service.answers[f"GET {API}/plans/seating"] = recorded("seating-problem-en")
    said = PLANS["seating-problem-en"]["body"]["draft"]["problems"][0]["text"]
    assert said in text_of(office.get(address(event, "plans/")))
    assert said in text_of(office.get(address(event, "plans/seating/")))


@pytest.mark.parametrize(
    ("feature", "label"),
    [
        ("mentorship", "With Clément Pereira"), ("circles", "Circle 1"), ("seating", "Lunch: table 2"),
        ("meetings", "10:00 to 10:20, Lobby"),
    ],
)  # fmt: skip
def test_a_plan_shows_its_groups_in_words_and_its_people_with_their_orders(
    office, event, connection, service, people, feature, label
):
    event.settings.timezone = "Europe/Paris"
    answers(service)
    page = office.get(address(event, f"plans/{feature}/"))
    assert label in text_of(page)
    groups = PLANS[f"{feature}-draft-en"]["body"]["draft"]["groups"]
    for member in groups[0]["members"]:
        order = member["person"].partition("-")[0]
        assert f'orders/{order}/">{member["name"]}</a>' in page.content.decode()


def test_names_come_from_the_tickets_and_who_has_none_left_is_no_link(
    office, event, connection, service, people
):
    answers(service)
    with scopes_disabled():
        order = people["AB014-1"].order
        people["AB014-1"].delete()
        order.delete()
        position = people["AB029-1"]
        position.attendee_name_parts = {"_scheme": "full", "full_name": "Name <b>after</b> a change"}
        position.save()
    page = office.get(address(event, "plans/circles/")).content.decode()
    assert "Name &lt;b&gt;after&lt;/b&gt; a change" in page
    assert "orders/AB014/" not in page
    assert "Rachel Baker" in page


def test_publishing_names_the_version_that_was_seen(office, event, connection, service, people):
    answers(service)
    service.answers[f"POST {API}/plans/seating/publish"] = recorded("seating-published-en")
    page = office.get(address(event, "plans/seating/"))
    etag = page.context["etag"]
    assert etag == PLANS["seating-draft-en"]["etag"]
    answer = office.post(address(event, "plans/seating/publish"), {"etag": etag})
    assert answer.headers["Location"] == address(event, "plans/seating/")
    ((_path, headers, _body),) = asked(service, "POST", "/plans/seating/publish")
    assert headers["if-match"] == etag
    assert headers["authorization"] == "Bearer entremise_token"
    assert logged() == ["pretix_entremise.plan.published"]


def test_what_changed_meanwhile_is_not_published_and_the_new_one_is_shown(
    office, event, connection, service, people
):
    answers(service)
    service.answers[f"POST {API}/plans/seating/publish"] = recorded("seating-stale")
    answer = office.post(address(event, "plans/seating/publish"), {"etag": '"1-old"'}, follow=True)
    text = text_of(answer)
    assert "Nothing was changed" in text
    assert "Lunch: table 1" in text
    assert logged() == []


@pytest.mark.parametrize("etag", ["", "*", '"a"\r\nX-Other: 1', "é", 'W/"', '"' + "x" * 500 + '"'])
def test_no_form_can_publish_without_a_version(office, event, connection, service, etag):
    answers(service)
    service.answers[f"POST {API}/plans/seating/publish"] = recorded("seating-stale")
    office.post(address(event, "plans/seating/publish"), {"etag": etag})
    ((_path, headers, _body),) = asked(service, "POST", "/plans/seating/publish")
    assert headers["if-match"] == '"none"'
    assert "x-other" not in headers


@pytest.mark.parametrize(
    ("step", "path", "action"),
    [
        ("retract", "plans/circles/retract", "retracted"), ("draft", "plans/circles/draft", "drafted"),
        ("now", "plans/circles/now", "formed"),
    ],
)  # fmt: skip
def test_each_step_is_one_request_and_one_line_in_the_log(
    office, event, connection, service, step, path, action
):
    answers(service)
    service.answers[f"POST {API}/{path}"] = recorded("circles-retract")
    office.post(address(event, f"plans/circles/{step}"))
    assert len(asked(service, "POST", f"/{path}")) == 1
    assert logged() == [f"pretix_entremise.plan.{action}"]
    with scopes_disabled():
        (entry,) = LogEntry.objects.filter(action_type__startswith="pretix_entremise.plan")
        assert "ircles" in entry.display()


def test_only_circles_form_now(office, event, connection, service):
    assert office.post(address(event, "plans/seating/now")).status_code == 404
    assert asked(service, "POST") == []


def test_looking_changes_nothing(office, event, connection, service, people):
    answers(service)
    for path in ("plans/", "plans/seating/", "plans/seating/brief", "plans/seating/print?of=draft"):
        office.get(address(event, path))
    for step in ("publish", "retract", "draft", "now"):
        assert office.get(address(event, f"plans/circles/{step}")).status_code == 405
    assert {method for method, *_ in service.requests} == {"GET"}


def test_a_refusal_by_the_state_of_the_plan_is_said(office, event, connection, service):
    answers(service)
    service.answers[f"POST {API}/plans/circles/retract"] = (409, {"code": "conflict", "detail": "no"}, {})
    text = text_of(office.post(address(event, "plans/circles/retract"), follow=True))
    assert "not possible now" in text


def brief_sent(service, feature):
    ((_path, headers, body),) = asked(service, "PUT", f"/plans/{feature}/brief")
    return headers["if-match"], body


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


def test_who_may_only_look_sees_the_plan_and_cannot_change_it(reader, event, connection, service, people):
    answers(service)
    page = reader.get(address(event, "plans/seating/"))
    assert page.status_code == 200
    assert 'method="post"' not in page.content.decode().split('id="page-wrapper"')[1]
    for path in ("publish", "retract", "draft", "now"):
        assert reader.post(address(event, f"plans/circles/{path}")).status_code == 403
    assert (
        reader.post(address(event, "plans/circles/"), {"do": "pause", "person": "AB001-1"}).status_code == 403
    )
    assert reader.get(address(event, "plans/circles/brief")).status_code == 403
    assert {method for method, *_ in service.requests} == {"GET"}


PAGES = ("plans/", "plans/seating/", "plans/seating/brief", "plans/seating/print")


def what_is_said(path, answer, said):
    """A picture need not be JSON, and where there is none, nothing is published."""
    if "print" not in path:
        return said
    return {404: "Nothing is published yet.", 200: "Print this page"}.get(answer[0], said)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((503, {"code": "database_away"}, {"Retry-After": "5"}), "does not answer at the moment"),
        ((500, b"<html>", {}), "does not answer at the moment"),
        ((401, {"code": "unauthenticated"}, {}), "does not know this connection any more"),
        ((404, {"code": "not_found"}, {}), "does not know this plan or this event"),
        ((302, b"", {"Location": "https://elsewhere.example.org/"}), "at another address"),
        ((200, b"not json", {}), "Something else than the service answers"),
    ],
)
def test_when_the_service_does_not_answer_the_page_says_so_and_what_to_do(
    office, event, connection, service, path, answer, said
):
    for where in ("plans", "plans/seating", "plans/seating/picture.svg"):
        service.answers[f"GET {API}/{where}"] = answer
    page = office.get(address(event, path))
    assert page.status_code == 200
    assert what_is_said(path, answer, said) in text_of(page)


@pytest.mark.parametrize("path", PAGES)
def test_when_nothing_listens_there_is_a_page_all_the_same(office, event, connection, service, path):
    service.close()
    page = office.get(address(event, path))
    assert page.status_code == 200
    assert "does not answer at the moment" in text_of(page)


def test_a_step_that_nobody_heard_is_not_said_to_be_done(office, event, connection, service):
    answers(service)
    service.answers[f"POST {API}/plans/seating/publish"] = (503, {"code": "backpressure"}, {})
    text = text_of(office.post(address(event, "plans/seating/publish"), {"etag": '"1-a"'}, follow=True))
    assert "does not answer at the moment" in text
    assert "Published. Attendees" not in text
    assert logged() == []


def test_without_a_connection_the_pages_lead_to_it(office, event):
    page = office.get(address(event, "plans/"))
    assert "not connected to a service yet" in text_of(page)
    assert address(event, "connection") in page.content.decode()


def test_a_connection_that_is_being_taken_down_is_none(office, event, connection, service):
    Connection.objects.update(state=Connection.LEAVING)
    assert "not connected" in text_of(office.get(address(event, "plans/")))
    assert service.requests == []


def test_where_the_plugin_is_off_there_are_no_pages(office, event, connection, service):
    answers(service)
    with scopes_disabled():
        Event.objects.update(plugins="")
    for path in (*PAGES, "plans/seating/picture.svg", "plans/seating/export.csv"):
        assert office.get(address(event, path)).status_code == 404
    assert office.post(address(event, "plans/seating/publish")).status_code == 404
    assert service.requests == []


def test_the_service_is_asked_in_the_language_of_whoever_looks(
    office, admin, event, connection, service, people
):
    admin.locale = "fr"
    admin.save()
    answers(service, meetings="draft-fr")
    text = text_of(office.get(address(event, "plans/meetings/")))
    assert PLANS["meetings-draft-fr"]["body"]["draft"]["left_over"][0]["text"] in text
    assert asked(service, "GET")[0][1]["accept-language"] == "fr"
