"""Deliveries that must be turned away: each says what is wrong with it, and none may change anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from .conference import STAR, Conference, Person
from .lives import Message, rfc3339
from .sendings import Sending, as_json

VERSION = 1_000_000
"""Above every sound profile version: if a broken one were applied, nothing later could repair it."""


def broken_sendings(conference: Conference, *, opens_at: float) -> list[Sending]:
    """Return some of each kind of broken delivery, about the well-known mentor of the conference."""
    made: list[Sending] = []
    for round_ in range(max(1, len(conference.people) // 200)):
        made += _one_of_each(
            conference.people[STAR], conference.ref, opens_at + round_, f"broken-{round_ + 1}"
        )
    return made


def _one_of_each(person: Person, host_event: str, at: float, name: str) -> list[Sending]:
    profile = {"id": person.ref, **person.profile, "version": VERSION, "updated_at": rfc3339(at)}

    def message(number: int, **changed: Any) -> Message:
        return Message(f"{name}-{number}", "updated", host_event, person.ref, at, profile | changed)

    cancelled = replace(message(1), kind="cancelled", data=None)
    return [
        # Valid in themselves, and not proved to come from the host: had they an effect, the mentor would be gone.
        Sending("webhook", "structured", (cancelled,), "refused", spoil="signature"),
        Sending("webhook", "structured", (replace(cancelled, id=f"{name}-2"),), "refused", spoil="timestamp"),
        Sending("webhook", "structured", (replace(cancelled, id=f"{name}-3"),), "refused", spoil="unsigned"),
        Sending("webhook", "structured", (message(4, seniority=9),), "rejected"),
        Sending("webhook", "structured", (message(5, consent={"matching": "perhaps"}),), "rejected"),
        Sending("kafka", "structured", (message(6, languages={"fr": True}),), "rejected"),
        Sending("kafka", "binary", (message(7, name=["not", "a", "name"]),), "rejected"),
        _raw("webhook", as_json(message(8)), without="hostevent"),
        _raw(
            "kafka", as_json(message(9)) | {"type": "org.entremise.attendee.checked_in.v1"}, without="subject"
        ),
        Sending(
            "webhook",
            "structured",
            (),
            "rejected",
            raw=f'{{"specversion": "1.0", "id": "{name}-10", '.encode(),
        ),
        Sending("kafka", "structured", (), "rejected", raw=b"\xff\xfe\x00" + name.encode()),
    ]


def _raw(door: Any, told: Mapping[str, Any], *, without: str) -> Sending:
    kept = {key: value for key, value in told.items() if key != without}
    return Sending(door, "structured", (), "rejected", raw=orjson.dumps(kept))
