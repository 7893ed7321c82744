"""Brings a database to the newest schema, by Alembic; safe when several processes start at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.pool import StaticPool

from .sql import SqlStore

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
            command.upgrade(_config(unit.connection), "head")


def is_current(store: SqlStore) -> bool:
    """Whether the database has the newest schema."""
    with store.snapshot() as unit:
        return _revision(unit.connection) == _newest()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
