"""Makes hostile deliveries: bodies that cannot be meant, sound ones with something broken, and abused headers."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from builders import a_cloudevent, profile_document

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


@dataclass(frozen=True)
class Hostile:
    """One delivery. ``doomed``: it can never be used, so it must be refused or end among the dead letters.

    ``headers`` replace those of a sound, signed delivery (``None`` leaves one out).
    """

    name: str
    body: bytes
    doomed: bool
    headers: Mapping[str, str | None] = field(default_factory=dict)


def hostile(chance: random.Random, number: int) -> Hostile:
    """Return the ``number``-th hostile delivery of a seeded series."""
    kind = chance.choice(_KINDS)
    return kind(chance, f"{kind.__name__.strip('_')}-{number}")


def _garbage(chance: random.Random, name: str) -> Hostile:
    """Bytes that are no JSON at all."""
    body = chance.choice(
        [
            b"",
            chance.randbytes(chance.randint(1, 4000)),
            b"\x00" * chance.randint(1, 500),
            b"\xff\xfe" + json.dumps(_event(name)).encode("utf-16-le"),
            b"\xef\xbb\xbf" + json.dumps(_event(name)).encode(),
            b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
            b"a=1&b=2",
            b"{" * chance.randint(1, 100_000),
            b"[" * chance.randint(1, 100_000) + b"]" * 10,
            b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
            b"\xed\xa0\x80",
            b'{"specversion":"1.0","id":"' + b"\xc3\x28" + name.encode() + b'"}',
            json.dumps(_event(name)).encode()[: chance.randint(1, 200)],
        ]
    )
    return Hostile(name, body + (b"" if not body else b" "), doomed=True)


def _wrong_shape(chance: random.Random, name: str) -> Hostile:
    """JSON, but no event."""
    value = chance.choice(
        [
            None,
            True,
            0,
            -1,
            1e308,
            "text",
            [],
            [[]],
            {},
            {"specversion": "1.0"},
            [1, 2, 3],
            {"": {"": {"": name}}},
        ]
    )
    return Hostile(name, json.dumps(value).encode() + b" " * chance.randint(0, 50), doomed=True)


def _broken_context(chance: random.Random, name: str) -> Hostile:
    """An event whose envelope is wrong in one place."""
    event = _event(name)
    attribute = chance.choice(["specversion", "id", "source", "type", "subject", "hostevent"])
    if chance.random() < 0.4:
        del event[attribute]
    else:
        # Texts are unlike any other's: two events of one source and id are one delivery, however wrong.
        texts = ["\ud800" + name, name + "x" * 5000, name + "\x00b"]
        event[attribute] = chance.choice([None, "", 7, True, [], {}, ["a"], {"a": 1}, *texts])
    return Hostile(name, json.dumps(event).encode(), doomed=True)


def _broken_data(chance: random.Random, name: str) -> Hostile:
    """A registration whose profile has one value of a wrong kind."""
    event = _event(name)
    place, values = chance.choice(
        [
            ("name", [[], {}, 5, "x" * 100_000, "a\x00b", "\udcff"]),
            ("languages", ["fr", 5, {"fr": 1}, [5], [None], [["fr"]], ["x" * 5000]]),
            ("seniority", ["3", 6, -1, 2.5, [], 10**30, True]),
            ("interests", [5, {"a": 1}, [5], [["a"]], [None]]),
            ("consent", [True, "yes", [], {"matching": "yes"}, {"matching": 1}]),
            ("mentoring", ["mentor", [], {"role": "king"}, {"capacity": -1}, {"capacity": 10**12}]),
            ("version", [-1, "7", 1.5, 10**40, [], None]),
            ("visible", [5, {}, [5]]),
            ("mode", [5, "everywhere", []]),
            ("first_time", ["yes", 1, []]),
        ]
    )
    event["data"][place] = chance.choice(values)
    # None means "unknown" for some fields: what is read leniently is not doomed.
    return Hostile(name, json.dumps(event).encode(), doomed=False)


def _no_profile(chance: random.Random, name: str) -> Hostile:
    """A registration whose data is no profile."""
    event = _event(name) | {"data": chance.choice(["text", 5, [], [1], True, "e30="])}
    return Hostile(name, json.dumps(event).encode(), doomed=True)


def _mutated(chance: random.Random, name: str) -> Hostile:
    """A sound body with a few bytes changed, doubled, dropped or put in."""
    body = bytearray(json.dumps(_event(name)).encode())
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(body))
        match chance.randrange(4):
            case 0:
                body[place] = chance.randrange(256)
            case 1:
                del body[place : place + chance.randint(1, 30)]
            case 2:
                body[place:place] = body[place : place + chance.randint(1, 60)]
            case _:
                body[place:place] = chance.choice(
                    [b'"', b"\\", b"\\u0000", b"{", b"]", b"1e999", b"NaN", b"\xf0\x9f"]
                )
        if not body:
            break
    return Hostile(name, bytes(body), doomed=False)


def _time_and_size(chance: random.Random, name: str) -> Hostile:
    """Moments that no calendar has, keys as long as they may be and longer, numbers beyond any column."""
    event = _event(name)
    where, value = chance.choice(
        [
            ("time", "9999999-01-01T00:00:00Z"),
            ("time", "2026-02-30T00:00:00Z"),
            ("time", "yesterday"),
            ("time", 1777888800),
            ("time", "0000-00-00T00:00:00Z"),
            ("time", "2026-05-04T10:00:00"),
            ("subject", "é" * 255),
            ("subject", "x" * 256),
            ("hostevent", "x" * 256),
            ("hostevent", "../../etc/passwd"),
            ("subject", "' OR 1=1; DROP TABLE inbox; --"),
            ("subject", "\u202e\u2066abc"),
            ("type", "org.entremise.attendee.registered.v999"),
            ("type", "com.example.else"),
        ]
    )
    event[where] = value
    return Hostile(name, json.dumps(event).encode(), doomed=False)


def _batch(chance: random.Random, name: str) -> Hostile:
    """Batches that are empty, wrong, mixed or far too large."""
    events: Any = chance.choice(
        [
            [],
            {},
            [None],
            [[_event(name)]],
            [_event(f"{name}-{each}") | ({"specversion": "9"} if each % 2 else {}) for each in range(4)],
            [_event(name)] * 3,
            [1] * 2000,
        ]
    )
    return Hostile(name, json.dumps(events).encode(), doomed=False, headers={"content-type": BATCH})


def _binary_mode(chance: random.Random, name: str) -> Hostile:
    """CloudEvents in headers, wrongly."""
    headers: dict[str, str | None] = {
        "content-type": chance.choice(
            ["application/json", "text/plain", "", "a/b;c", "application/json; charset=\xff"]
        ),
        "ce-specversion": chance.choice(["1.0", "0.3", ""]),
        "ce-id": chance.choice([name, "", "%00", "%ff%fe", "%", "%zz", "x" * 3000]),
        "ce-source": chance.choice(["/a", "%00", ""]),
        "ce-type": chance.choice(["org.entremise.attendee.registered.v1", "%20", ""]),
        "ce-subject": chance.choice(["a1", "%00", "%c3%28", "x" * 2000]),
        "ce-hostevent": chance.choice(["conf", "%00", "x" * 2000]),
        "ce-time": chance.choice(["2026-05-04T10:00:00Z", "never", ""]),
    }
    body = chance.choice([b"", b"null", b"[]", b"text", b"\xff", b'{"id": 5}'])
    return Hostile(name, body, doomed=True, headers=headers)


def _headers(chance: random.Random, name: str) -> Hostile:
    """A sound body whose signature or headers are not."""
    headers: dict[str, str | None] = chance.choice(
        [
            {"webhook-signature": "v1,"},
            {"webhook-signature": "v1"},
            {"webhook-signature": ","},
            {"webhook-signature": "v1,!!!!"},
            {"webhook-signature": " ".join(["v1,AAAA"] * 500)},
            {"webhook-signature": "v9,AAAA"},
            {"webhook-signature": "v1,\xe9\xe8"},
            {"webhook-timestamp": "0"},
            {"webhook-timestamp": "-1"},
            {"webhook-timestamp": "nan"},
            {"webhook-timestamp": "9" * 400},
            {"webhook-timestamp": "١٧٧٧٨٨٨٨٠٠".encode().decode("latin-1")},
            {"webhook-timestamp": "1e9"},
            {"webhook-id": ""},
            {"webhook-id": None},
            {"webhook-id": "x" * 5000},
            {"content-encoding": chance.choice(["gzip", "br", "identity, gzip"])},
        ]
    )
    return Hostile(name, json.dumps(_event(name)).encode(), doomed=True, headers=headers)


def _event(name: str) -> dict[str, Any]:
    return a_cloudevent(subject=f"h-{name}", id_=f"hostile/{name}", data=profile_document(f"h-{name}"))


_KINDS: tuple[Callable[[random.Random, str], Hostile], ...] = (
    _garbage, _wrong_shape, _broken_context, _broken_data, _no_profile, _mutated, _mutated, _time_and_size, _batch,
    _binary_mode, _headers,
)  # fmt: skip
