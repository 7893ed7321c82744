"""A service that is away, refuses or is slow, and a sender that dies in between: nothing is lost, nothing comes twice."""

import datetime as dt
import json
import time

import pytest
from django.utils.timezone import now
from outbox import changed, said

from pretix_entremise import connecting, sending, upkeep
from pretix_entremise.client import verify
from pretix_entremise.leases import leased
from pretix_entremise.models import Connection, Mark, Told
from pretix_entremise.speaking import Speaker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("near")]

DOOR = "POST /hosts/inst1/deliveries"
RENEW = "POST /v1/installations/inst1/connection"
NEWEST = {
    "installation": "inst1", "name": "Summit", "signing_secret": "whsec_" + "bmV3ZXIgc2lnbmluZyBzZWNyZXQuLi4uLi4u",
    "callback_secret": "whsec_" + "bmV3ZXIgY2FsbGJhY2sgc2VjcmV0Li4uLi4u", "token": None, "fingerprint": "f2",
}  # fmt: skip


@pytest.fixture
def told(ask, sell, connection, near):
    """Return a function that makes an order with consent, and notes it."""
    question = ask("CONSENT", "B")
    Mark.objects.all().delete()

    def make(*names):
        order = sell(*(names or ["Ada"]), answers={question.identifier: "True"})
        changed(order)
        return order

    return make


def in_time(connection):
    """Let the pause that was agreed on be over."""
    Connection.objects.filter(pk=connection.pk).update(retry_at=None)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_what_a_service_cannot_take_now_waits_longer_each_time_and_goes_then(
    service, connection, told, status
):
    order = told()
    service.answers[DOOR] = (status, {"code": "backpressure"}, {})
    pauses = []
    for _ in range(3):
        ended = sending.send(connection.pk)
        assert ended.state == "later"
        pauses.append(ended.retry_in)
        assert sending.send(connection.pk).state == "waits"
        in_time(connection)
    assert pauses == sorted(pauses)
    assert len(service.requests) == 3
    connection.refresh_from_db()
    assert (connection.failures, connection.problem) == (3, "backpressure")
    assert Mark.objects.count() == 1
    del service.answers[DOOR]
    assert sending.send(connection.pk).state == "done"
    connection.refresh_from_db()
    assert (connection.failures, connection.problem, connection.retry_at) == (0, "", None)
    # Said four times under one id: the service took the last one.
    assert {one["id"] for one in service.sent()} == {service.sent()[0]["id"]}
    assert said(service)[-1] == ("attendee.registered", f"{order.code}-1")


def test_a_service_that_asks_for_patience_gets_it(service, connection, told):
    told()
    service.answers[DOOR] = (503, {}, {"Retry-After": "300"})
    assert sending.send(connection.pk).retry_in >= 300
    connection.refresh_from_db()
    assert connection.retry_at > now() + dt.timedelta(seconds=290)


def test_a_service_that_does_not_answer_or_is_not_there_is_tried_again(
    service, connection, told, monkeypatch
):
    told()
    patient = connecting.service_of
    monkeypatch.setattr(connecting, "service_of", lambda one: patient(one, timeout=0.4))

    def slow(_):
        time.sleep(1.5)
        return 202, {}, {}

    service.answers[DOOR] = slow
    assert sending.send(connection.pk).state == "later"
    connection.refresh_from_db()
    assert connection.problem == "timeout"
    Connection.objects.update(service="http://127.0.0.1:9", retry_at=None)
    assert sending.send(connection.pk).state == "later"
    connection.refresh_from_db()
    assert (connection.problem, connection.failures) == ("no_answer", 2)
    Connection.objects.update(service=service.url, retry_at=None)
    del service.answers[DOOR]
    assert sending.send(connection.pk).state == "done"
    assert not Mark.objects.exists()


def test_an_address_that_pretix_may_not_reach_is_named_as_what_it_is(service, connection, told, settings):
    told()
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = False
    assert sending.send(connection.pk).state == "later"
    connection.refresh_from_db()
    assert connection.problem == "blocked"
    assert service.requests == []
    assert Mark.objects.count() == 1


class Killed(BaseException):
    """The process ends here."""


