"""What the intake benchmarks send: distinct deliveries of 870 bytes each, and the inbox rows that they become.

Shared by producers, floors and measurements, so that all handle the same bytes. Standard library and orjson only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson

SIZE = 870
HEADERS = (("content-type", b"application/cloudevents+json"),)

SQLITE_PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA cache_size=-32000")
"""The durability (and cache) with which entremise opens SQLite."""

COLUMNS = "installation_id, delivery_key, door, headers, body, received_at"

SQLITE_TABLE = """
CREATE TABLE inbox (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, installation_id VARCHAR(32) NOT NULL, delivery_key BLOB NOT NULL,
    door VARCHAR(16) NOT NULL, headers BLOB NOT NULL, body BLOB, received_at FLOAT NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL, done_at FLOAT, UNIQUE (delivery_key)
);
CREATE INDEX ix_inbox_waiting ON inbox (installation_id, seq) WHERE done_at IS NULL;
"""

POSTGRESQL_TABLE = (
    SQLITE_TABLE.replace("INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", "BIGSERIAL PRIMARY KEY")
    .replace("BLOB", "BYTEA")
    .replace("FLOAT", "DOUBLE PRECISION")
)


def body(number: int) -> bytes:
    """Return the structured CloudEvent with this number, padded to ``SIZE`` bytes."""
    event: dict[str, Any] = {
        "specversion": "1.0", "id": f"profile-{number:08d}", "source": "/bench", "subject": f"ticket-{number:08d}",
        "type": "org.entremise.attendee.updated.v1", "time": "2026-05-04T08:00:00Z", "hostevent": "bench",
        "partitionkey": "bench", "datacontenttype": "application/json",
        "data": {
            "id": f"ticket-{number:08d}", "name": "Camille Martin", "languages": ["fr", "en"],
            "organisation": "Atelier Données Garonne", "title": "Responsable d'équipe IA", "seniority": 3,
            "interests": ["qualité des données", "IA frugale"], "needs": ["prévoir la demande"],
            "consent": {"matching": True, "presence": True}, "visible": ["organisation", "title"], "version": 1,
            "bio": "",
        },
    }  # fmt: skip
    event["data"]["bio"] = "x" * (SIZE - len(orjson.dumps(event)))
    return orjson.dumps(event)


def rows(messages: int) -> Iterator[tuple[str, bytes, str, bytes, bytes, float]]:
    """Yield the rows that so many deliveries become, in the order of ``COLUMNS``: the keys are hashes, as ours."""
    headers = orjson.dumps({name: value.decode() for name, value in HEADERS})
    for number in range(messages):
        key = hashlib.blake2b(b"%d" % number, digest_size=16).digest()
        yield "0123456789abcdef", key, "kafka", headers, body(number), 1_800_000_000.0
