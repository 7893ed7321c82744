"""Results come in signed, once or twice, in any order, and the newest is what is held."""

import json
import time

import pytest
from django.test import Client
from django.utils.timezone import now, timedelta
from django_scopes import scopes_disabled
from introductions import (
    CALLBACK,
    address,
    deliver,
    person,
    ref,
    result,
    suggested,
)
from pretix.base.models import Event, Order, Organizer

from pretix_entremise import connecting
from pretix_entremise.arriving import Disconnected, apply
from pretix_entremise.lifecycle import switched_off
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


@pytest.mark.parametrize("seconds", [-301, 360, -86400])
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


@pytest.mark.parametrize("leave", ["disconnect", "switch off"])
def test_what_is_on_its_way_in_while_the_connection_is_taken_down_does_not_come_back(
    event, connection, sell, leave
):
    order, known = sell(), Connection.objects.get()
    with scopes_disabled():
        if leave == "disconnect":
            connecting.disconnect(connection, erase=True)
        else:
            switched_off(event)
        with pytest.raises(Disconnected):
            apply(known, [result(ref(order), "connections", 1, suggested())])
        assert not Held.objects.exists()


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