def killed_before_the_commit(monkeypatch, connection):
    def die(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Speaker, "_confirm", die)
        with pytest.raises(Killed):
            sending.send(connection.pk)
    # A process that is killed gives no lease back; here it did, on its way out.
    assert Mark.objects.exists()


def test_a_sender_that_dies_after_the_answer_says_the_same_under_the_same_id(
    service, connection, told, monkeypatch
):
    told()
    killed_before_the_commit(monkeypatch, connection)
    assert sending.send(connection.pk).state == "done"
    first, second = service.sent()
    assert first == second
    assert not Mark.objects.exists()


def test_what_changed_after_such_a_death_is_said_under_an_id_of_its_own(
    service, connection, told, monkeypatch
):
    order = told()
    killed_before_the_commit(monkeypatch, connection)
    order.all_positions.update(company="Analytical Engines")
    assert sending.send(connection.pk).state == "done"
    first, second = service.sent()
    assert first["id"] != second["id"]
    assert second["data"]["version"] > first["data"]["version"]


def test_what_changed_back_after_such_a_death_is_said_again(service, connection, told, monkeypatch):
    order = told()
    sending.send(connection.pk)
    order.all_positions.update(company="Analytical Engines")
    changed(order)
    killed_before_the_commit(monkeypatch, connection)
    order.all_positions.update(company=None)
    assert sending.send(connection.pk).state == "done"
    versions = [one["data"]["version"] for one in service.sent()]
    assert versions == sorted(set(versions))
    assert "organisation" not in service.sent()[-1]["data"]
    assert len(service.sent()) == 3


def test_a_thousand_orders_made_while_the_service_is_away_arrive_once_each(
    service, connection, told, monkeypatch
):
    # Where it sees a test, pretix inspects the stack at every save: most of the time would go there.
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    service.answers[DOOR] = (503, {}, {})
    orders = []
    for number in range(1000):
        orders.append(told(f"Person {number}"))
        if number % 250 == 0:
            in_time(connection)
            assert sending.send(connection.pk).state == "later"
    before = len(service.sent())
    del service.answers[DOOR]
    in_time(connection)
    assert sending.send(connection.pk).count == 1000
    arrived = [one["subject"] for one in service.sent()[before:]]
    assert sorted(arrived) == sorted(f"{order.code}-1" for order in orders)
    assert not Mark.objects.exists()
    assert Told.objects.filter(digest__startswith="?").count() == 0


def test_a_batch_is_halved_down_to_the_one_ticket_that_cannot_be_taken(service, connection, told):
    orders = [told() for _ in range(7)]
    bad = orders[3]

    def picky(body):
        if bad.code.encode() in body:
            return 422, {"code": "invalid", "field": "data.name"}, {}
        return 202, {}, {}

    service.answers[DOOR] = picky
    ended = sending.send(connection.pk)
    assert (ended.state, ended.count) == ("done", 6)
    connection.refresh_from_db()
    assert (connection.problem, connection.problem_detail) == ("ticket", f"{bad.code} invalid data.name")
    assert not Mark.objects.exists()
    assert sending.send(connection.pk).count == 0
    # What comes next is not held up, and does not hide the problem; it is over when that ticket is taken.
    changed(orders[0])
    told()
    sending.send(connection.pk)
    connection.refresh_from_db()
    assert connection.problem == "ticket"
    del service.answers[DOOR]
    changed(bad)
    sending.send(connection.pk)
    connection.refresh_from_db()
    assert connection.problem == ""


def test_secrets_that_were_replaced_at_the_service_are_fetched_and_used(service, connection, told):
    told()
    service.answers[RENEW] = (200, NEWEST, {})
    former = connection.signing_secret

    def strict(body):
        headers = service.requests[-1][2]
        fits = headers["webhook-signature"] == _signature(NEWEST["signing_secret"], headers, body)
        return (202, {}, {}) if fits else (401, {"code": "unauthenticated"}, {})

    service.answers[DOOR] = strict
    assert sending.send(connection.pk).state == "done"
    connection.refresh_from_db()
    assert connection.signing_secret == NEWEST["signing_secret"]
    assert connection.former_callback_secret != ""
    assert connection.former_until > now() + dt.timedelta(hours=23)
    assert connection.fingerprint == "f2"
    assert connection.token == "entremise_token"
    (asked,) = [one for one in service.requests if one[1].endswith("/connection")]
    assert json.loads(asked[3])["resume"] is True
    verify([former], asked[2], asked[3], now=time.time())


