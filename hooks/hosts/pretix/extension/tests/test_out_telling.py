"""What is said about a ticket: only after a yes, as it is now, once, and in an order that the service can tell."""

import json

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from outbox import YES, changed, said, scan, times
from pretix.base.models import Order, OrderPosition

from pretix_entremise import sending, telling
from pretix_entremise.marking import mark
from pretix_entremise.models import Answer, Mark, Opting, Told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("near")]


@pytest.fixture(autouse=True)
def form(ask, event, connection, near):
    ask("CONSENT", "B")
    ask("CONSENT_PRESENCE", "B")
    ask("NEEDS", "T")
    Mark.objects.all().delete()


def answer_of(order, identifier):
    return order.all_positions.get(positionid=1).answers.get(question__identifier=identifier)


def test_nothing_leaves_pretix_without_consent(service, connection, sell):
    order = sell("Ada", "Grace", answers={"CONSENT": "False", "NEEDS": "A secret"})
    silent = sell("Alan", answers={"NEEDS": "A secret"})
    scan(order)
    for one in (order, silent):
        changed(one)
    assert sending.send(connection.pk).state == "done"
    assert service.requests == []
    assert not Told.objects.exists()
    assert not Mark.objects.exists()


def test_a_ticket_with_consent_is_told_once(service, connection, sell):
    order = sell("Ada Lovelace", answers={**YES, "NEEDS": "A proof reader"})
    for _ in range(10):
        changed(order)
    assert sending.send(connection.pk).count == 1
    (told,) = service.sent()
    assert (told["type"], told["subject"]) == ("org.entremise.attendee.registered.v1", f"{order.code}-1")
    assert told["hostevent"] == told["partitionkey"] == "summit"
    assert told["data"]["name"] == "Ada Lovelace"
    assert told["data"]["needs"] == ["A proof reader"]
    assert told["time"].startswith(order.last_modified.strftime("%Y-%m-%dT%H:%M:%S.%f"))
    changed(order)
    assert sending.send(connection.pk).count == 0
    assert len(service.requests) == 1


def test_a_change_is_told_with_a_greater_version(service, connection, sell):
    order = sell("Ada", answers={**YES, "NEEDS": "A proof reader"})
    changed(order)
    sending.send(connection.pk)
    answer = answer_of(order, "NEEDS")
    answer.answer = "A typesetter"
    answer.save()
    changed(order)
    sending.send(connection.pk)
    first, second = service.sent()
    assert second["data"]["needs"] == ["A typesetter"]
    assert second["data"]["version"] > first["data"]["version"]
    assert first["id"] != second["id"]


def test_consent_taken_back_leaves_nothing_at_the_service(service, connection, sell):
    order = sell("Ada", answers={**YES, "NEEDS": "A proof reader"})
    changed(order)
    sending.send(connection.pk)
    answer_of(order, "CONSENT").delete()
    changed(order)
    sending.send(connection.pk)
    last = service.sent()[-1]
    assert last["type"] == "org.entremise.attendee.registered.v1"
    assert set(last["data"]) == {"consent", "version"}
    assert not any(last["data"]["consent"].values())
    changed(order)
    assert sending.send(connection.pk).count == 0


def test_cancelled_and_reactivated_are_told_in_that_order_whatever_the_order_says_of_its_time(
    service, connection, sell
):
    order = sell("Ada", answers=YES)
    steps = [Order.STATUS_CANCELED, Order.STATUS_PAID, Order.STATUS_EXPIRED, Order.STATUS_PAID]
    changed(order)
    sending.send(connection.pk)
    for status in steps:
        # Past the model, as a database is changed that moves no time on.
        Order.objects.filter(pk=order.pk).update(status=status)
        changed(order)
        sending.send(connection.pk)
    kinds = [kind for kind, _ in said(service)]
    assert kinds == [
        "attendee.registered", "attendee.cancelled", "attendee.registered", "attendee.cancelled",
        "attendee.registered",
    ]  # fmt: skip
    assert times(service) == sorted(set(times(service)))


