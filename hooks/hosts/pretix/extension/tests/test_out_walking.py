"""The walk over everything: it finds what no signal told, can be taken up again, and never keeps news waiting."""

import datetime as dt
import re

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from django_scopes import scope
from outbox import YES, changed, said
from pretix.base.models import Order, OrderPosition, QuestionAnswer

from pretix_entremise import sending, speaking, upkeep, walking
from pretix_entremise.marking import mark
from pretix_entremise.models import Answer, Connection, Mark, Opting, Told
from pretix_entremise.speaking import Speaker

pytestmark = pytest.mark.django_db
DOOR = "POST /hosts/inst1/deliveries"


@pytest.fixture(autouse=True)
def near(settings, organizer, monkeypatch):
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = True
    for module in (sending, walking):
        monkeypatch.setattr(module, "CHUNK", 5)
    with scope(organizer=organizer):
        yield


@pytest.fixture
def crowd(ask, sell, connection, near):
    """Return a function that makes orders with consent, without noting them."""
    ask("CONSENT", "B")

    def make(number):
        made = [sell(f"Person {one}", answers=YES) for one in range(number)]
        Mark.objects.all().delete()
        return made

    return make


def refs(service):
    return [ref for _, ref in said(service)]


def test_everybody_is_told_and_a_second_walk_tells_nothing(service, connection, crowd, event):
    orders = crowd(12)
    mark(event, Mark.EVERYTHING)
    assert sending.send(connection.pk).count == 12
    assert refs(service) == [f"{order.code}-1" for order in orders]
    connection.refresh_from_db()
    assert (connection.backfill_after, connection.backfill_done, connection.backfill_total) == (None, 12, 12)
    assert connection.walked_at is not None
    mark(event, Mark.EVERYTHING)
    assert sending.send(connection.pk).count == 0


def test_a_walk_that_is_interrupted_is_taken_up_where_it_was(service, connection, crowd, event):
    crowd(12)
    mark(event, Mark.EVERYTHING)
    asked = []

    def ill(_):
        asked.append(1)
        return (202 if len(asked) == 1 else 503), {}, {}

    service.answers[DOOR] = ill
    assert sending.send(connection.pk).state == "later"
    connection.refresh_from_db()
    assert (connection.backfill_done, connection.backfill_total) == (5, 12)
    del service.answers[DOOR]
    Connection.objects.update(retry_at=None)
    assert sending.send(connection.pk).state == "done"
    assert len(set(refs(service))) == 12
    # The five that were sent and not confirmed came again under their ids; the five before them did not.
    assert len(service.sent()) == 12 + 5
    assert len({one["id"] for one in service.sent()}) == 12


def test_news_goes_out_in_the_middle_of_a_long_walk(service, connection, crowd, event, sell):
    crowd(20)
    mark(event, Mark.EVERYTHING)
    news = []
    confirm = Speaker._confirm

    def with_news(self, rows, marks, found):
        confirm(self, rows, marks, found)
        if rows and not news:
            news.append(sell("Grace", answers=YES))
            changed(news[0])

    Speaker._confirm = with_news
    try:
        sending.send(connection.pk)
    finally:
        Speaker._confirm = confirm
    place = refs(service).index(f"{news[0].code}-1")
    assert place == 5
    assert len(refs(service)) == len(set(refs(service))) == 21


def test_a_walk_that_is_asked_for_during_another_follows_it(service, connection, crowd, event):
    orders = crowd(7)
    mark(event, Mark.EVERYTHING)
    again = []
    confirm = Speaker._confirm

    def changed_form(self, rows, marks, found):
        confirm(self, rows, marks, found)
        if rows and not again:
            again.append(1)
            OrderPosition.all.filter(order=orders[0]).update(company="Analytical Engines")
            mark(event, Mark.EVERYTHING)

    Speaker._confirm = changed_form
    try:
        assert sending.send(connection.pk).count == 8
    finally:
        Speaker._confirm = confirm
    assert service.sent()[-1]["data"]["organisation"] == "Analytical Engines"


