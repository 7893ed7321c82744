"""Everything of one installation going, in SQL: tables are found by their column, so that no new one is forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Table, delete, func, or_, select, tuple_
from sqlalchemy.sql import ColumnElement

from . import tables
from .connection_tables import connections
from .connections import PEOPLE

_FIRST = (*PEOPLE, tables.attendees)
OWNED: tuple[Table, ...] = (
    *_FIRST,
    *(
        table
        for table in tables.metadata.sorted_tables
        if "installation_id" in table.c and table not in _FIRST
    ),
)
"""Every table with rows of installations, those of people first. Vectors go with the attendees."""

_JOBS = ("process", "look_up", "write_back")


class Removals:
    """The ``Removals`` port over one transaction."""

    def __init__(self, database: Connection) -> None:
        self._database = database

    def count(self, installation_id: str) -> tuple[int, int]:
        rows = {
            table.name: self._database.execute(
                select(func.count()).select_from(table).where(table.c.installation_id == installation_id)
            ).scalar_one()
            for table in OWNED
        }
        return sum(rows.values()), rows[tables.attendees.name]

    def shut_out(self, installation_id: str) -> None:
        for table in (tables.tokens, connections):
            self._database.execute(delete(table).where(table.c.installation_id == installation_id))

    def some(self, installation_id: str, limit: int) -> int:
        for table in OWNED:
            key = list(table.primary_key.columns)
            found = select(*key).where(table.c.installation_id == installation_id).limit(limit)
            removed = self._database.execute(delete(table).where(tuple_(*key).in_(found))).rowcount
            if removed:
                return removed
        return 0

    def rest(self, installation_id: str) -> bool:
        removed = 0
        for table in OWNED:
            statement = delete(table).where(table.c.installation_id == installation_id)
            removed += self._database.execute(statement).rowcount
        self._database.execute(delete(tables.leases).where(_leases_of(installation_id)))
        itself = delete(tables.installations).where(tables.installations.c.id == installation_id)
        return removed + self._database.execute(itself).rowcount > 0

    def strays(self) -> Sequence[str]:
        known = set(self._database.execute(select(tables.installations.c.id)).scalars())
        found = {each for table in OWNED for each in self._named_in(table)}
        for name in self._database.execute(select(tables.leases.c.name)).scalars():
            job, _, about = name.partition(":")
            if job in _JOBS:
                found.add(about)
            elif job == "recompute":
                found.add(about.partition("/")[0])
        return sorted(found - known)

    def _named_in(self, table: Table) -> Iterator[str]:
        """Yield each installation that has rows: a step along the index each, where counting would read all."""
        column = table.c.installation_id
        query = select(func.min(column))
        if table is tables.inbox:
            # Only what waits has an index; what comes for nobody is never done.
            query = query.where(table.c.done_at.is_(None))
        found = self._database.execute(query).scalar_one()
        while found is not None:
            yield found
            found = self._database.execute(query.where(column > found)).scalar_one()


def _leases_of(installation_id: str) -> ColumnElement[bool]:
    name = tables.leases.c.name
    return or_(
        name.in_([f"{job}:{installation_id}" for job in _JOBS]),
        name.startswith(f"recompute:{installation_id}/", autoescape=True),
    )
