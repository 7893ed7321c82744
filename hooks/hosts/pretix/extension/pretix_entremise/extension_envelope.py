"""What a host's own extension sends and receives: CloudEvents in batches, signed by Standard Webhooks.

A copy of this file goes into every extension that is written in Python, beside the client. Times are seconds since 1970.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .extension_wire import written

_PREFIX = "whsec_"
_MOST_SIGNATURES = 20


class BadSignature(Exception):
    """What arrived was not signed by the service, or too long ago."""


def stamped(secret: str, message_id: str, body: bytes, *, now: float) -> dict[str, str]:
    """Return the headers that prove who sent ``body``; ``ValueError`` where the secret is none."""
    moment = str(int(now))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{_signature(secret, message_id, moment, body)}",
    }


def verify(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, *, now: float, window: float = 300.0
) -> str:
    """Return the message's id when it was signed with one of the callback secrets within ``window`` seconds of ``now``.

    ``body`` are the raw bytes: verify before parsing. Raises ``BadSignature``; takes the same time whatever is wrong
    with a signature. Whoever must act only once remembers the ids for as long as the window.
    """
    given = {name.lower(): value for name, value in headers.items()}
    message_id, moment = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not message_id or not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        raise BadSignature("not signed")
    if abs(int(moment) - now) > window:
        raise BadSignature("signed at another time")
    offered = given.get("webhook-signature", "").split(" ", _MOST_SIGNATURES)[:_MOST_SIGNATURES]
    fits = False
    for secret in secrets:
        expected = f"v1,{_signature(secret, message_id, moment, body)}".encode()
        for one in offered:
            fits |= hmac.compare_digest(one.encode("utf-8", "surrogatepass"), expected)
    if not fits:
        raise BadSignature("no signature fits")
    return message_id


def split(
    cloudevents: Sequence[dict[str, Any]], *, most: int = 100, most_bytes: int = 500_000
) -> Iterator[list[dict[str, Any]]]:
    """Yield them in order, in batches within both bounds; one that is too long by itself goes alone."""
    batch: list[dict[str, Any]] = []
    size = 2
    for one in cloudevents:
        length = len(written(one)) + 1
        if batch and (len(batch) >= most or size + length > most_bytes):
            yield batch
            batch, size = [], 2
        batch.append(one)
        size += length
    if batch:
        yield batch


def cloudevent(
    type: str,  # noqa: A002 - what CloudEvents call it
    subject: str | None, host_event: str, *, id: str, source: str,  # noqa: A002
    time: float | datetime | None = None, data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return one CloudEvent of this type (in full, as ``org.entremise.attendee.left.v1``), ready for ``send``."""
    made: dict[str, Any] = {
        "specversion": "1.0", "id": id, "source": source, "type": type,
        "hostevent": host_event, "partitionkey": host_event,
    }  # fmt: skip
    if subject is not None:
        made["subject"] = subject
    if time is not None:
        moment = time if isinstance(time, datetime) else datetime.fromtimestamp(time, UTC)
        made["time"] = moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if data is not None:
        made["datacontenttype"] = "application/json"
        made["data"] = dict(data)
    return made


def _signature(secret: str, message_id: str, moment: str, body: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a secret is whsec_ and base64") from None
    signed = f"{message_id}.{moment}.".encode("utf-8", "surrogatepass") + body
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