def test_who_was_deleted_without_a_word_is_erased(service, connection, crowd, event):
    orders = crowd(12)
    mark(event, Mark.EVERYTHING)
    sending.send(connection.pk)
    gone = orders[:7]
    ids = [order.pk for order in gone]
    QuestionAnswer.objects.filter(orderposition__order__in=ids).delete()
    OrderPosition.all.filter(order__in=ids)._raw_delete("default")
    Order.objects.filter(pk__in=ids)._raw_delete("default")
    Mark.objects.all().delete()
    mark(event, Mark.EVERYTHING)
    assert sending.send(connection.pk).count == 7
    assert said(service)[12:] == [("attendee.erased", f"{order.code}-1") for order in gone]
    assert Told.objects.count() == 5


def test_a_walk_that_a_bad_ticket_lies_on_comes_to_its_end(service, connection, crowd, event):
    bad = crowd(12)[6]
    service.answers[DOOR] = lambda body: (
        (400, {"code": "invalid"}, {}) if bad.code.encode() in body else (202, {}, {})
    )
    mark(event, Mark.EVERYTHING)
    assert sending.send(connection.pk).state == "done"
    connection.refresh_from_db()
    assert connection.backfill_after is None
    assert connection.problem_detail.startswith(bad.code)
    bad.all_positions.get().delete()
    bad.delete()
    assert sending.send(connection.pk).state == "done"


def test_time_that_is_over_leaves_the_rest_to_the_next_pass(service, connection, crowd, event):
    crowd(12)
    mark(event, Mark.EVERYTHING)
    assert sending.send(connection.pk, busy=0).state == "more"
    assert sending.send(connection.pk).count == 12


def test_once_a_day_everybody_is_looked_at_without_being_asked(service, connection, crowd):
    crowd(3)
    assert upkeep.look_after(connection.pk).count == 0
    Connection.objects.update(connected_at=now() - dt.timedelta(hours=25))
    # The event itself, and three people.
    assert upkeep.look_after(connection.pk).count == 4
    assert upkeep.look_after(connection.pk).count == 0
    OrderPosition.all.update(company="Changed in the database")
    Connection.objects.update(walked_at=now() - dt.timedelta(hours=25))
    assert upkeep.look_after(connection.pk).count == 3


def test_many_tickets_of_one_order_go_in_several_requests(service, connection, ask, sell, event):
    ask("CONSENT", "B")
    order = sell(*(f"Person {one}" for one in range(speaking.CHUNK + 20)), answers=YES)
    changed(order)
    assert sending.send(connection.pk).count == speaking.CHUNK + 20
    assert len(service.requests) == 2


def test_a_service_that_has_lost_everything_hears_again_who_left_and_who_was_turned_down(
    service, connection, crowd, event
):
    ada, bob = (order.all_positions.get() for order in crowd(2))
    mark(event, Mark.EVERYTHING)
    sending.send(connection.pk)
    left = Opting.objects.create(position=ada, out=True, at=now())
    mark(event, Mark.OPTING, left.pk)
    turned_down = Answer.objects.create(
        position=bob, other=f"{ada.order.code}-1", verdict="blocked", at=now()
    )
    mark(event, Mark.ANSWER, turned_down.pk)
    sending.send(connection.pk)
    first = {one["type"]: one["id"] for one in service.sent()}
    service.requests.clear()
    walking.say_again(connection)
    assert sending.send(connection.pk).state == "done"
    again = {one["type"]: one["id"] for one in service.sent()}
    for kind in ("attendee.opted_out", "feedback.blocked"):
        assert again[f"org.entremise.{kind}.v1"] == first[f"org.entremise.{kind}.v1"]
    assert {ref for kind, ref in said(service) if kind == "attendee.registered"} >= {f"{bob.order.code}-1"}
    assert not Mark.objects.exists()


def test_saying_everything_again_waits_for_a_sender_that_is_writing(connection, event):
    with CaptureQueriesContext(database) as asked:
        walking.say_again(connection)
    tables = [
        re.search(r'"entremise_\w+|"pretix_entremise_\w+', one["sql"]) for one in asked.captured_queries
    ]
    assert next(found[0] for found in tables if found).endswith("_connection")
