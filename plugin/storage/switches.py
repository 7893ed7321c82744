"""What each scope has set, with a version for optimistic locking and an audit trail, in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..services.ports import Scope, SwitchRecord
from . import tables

_rows = tables.switches
_audit = tables.audit


class Switches:
    """The ``Switches`` port over one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, installation_id: str, scope: Scope, scope_ref: str) -> SwitchRecord:
        """Return what the scope has set; version 0 and nothing when it never set anything."""
        row = self._connection.execute(
            select(_rows.c["values"], _rows.c.locked, _rows.c.version).where(
                _rows.c.installation_id == installation_id,
                _rows.c.scope == scope,
                _rows.c.scope_ref == scope_ref,
            )
        ).first()
        if row is None:
            return SwitchRecord(scope, scope_ref, {}, frozenset(), 0)
        return SwitchRecord(scope, scope_ref, orjson.loads(row[0]), frozenset(orjson.loads(row[1])), row[2])

    def put(
        self, installation_id: str, record: SwitchRecord, *, expected_version: int, actor: str, now: float
    ) -> bool:
        """Store ``record`` as version ``expected_version + 1`` and audit it.

        ``False``, and nothing stored, when the scope is not at ``expected_version`` any more. ``record.version``
        is ignored.
        """
        before = self.get(installation_id, record.scope, record.scope_ref)
        stored = {
            "values": orjson.dumps(dict(record.values), option=orjson.OPT_SORT_KEYS),
            "locked": orjson.dumps(sorted(record.locked)),
            "version": expected_version + 1,
        }
        if not self._write(installation_id, record, stored, expected_version):
            return False
        details = {
            "scope": record.scope,
            "scope_ref": record.scope_ref,
            "version": expected_version + 1,
            "before": {"values": before.values, "locked": sorted(before.locked)},
            "after": {"values": dict(record.values), "locked": sorted(record.locked)},
        }
        self.note(installation_id, actor=actor, action="settings", details=details, now=now)
        return True

    def note(
        self, installation_id: str, *, actor: str, action: str, details: Mapping[str, Any], now: float
    ) -> None:
        """Write one line of the audit trail. ``details`` must name no person."""
        self._connection.execute(
            insert(_audit).values(
                installation_id=installation_id,
                at=now,
                actor=actor,
                action=action,
                details=orjson.dumps(details),
            )
        )

    def audit(self, installation_id: str, *, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        """Return the newest lines first, each with ``id, at, actor, action, details``."""
        query = select(_audit).where(_audit.c.installation_id == installation_id)
        found = self._connection.execute(query.order_by(_audit.c.id.desc()).limit(limit))
        return [
            {"id": row.id, "at": row.at, "actor": row.actor, "action": row.action,
             "details": orjson.loads(row.details)}
            for row in found
        ]  # fmt: skip

    def _write(
        self, installation_id: str, record: SwitchRecord, stored: Mapping[str, Any], expected_version: int
    ) -> bool:
        if expected_version:
            done = self._connection.execute(
                update(_rows)
                .where(
                    _rows.c.installation_id == installation_id,
                    _rows.c.scope == record.scope,
                    _rows.c.scope_ref == record.scope_ref,
                    _rows.c.version == expected_version,
                )
                .values(stored)
            )
            return done.rowcount == 1
        keys = {"installation_id": installation_id, "scope": record.scope, "scope_ref": record.scope_ref}
        try:
            with self._connection.begin_nested():  # a racing insert must not spoil the transaction
                self._connection.execute(insert(_rows).values({**keys, **stored}))
        except IntegrityError:
            return False
        return True
