"""What still has to leave: outbox cells whose newest revision the host does not hold yet.

Only the newest revision is ever sent. An answer to an older attempt never hides what is desired now.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, case, delete, func, literal, select, update
from sqlalchemy import null as sql_null

from ..services.ports import DueCell
from .outbox import in_order, result_of
from .tables import installations, outbox


class Departures:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self, installation_id: str, limit: int, *, now: float) -> Sequence[DueCell]:
        rows = self._connection.execute(
            select(outbox)
            .where(outbox.c.installation_id == installation_id, outbox.c.due_at <= now)
            .order_by(outbox.c.due_at, outbox.c.id)
            .limit(limit)
        )
        return [DueCell(row.id, result_of(row), row.attempts) for row in rows]

    def lock(self, cells: Sequence[int]) -> None:
        self._connection.execute(
            in_order(self._connection, select(outbox.c.id).where(outbox.c.id.in_(cells)))
        )

    def attempted(self, cells: Sequence[int]) -> None:
        """Count the attempt before it is made, so that a resend after a crash is known to be one."""
        self._connection.execute(
            update(outbox).where(outbox.c.id.in_(sorted(cells))).values(attempts=outbox.c.attempts + 1)
        )

    def acknowledge(self, outcomes: Sequence[tuple[int, int]]) -> int:
        if not outcomes:
            return 0
        current = outbox.c.desired_revision == bindparam("b_revision")
        ordered = sorted(outcomes)
        self._connection.execute(
            update(outbox)
            .where(outbox.c.id == bindparam("b_id"), outbox.c.acknowledged_revision < bindparam("b_revision"))
            .values(
                acknowledged_revision=bindparam("b_revision"),
                acknowledged_hash=case((current, outbox.c.desired_hash), else_=literal("?")),
                due_at=case((current, sql_null()), else_=outbox.c.due_at),
                attempts=case((current, 0), else_=outbox.c.attempts),
            ),
            [{"b_id": cell, "b_revision": revision} for cell, revision in ordered],
        )
        heard = and_(outbox.c.erased, outbox.c.acknowledged_revision == outbox.c.desired_revision)
        gone = delete(outbox).where(outbox.c.id.in_([cell for cell, _ in ordered]), heard)
        return self._connection.execute(gone).rowcount

    def postpone(self, cells: Sequence[tuple[int, int]], *, until: float) -> None:
        """Try (cell, revision) pairs again from then on; a newer revision does not wait."""
        if cells:
            self._connection.execute(
                update(outbox)
                .where(outbox.c.id == bindparam("b_id"), outbox.c.desired_revision == bindparam("b_revision"))
                .values(due_at=until),
                [{"b_id": cell, "b_revision": revision} for cell, revision in sorted(cells)],
            )

    def reject(self, cell: int, revision: int) -> None:
        self._connection.execute(
            update(outbox)
            .where(outbox.c.id == cell, outbox.c.desired_revision == revision)
            .values(due_at=None)
        )

    def retry(self, cell: int, *, now: float) -> None:
        self._connection.execute(
            update(outbox)
            .where(outbox.c.id == cell, outbox.c.acknowledged_revision < outbox.c.desired_revision)
            .values(due_at=now, attempts=0)
        )

    def offer_again(self, installation_id: str, *, now: float) -> None:
        """Make every cell with content due, as if the host had never held it."""
        self._connection.execute(
            update(outbox)
            .where(outbox.c.installation_id == installation_id, outbox.c.payload.is_not(None))
            .values(acknowledged_revision=0, acknowledged_hash="?", due_at=now, attempts=0)
        )

    def due_installations(self, *, now: float) -> Sequence[str]:
        due = (
            select(literal(1))
            .where(outbox.c.installation_id == installations.c.id, outbox.c.due_at <= now)
            .correlate(installations)
            .exists()
        )
        rows = self._connection.execute(
            select(installations.c.id).where(installations.c.status == "active", due)
        )
        return list(rows.scalars())

    def waiting(self, installation_id: str | None = None) -> int:
        query = select(func.count()).select_from(outbox).where(outbox.c.due_at.is_not(None))
        if installation_id is not None:
            query = query.where(outbox.c.installation_id == installation_id)
        return self._connection.execute(query).scalar_one()
