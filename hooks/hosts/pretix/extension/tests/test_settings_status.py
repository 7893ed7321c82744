"""The status page: what waits, how far the backfill is, what the service says, and what to do about a problem."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils.timezone import now
from django_scopes import scope, scopes_disabled

from pretix_entremise.marking import mark
from pretix_entremise.models import Connection, Mark, Told
from pretix_entremise.problems import explain
from pretix_entremise.sending import send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback_may_be_reached(settings):
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = True


def _address(event, name="status"):
    return reverse(
        f"plugins:pretix_entremise:{name}", kwargs={"organizer": event.organizer.slug, "event": event.slug}
    )


def _open(office, event):
    answer = office.get(_address(event))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def _wait(event, minutes):
    with scopes_disabled():
        mark = Mark.objects.create(event=event, kind=Mark.ORDER, ref="AB001")
        Mark.objects.filter(pk=mark.pk).update(at=now() - dt.timedelta(minutes=minutes))


def test_without_a_connection_it_says_so(office, event):
    assert "not connected yet" in _open(office, event)


def test_where_nothing_is_wrong_all_is_well(office, event, connection):
    Told.objects.create(connection=connection, ref="AB001-1", code="AB001", registered=True)
    page = _open(office, event)
    assert "All is well." in page
    assert "<dd>1</dd>" in page


def test_changes_that_wait_for_long_while_nobody_sends_lead_to_what_to_run(office, event, connection):
    _wait(event, 5)
    assert "runperiodic" not in _open(office, event)
    _wait(event, 20)
    page = _open(office, event)
    assert "python -m pretix runperiodic" in page
    assert "entremise_send --forever" in page
    Connection.objects.update(last_sent_at=now())
    assert "runperiodic" not in _open(office, event)


def test_a_problem_says_what_to_do_instead(office, event, connection):
    _wait(event, 60)
    Connection.objects.update(problem="timeout", problem_at=now(), retry_at=now())
    page = _open(office, event)
    assert "took too long to answer" in page
    assert "runperiodic" not in page


def test_the_backfill_shows_how_far_it_is(office, event, connection):
    Connection.objects.update(backfill_after=7, backfill_done=25, backfill_total=100)
    page = _open(office, event)
    assert '<progress id="entremise-backfill" max="100" value="25">25 %</progress>' in page
    assert "25 of 100 orders" in page


def test_asking_the_service_shows_what_it_says_and_never_happens_by_looking(
    office, event, connection, service
):
    service.answers["GET /v1/installations/inst1/connection"] = (200, {
        "status": "paused", "paused_because": "401 from the callback", "fingerprint": "f1", "backlog": 12, "waiting": 3,
        "dead_letters": 2, "last_delivery_at": "2026-05-04T08:30:00Z", "last_result_at": None, "version": "0.1.0",
    }, {})  # fmt: skip
    service.answers["GET /manifest.json"] = (200, {"features": {}}, {})
    service.answers["GET /v1/installations/inst1/host-events/summit/settings"] = (
        200,
        {"values": {}, "effective": {}},
        {},
    )
    _open(office, event)
    assert service.requests == []
    Connection.objects.update(retry_at=now() + dt.timedelta(hours=1))
    assert office.post(_address(event), {"check": "1"}).status_code == 302
    page = _open(office, event)
    warned = page.partition('<div class="alert alert-warning">')[2].partition("</div>")[0]
    assert "The service pauses" in warned
    assert "entremise doctor" in warned
    assert "All is well" not in page
    assert "401 from the callback" in page
    assert "<dd>12</dd>" in page
    assert "tell whoever runs the service" in page
    connection.refresh_from_db()
    assert connection.retry_at is None
    # What arrives later says that it goes on.
    Connection.objects.update(last_received_at=now())
    assert "entremise doctor" not in _open(office, event)


def test_a_service_that_does_not_answer_is_explained(office, event, connection, service):
    service.close()
    answer = office.post(_address(event), {"check": "1"})
    assert answer.status_code == 200
    assert "does not answer at this address" in answer.content.decode()


def test_everything_is_sent_again_by_a_click(office, event, connection, service):
    assert office.post(_address(event), {"resend": "1"}).status_code == 302
    with scopes_disabled():
        assert Mark.objects.filter(event=event, kind=Mark.EVERYTHING).count() == 1
    assert service.requests == []


@pytest.mark.django_db(transaction=True)
def test_what_the_service_has_lost_is_said_again_under_the_same_ids(
    office, event, connection, service, ask, sell
):
    ask("CONSENT", "B")
    sell("Ada Lovelace", answers={"CONSENT": True})
    with scope(organizer=event.organizer):
        mark(event, Mark.EVERYTHING)
        send(connection.pk)
        mark(event, Mark.EVERYTHING)
        send(connection.pk)
        first = [one for one in service.sent() if one.get("subject")]
        assert [one["type"] for one in first] == ["org.entremise.attendee.registered.v1"]
        office.post(_address(event), {"resend": "1"})
        send(connection.pk)
        again = [one for one in service.sent() if one.get("subject")]
        assert again == first * 2
        office.post(_address(event), {"check": "1"})
        send(connection.pk)
        assert len([one for one in service.sent() if one.get("subject")]) == 2


def test_what_a_service_says_may_be_anything(office, event, connection):
    for odd in ({"status": 7, "last_delivery_at": "2026-99-99T00:00:00Z", "backlog": "x"}, [], "no", {}):
        Connection.objects.update(status=odd, status_at=now())
        _open(office, event)


@pytest.mark.parametrize("code", ["http_503", "http_418", "never_heard_of", "forbidden", "backpressure"])
def test_every_code_has_words(code):
    problem = explain(code)
    assert str(problem.what)
    assert str(problem.next)


def test_a_certificate_is_told_from_an_address_where_nobody_answers():
    assert "certificate" in str(explain("no_answer", detail="SSLError").what)
