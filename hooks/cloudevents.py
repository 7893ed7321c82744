"""Reads and writes CloudEvents 1.0 in JSON: binary, structured and batch mode over HTTP; binary and structured on Kafka.

Reading is strict about what is said and tolerant about what is added: unknown extensions are kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson

from ..plugin.domain.errors import InvalidPayload

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
MOST_IN_BATCH = 1_000
"""Events in one batch; a larger batch is refused as a whole."""

_LONGEST = 1_024
_YEAR_10000 = 253_402_300_800.0
_OF_THE_MESSAGE = ("webhook-id", "webhook-timestamp")
_CONTEXT = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema")
_NAME = re.compile(r"[a-z0-9]{1,64}")
_JSON_TYPE = re.compile(r"application/json|[a-z0-9.+-]+/[a-z0-9.-]+\+json")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEvent:
    """One event. ``time`` is in seconds since 1970; ``data`` is decoded JSON, or ``None`` when there is none."""

    id: str
    source: str
    type: str
    subject: str | None = None
    time: float | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)
    data: Any = None

    def to_dict(self) -> dict[str, Any]:
        """Return the structured form; ``None`` is left out."""
        written: dict[str, Any] = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
        }
        if self.subject is not None:
            written["subject"] = self.subject
        if self.time is not None:
            written["time"] = format_time(self.time)
        written.update(self.extensions)
        if self.data is not None:
            written["datacontenttype"] = "application/json"
            written["data"] = self.data
        return written

    def to_bytes(self) -> bytes:
        """Return the structured form as JSON."""
        return orjson.dumps(self.to_dict())


def read(headers: Mapping[str, str], body: bytes) -> CloudEvent:
    """Read one event; ``headers`` have lower-case names (``ce-`` over HTTP, ``ce_`` on Kafka).

    Raises ``InvalidPayload`` with the attribute's name as ``field``. A batch is not one event: see ``unbatch``.
    """
    attributes, data = _structured(body) if media_type(headers) == STRUCTURED else _binary(headers, body)
    version = _text(attributes, "specversion")
    if version != "1.0":
        raise InvalidPayload("only CloudEvents 1.0 is understood", field="specversion")
    return CloudEvent(
        id=_text(attributes, "id"),
        source=_text(attributes, "source"),
        type=_text(attributes, "type"),
        subject=_text(attributes, "subject") if attributes.get("subject") is not None else None,
        time=parse_time(_text(attributes, "time"), field="time")
        if attributes.get("time") is not None
        else None,
        extensions={name: value for name, value in attributes.items() if name not in _CONTEXT},
        data=data,
    )


def identity(headers: Mapping[str, str], body: bytes) -> tuple[str, str] | None:
    """Return (source, id), which together make an event the same as another, or ``None`` if there are none.

    Cheap, and never raises: it is what a door asks before anything is validated.
    """
    try:
        structured = media_type(headers) == STRUCTURED
        attributes = orjson.loads(body) if structured else _header_attributes(headers)
        source, identifier = attributes["source"], attributes["id"]
    except (InvalidPayload, orjson.JSONDecodeError, KeyError, TypeError):
        return None
    if not (isinstance(source, str) and isinstance(identifier, str) and source and identifier):
        return None
    return source, identifier


def unbatch(headers: Mapping[str, str], body: bytes) -> Sequence[tuple[Mapping[str, str], bytes]]:
    """Split an HTTP batch into structured messages; anything else comes back as it is.

    Raises ``InvalidPayload`` when the batch is no JSON array or holds more than ``MOST_IN_BATCH``.
    """
    if media_type(headers) != BATCH:
        return [(headers, body)]
    items = _json(body)
    if not isinstance(items, list):
        raise InvalidPayload("a batch must be a JSON array")
    if len(items) > MOST_IN_BATCH:
        raise InvalidPayload(f"a batch may hold {MOST_IN_BATCH} events at most")
    # Every event is stored with its headers: a thousand copies of long ones would fill the database.
    kept = {
        name: headers[name] for name in _OF_THE_MESSAGE if len(headers.get(name, "")) in range(1, _LONGEST)
    }
    single = {**kept, "content-type": STRUCTURED}
    return [(single, _dumped(item)) for item in items]


def media_type(headers: Mapping[str, str]) -> str:
    """Return the content type without its parameters, in lower case."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def is_binary(headers: Mapping[str, str]) -> bool:
    """Whether the event's attributes are taken from the headers."""
    return media_type(headers) not in {STRUCTURED, BATCH} and any(
        name.startswith(("ce-", "ce_")) for name in headers
    )


