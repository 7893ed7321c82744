"""Records become deliveries: the raw value, the headers as text. What the value says is for the worker to find out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..plugin.domain.delivery import Delivery, Door
from .source import Record


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A record that cannot become a delivery; what is there of it, and why."""

    delivery: Delivery
    reason: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """One batch of one topic, in order."""

    deliveries: list[Delivery] = field(default_factory=list)
    undecodable: list[Undecodable] = field(default_factory=list)


def decode(
    records: Sequence[Record], installation_id: str, *, door: Door, now: float, body_limit: int
) -> Decoded:
    """Turn each record into a ``Delivery`` with lower-case header names, or into an ``Undecodable``.

    Runs for every record at the rate of the broker, hence the one plain loop.
    """
    decoded = Decoded()
    good = decoded.deliveries
    for record in records:
        value = record.value
        # A CloudEvent in binary mode may be all headers (a check-in has no data).
        if not value and not any(name.lower() == "ce_id" for name, _ in record.headers):
            reason = "the value is empty"
            decoded.undecodable.append(_undecodable(record, installation_id, door, now, reason, body_limit))
            continue
        if value and len(value) > body_limit:
            reason = f"the value has more than {body_limit} bytes"
            decoded.undecodable.append(_undecodable(record, installation_id, door, now, reason, body_limit))
            continue
        try:
            headers = {name.lower(): text.decode() for name, text in record.headers if text is not None}
        except UnicodeDecodeError as error:
            reason = f"a header is not UTF-8: {error.reason}"
            decoded.undecodable.append(_undecodable(record, installation_id, door, now, reason, body_limit))
            continue
        good.append(Delivery(installation_id, door, headers, value or b"", now))
    return decoded


def _undecodable(
    record: Record, installation_id: str, door: Door, now: float, reason: str, body_limit: int
) -> Undecodable:
    headers = {name.lower(): (text or b"").decode(errors="backslashreplace") for name, text in record.headers}
    body = (record.value or b"")[:body_limit]
    return Undecodable(Delivery(installation_id, door, headers, body, now), reason)
