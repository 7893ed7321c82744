"""Records become deliveries as they are; what cannot is kept with its reason."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from entremise.consumers.decode import Decoded, decode
from entremise.consumers.source import PlainRecord, Record

LIMIT = 1000


def decoded(*records: Record) -> Decoded:
    return decode(records, "inst", door="kafka", now=5.0, body_limit=LIMIT)


def test_a_record_becomes_a_delivery_of_the_configured_installation() -> None:
    headers = [("ce_id", b"7"), ("Content-Type", b"application/json"), ("installation", b"another")]
    [delivery] = decoded(PlainRecord("t", b'{"a":1}', headers)).deliveries
    assert delivery.installation_id == "inst"
    assert delivery.door == "kafka"
    assert delivery.body == b'{"a":1}'
    assert delivery.received_at == 5.0
    assert delivery.headers == {"ce_id": "7", "content-type": "application/json", "installation": "another"}


def test_a_header_without_a_value_is_left_out() -> None:
    [delivery] = decoded(PlainRecord("t", b"{}", [("ce_id", None), ("ce_type", b"x")])).deliveries
    assert delivery.headers == {"ce_type": "x"}


def test_an_empty_record_an_oversized_one_and_one_with_broken_headers_are_undecodable() -> None:
    records = [
        PlainRecord("t", None, ()),
        PlainRecord("t", b"", ()),
        PlainRecord("t", b"x" * (LIMIT + 1), ()),
        PlainRecord("t", b"{}", [("ce_id", b"\xff\xfe")]),
        PlainRecord("t", b"x" * LIMIT, ()),
    ]
    result = decoded(*records)
    assert [len(delivery.body) for delivery in result.deliveries] == [LIMIT]
    assert [item.reason.split(":")[0] for item in result.undecodable] == [
        "the value is empty",
        "the value is empty",
        "the value has more than 1000 bytes",
        "a header is not UTF-8",
    ]
    assert len(result.undecodable[2].delivery.body) == LIMIT
    assert result.undecodable[3].delivery.headers == {"ce_id": "\\xff\\xfe"}


records = st.builds(
    PlainRecord,
    st.just("t"),
    st.none() | st.binary(max_size=LIMIT + 10),
    st.lists(st.tuples(st.text(max_size=20), st.none() | st.binary(max_size=20)), max_size=4),
)


@given(st.lists(records, max_size=20))
def test_whatever_comes_every_record_is_either_a_delivery_or_undecodable_and_none_raises(
    given_records: list[PlainRecord],
) -> None:
    result = decoded(*given_records)
    assert len(result.deliveries) + len(result.undecodable) == len(given_records)
    kept = iter(given_records)
    for delivery in result.deliveries:  # in order
        assert any((record.value or b"") == delivery.body for record in kept)