def test_a_cancelled_ticket_whose_answers_are_shredded_is_emptied(service, connection, sell):
    order = sell("Ada", answers=YES)
    changed(order)
    sending.send(connection.pk)
    Order.objects.filter(pk=order.pk).update(status=Order.STATUS_CANCELED)
    order.all_positions.get().answers.all().delete()
    changed(order)
    sending.send(connection.pk)
    assert [kind for kind, _ in said(service)][1:] == ["attendee.updated", "attendee.cancelled"]
    assert set(service.sent()[1]["data"]) == {"consent", "version"}


def test_a_single_ticket_may_be_cancelled_or_blocked(service, connection, sell):
    order = sell("Ada", "Grace", "Alan", answers=YES)
    changed(order)
    sending.send(connection.pk)
    OrderPosition.all.filter(order=order, positionid=1).update(canceled=True)
    OrderPosition.all.filter(order=order, positionid=2).update(blocked=["admin"])
    changed(order)
    sending.send(connection.pk)
    assert said(service)[3:] == [
        ("attendee.cancelled", f"{order.code}-1"), ("attendee.cancelled", f"{order.code}-2"),
    ]  # fmt: skip


def test_a_ticket_that_is_gone_or_shredded_is_erased_and_forgotten_here(service, connection, sell):
    order = sell("Ada", "Grace", answers=YES)
    changed(order)
    sending.send(connection.pk)
    order.all_positions.get(positionid=1).delete()
    OrderPosition.all.filter(order=order).update(attendee_name_parts={"_shredded": True})
    changed(order)
    sending.send(connection.pk)
    assert sorted(said(service)[2:]) == [
        ("attendee.erased", f"{order.code}-1"), ("attendee.erased", f"{order.code}-2"),
    ]  # fmt: skip
    assert times(service)[-1] > times(service)[0]
    assert not Told.objects.exists()
    changed(order)
    assert sending.send(connection.pk).count == 0


def test_scans_are_told_with_consent_to_them_and_each_later_than_the_one_before(service, connection, sell):
    order = sell("Ada", answers={**YES, "CONSENT_PRESENCE": "True"})
    scan(order, minutes_ago=30)
    changed(order)
    sending.send(connection.pk)
    late = scan(order, "exit", minutes_ago=10)
    changed(order)
    sending.send(connection.pk)
    late.successful = False
    late.save()
    # Uploaded by a device that was offline: an exit that was before the one which was taken back.
    scan(order, "exit", minutes_ago=20)
    changed(order)
    assert sending.send(connection.pk).count == 0
    order.all_positions.get().all_checkins.all().delete()
    changed(order)
    sending.send(connection.pk)
    scan(order, minutes_ago=5)
    changed(order)
    sending.send(connection.pk)
    kinds = [kind.removeprefix("attendee.") for kind, _ in said(service)]
    assert kinds == ["registered", "checked_in", "left", "check_in_reversed", "checked_in"]
    assert times(service)[1:] == sorted(set(times(service)[1:]))


def test_where_somebody_is_does_not_leave_pretix_without_consent_to_it(service, connection, sell):
    order = sell("Ada", answers=YES)
    scan(order)
    changed(order)
    sending.send(connection.pk)
    assert said(service) == [("attendee.registered", f"{order.code}-1")]


def test_a_scan_in_the_future_is_told_as_of_now(service, connection, sell):
    order = sell("Ada", answers={**YES, "CONSENT_PRESENCE": "True"})
    scan(order, minutes_ago=-60 * 48)
    changed(order)
    sending.send(connection.pk)
    assert times(service)[-1] <= now()


