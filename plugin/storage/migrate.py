"""Brings a database to the newest schema, by Alembic; safe when several processes start at once.

Alembic is loaded when there is something to do: it would be half of what a command needs to start.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.pool import StaticPool

from .sql import SqlStore

_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 7_236_114_982
"""Any number that nobody else on the PostgreSQL server is likely to lock."""


def migrate(store: SqlStore) -> None:
    """Upgrade to the newest schema if the database is behind. Tables in memory are made when they are opened."""
    if isinstance(store.engine.pool, StaticPool) or is_current(store):
        return
    with store.begin() as unit:
        if not store.is_sqlite:
            unit.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        # On SQLite the transaction is the lock. Another process may have been faster.
        if _revision(unit.connection) != _newest():
            _upgrade(unit.connection)


def is_current(store: SqlStore) -> bool:
    """Whether the database has the newest schema."""
    with store.snapshot() as unit:
        return _revision(unit.connection) == _newest()


def _revision(connection: Connection) -> str | None:
    """Return the revision that the database says it has."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _newest() -> str:
    """Return the newest revision that we have; the files begin with theirs, and they grow."""
    return max(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
