"""Without a service, or with one that says no, there is a page that says so and what to do."""

import pytest
from django_scopes import scopes_disabled
from organised import (
    API,
    address,
    answers,
    consent,
    logged,
    loopback,
    people,
    reader,
    text_of,
)  # fmt: skip
from pretix.base.models import Event

from pretix_entremise.models import Connection

pytestmark = pytest.mark.django_db


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