def test_answers_and_leaving_are_told_of_tickets_that_the_service_knows(service, connection, sell, event):
    known, unknown = sell("Ada", answers=YES), sell("Alan")
    changed(known)
    sending.send(connection.pk)
    for order in (known, unknown):
        position = order.all_positions.get()
        answer = Answer.objects.create(position=position, other="ZZ001-1", verdict="blocked", at=now())
        opting = Opting.objects.create(position=position, out=True, at=now())
        mark(event, Mark.ANSWER, answer.pk)
        mark(event, Mark.OPTING, opting.pk)
    sending.send(connection.pk)
    ref = f"{known.code}-1"
    assert said(service)[1:] == [("feedback.blocked", ref), ("attendee.opted_out", ref)]
    assert service.sent()[1]["data"] == {"other": "ZZ001-1"}
    Opting.objects.filter(position__order=known).update(out=False, at=now())
    mark(event, Mark.OPTING, Opting.objects.get(position__order=known).pk)
    sending.send(connection.pk)
    assert said(service)[-1] == ("attendee.opted_in", ref)
    assert len({one["id"] for one in service.sent()}) == 4


def test_a_service_that_first_hears_of_a_ticket_hears_what_its_holder_had_said(service, connection, sell):
    order = sell("Ada", answers=YES)
    position = order.all_positions.get()
    Answer.objects.create(position=position, other="ZZ001-1", verdict="met", at=now())
    changed(order)
    sending.send(connection.pk)
    assert {kind for kind, _ in said(service)} == {"attendee.registered", "feedback.met"}


def test_the_event_itself_is_told_when_it_changed(service, connection, event):
    mark(event, Mark.HOST_EVENT)
    sending.send(connection.pk)
    mark(event, Mark.HOST_EVENT)
    sending.send(connection.pk)
    (told,) = service.sent()
    assert told["type"] == "org.entremise.hostevent.updated.v1"
    assert "subject" not in told
    assert told["data"] == {
        "name": "Summit", "organisation": "rencontres", "languages": ["en", "fr"],
        "ends_at": event.date_to.isoformat(),
    }  # fmt: skip
    event.name = {"en": "Gathering", "fr": "Rencontre"}
    event.save()
    sending.send(connection.pk)
    assert service.sent()[-1]["data"]["name"] == "Gathering"
    assert times(service) == sorted(set(times(service)))


def test_an_order_that_cannot_be_read_spoils_no_other(service, connection, sell, monkeypatch):
    broken, fine = sell("Ada", answers=YES), sell("Grace", answers=YES)
    read = telling.profiles.read

    def picky(position, mapping, *, locale=None):
        if position.order.code == broken.code:
            raise KeyError("Ada")
        return read(position, mapping, locale=locale)

    with monkeypatch.context() as patched:
        patched.setattr(telling.profiles, "read", picky)
        for order in (broken, fine):
            changed(order)
        sending.send(connection.pk)
    assert said(service) == [("attendee.registered", f"{fine.code}-1")]
    connection.refresh_from_db()
    assert (connection.problem, connection.problem_detail) == ("unreadable", broken.code)
    changed(broken)
    sending.send(connection.pk)
    connection.refresh_from_db()
    assert connection.problem == ""
    assert len(service.sent()) == 2


def test_a_hundred_orders_take_as_many_queries_as_ten(service, connection, sell):
    def queries(number):
        for _ in range(number):
            order = sell("Ada", "Grace", answers={**YES, "CONSENT_PRESENCE": "True", "NEEDS": "x"})
            scan(order)
            changed(order)
        with CaptureQueriesContext(database) as captured:
            ended = sending.send(connection.pk)
        assert ended.count == number * 3
        return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]

    few = queries(10)
    many = queries(100)
    # Two requests instead of one (300 CloudEvents), each of which extends the lease; and SQLite takes 999 values at a time,
    # so that the rows are written in three statements instead of one, before and after.
    assert len(many) - len(few) <= 6, json.dumps(many, indent=1)
    assert len(many) < 50
