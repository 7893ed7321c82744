"""Of what comes in, once or twice and in any order, the newest is held; a batch is taken whole or not at all."""

import itertools
import json
import random

import pytest
from django.db import OperationalError
from django.db import connection as database
from django_scopes import scopes_disabled
from introductions import (
    deliver,
    person,
    ref,
    result,
    suggested,
)

from pretix_entremise.arriving import apply
from pretix_entremise.models import Held

pytestmark = pytest.mark.django_db

OTHER = "whsec_" + "enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno="


@pytest.fixture(autouse=True)
def _any_scope():
    with scopes_disabled():
        yield


def held(order, feature="connections"):
    row = Held.objects.filter(position__order=order, feature=feature).first()
    return None if row is None else (row.revision, row.payload)


@pytest.mark.parametrize(
    "broken",
    [
        7,
        {"subject": "A-1"},
        {"sequence": "many"},
        {"sequence": "-1"},
        {"sequence": str(2**63)},
        {"sequence": "9" * 30},
        {"sequence": "0" * 5000},
        {"sequence": "0" * 20 + "9" * 20},
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


@pytest.mark.parametrize("levels", [40, 800, 5000])
def test_what_is_nested_without_end_is_refused(event, connection, sell, levels):
    ada = sell("Ada Lovelace")
    nested = '{"in":' * levels + "{}" + "}" * levels
    body = json.dumps([result(ref(ada), "connections", 1, {"in": 0})]).replace('{"in": 0}', nested)
    assert deliver(event, None, body=body.encode()).status_code in {400, 422}
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
    statements = 7  # the two of the transaction, a write to begin with, three readings, one writing
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
