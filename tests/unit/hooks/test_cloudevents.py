"""CloudEvents at both doors: the same event comes out of every mode, and garbage comes out as ``InvalidPayload``."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entremise.hooks import cloudevents
from entremise.hooks.cloudevents import CloudEvent
from entremise.plugin.domain.errors import InvalidPayload

SENT = CloudEvent(
    id="1-É",
    source="/hosts/é",
    type="org.entremise.attendee.updated.v1",
    subject="a 1%",
    time=1_777_888_800.25,
    extensions={"hostevent": "conf", "partitionkey": "conf"},
    data={"name": "Zoë", "interests": ["thé"]},
)
STRUCTURED = {"content-type": "application/cloudevents+json; charset=UTF-8"}


def binary_headers(prefix: str, sent: CloudEvent, *, encoded: bool) -> dict[str, str]:
    document = sent.to_dict()
    kind = document.pop("datacontenttype", None)
    document.pop("data", None)
    headers = {
        f"{prefix}{name}": quote(value, safe=" ") if encoded else value for name, value in document.items()
    }
    return headers | ({"content-type": kind} if kind else {})


def test_every_mode_says_the_same() -> None:
    data = json.dumps(SENT.data).encode()
    assert cloudevents.read(STRUCTURED, SENT.to_bytes()) == SENT
    assert cloudevents.read(binary_headers("ce-", SENT, encoded=True), data) == SENT
    assert cloudevents.read(binary_headers("ce_", SENT, encoded=False), data) == SENT


def test_a_percent_sign_on_kafka_is_just_a_percent_sign() -> None:
    headers = binary_headers("ce_", SENT, encoded=False) | {"ce_subject": "50%C3%A9"}
    assert cloudevents.read(headers, b"{}").subject == "50%C3%A9"


def test_a_batch_becomes_structured_events_in_order() -> None:
    other = CloudEvent(id="2", source="/x", type="t", data=None)
    body = b"[" + SENT.to_bytes() + b"," + other.to_bytes() + b"]"
    parts = cloudevents.unbatch({"content-type": cloudevents.BATCH, "webhook-id": "m"}, body)
    assert [cloudevents.read(*part) for part in parts] == [SENT, other]
    assert all(headers["webhook-id"] == "m" for headers, _ in parts)


def test_one_bad_event_of_a_batch_spoils_only_itself() -> None:
    deep: Any = {"id": "deep", "source": "/x", "data": 1}
    for _ in range(400):
        deep = {"id": "deep", "source": "/x", "data": deep}
    body = json.dumps([SENT.to_dict(), 7, deep]).encode()
    parts = cloudevents.unbatch({"content-type": cloudevents.BATCH}, body)
    assert cloudevents.read(*parts[0]) == SENT
    for part in parts[1:]:
        with pytest.raises(InvalidPayload):
            cloudevents.read(*part)
    assert cloudevents.identity(*parts[2]) == ("/x", "deep")


@pytest.mark.parametrize("body", [b"{}", b"null", b"[", json.dumps([1] * 1001).encode()])
def test_a_batch_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidPayload):
        cloudevents.unbatch({"content-type": cloudevents.BATCH}, body)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"source": None}, "source"),
        ({"type": "t" * 2000}, "type"),
        ({"subject": "nul\x00"}, "subject"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2026-05-04T10:00:00"}, "time"),
        ({"time": "1900-01-01T00:00:00Z"}, "time"),
        ({"datacontenttype": "text/xml"}, "datacontenttype"),
        ({"data_base64": "AAA="}, "data_base64"),
        ({"hostevent": {"nested": 1}}, "hostevent"),
        ({"Host-Event": "x"}, "'Host-Event'"),
        ({"nul\x00": "x"}, "'nul\\x00'"),
    ],
)
def test_the_attribute_at_fault_is_named(change: dict[str, Any], field: str) -> None:
    body = json.dumps(SENT.to_dict() | change).encode()
    with pytest.raises(InvalidPayload) as caught:
        cloudevents.read(STRUCTURED, body)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"NaN",
        b'{"id": NaN}',
        b"\xff\xfe",
        b'{"id":"\\ud800"}',
        b"[" * 5000,
        b'{"a":' * 2000,
    ],
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidPayload):
        cloudevents.read(STRUCTURED, body)


def test_what_is_no_cloudevent_at_all_is_refused_in_words() -> None:
    with pytest.raises(InvalidPayload, match="not a CloudEvent"):
        cloudevents.read({"content-type": "application/json"}, b"{}")


def test_percent_encoding_that_is_no_text_is_refused() -> None:
    headers = binary_headers("ce-", SENT, encoded=True)
    for bad in ("%ff%fe", "%00"):
        with pytest.raises(InvalidPayload) as caught:
            cloudevents.read(headers | {"ce-subject": bad}, b"{}")
        assert caught.value.field == "subject"


def test_an_event_may_have_no_data() -> None:
    empty = CloudEvent(id="1", source="/x", type="t")
    assert cloudevents.read(STRUCTURED, empty.to_bytes()) == empty
    assert cloudevents.read(binary_headers("ce_", empty, encoded=False), b"") == empty


garbage_headers = st.dictionaries(
    st.sampled_from(
        ["content-type", "ce-id", "ce_id", "ce-source", "ce-specversion", "ce-time", "ce-x y", "foo"]
    ),
    st.one_of(
        st.sampled_from(
            ["application/cloudevents+json", cloudevents.BATCH, "application/json", "1.0", "%00", "%"]
        ),
        st.text(max_size=40),
    ),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
garbage_bodies = st.one_of(st.binary(max_size=200), json_values.map(lambda value: json.dumps(value).encode()))


@given(headers=garbage_headers, body=garbage_bodies)
def test_garbage_is_an_invalid_payload_and_nothing_else(headers: dict[str, str], body: bytes) -> None:
    identity = cloudevents.identity(headers, body)
    assert identity is None or all(isinstance(part, str) for part in identity)
    refused: InvalidPayload | None = None
    try:
        for part in cloudevents.unbatch(headers, body):
            cloudevents.read(*part)
    except InvalidPayload as error:
        refused = error
    assert refused is None or refused.field is None or len(refused.field) <= 255


@given(seconds=st.floats(min_value=0, max_value=4e9))
def test_times_survive_being_written_and_read(seconds: float) -> None:
    assert abs(cloudevents.parse_time(cloudevents.format_time(seconds), field="t") - seconds) < 2e-6


def test_a_time_that_could_not_be_written_in_utc_again_is_refused() -> None:
    assert cloudevents.parse_time("9999-12-31T23:59:59Z", field="time") < 253_402_300_800
    with pytest.raises(InvalidPayload, match="after 9999"):
        cloudevents.parse_time("9999-12-31T23:59:59-12:00", field="time")
