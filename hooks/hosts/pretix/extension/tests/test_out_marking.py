"""One INSERT beside the change: what notes itself, what is noted once, and what a rollback takes back."""

import datetime as dt
import socket
from contextlib import contextmanager, suppress

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from django_scopes import scope, scopes_disabled
from outbox import scan
from pretix.base.models import CartPosition, Checkin, Order, Question
from pretix.base.services.orders import (
    OrderChangeManager,
    _perform_order,
    cancel_order,
    mark_order_expired,
    reactivate_order,
)
from pretix.base.signals import order_paid, order_placed, order_split

from pretix_entremise import marking, tasks
from pretix_entremise.marking import mark
from pretix_entremise.models import Mark

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def scoped(organizer, event):
    with scope(organizer=organizer):
        event.quotas.create(name="All", size=1000)
        yield


class Undone(Exception):
    """Ends a transaction."""


@contextmanager
def undone():
    """Roll back what happens in here."""
    with suppress(Undone), transaction.atomic():
        yield
        raise Undone


def marks(kind=Mark.ORDER):
    return list(Mark.objects.filter(kind=kind).order_by("pk").values_list("ref", flat=True))


def place(event, item, names=("Ada Lovelace",)):
    """Place and pay a free order through pretix's own service, as the shop does; return its primary key."""
    quota = event.quotas.get()
    quota.items.add(item)
    expires = now() + dt.timedelta(days=1)
    positions = [
        CartPosition.objects.create(
            event=event, cart_id="cart", item=item, price=0, expires=expires,
            attendee_name_parts={"_scheme": "full", "full_name": name},
        ).pk
        for name in names
    ]  # fmt: skip
    payment = {
        "id": "free", "provider": "free", "max_value": None, "min_value": None, "multi_use_supported": False,
        "info_data": {},
    }  # fmt: skip
    made = _perform_order(
        event, payment_requests=[payment], position_ids=positions, email="ada@example.org", locale="en",
        address=None, meta_info={}, sales_channel="web",
    )  # fmt: skip
    return made["order_id"]


def inserts(captured):
    return [query["sql"] for query in captured if "pretix_entremise" in query["sql"]]


