"""What a webhook of pretix is taken for: a hint, nothing, or a fault that names the field."""

from __future__ import annotations

import json

import pytest
from builders import NOON, an_installation
from hypothesis import given
from hypothesis import strategies as st

from entremise.hooks.hosts.pretix.host import PretixHost
from entremise.hooks.hosts.pretix.translate import Named
from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.domain.errors import DeliveryError, HostRejected, InvalidPayload, UnsupportedDelivery
from entremise.plugin.domain.events import Hint

PLACED = {
    "notification_id": 17, "organizer": "entremise", "event": "demo", "code": "ETJRV",
    "action": "pretix.event.order.placed",
}  # fmt: skip


HERE = an_installation(host="pretix", config={"organizer": "entremise"})


def a_webhook(body: object) -> Delivery:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Delivery("inst", "webhook", {"content-type": "application/json"}, raw, NOON)


@pytest.mark.parametrize(
    "action",
    ["order.placed", "order.changed.split", "order.refund.created.externally", "order.deleted", "checkin",
     "checkin.reverted"],
)  # fmt: skip
def test_what_concerns_an_order_is_a_hint_to_look_at_the_order(action: str) -> None:
    parsed = PretixHost().parse(a_webhook(PLACED | {"action": f"pretix.event.{action}"}), HERE)
    assert parsed == [Hint("order:demo/ETJRV")]


@pytest.mark.parametrize("action", ["changed", "added", "deleted", "live.activated", "testmode.deactivated"])
def test_what_concerns_the_whole_is_a_hint_to_look_at_that(action: str) -> None:
    body = {
        "notification_id": 1,
        "organizer": "entremise",
        "event": "demo",
        "action": f"pretix.event.{action}",
    }
    assert PretixHost().parse(a_webhook(body), HERE) == [Hint("hostevent:demo")]


@pytest.mark.parametrize(
    "action",
    ["pretix.event.item.changed", "pretix.event.orders.waitinglist.added", "pretix.customer.anonymized",
     "pretix.giftcards.created", "pretix.voucher.added", "pretix.subevent.added", "pretix.event.quota.added",
     "org.example.own", "pretix.event.order.placed\n", "pretix.event.order.PLACED"],
)  # fmt: skip
def test_what_says_nothing_about_people_is_not_supported(action: str) -> None:
    with pytest.raises(UnsupportedDelivery):
        PretixHost().parse(a_webhook(PLACED | {"action": action}), HERE)


@pytest.mark.parametrize(
    ("field", "value"),
    [("code", None), ("code", "../../settings"), ("code", "ABC\n"), ("event", "a/b"), ("event", ".."),
     ("event", 7), ("organizer", ""), ("organizer", "x" * 200), ("action", 3), ("action", "")],
)  # fmt: skip
def test_a_bad_field_is_named(field: str, value: object) -> None:
    with pytest.raises(InvalidPayload) as caught:
        PretixHost().parse(a_webhook(PLACED | {field: value}), HERE)
    assert caught.value.field == field


@pytest.mark.parametrize("field", ["action", "organizer", "event", "code"])
def test_a_missing_field_is_named(field: str) -> None:
    body = {key: value for key, value in PLACED.items() if key != field}
    with pytest.raises(InvalidPayload) as caught:
        PretixHost().parse(a_webhook(body), HERE)
    assert caught.value.field == field


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff\xfe", b"{", b"[" * 100_000, b'{"a":' * 5_000])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidPayload):
        PretixHost().parse(a_webhook(body), HERE)


def test_another_organizers_webhook_is_refused() -> None:
    with pytest.raises(InvalidPayload) as caught:
        PretixHost().parse(a_webhook(PLACED | {"organizer": "elsewhere"}), HERE)
    assert caught.value.field == "organizer"


def test_only_the_chosen_host_events_are_read() -> None:
    chosen = an_installation(host="pretix", config={"organizer": "entremise", "events": ["summit"]})
    assert PretixHost().parse(a_webhook(PLACED | {"event": "summit"}), chosen) == [Hint("order:summit/ETJRV")]
    with pytest.raises(UnsupportedDelivery):
        PretixHost().parse(a_webhook(PLACED), chosen)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.binary(max_size=200)
    | _JSON.map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries({key: _JSON | st.just(value) for key, value in PLACED.items()}).map(
        lambda value: json.dumps(value).encode()
    )
)
def test_garbage_raises_nothing_but_what_deliveries_may_raise(body: bytes) -> None:
    delivery = a_webhook(body)
    host = PretixHost()
    assert list(host.unpack(delivery)) == [delivery]
    assert host.delivery_key(delivery) is None, "a hint never occupies a key"
    try:
        parsed = host.parse(delivery, HERE)
    except DeliveryError:
        return
    assert all(isinstance(one, Hint) for one in parsed)


@given(st.text(max_size=40))
def test_a_hint_is_read_back_or_refused(text: str) -> None:
    try:
        assert Named.read(Hint(text)).hint() == Hint(text)
    except HostRejected:
        return
