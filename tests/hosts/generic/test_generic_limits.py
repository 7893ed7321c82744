"""How much a generic delivery may hold: whatever is beyond is refused with its place, whatever is within passes."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any

import pytest
from builders import NOON, a_cloudevent, a_delivery, an_installation
from hypothesis import given
from hypothesis import strategies as st

from entremise.hooks.contract import HostAdapter
from entremise.hooks.hosts.generic.host import GenericHost
from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.domain.errors import InvalidPayload
from entremise.plugin.domain.events import AttendeeRegistered, ProfileUpdated
from entremise.plugin.domain.model import PURPOSES, Profile

HOST: HostAdapter = GenericHost()


def parsed(data: Any, **changes: Any) -> Any:
    document = a_cloudevent(data={}) | {"data": data} | changes
    return HOST.parse(a_delivery(document), an_installation())


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"bio": "x" * 1_000_001}, "data.bio"),
        ({"bio": ["x" * 6_000, "y" * 6_000]}, "data.bio"),
        ({"interests": ["tag"] * 10_000}, "data.interests"),
        ({"interests": [f"tag {n}" for n in range(101)]}, "data.interests"),
        ({"needs": ["fine", "x" * 501]}, "data.needs.1"),
        ({"needs": [["nested"]]}, "data.needs.0"),
        ({"goals": {"a": "b"}}, "data.goals"),
        ({"goals": 7}, "data.goals"),
        ({"name": "x" * 256}, "data.name"),
        ({"name": "nul\x00"}, "data.name"),
        ({"name": ["a"]}, "data.name"),
        ({"title": 3}, "data.title"),
        ({"seniority": 2.5}, "data.seniority"),
        ({"seniority": True}, "data.seniority"),
        ({"seniority": "3"}, "data.seniority"),
        ({"seniority": 6}, "data.seniority"),
        ({"version": -1}, "data.version"),
        ({"version": 10**18 + 1}, "data.version"),
        ({"version": 1e300}, "data.version"),
        ({"first_time": "yes"}, "data.first_time"),
        ({"languages": ["french!"]}, "data.languages.0"),
        ({"languages": ["fr"] * 21}, "data.languages"),
        ({"mentoring": "mentor"}, "data.mentoring"),
        ({"mentoring": {"role": "guru"}}, "data.mentoring.role"),
        ({"mentoring": {"capacity": 101}}, "data.mentoring.capacity"),
        ({"mode": "virtual"}, "data.mode"),
        ({"mode": ["on_site"]}, "data.mode"),
        ({"presence": "asleep"}, "data.presence"),
        ({"consent": True}, "data.consent"),
        ({"consent": {"matching": 1}}, "data.consent.matching"),
        ({"visible": ["phone"]}, "data.visible.0"),
        ({"availability": ["whenever"]}, "data.availability.0"),
        ({"updated_at": "yesterday"}, "data.updated_at"),
        ({"updated_at": 7}, "data.updated_at"),
        ({"extra": deep(6)}, "data.extra"),
        ({"extra": {"a": ["x"] * 501}}, "data.extra"),
        ({"extra": {"a": "x" * 20_001}}, "data.extra"),
        ({"extra": {"nul\x00": 1}}, "data.extra"),
        ({"id": "somebody else"}, "data.id"),
        ([], "data"),
        ("text", "data"),
        (None, "data"),
    ],
)
def test_what_is_too_much_or_of_the_wrong_kind_is_named(data: Any, field: str) -> None:
    with pytest.raises(InvalidPayload) as caught:
        parsed(data)
    assert caught.value.field == field
    assert len(str(caught.value)) < 300, "the value itself is not repeated"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": "x" * 256}, "subject"),
        ({"subject": "line\nbreak"}, "subject"),
        ({"subject": None}, "subject"),
        ({"hostevent": "x" * 256}, "hostevent"),
        ({"hostevent": 7}, "hostevent"),
        ({"id": "x" * 2_000}, "id"),
        ({"source": "nul\x00"}, "source"),
    ],
)
def test_a_reference_fits_in_a_database_or_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPayload) as caught:
        parsed({}, **change)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "body",
    [
        b'{"specversion":"1.0","id":"1","source":"/x","type":"t","data":{"seniority":NaN}}',
        b'{"specversion":"1.0","id":"1","source":"/x","type":"t","data":{"name":"\\ud800"}}',
        b'{"specversion":"1.0","data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"specversion":"1.0","data":' + b'{"a":' * 50_000,
        b"\x80abc",
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_json_does_not_allow_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidPayload):
        HOST.parse(a_delivery(body=body), an_installation())


def test_the_largest_profile_passes() -> None:
    full = {facet: [f"{n}".rjust(500, "é") for n in range(100)] for facet in ("interests", "goals", "needs")}
    (told,) = parsed(full | {"bio": "b" * 10_000, "name": "n" * 255, "extra": deep(4)})
    assert isinstance(told, AttendeeRegistered)
    assert len(told.profile.interests) == 100


def test_a_facet_may_be_a_text_or_a_list_and_says_everything_once() -> None:
    (told,) = parsed(
        {"interests": "  tea ", "needs": ["tea", "tea", "", "  ", "milk"], "bio": ["One.", "Two."]}
    )
    assert told.profile.interests == ("tea",)
    assert told.profile.needs == ("tea", "milk")
    assert told.profile.bio == "One.\nTwo."


def test_null_means_unknown_everywhere() -> None:
    nothing = dict.fromkeys(("name", "languages", "bio", "interests", "mentoring", "consent", "seniority"))
    assert parsed(nothing)[0].profile == Profile()
    assert parsed({"consent": {"matching": None}, "mentoring": {"role": None}})[0].profile == Profile()


@given(st.sets(st.sampled_from(PURPOSES)))
def test_consent_is_exactly_what_was_given(purposes: set[str]) -> None:
    (told,) = parsed({"consent": dict.fromkeys(purposes, True)})
    assert {purpose for purpose in PURPOSES if getattr(told.profile.consent, purpose)} == purposes


def test_profiles_are_ordered_by_version_and_everything_else_by_time() -> None:
    (early,) = parsed({"version": 9}, time="2026-05-01T00:00:00Z")
    (late,) = parsed({"version": 2}, time="2026-05-02T00:00:00Z")
    assert early.profile_stamp > late.profile_stamp
    assert early.stamp < late.stamp


def test_a_profile_without_version_is_ordered_by_its_time() -> None:
    (told,) = parsed({})
    assert told.profile_stamp == ""


def test_the_time_of_the_update_counts_where_the_event_has_none() -> None:
    (told,) = parsed({"updated_at": "2026-05-01T00:00:00Z"}, time=None)
    (arrived,) = parsed({}, time=None)
    assert ".0001777593600000000." in told.stamp
    assert f".{round(NOON * 1e6):019d}." in arrived.stamp


def test_a_profile_that_says_registered_does_not_undo_a_check_in() -> None:
    told = parsed({"presence": "registered"}, type="org.entremise.attendee.updated.v1")
    assert [type(item) for item in told] == [ProfileUpdated]


def test_unknown_keys_are_kept_out_and_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    host = GenericHost()
    document = a_cloudevent(data={"name": "A", "phone": "+33 6", "consent": {"marketing": True}})
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            (told,) = host.parse(a_delivery(document), an_installation())
        host.parse(a_delivery(a_cloudevent(data={"phone": 1, "fax": 2})), an_installation())
        host.parse(a_delivery(document, installation="another"), an_installation("another"))
    assert told.profile == Profile(name="A")  # type: ignore[union-attr]
    reported = [(record.installation_id, record.keys) for record in caplog.records]  # type: ignore[attr-defined]
    assert reported == [
        ("inst", ["phone", "consent.marketing"]),
        ("inst", ["fax"]),
        ("another", ["phone", "consent.marketing"]),
    ]
    assert "+33" not in caplog.text


def test_a_million_different_unknown_keys_do_not_fill_the_memory() -> None:
    host = GenericHost()
    for number in range(300):
        host.parse(a_delivery(a_cloudevent(data={f"k{number}-{n}": 1 for n in range(30)})), an_installation())
    assert len(host._reported) <= 1_020


def test_two_events_of_different_sources_are_not_the_same() -> None:
    keys = set()
    for source, identifier in (
        ("/a", "b"),
        ("/a b", ""),
        ("/a", "b\x00"),
        ("/é", "b"),
        ("/x" * 200, "b"),
        ("/x" * 201, "b"),
    ):
        body = json.dumps({"source": source, "id": identifier}).encode()
        key = HOST.delivery_key(a_delivery(body=body))
        assert key is not None
        assert len(key) <= 255
        assert key.isprintable()
        keys.add(key)
    assert len(keys) == 6


def test_a_batch_reaches_the_parser_only_when_it_could_not_be_split() -> None:
    body = json.dumps([1] * 1_001).encode()
    delivery = Delivery("inst", "webhook", {"content-type": "application/cloudevents-batch+json"}, body, NOON)
    assert HOST.unpack(delivery) == [delivery]
    with pytest.raises(InvalidPayload, match="1000"):
        HOST.parse(delivery, an_installation())


@pytest.mark.parametrize("field", ["time", "data.updated_at"])
def test_what_has_not_happened_yet_is_refused(field: str) -> None:
    ahead = NOON + 2 * 86400
    document = a_cloudevent(at=ahead if field == "time" else None)
    if field != "time":
        document["data"]["updated_at"] = dt.datetime.fromtimestamp(ahead, dt.UTC).isoformat()
    with pytest.raises(InvalidPayload) as refused:
        HOST.parse(a_delivery(document), an_installation())
    assert refused.value.field == field


def test_a_clock_that_is_some_hours_ahead_is_put_up_with() -> None:
    assert HOST.parse(a_delivery(a_cloudevent(at=NOON + 14 * 3600)), an_installation())
