"""The pages of plans: what organisers see, and that nobody publishes what they have not seen."""

import pytest
from django_scopes import scopes_disabled
from organised import (
    API,
    PLANS,
    address,
    answers,
    asked,
    consent,
    logged,
    loopback,
    people,
    reader,
    recorded,
    text_of,
)  # fmt: skip
from pretix.base.models import LogEntry

pytestmark = pytest.mark.django_db


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


def test_the_service_is_asked_in_the_language_of_whoever_looks(
    office, admin, event, connection, service, people
):
    admin.locale = "fr"
    admin.save()
    answers(service, meetings="draft-fr")
    text = text_of(office.get(address(event, "plans/meetings/")))
    assert PLANS["meetings-draft-fr"]["body"]["draft"]["left_over"][0]["text"] in text
    assert asked(service, "GET")[0][1]["accept-language"] == "fr"