def _signature(secret, headers, body):
    from pretix_entremise.extension_envelope import stamped

    moment = float(headers["webhook-timestamp"])
    return stamped(secret, headers["webhook-id"], body, now=moment)["webhook-signature"]


def test_a_service_that_does_not_know_us_any_more_stops_it_until_it_does(service, connection, told):
    told()
    service.answers[DOOR] = service.answers[RENEW] = (401, {"code": "unauthenticated"}, {})
    assert sending.send(connection.pk).state == "later"
    connection.refresh_from_db()
    assert (connection.state, connection.problem) == (Connection.REFUSED, "unauthenticated")
    assert len(service.requests) == 2
    assert Mark.objects.count() == 1
    in_time(connection)
    service.answers[RENEW] = (200, NEWEST, {})
    del service.answers[DOOR]
    assert sending.send(connection.pk).state == "done"
    connection.refresh_from_db()
    assert (connection.state, connection.problem) == (Connection.CONNECTED, "")


def test_nothing_secret_stands_in_a_problem(service, connection, told):
    told()
    secrets = f"{connection.token} {connection.signing_secret}"
    service.answers[DOOR] = (500, {"code": "odd", "detail": f"no {secrets}"}, {})
    sending.send(connection.pk)
    connection.refresh_from_db()
    assert connection.problem_detail == "no ••• •••"
    assert connection.token not in str(connection)


def test_a_second_sender_does_nothing_and_one_that_died_is_followed(service, connection, told):
    told()
    with leased(connection.pk) as lease:
        assert sending.send(connection.pk).state == "busy"
        Connection.objects.update(lease_until=now() - dt.timedelta(seconds=1))
        assert sending.send(connection.pk).state == "done"
        assert lease is not None
    assert len(service.sent()) == 1


def test_a_sender_whose_lease_was_taken_writes_nothing_more(service, connection, told):
    told()
    hold = Speaker.tell

    def late(self, telling, marks=(), **found):
        Connection.objects.update(lease_by="somebody else")
        return hold(self, telling, marks, **found)

    Speaker.tell = late
    try:
        assert sending.send(connection.pk).state == "busy"
    finally:
        Speaker.tell = hold
    assert service.requests == []
    assert Mark.objects.count() == 1


def test_what_is_marked_while_sending_is_sent_too(service, connection, told):
    told()
    made = []
    confirm = Speaker._confirm

    def with_news(self, *args):
        confirm(self, *args)
        if not made:
            made.append(told("Grace"))

    Speaker._confirm = with_news
    try:
        ended = sending.send(connection.pk)
    finally:
        Speaker._confirm = confirm
    assert (ended.state, ended.count) == ("done", 2)
    assert not Mark.objects.exists()


def test_a_note_of_the_same_order_that_is_made_meanwhile_is_not_taken_for_the_one_that_was_read(
    service, connection, told
):
    order = told()
    deliver = Speaker._deliver

    def late(self, cloudevents):
        if cloudevents and not service.requests:
            order.all_positions.update(company="Analytical Engines")
            changed(order)
        return deliver(self, cloudevents)

    Speaker._deliver = late
    try:
        assert sending.send(connection.pk).count == 2
    finally:
        Speaker._deliver = deliver
    assert service.sent()[-1]["data"]["organisation"] == "Analytical Engines"


def test_a_connection_that_was_switched_off_meanwhile_is_left_alone(service, connection, told, event):
    from pretix_entremise import lifecycle

    for _ in range(3):
        told()
    connection.refresh_from_db()

    confirm = Speaker._confirm

    def off(self, *args):
        lifecycle.switched_off(event)
        confirm(self, *args)

    Speaker._confirm = off
    try:
        assert sending.send(connection.pk).state == "busy"
    finally:
        Speaker._confirm = confirm
    connection.refresh_from_db()
    assert connection.state == Connection.STOPPING
    assert upkeep.look_after(connection.pk).state in {"done", "busy"}
