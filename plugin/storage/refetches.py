"""Objects of unsigned hosts that have to be looked up, one row each however often they were hinted at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from .tables import installations, reconciliations, refetches
from .upsert import upsert


class Refetches:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, installation_id: str, objects: Iterable[str], *, now: float) -> None:
        rows = [
            {
                "installation_id": installation_id,
                "object": item,
                "asked_version": 1,
                "attempts": 0,
                "due_at": now,
            }
            for item in sorted(set(objects))
        ]
        if not rows:
            return
        statement = upsert(self._connection, refetches)
        statement = statement.on_conflict_do_update(
            index_elements=["installation_id", "object"],
            set_={"asked_version": refetches.c.asked_version + 1},
        )
        self._connection.execute(statement, rows)

    def due(self, installation_id: str, limit: int, *, now: float) -> Sequence[tuple[str, int, int]]:
        rows = self._connection.execute(
            select(refetches.c.object, refetches.c.asked_version, refetches.c.attempts)
            .where(refetches.c.installation_id == installation_id, refetches.c.due_at <= now)
            .order_by(refetches.c.due_at, refetches.c.object)
            .limit(limit)
        )
        return [(row.object, row.asked_version, row.attempts) for row in rows]

    def done(self, installation_id: str, object_: str, version: int) -> None:
        self._connection.execute(
            delete(refetches).where(_one(installation_id, object_), refetches.c.asked_version == version)
        )
        # Asked for again while it was being looked up: it stays, fresh.
        self._connection.execute(update(refetches).where(_one(installation_id, object_)).values(attempts=0))

    def postpone(self, installation_id: str, object_: str, *, until: float) -> None:
        self._connection.execute(
            update(refetches)
            .where(_one(installation_id, object_))
            .values(due_at=until, attempts=refetches.c.attempts + 1)
        )

    def drop(self, installation_id: str, object_: str) -> None:
        self._connection.execute(delete(refetches).where(_one(installation_id, object_)))

    def waiting(self, installation_id: str) -> int:
        waiting = select(func.count()).select_from(refetches)
        waiting = waiting.where(refetches.c.installation_id == installation_id)
        return self._connection.execute(waiting).scalar_one()

    def waiting_installations(self, *, now: float) -> Sequence[str]:
        rows = self._connection.execute(
            select(refetches.c.installation_id)
            .distinct()
            .join(installations, installations.c.id == refetches.c.installation_id)
            .where(refetches.c.due_at <= now, installations.c.status == "active")
        )
        return list(rows.scalars())

    def reconciliation(self, installation_id: str) -> tuple[float | None, float]:
        row = self._connection.execute(
            select(reconciliations.c.reconciled_at, reconciliations.c.due_at).where(
                reconciliations.c.installation_id == installation_id
            )
        ).one_or_none()
        return (None, 0.0) if row is None else (row.reconciled_at, row.due_at)

    def reconciliations(self) -> Mapping[str, float]:
        rows = self._connection.execute(select(reconciliations.c.installation_id, reconciliations.c.due_at))
        return {row.installation_id: row.due_at for row in rows}

    def reconciled(self, installation_id: str, *, at: float | None, due: float) -> None:
        statement = upsert(self._connection, reconciliations).values(
            installation_id=installation_id, reconciled_at=at, due_at=due
        )
        changes: dict[str, float] = {"due_at": due} if at is None else {"reconciled_at": at, "due_at": due}
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["installation_id"], set_=changes)
        )


def _one(installation_id: str, object_: str) -> ColumnElement[bool]:
    return and_(refetches.c.installation_id == installation_id, refetches.c.object == object_)