@pytest.fixture
def no_network(monkeypatch):
    """Any connection that is opened fails the test."""

    def refuse(*address):
        raise AssertionError(f"a connection was opened: {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("no_network", "connection")
def test_an_order_costs_one_insert_and_no_network(event, item):
    place(event, item)
    Mark.objects.all().delete()
    with CaptureQueriesContext(database) as on:
        placed = place(event, item)
    order = Order.objects.get(pk=placed)
    (only,) = inserts(on)
    assert only.startswith('INSERT INTO "pretix_entremise_mark"')
    assert order.status == Order.STATUS_PAID
    assert marks() == [order.code]
    event.plugins = "pretix.plugins.banktransfer"
    event.save()
    with CaptureQueriesContext(database) as off:
        place(event, item)
    assert inserts(off) == []
    assert len(on) == len(off) + 1


@pytest.mark.usefixtures("connection", "no_network")
@pytest.mark.parametrize("status", ["p", "n"])
def test_an_order_over_the_rest_api_is_noted_once_and_within_its_own_transaction(
    client, organizer, event, item, admin, status, monkeypatch
):
    event.quotas.get().items.add(item)
    token = organizer.teams.get().tokens.create(name="till").token
    depths = []
    save = Mark.save

    def saved(self, *args, **kwargs):
        depths.append(len(database.savepoint_ids))
        save(self, *args, **kwargs)

    monkeypatch.setattr(Mark, "save", saved)
    outside = len(database.savepoint_ids)
    answer = client.post(
        f"/api/v1/organizers/{organizer.slug}/events/{event.slug}/orders/",
        {
            "email": "ada@example.org", "locale": "en", "sales_channel": "web", "status": status,
            "payment_provider": "manual", "fees": [],
            "positions": [{"positionid": 1, "item": item.pk, "price": "23.00", "answers": []}],
        },
        content_type="application/json", HTTP_AUTHORIZATION=f"Token {token}",
    )  # fmt: skip
    assert answer.status_code == 201, answer.content
    assert marks() == [answer.json()["code"]]
    assert depths[0] > outside
    order = Order.objects.get()
    order.payments.create(provider="manual", amount=order.total).confirm(send_mail=False)
    assert len(marks()) == (1 if status == "p" else 2)


def test_a_note_of_a_transaction_that_is_rolled_back_is_gone(event):
    with undone():
        mark(event, Mark.ORDER, "A1")
    assert marks() == []
    with transaction.atomic():
        mark(event, Mark.ORDER, "A1")
    assert marks() == ["A1"]


def test_what_a_savepoint_took_back_is_noted_again(event):
    with transaction.atomic():
        mark(event, Mark.ORDER, "A1")
        for code in ("B2", "B2"):
            with undone():
                mark(event, Mark.ORDER, code)
                mark(event, Mark.ORDER, "A1")
        mark(event, Mark.ORDER, "B2")
        with transaction.atomic():
            mark(event, Mark.ORDER, "B2")
            mark(event, Mark.ORDER, "A1")
    assert marks() == ["A1", "B2"]


def test_a_savepoint_that_is_kept_keeps_its_note(event):
    with transaction.atomic():
        with transaction.atomic():
            mark(event, Mark.ORDER, "A1")
        mark(event, Mark.ORDER, "A1")
        with transaction.atomic(savepoint=False):
            mark(event, Mark.ORDER, "A1")
    assert marks() == ["A1"]


def test_the_next_transaction_notes_anew(event):
    for _ in range(2):
        with transaction.atomic():
            mark(event, Mark.ORDER, "A1")
    mark(event, Mark.ORDER, "A1")
    assert marks() == ["A1", "A1", "A1"]


@pytest.mark.django_db(transaction=True)
def test_the_same_holds_where_transactions_really_commit(event):
    for _ in range(2):
        with transaction.atomic():
            mark(event, Mark.ORDER, "A1")
            mark(event, Mark.ORDER, "A1")
            with undone():
                mark(event, Mark.ORDER, "B2")
            mark(event, Mark.ORDER, "B2")
    with undone():
        mark(event, Mark.ORDER, "C3")
    with transaction.atomic():
        mark(event, Mark.ORDER, "C3")
    assert marks() == ["A1", "B2", "A1", "B2", "C3"]


@pytest.mark.usefixtures("connection")
def test_everything_that_happens_to_an_order_is_noted(event, item, admin):
    order = Order.objects.get(pk=place(event, item, names=("Ada", "Grace")))
    first, second = order.positions.all()

    def noted(act):
        Mark.objects.all().delete()
        with transaction.atomic():
            act()
        return marks()

    def changed(act):
        manager = OrderChangeManager(Order.objects.get(pk=order.pk), notify=False)
        act(manager)
        manager.commit()

    assert noted(lambda: changed(lambda one: one.add_block(first, "admin"))) == [order.code]
    assert noted(lambda: changed(lambda one: one.remove_block(first, "admin"))) == [order.code]
    assert noted(lambda: changed(lambda one: one.cancel(second))) == [order.code]
    assert noted(lambda: cancel_order(order.pk, send_mail=False)) == [order.code]
    order.refresh_from_db()
    assert noted(lambda: reactivate_order(order, user=admin)) == [order.code]
    assert noted(lambda: order.log_action("pretix.event.order.locale.changed")) == [order.code]
    assert noted(lambda: order.log_action("pretix.event.order.comment")) == []
    assert noted(lambda: mark_order_expired(order, user=admin)) == [order.code]


def test_tickets_that_move_to_another_order_are_noted_at_both(event, item, sell):
    order = sell("Ada", "Grace")
    other = sell("Alan")
    Mark.objects.all().delete()
    order_split.send(event, original=order, split_order=other)
    assert marks() == [order.code, other.code]


def test_orders_that_are_imported_in_bulk_are_noted(event, sell):
    orders = [sell("Ada") for _ in range(3)]
    Mark.objects.all().delete()
    with transaction.atomic():
        for order in orders:
            order_placed.send(event, order=order, bulk=True)
            order_paid.send(event, order=order)
    assert marks() == [order.code for order in orders]


def test_scans_are_noted_also_when_they_are_annulled_or_deleted(office, event, sell, admin, organizer):
    from pretix.base.services.checkin import perform_checkin

    order = sell("Ada")
    position = order.positions.get()
    door = event.checkin_lists.create(name="Door", all_products=True)
    Mark.objects.all().delete()
    perform_checkin(position, door, {}, nonce="n1")
    assert marks() == [order.code]
    answer = office.post(
        f"/api/v1/organizers/{organizer.slug}/checkinrpc/annul/",
        {"lists": [door.pk], "nonce": "n1", "error_explanation": "wrong person"}, content_type="application/json",
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    assert marks() == [order.code] * 2
    scan(order)
    Mark.objects.all().delete()
    Checkin.all.all().delete()
    assert set(marks()) == {order.code}


def test_a_test_order_or_a_ticket_that_is_deleted_is_noted(event, sell):
    order = sell("Ada", testmode=True)
    other = sell("Grace", "Alan")
    Mark.objects.all().delete()
    with transaction.atomic():
        order.gracefully_delete()
        other.all_positions.first().delete()
    assert set(marks()) == {order.code, other.code}


def test_a_question_or_the_event_that_changed_is_noted(event, ask):
    question = ask("TOPICS", "M", options=("sun",))
    assert len(marks(Mark.EVERYTHING)) > 0
    for act in (
        question.options.first().save,
        question.save,
        question.options.first().delete,
        question.delete,
    ):
        Mark.objects.all().delete()
        act()
        assert marks(Mark.EVERYTHING) != []
    Mark.objects.all().delete()
    event.name = "Gathering"
    event.save()
    assert marks(Mark.HOST_EVENT) == [""]
    Mark.objects.all().delete()
    event.log_action("pretix.event.settings", data={"locales": ["en"]})
    assert marks(Mark.HOST_EVENT) == [""]
    event.log_action("pretix.event.shredder.completed", data={})
    assert marks(Mark.EVERYTHING) == [""]


def test_nothing_is_noted_where_the_plugin_is_off(event, sell, ask):
    event.plugins = "pretix.plugins.banktransfer"
    event.save()
    order = sell("Ada", testmode=True)
    ask("TOPICS")
    order_placed.send(event, order=order, bulk=False)
    order.log_action("pretix.event.order.contact.changed")
    with transaction.atomic():
        order.gracefully_delete()
    with scopes_disabled():
        Question.objects.all().delete()
    assert not Mark.objects.exists()


class Bell:
    """Stands where celery would take the task."""

    def __init__(self, error=None):
        self.rung = []
        self.error = error

    def apply_async(self, **asked):
        self.rung.append(asked)
        if self.error:
            raise self.error


@pytest.fixture
def worker(settings, monkeypatch):
    settings.HAS_CELERY = True
    settings.CELERY_TASK_ALWAYS_EAGER = False
    monkeypatch.setattr(marking, "_bell", marking._Bell())

    def set_up(error=None):
        bell = Bell(error)
        monkeypatch.setattr(tasks, "send_for", bell)
        return bell

    return set_up


def test_a_worker_is_told_after_the_commit_once_a_second(
    event, worker, monkeypatch, django_capture_on_commit_callbacks
):
    bell = worker()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        for code in "ABC":
            mark(event, Mark.ORDER, code)
        assert bell.rung == []
    assert bell.rung == [{"kwargs": {"event_pk": event.pk}, "countdown": 1.0, "retry": False}]
    clock = marking.time.monotonic() + 1.1
    monkeypatch.setattr(marking.time, "monotonic", lambda: clock)
    with django_capture_on_commit_callbacks(execute=True):
        mark(event, Mark.ORDER, "D")
    assert len(bell.rung) == 2


def test_a_broker_that_is_away_costs_no_order(event, worker, django_capture_on_commit_callbacks):
    bell = worker(ConnectionError("redis is away"))
    with django_capture_on_commit_callbacks(execute=True):
        mark(event, Mark.ORDER, "A1")
    assert len(bell.rung) == 1
    assert marks() == ["A1"]


def test_without_a_worker_nobody_is_told(event, monkeypatch, django_capture_on_commit_callbacks):
    bell = Bell()
    monkeypatch.setattr(tasks, "send_for", bell)
    with django_capture_on_commit_callbacks(execute=True):
        mark(event, Mark.ORDER, "A1")
    assert bell.rung == []
