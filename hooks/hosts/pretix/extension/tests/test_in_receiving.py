"""Results come in signed, once or twice, in any order, and the newest is what is held."""

import itertools
import json
import random
import time

import pytest
from django.db import OperationalError
from django.db import connection as database
from django.test import Client
from django.utils.timezone import now, timedelta
from django_scopes import scopes_disabled
from introductions import CALLBACK, address, deliver, person, ref, result, suggested
from pretix.base.models import Event, Order, Organizer

from pretix_entremise.arriving import apply
from pretix_entremise.models import Connection, Held

pytestmark = pytest.mark.django_db

OTHER = "whsec_" + "enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno="


@pytest.fixture(autouse=True)
def _any_scope():
    with scopes_disabled():
        yield


def held(order, feature="connections"):
    row = Held.objects.filter(position__order=order, feature=feature).first()
    return None if row is None else (row.revision, row.payload)


def test_a_signed_batch_is_kept_and_counted(event, connection, sell):
    ada = sell("Ada Lovelace")
    data = suggested(person("ZZ-1", "Hugo Garnier"))
    answer = deliver(event, [result(ref(ada), "connections", 3, data)])
    assert (answer.status_code, answer.json()) == (200, {"applied": 1})
    assert held(ada) == (3, data)
    connection.refresh_from_db()
    assert now() - connection.last_received_at < timedelta(seconds=30)


def test_an_empty_batch_is_a_check_and_is_answered(event, connection):
    answer = deliver(event, [])
    assert (answer.status_code, answer.json()) == (200, {"applied": 0})
    connection.refresh_from_db()
    assert connection.last_received_at is not None


def test_what_is_not_signed_with_our_secret_is_refused_and_changes_nothing(event, connection, sell):
    ada = sell("Ada Lovelace")
    answer = deliver(event, [result(ref(ada), "connections", 1, suggested())], secret=OTHER)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "bad_signature"
    assert held(ada) is None
    connection.refresh_from_db()
    assert connection.last_received_at is None


