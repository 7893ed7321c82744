"""The platform's own database: tickets, and what entremise has put there for each."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS tickets (
    ref TEXT PRIMARY KEY, form TEXT NOT NULL, present INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1, changed_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS introductions (
    ref TEXT NOT NULL, feature TEXT NOT NULL, revision INTEGER NOT NULL, payload TEXT,
    PRIMARY KEY (ref, feature)
);
"""


@dataclass(frozen=True)
class Ticket:
    """One registration. ``form`` holds the answers as given, ``version`` grows with every change."""

    ref: str
    form: Mapping[str, Any]
    present: bool
    version: int
    changed_at: float


class People:
    """Opens the file anew for each use: fit for threads, and for workers in other processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._open() as connection:
            connection.executescript(SCHEMA)

    def register(self, form: Mapping[str, Any]) -> Ticket:
        """Sell a ticket; its number is long enough to be nobody else's guess."""
        ref = secrets.token_urlsafe(12)
        with self._open() as connection:
            connection.execute(
                "INSERT INTO tickets (ref, form, changed_at) VALUES (?, ?, ?)",
                (ref, json.dumps(form), time.time()),
            )
        return self.ticket(ref)

    def mark(self, ref: str, *, present: bool) -> Ticket:
        """Note at the desk that somebody came in or went out."""
        with self._open() as connection:
            connection.execute(
                "UPDATE tickets SET present = ?, version = version + 1, changed_at = ? WHERE ref = ?",
                (present, time.time(), ref),
            )
        return self.ticket(ref)

    def ticket(self, ref: str) -> Ticket:
        """Raises ``KeyError``."""
        found = list(self._tickets("WHERE ref = ?", ref))
        if not found:
            raise KeyError(ref)
        return found[0]

    def everybody(self) -> Sequence[Ticket]:
        return self._tickets("ORDER BY json_extract(form, '$.name') COLLATE NOCASE, ref")

    def hold(self, ref: str, feature: str, revision: int, payload: Mapping[str, Any] | None) -> None:
        """Keep what entremise found for a ticket; ``None`` takes it back. An older revision changes nothing."""
        with self._open() as connection:
            connection.execute(
                "INSERT INTO introductions (ref, feature, revision, payload) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (ref, feature) DO UPDATE SET revision = excluded.revision, payload = excluded.payload "
                "WHERE excluded.revision > introductions.revision",
                (ref, feature, revision, None if payload is None else json.dumps(payload)),
            )

    def introductions(self, ref: str) -> Mapping[str, Mapping[str, Any]]:
        """What a ticket holds now, by feature."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT feature, payload FROM introductions WHERE ref = ? AND payload IS NOT NULL", (ref,)
            ).fetchall()
        return {feature: json.loads(payload) for feature, payload in rows}

    def _tickets(self, how: str, *values: Any) -> Sequence[Ticket]:
        with self._open() as connection:
            rows = connection.execute(
                f"SELECT ref, form, present, version, changed_at FROM tickets {how}",
                values,
            ).fetchall()
        return [Ticket(ref, json.loads(form), bool(present), *rest) for ref, form, present, *rest in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=10)
        try:
            with connection:
                yield connection
        finally:
            connection.close()
