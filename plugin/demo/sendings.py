"""One delivery as it goes out, and how it is put into bytes and headers for each door (CloudEvents 1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Literal

import orjson

from .lives import Message

Door = Literal["webhook", "kafka"]
Mode = Literal["structured", "binary", "batch"]
Outcome = Literal["accepted", "duplicate", "refused", "rejected"]


@dataclass(frozen=True, slots=True)
class Sending:
    """One HTTP request or one Kafka record.

    ``raw`` and ``headers`` replace what the messages would have said (broken deliveries only); ``spoil`` names what
    is wrong with the signature. ``outcome`` is what must become of it: ``refused`` at the door, ``rejected`` into
    the dead letters.
    """

    door: Door
    mode: Mode
    messages: tuple[Message, ...]
    outcome: Outcome = "accepted"
    raw: bytes | None = None
    headers: Mapping[str, str] | None = None
    spoil: Literal["", "signature", "timestamp", "unsigned"] = ""

    def by_webhook(self) -> Sending:
        """Return the same deliveries for the webhook door, which takes what happened only inside a signed body."""
        return replace(self, door="webhook", mode="structured" if self.mode == "binary" else self.mode)

    @property
    def key(self) -> str:
        """Name this sending in the sender's ledger."""
        return self.messages[0].id if self.messages else f"broken-{sha256(self.raw or b'').hexdigest()[:12]}"


def encode(sending: Sending) -> tuple[dict[str, str], bytes]:
    """Return (headers, body) of the sending, before any signature. Kafka headers are prefixed ``ce_``."""
    if sending.raw is not None:
        return dict(sending.headers or {"content-type": "application/cloudevents+json"}), sending.raw
    if sending.mode == "batch":
        content_type = "application/cloudevents-batch+json"
        return {"content-type": content_type}, orjson.dumps(
            [as_json(message) for message in sending.messages]
        )
    (message,) = sending.messages
    if sending.mode == "structured":
        return {"content-type": "application/cloudevents+json"}, orjson.dumps(as_json(message))
    prefix = "ce-" if sending.door == "webhook" else "ce_"
    attributes = message.attributes()
    headers = {"content-type": attributes.pop("datacontenttype")}
    headers |= {prefix + name: value for name, value in attributes.items()}
    return headers, b"" if message.data is None else orjson.dumps(message.data)


def as_json(message: Message) -> dict[str, Any]:
    """Return the message as a structured CloudEvent."""
    return message.attributes() | ({"data": message.data} if message.data is not None else {})