def test_a_body_that_was_changed_on_the_way_is_refused(event, connection, sell):
    ada = sell("Ada Lovelace")
    batch = json.dumps([result(ref(ada), "connections", 1, suggested())]).encode()
    from pretix_entremise.extension_envelope import stamped

    headers = stamped(CALLBACK, "batch_1", batch, now=time.time())
    changed = batch.replace(b"suggestions", b"suggestionz")
    answer = Client().post(address(event), changed, content_type="application/json", headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize("seconds", [-301, 301, -86400])
def test_what_was_signed_at_another_time_is_refused(event, connection, seconds):
    assert deliver(event, [], now=time.time() + seconds).status_code == 401


def test_without_any_signature_it_is_refused(event, connection):
    assert Client().post(address(event), b"[]", content_type="application/json").status_code == 401


def test_the_former_secret_is_good_for_as_long_as_it_was_said_to_be(event, connection):
    connection.former_callback_secret, connection.former_until = OTHER, now() + timedelta(hours=1)
    connection.save()
    assert deliver(event, [], secret=OTHER).status_code == 200
    assert deliver(event, []).status_code == 200
    connection.former_until = now() - timedelta(seconds=1)
    connection.save()
    assert deliver(event, [], secret=OTHER).status_code == 401


def test_an_empty_secret_opens_nothing(event, connection):
    Connection.objects.update(callback_secret="")
    assert deliver(event, [], secret="whsec_").status_code == 401


def test_another_door_is_not_there(event, connection):
    assert deliver(event, [], door="e" * 43).status_code == 404


def test_where_the_event_is_not_connected_there_is_no_door(event):
    assert deliver(event, []).status_code == 404
    assert deliver(event, [], door="no").status_code == 404


@pytest.mark.parametrize("state", [Connection.LEAVING, Connection.STOPPED])
def test_a_connection_that_is_taken_down_has_no_door(event, connection, state):
    Connection.objects.update(state=state)
    assert deliver(event, []).status_code == 404


def test_where_the_plugin_is_off_there_is_no_door(event, connection):
    event.plugins = "pretix.plugins.banktransfer"
    event.save()
    assert deliver(event, []).status_code == 404


def test_the_door_of_one_event_is_none_of_another(event, connection, sell):
    other = Event.objects.create(
        organizer=event.organizer, name="Other", slug="other", live=True, date_from=now(), plugins="pretix_entremise"
    )  # fmt: skip
    Connection.objects.create(
        event=other, service="https://s.example.org", installation="inst2", host_event="other", door="o" * 43,
        signing_secret=OTHER, callback_secret=OTHER, token="t",
    )  # fmt: skip
    assert deliver(other, []).status_code == 404
    assert deliver(other, [], door="o" * 43).status_code == 401
    ada = sell("Ada Lovelace")
    batch = [
        result(ref(ada), "connections", 1, suggested()),
        result(ref(ada), "peers", 1, suggested(), hostevent="other"),
    ]
    assert deliver(other, batch, door="o" * 43, secret=OTHER).json() == {"applied": 0}
    assert held(ada) is None
    assert held(ada, "peers") is None


def test_the_shop_of_another_organizer_with_the_same_names_is_not_touched(event, connection, sell):
    elsewhere = Organizer.objects.create(name="Else", slug="else")
    twin = Event.objects.create(
        organizer=elsewhere, name="Summit", slug="summit", live=True, date_from=now(), plugins="pretix_entremise"
    )  # fmt: skip
    ada = sell("Ada Lovelace")
    mirrored = Order.objects.create(
        event=twin, code=ada.code, email="x@example.org", status="p", datetime=now(), expires=now(), total=0,
        sales_channel=elsewhere.sales_channels.get(identifier="web"),
    )  # fmt: skip
    ticket = twin.items.create(name="T", default_price=0)
    position = mirrored.positions.create(item=ticket, price=0, positionid=1)
    assert deliver(twin, []).status_code == 404
    deliver(event, [result(ref(ada), "connections", 1, suggested())])
    assert held(ada) == (1, suggested())
    assert not Held.objects.filter(position=position).exists()


def test_results_come_in_when_the_shop_is_not_live(event, connection, sell):
    event.live = False
    event.save()
    ada = sell("Ada Lovelace")
    assert deliver(event, [result(ref(ada), "connections", 1, suggested())]).json() == {"applied": 1}


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options"])
def test_only_posting_does_anything(event, connection, method):
    assert getattr(Client(), method)(address(event)).status_code == 405


def test_too_much_is_refused_before_it_is_read(event, connection):
    answer = deliver(event, None, body=b"[" + b" " * (8 * 1024 * 1024) + b"]")
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"\xff\xfe", b"7", b'"text"', b"null", b'[{"a": NaN}]', b"[" * 20000, b"[1" + b",1" * 1000 + b"]"]
)  # fmt: skip
def test_what_is_no_batch_is_refused(event, connection, body):
    answer = deliver(event, None, body=body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "broken",
    [
        7,
        {"subject": "A-1"},
        {"sequence": "many"},
        {"sequence": "-1"},
        {"sequence": str(2**63)},
        {"sequence": "9" * 30},
        {"sequence": "²"},
        {"data": "text"},
        {"data": None},
        {"data": {"suggestions": [{"person": "A-1", "name": "no\x00body"}]}},
        {"data": {"suggestions": [{"person": "A-1", "name": "half \ud83d"}]}},
    ],
)
def test_one_that_makes_no_sense_leaves_the_whole_batch_undone(event, connection, sell, broken):
    ada = sell("Ada Lovelace")
    good = result(ref(ada), "connections", 1, suggested())
    bad = {**result(ref(ada), "peers", 1, suggested()), **broken} if isinstance(broken, dict) else broken
    if broken == {"subject": "A-1"}:
        del bad["type"]
    answer = deliver(event, [good, bad])
    assert answer.status_code == 422
    assert held(ada) is None


def test_what_is_not_for_us_is_passed_over(event, connection, sell):
    ada = sell("Ada Lovelace")
    batch = [
        result("NOBODY-1", "connections", 1, suggested()),
        result(f"{ada.code}-2", "connections", 1, suggested()),
        result("no ref", "connections", 1, suggested()),
        result(ref(ada), "connections", 1, suggested(), hostevent="another"),
        {**result(ref(ada), "connections", 1, suggested()), "type": "org.entremise.plan.published.v1"},
        result("NOBODY-1", "connections", 2),
    ]
    answer = deliver(event, batch)
    assert (answer.status_code, answer.json()) == (200, {"applied": 0})
    assert not Held.objects.exists()


