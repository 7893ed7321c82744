"""What could not be used: raw bytes and the reason, until they expire or are replayed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, or_, select

from ..domain.delivery import Delivery
from ..services.ports import DeadLetter
from .containing import contains
from .tables import dead_letters
from .upsert import upsert


class DeadLetters:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, letter: DeadLetter) -> None:
        delivery = letter.delivery
        row = {
            "id": letter.id,
            "installation_id": letter.installation_id,
            "kind": letter.kind,
            "reason": letter.reason,
            "field": letter.field[:255] if letter.field else None,
            "at": letter.at,
            "attempts": 1,
            "door": delivery.door if delivery else None,
            "headers": orjson.dumps(delivery.headers) if delivery else None,
            "body": delivery.body if delivery else None,
            "received_at": delivery.received_at if delivery else None,
            "outbox_id": letter.outbox_id,
            "digest": _digest(letter),
        }
        # The same bytes sent ten times are one dead letter with ten attempts, so that no sender can fill the table.
        statement = upsert(self._connection, dead_letters).values(row)
        statement = statement.on_conflict_do_update(
            index_elements=["installation_id", "digest"],
            set_={"attempts": dead_letters.c.attempts + 1, "at": letter.at, "reason": letter.reason},
        )
        self._connection.execute(statement)

    def get(self, installation_id: str, letter_id: str) -> DeadLetter | None:
        row = self._connection.execute(
            select(dead_letters).where(
                dead_letters.c.installation_id == installation_id, dead_letters.c.id == letter_id
            )
        ).one_or_none()
        return None if row is None else _letter(row)

    def list(
        self, installation_id: str, *, limit: int = 100, before: str | None = None
    ) -> Sequence[DeadLetter]:
        """Newest first by id (ids grow with time); ``before`` is the last id of the page before."""
        query = select(dead_letters).where(dead_letters.c.installation_id == installation_id)
        if before is not None:
            query = query.where(dead_letters.c.id < before)
        return [
            _letter(row)
            for row in self._connection.execute(query.order_by(dead_letters.c.id.desc()).limit(limit))
        ]

    def remove(self, letter_id: str) -> None:
        self._connection.execute(delete(dead_letters).where(dead_letters.c.id == letter_id))

    def mentioning(self, installation_id: str, needles: Sequence[bytes]) -> Sequence[str]:
        named = [
            contains(self._connection, column, needle)
            for needle in needles
            for column in (dead_letters.c.body, dead_letters.c.headers)
        ]
        rows = self._connection.execute(
            select(dead_letters.c.id).where(dead_letters.c.installation_id == installation_id, or_(*named))
        )
        return list(rows.scalars())

    def expire(self, *, before: float) -> int:
        return self._connection.execute(delete(dead_letters).where(dead_letters.c.at < before)).rowcount


def _digest(letter: DeadLetter) -> str:
    parts = [letter.kind, str(letter.outbox_id)]
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=16)
    if letter.delivery is not None:
        digest.update(letter.delivery.body)
    return digest.hexdigest()


def _letter(row: Row[Any]) -> DeadLetter:
    delivery = None
    if row.kind == "delivery":
        delivery = Delivery(
            row.installation_id, row.door, orjson.loads(row.headers), row.body, row.received_at
        )
    return DeadLetter(
        id=row.id,
        installation_id=row.installation_id,
        kind=row.kind,
        reason=row.reason,
        field=row.field,
        at=row.at,
        attempts=row.attempts,
        delivery=delivery,
        outbox_id=row.outbox_id,
    )