def parse_time(text: str, *, field: str) -> float:
    """Return an RFC 3339 time as seconds since 1970; raises ``InvalidPayload`` (an offset is required)."""
    try:
        moment = datetime.fromisoformat(text)
        seconds = moment.timestamp()
    except (ValueError, OverflowError) as error:
        raise InvalidPayload("not an RFC 3339 time", field=field) from error
    if moment.tzinfo is None:
        raise InvalidPayload("the time needs an offset, such as Z or +02:00", field=field)
    if not (math.isfinite(seconds) and seconds >= 0):
        raise InvalidPayload("the time is before 1970", field=field)
    if seconds >= _YEAR_10000:
        # 9999-12-31T23:59:59-12:00 can be read, but nothing can write it in UTC again.
        raise InvalidPayload("the time is after 9999", field=field)
    return seconds


def format_time(seconds: float) -> str:
    """Return seconds since 1970 as an RFC 3339 time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def storable(text: str) -> bool:
    """Whether a database takes the text: PostgreSQL refuses NUL, and nothing can encode a lone surrogate."""
    if "\x00" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _dumped(item: Any) -> bytes:
    try:
        return orjson.dumps(item)
    except orjson.JSONEncodeError:
        # Reading takes 1,024 levels, writing 254. What is too deep spoils only itself: it is refused when it is read.
        attributes = item if isinstance(item, dict) else {}
        flat = {name: value for name, value in attributes.items() if not isinstance(value, (dict, list))}
        return orjson.dumps({**flat, "data": "nested too deeply"})


def _structured(body: bytes) -> tuple[dict[str, Any], Any]:
    attributes = _json(body)
    if not isinstance(attributes, dict):
        raise InvalidPayload("a structured event must be a JSON object")
    data = attributes.pop("data", None)
    if attributes.pop("data_base64", None) is not None:
        raise InvalidPayload("binary data is not understood; send JSON", field="data_base64")
    _require_json(attributes.get("datacontenttype"))
    for name, value in attributes.items():
        if not _NAME.fullmatch(name):
            raise InvalidPayload("attribute names are made of a-z and 0-9", field=ascii(name[:80]))
        if isinstance(value, (dict, list)):
            raise InvalidPayload("an attribute must be a string, a number or a boolean", field=name)
    return attributes, data


def _binary(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, Any], Any]:
    attributes: dict[str, Any] = _header_attributes(headers)
    if not attributes:
        raise InvalidPayload(
            "not a CloudEvent: neither ce- headers nor content-type application/cloudevents+json"
        )
    if not body:
        return attributes, None
    _require_json(media_type(headers) or None)
    return attributes, _json(body)


def _header_attributes(headers: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, value in headers.items():
        if name.startswith("ce-"):
            found[name[3:]] = _percent_decoded(name[3:], value)
        elif name.startswith("ce_"):
            found[name[3:]] = value
    return found


def _percent_decoded(name: str, value: str) -> str:
    """Undo what the HTTP binding does to everything outside printable ASCII."""
    if "%" not in value:
        return value
    try:
        return unquote_to_bytes(value).decode()
    except UnicodeError as error:
        raise InvalidPayload("not percent-encoded UTF-8", field=name) from error


def _require_json(content_type: object) -> None:
    if content_type is None:
        return
    if not isinstance(content_type, str) or not _JSON_TYPE.fullmatch(
        content_type.partition(";")[0].strip().lower()
    ):
        raise InvalidPayload("data must be JSON", field="datacontenttype")


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # orjson refuses NaN, lone surrogates, bad UTF-8 and nesting beyond 1,024 by itself.
        raise InvalidPayload(f"not JSON (byte {error.pos})") from error


def _text(attributes: Mapping[str, Any], name: str) -> str:
    value = attributes.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidPayload("a non-empty string is required", field=name)
    if len(value) > _LONGEST:
        raise InvalidPayload(f"longer than {_LONGEST} characters", field=name)
    if not storable(value):
        raise InvalidPayload("characters that cannot be stored", field=name)
    return value