def test_a_withdrawal_keeps_the_revision_and_no_content(event, connection, sell):
    ada = sell("Ada Lovelace")
    deliver(event, [result(ref(ada), "connections", 4, suggested(person("ZZ-1", "Hugo")))])
    deliver(event, [result(ref(ada), "connections", 5)])
    assert held(ada) == (5, None)
    assert Held.objects.filter(payload__isnull=True).count() == 1
    deliver(event, [result(ref(ada), "connections", 4, suggested(person("ZZ-1", "Hugo")))])
    assert held(ada) == (5, None)


def test_a_batch_that_comes_twice_changes_nothing_the_second_time(event, connection, sell):
    ada = sell("Ada Lovelace")
    batch = [result(ref(ada), "connections", 2, suggested()), result(ref(ada), "peers", 1)]
    assert deliver(event, batch).json() == {"applied": 2}
    before = list(Held.objects.values_list("pk", "at"))
    assert deliver(event, batch).json() == {"applied": 0}
    assert list(Held.objects.values_list("pk", "at")) == before


def test_in_whatever_order_and_batches_results_come_the_newest_is_held(event, connection, sell):
    ada, bo = sell("Ada"), sell("Bo")
    dice = random.Random(2026)
    for turn in range(25):
        Held.objects.all().delete()
        sent = [
            result(ref(who), feature, revision, None if dice.random() < 0.3 else suggested(language=f"{revision}"))
            for who, feature, revision in itertools.product((ada, bo), ("connections", "peers"), range(1, 6))
        ]  # fmt: skip
        newest = {
            (one["subject"], one["type"].split(".")[2]): one.get("data") for one in sent if one["sequence"] == "5"
        }  # fmt: skip
        again = sent + dice.sample(sent, 8)
        dice.shuffle(again)
        while again:
            size = dice.randint(1, 9)
            assert deliver(event, again[:size]).status_code == 200
            again = again[size:]
        for (subject, feature), data in newest.items():
            assert held(ada if subject == ref(ada) else bo, feature) == (5, data), turn


def test_a_ticket_that_is_cancelled_still_hears_that_its_results_are_withdrawn(event, connection, sell):
    ada = sell("Ada Lovelace")
    deliver(event, [result(ref(ada), "connections", 1, suggested(person("ZZ-1", "Hugo")))])
    ada.positions.update(canceled=True)
    assert deliver(event, [result(ref(ada), "connections", 2)]).json() == {"applied": 1}
    assert held(ada) == (2, None)


def test_a_hundred_results_cost_as_many_queries_as_one(event, connection, sell, django_assert_num_queries):
    orders = [sell("Somebody") for _ in range(100)]
    statements = 6  # the two of the transaction, a write to begin with, two readings, one writing
    with django_assert_num_queries(statements):
        assert apply(connection, [result(ref(orders[0]), "connections", 1, suggested())]) == 1
    with django_assert_num_queries(statements):
        assert apply(connection, [result(ref(order), "peers", 1, suggested()) for order in orders]) == 100


def test_a_database_that_is_busy_for_a_moment_is_asked_again(event, connection, sell):
    ada = sell("Ada Lovelace")
    refused = []

    def busy_once(execute, sql, params, many, context):
        if "entremise_held" in sql and sql.startswith("INSERT") and not refused:
            refused.append(sql)
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with database.execute_wrapper(busy_once):
        answer = deliver(event, [result(ref(ada), "connections", 1, suggested())])
    assert refused
    assert (answer.status_code, answer.json()) == (200, {"applied": 1})
    assert held(ada) == (1, suggested())


def test_a_database_that_stays_busy_says_when_to_come_back(event, connection, sell):
    ada = sell("Ada Lovelace")

    def busy(execute, sql, params, many, context):
        if "entremise_held" in sql and sql.startswith("INSERT"):
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with database.execute_wrapper(busy):
        answer = deliver(event, [result(ref(ada), "connections", 1, suggested())])
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert held(ada) is None
    connection.refresh_from_db()
    assert connection.last_received_at is None
