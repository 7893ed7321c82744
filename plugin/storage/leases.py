"""Leases with fencing numbers: who may do a named piece of work, and who has lost the right."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from ..domain.errors import LeaseLost
from ..services.ports import Lease
from .tables import leases
from .upsert import upsert


class Leases:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, name: str, owner: str, *, now: float, seconds: float) -> Lease | None:
        until = now + seconds
        statement = (
            upsert(self._connection, leases)
            .values(name=name, owner=owner, fence=1, until=until)
            .on_conflict_do_update(
                index_elements=["name"],
                set_={"owner": owner, "fence": leases.c.fence + 1, "until": until},
                where=leases.c.until <= now,
            )
            .returning(leases.c.fence)
        )
        fence = self._connection.execute(statement).scalar_one_or_none()
        return None if fence is None else Lease(name, owner, fence, until)

    def hold(self, lease: Lease, *, now: float, seconds: float | None = None) -> None:
        # An update even where nothing changes: on PostgreSQL it locks the row, so that no one can take the lease
        # between this check and the commit.
        until = leases.c.until if seconds is None else now + seconds
        held = self._connection.execute(
            update(leases)
            .where(leases.c.name == lease.name, leases.c.fence == lease.fence, leases.c.owner == lease.owner)
            .values(until=until)
        )
        if held.rowcount != 1:
            raise LeaseLost(f"{lease.name} belongs to another worker now")

    def release(self, lease: Lease) -> None:
        self._connection.execute(
            update(leases)
            .where(leases.c.name == lease.name, leases.c.fence == lease.fence, leases.c.owner == lease.owner)
            .values(until=0.0)
        )

    def revoke(self, name: str) -> None:
        # Also one that nobody has held yet: its first holder may be about to take it.
        nobody = {"owner": "", "until": 0.0}
        statement = upsert(self._connection, leases).values(name=name, fence=1, **nobody)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["name"], set_={"fence": leases.c.fence + 1, **nobody}
            )
        )

    def current(self, *, now: float) -> Sequence[Lease]:
        rows = self._connection.execute(select(leases).where(leases.c.until > now))
        return [Lease(row.name, row.owner, row.fence, row.until) for row in rows]
