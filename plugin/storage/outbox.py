"""The outbox: one cell per recipient and feature, with what the host should hold and what it is known to hold.

Only the newest revision is ever sent, so a cell needs no history: A → B → A, off → on and an answer that comes
late all end with ``acknowledged_revision = desired_revision``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, bindparam, collate, or_, select, update

from ..domain.suggestions import Result
from .containing import contains
from .tables import outbox
from .upsert import upsert

WITHDRAWN = ""
CHUNK = 500
_ASK_BY_NAME = 20
"""Up to how many people are looked for in the database; beyond, all cells of the host event are read."""


class Outbox:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def desire(
        self,
        installation_id: str,
        host_event: str,
        feature: str,
        payloads: Mapping[str, Any | None],
        mentions: Mapping[str, Sequence[str]],
        *,
        now: float,
    ) -> int:
        cells = self._cells(installation_id, host_event, feature, sorted(payloads))
        first_revision = int(now * 1000)
        rows = []
        for recipient, payload in sorted(payloads.items()):
            encoded = None if payload is None else orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
            digest = WITHDRAWN if encoded is None else _digest(encoded)
            revision, held = cells.get(recipient, (0, WITHDRAWN))
            if digest == held:
                continue
            rows.append(
                {
                    "installation_id": installation_id,
                    "host_event": host_event,
                    "recipient": recipient,
                    "feature": feature,
                    "desired_revision": revision + 1 if revision else first_revision,
                    "desired_hash": digest,
                    "payload": encoded,
                    "mentions": orjson.dumps(list(mentions.get(recipient, ())) if encoded else []),
                    "erased": False,
                    "acknowledged_revision": 0,
                    "acknowledged_hash": WITHDRAWN,
                    "desired_at": now,
                    "due_at": now,
                    "attempts": 0,
                }
            )
        if rows:
            statement = upsert(self._connection, outbox)
            changed = (
                "desired_revision",
                "desired_hash",
                "payload",
                "mentions",
                "erased",
                "desired_at",
                "due_at",
            )
            changes: dict[str, Any] = {name: statement.excluded[name] for name in changed}
            changes["attempts"] = 0
            self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["installation_id", "host_event", "recipient", "feature"], set_=changes
                ),
                rows,
            )
        return len(rows)

    def recipients(self, installation_id: str, host_event: str, feature: str) -> Sequence[str]:
        rows = self._connection.execute(
            select(outbox.c.recipient).where(
                outbox.c.installation_id == installation_id,
                outbox.c.host_event == host_event,
                outbox.c.feature == feature,
                outbox.c.desired_hash != WITHDRAWN,
            )
        )
        return list(rows.scalars())

    def get(self, installation_id: str, host_event: str, recipient: str, feature: str) -> Result | None:
        row = self._connection.execute(
            select(outbox).where(
                outbox.c.installation_id == installation_id,
                outbox.c.host_event == host_event,
                outbox.c.recipient == recipient,
                outbox.c.feature == feature,
            )
        ).one_or_none()
        return None if row is None else result_of(row)

    def payloads(
        self, installation_id: str, host_event: str, feature: str, recipients: Sequence[str]
    ) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for start in range(0, len(recipients), CHUNK):
            rows = self._connection.execute(
                select(outbox.c.recipient, outbox.c.payload).where(
                    outbox.c.installation_id == installation_id,
                    outbox.c.host_event == host_event,
                    outbox.c.feature == feature,
                    outbox.c.recipient.in_(recipients[start : start + CHUNK]),
                    outbox.c.payload.is_not(None),
                )
            )
            found.update((row[0], orjson.loads(row[1])) for row in rows)
        return found

    def of_host_event(
        self, installation_id: str, host_event: str, *, after: str = "", limit: int = 500
    ) -> Sequence[Result]:
        """By recipient; ``after`` is the last recipient of the page before."""
        people = (
            select(outbox.c.recipient)
            .distinct()
            .where(
                outbox.c.installation_id == installation_id,
                outbox.c.host_event == host_event,
                outbox.c.recipient > after,
            )
            .order_by(outbox.c.recipient)
            .limit(limit)
        )
        rows = self._connection.execute(
            select(outbox)
            .where(
                outbox.c.installation_id == installation_id,
                outbox.c.host_event == host_event,
                outbox.c.recipient.in_(people),
            )
            .order_by(outbox.c.recipient, outbox.c.feature)
        )
        return [result_of(row) for row in rows]

    def take_out(
        self, installation_id: str, host_event: str, refs: frozenset[str], *, erased: bool, now: float,
        feature: str | None = None,
    ) -> None:  # fmt: skip
        concerned = select(outbox.c.id, outbox.c.recipient, outbox.c.mentions).where(
            outbox.c.installation_id == installation_id, outbox.c.host_event == host_event
        )
        if feature is not None:
            concerned = concerned.where(outbox.c.feature == feature)
        if len(refs) <= _ASK_BY_NAME:
            named = [contains(self._connection, outbox.c.mentions, orjson.dumps(ref)) for ref in sorted(refs)]
            concerned = concerned.where(or_(outbox.c.recipient.in_(sorted(refs)), *named))
        found = [
            row.id
            for row in self._connection.execute(concerned)
            if row.recipient in refs or not refs.isdisjoint(orjson.loads(row.mentions))
        ]
        for start in range(0, len(found), CHUNK):
            self._cut_out(found[start : start + CHUNK], refs, erased=erased, now=now)

    def _cut_out(self, cells: Sequence[int], refs: frozenset[str], *, erased: bool, now: float) -> None:
        theirs = select(
            outbox.c.id, outbox.c.recipient, outbox.c.desired_revision, outbox.c.payload, outbox.c.mentions
        ).where(outbox.c.id.in_(cells))
        changes = []
        for cell in self._connection.execute(in_order(self._connection, theirs)).all():
            mine = cell.recipient in refs
            named = orjson.loads(cell.mentions)
            if mine and cell.payload is None and not erased:
                continue
            encoded = None
            mentions: list[str] = []
            if not mine and cell.payload is not None:
                payload = orjson.loads(cell.payload)
                for ref in refs.intersection(named):
                    payload = without_person(payload, ref)
                encoded = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
                mentions = [other for other in named if other not in refs]
            changes.append(
                {
                    "b_id": cell.id,
                    "desired_revision": cell.desired_revision + 1,
                    "desired_hash": WITHDRAWN if encoded is None else _digest(encoded),
                    "payload": encoded,
                    "mentions": orjson.dumps(mentions),
                    "erased": mine and erased,
                }
            )
        if changes:
            self._connection.execute(
                update(outbox)
                .where(outbox.c.id == bindparam("b_id"))
                .values(
                    desired_revision=bindparam("desired_revision"),
                    desired_hash=bindparam("desired_hash"),
                    payload=bindparam("payload"),
                    mentions=bindparam("mentions"),
                    erased=bindparam("erased"),
                    desired_at=now,
                    due_at=now,
                    attempts=0,
                ),
                changes,
            )

    def _cells(
        self, installation_id: str, host_event: str, feature: str, recipients: Sequence[str]
    ) -> dict[str, tuple[int, str]]:
        found: dict[str, tuple[int, str]] = {}
        for start in range(0, len(recipients), CHUNK):
            rows = self._connection.execute(
                select(outbox.c.recipient, outbox.c.desired_revision, outbox.c.desired_hash).where(
                    outbox.c.installation_id == installation_id,
                    outbox.c.host_event == host_event,
                    outbox.c.feature == feature,
                    outbox.c.recipient.in_(recipients[start : start + CHUNK]),
                )
            )
            found.update((row.recipient, (row.desired_revision, row.desired_hash)) for row in rows)
        return found


def without_person(payload: Any, ref: str) -> Any:
    """Return the payload without any list item that is about this person, or made from this person's words.

    >>> without_person({"suggestions": [{"person": "a"}, {"person": "b"}]}, "a")
    {'suggestions': [{'person': 'b'}]}
    >>> without_person({"items": [{"text": "tea", "from": ["a", "b"]}, {"text": "ice", "from": ["b"]}]}, "a")
    {'items': [{'text': 'ice', 'from': ['b']}]}
    """
    if isinstance(payload, dict):
        return {key: without_person(value, ref) for key, value in payload.items()}
    if isinstance(payload, list):
        return [
            without_person(item, ref)
            for item in payload
            if not (isinstance(item, dict) and (item.get("person") == ref or ref in _sources(item)))
        ]
    return payload


def _sources(item: dict[str, Any]) -> Sequence[Any]:
    """Return whose words an item is made from."""
    named = item.get("from")
    return named if isinstance(named, list) else ()


def _digest(encoded: bytes) -> str:
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()


def in_order(connection: Connection, cells: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Have these cells locked in the order in which ``desire`` writes them.

    Where rows are locked one by one (PostgreSQL), whoever locks several must do it in one order: two in different
    orders would wait for one another.
    """
    if connection.dialect.name != "postgresql":
        return cells
    names = (outbox.c.host_event, outbox.c.feature, outbox.c.recipient)
    return cells.order_by(*(collate(name, "C") for name in names)).with_for_update()


def result_of(row: Row[Any]) -> Result:
    """Return the newest desired revision of a cell."""
    return Result(
        installation_id=row.installation_id,
        host_event=row.host_event,
        recipient=row.recipient,
        feature=row.feature,
        revision=row.desired_revision,
        payload=None if row.payload is None else orjson.loads(row.payload),
        mentions=tuple(orjson.loads(row.mentions)),
    )
