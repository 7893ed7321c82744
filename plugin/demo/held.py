"""The receiving host's own ledger, in its own SQLite file: what arrived, what it did, and what is held now."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

Effect = Literal["applied", "resent", "superseded", "doubled"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS held (
    host_event TEXT NOT NULL, subject TEXT NOT NULL, feature TEXT NOT NULL,
    sequence INTEGER NOT NULL, id TEXT NOT NULL, payload BLOB,
    PRIMARY KEY (host_event, subject, feature)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS arrivals (
    number INTEGER PRIMARY KEY, at REAL NOT NULL, id TEXT NOT NULL, host_event TEXT NOT NULL, subject TEXT NOT NULL,
    feature TEXT NOT NULL, sequence INTEGER NOT NULL, effect TEXT NOT NULL, parts TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS applied (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One result that arrived. ``payload`` is ``None`` for a withdrawal; ``id`` is its idempotency key."""

    id: str
    host_event: str
    subject: str
    feature: str
    sequence: int
    payload: Mapping[str, Any] | None


class HeldResults:
    """Applies results in the order of their sequence and counts what repeats. Safe to use from several threads.

    A result whose id is known is ``resent``; one whose sequence is not above the held one is ``superseded``; one
    that would take effect a second time (its id was applied before, yet its sequence is above the held one) or
    that gives a held sequence another content is ``doubled``: that must never happen.
    """

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._lock = threading.Lock()
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    def apply(self, arrivals: Iterable[Arrival], *, at: float) -> Sequence[Effect]:
        """Apply all of them in one commit and return what each did; they have arrived at ``at``."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                effects = [self._apply(arrival, at) for arrival in arrivals]
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        return effects

    def held(self, host_event: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Return (subject, feature) → payload of everything held and not withdrawn."""
        rows = self._rows(
            "SELECT subject, feature, payload FROM held WHERE host_event = ? AND payload IS NOT NULL",
            host_event,
        )
        return {(subject, feature): orjson.loads(payload) for subject, feature, payload in rows}

    def effects(self) -> Counter[str]:
        """Return how many arrivals had each effect."""
        return Counter(dict(self._rows("SELECT effect, count(*) FROM arrivals GROUP BY effect")))

    def first_with(self, host_event: str, part: str) -> dict[str, float]:
        """Return subject → when the first applied result arrived whose payload had this part."""
        return dict(
            self._rows(
                "SELECT subject, min(at) FROM arrivals WHERE host_event = ? AND effect = 'applied'"
                " AND instr(parts, ?) GROUP BY subject",
                host_event, f" {part} ",
            )
        )  # fmt: skip

    def last_arrival(self) -> float:
        """Return when the newest result arrived, 0 if none has."""
        return float(self._rows("SELECT coalesce(max(at), 0) FROM arrivals")[0][0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _rows(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def _apply(self, arrival: Arrival, at: float) -> Effect:
        payload = (
            None if arrival.payload is None else orjson.dumps(arrival.payload, option=orjson.OPT_SORT_KEYS)
        )
        effect = self._effect(arrival, payload)
        if effect in ("applied", "doubled"):
            self._db.execute(
                "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?, ?)",
                (arrival.host_event, arrival.subject, arrival.feature, arrival.sequence, arrival.id, payload),
            )
            self._db.execute("INSERT OR IGNORE INTO applied VALUES (?)", (arrival.id,))
        parts = f" {' '.join(arrival.payload)} " if arrival.payload else ""
        self._db.execute(
            "INSERT INTO arrivals (at, id, host_event, subject, feature, sequence, effect, parts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                at, arrival.id, arrival.host_event, arrival.subject, arrival.feature, arrival.sequence, effect, parts,
            ),
        )  # fmt: skip
        return effect

    def _effect(self, arrival: Arrival, payload: bytes | None) -> Effect:
        known = self._db.execute("SELECT 1 FROM applied WHERE id = ?", (arrival.id,)).fetchone() is not None
        held = self._db.execute(
            "SELECT sequence, payload FROM held WHERE host_event = ? AND subject = ? AND feature = ?",
            (arrival.host_event, arrival.subject, arrival.feature),
        ).fetchone()
        if held is None or arrival.sequence > held[0]:
            return "doubled" if known else "applied"
        if arrival.sequence == held[0] and payload != held[1]:
            return "doubled"
        return "resent" if known else "superseded"
