"""Counters that are true after any crash, and the tombstones of erased people."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from .tables import counters, tombstones
from .upsert import upsert

# Every door runs it for every commit, and building it would cost more than running it.
_ADD = (
    "INSERT INTO counters (installation_id, name, value) VALUES ({place}, {place}, {place}) "
    "ON CONFLICT (installation_id, name) DO UPDATE SET value = counters.value + excluded.value"
)


class Counters:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, installation_id: str, **amounts: int) -> None:
        rows = [(installation_id, name, amount) for name, amount in sorted(amounts.items()) if amount]
        if rows:
            place = "%s" if self._connection.dialect.name == "postgresql" else "?"
            self._connection.exec_driver_sql(_ADD.format(place=place), rows)

    def read(self, installation_id: str | None = None) -> Mapping[str, int]:
        query = select(counters.c.name, func.sum(counters.c.value)).group_by(counters.c.name)
        if installation_id is not None:
            query = query.where(counters.c.installation_id == installation_id)
        return {name: int(value) for name, value in self._connection.execute(query)}


class Tombstones:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, installation_id: str, digest: str, when: str) -> None:
        statement = upsert(self._connection, tombstones).values(
            installation_id=installation_id, digest=digest, stamp=when
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["installation_id", "digest"],
                set_={"stamp": when},
                where=tombstones.c.stamp < when,
            )
        )

    def get_many(self, installation_id: str, digests: Mapping[str, str]) -> Mapping[str, str]:
        """Return the stamps of erasure by person, for a mapping of person to digest."""
        if not digests:
            return {}
        rows = self._connection.execute(
            select(tombstones.c.digest, tombstones.c.stamp).where(
                tombstones.c.installation_id == installation_id,
                tombstones.c.digest.in_(list(digests.values())),
            )
        )
        stamps = {row.digest: row.stamp for row in rows}
        return {person: stamps[digest] for person, digest in digests.items() if digest in stamps}
