"""The store: one engine, transactions with every repository on them; SQLite and PostgreSQL through the same code."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, create_mock_engine, event, make_url, text
from sqlalchemy.pool import QueuePool, StaticPool
from sqlalchemy.schema import ExecutableDDLElement

from ..services import connections_port, ports, removal_port, requests_port
from .attendees import Attendees
from .connections import Connections, Invitations
from .dead_letters import DeadLetters
from .departures import Departures
from .feedback import Feedback
from .host_events import HostEvents
from .inbox import Inbox
from .installations import Installations
from .leases import Leases
from .meeting_requests import MeetingRequests
from .outbox import Outbox
from .plans import Plans
from .refetches import Refetches
from .removals import Removals
from .switches import Switches
from .tables import metadata
from .tallies import Counters, Tombstones

SCRUB_TRIES = 20
SCRUB_PAUSE_SECONDS = 0.05
BUSY_SECONDS = 30
"""How long a SQLite writer waits for another one."""


class SqlUnitOfWork:
    """One transaction; see ``services.ports.UnitOfWork``."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.leases: ports.Leases = Leases(connection)
        self.inbox: ports.Inbox = Inbox(connection)
        self.dead_letters: ports.DeadLetters = DeadLetters(connection)
        self.refetches: ports.Refetches = Refetches(connection)
        self.attendees: ports.Attendees = Attendees(connection)
        self.feedback: ports.Feedback = Feedback(connection)
        self.host_events: ports.HostEvents = HostEvents(connection)
        self.plans: ports.Plans = Plans(connection)
        self.requests: requests_port.MeetingRequests = MeetingRequests(connection)
        self.outbox: ports.Outbox = Outbox(connection)
        self.tombstones: ports.Tombstones = Tombstones(connection)
        self.departures: ports.Departures = Departures(connection)
        self.installations: ports.Installations = Installations(connection)
        self.invitations: connections_port.Invitations = Invitations(connection)
        self.connections: connections_port.Connections = Connections(connection)
        self.removals: removal_port.Removals = Removals(connection)
        self.switches: ports.Switches = Switches(connection)
        self.counters: ports.Counters = Counters(connection)

    def savepoint(self) -> AbstractContextManager[Any]:
        return self.connection.begin_nested()


class SqlStore:
    """The truth, in whatever database the address names."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writes = engine.execution_options(entremise_begin="BEGIN IMMEDIATE")
        self._reads = (
            engine.execution_options(entremise_begin="BEGIN")
            if self.is_sqlite
            else engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )
        # An in-memory database is one connection, so its users take turns.
        self._turn = threading.RLock() if isinstance(engine.pool, StaticPool) else None

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[SqlUnitOfWork]:
        with self._session(self._writes) as unit:
            yield unit

    @contextmanager
    def snapshot(self) -> Iterator[SqlUnitOfWork]:
        with self._session(self._reads) as unit:
            yield unit

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[SqlUnitOfWork]:
        if self._turn is None:
            with engine.begin() as connection:
                yield SqlUnitOfWork(connection)
        else:
            with self._turn, engine.begin() as connection:
                yield SqlUnitOfWork(connection)

    def scrub(self) -> bool:
        """Fold the write-ahead log into the database, where ``secure_delete`` has overwritten what was deleted."""
        if not self.is_sqlite:
            return True
        with self.engine.execution_options(entremise_begin="").connect() as connection:
            for _ in range(SCRUB_TRIES):
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
                if not busy:
                    return True
                time.sleep(SCRUB_PAUSE_SECONDS)
        return False

    def ping(self) -> None:
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def create_tables(self) -> None:
        """Make all tables at once, for a new SQLite database in memory; others are migrated."""
        with self.engine.begin() as connection:
            for statement in _definitions():
                connection.exec_driver_sql(statement)

    def dispose(self, *, forked: bool = False) -> None:
        """Close the connections; after a fork, forget the parent's without closing them."""
        self.engine.dispose(close=not forked)


def open_store(database_url: str) -> SqlStore:
    """Open the database at this SQLAlchemy address. Example: ``sqlite://`` (in memory, tables made at once)."""
    if not database_url.startswith("sqlite"):
        return SqlStore(
            create_engine(database_url, pool_size=8, max_overflow=8, pool_pre_ping=True, hide_parameters=True)
        )
    in_memory = database_url in {"sqlite://", "sqlite:///:memory:"}
    if not in_memory:
        _make_private(make_url(database_url).database)
    engine = create_engine(
        database_url,
        poolclass=StaticPool if in_memory else QueuePool,
        # A failing statement must not put people into tracebacks and logs.
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS, "cached_statements": 256},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    store = SqlStore(engine)
    if in_memory:
        store.create_tables()
    return store


@cache
def _definitions() -> tuple[str, ...]:
    """Return what makes all tables in SQLite, written once a process."""
    written: list[str] = []

    def write(statement: ExecutableDDLElement, *_given: object, **_options: object) -> None:
        written.append(str(statement.compile(dialect=dialect)))

    engine = create_mock_engine("sqlite://", write)
    dialect = engine.dialect
    metadata.create_all(engine, checkfirst=False)
    return tuple(written)


def _make_private(path: str | None) -> None:
    """Make a new database readable for its owner alone; its write-ahead log takes after it."""
    if path and not path.startswith(("file:", ":")):
        # What cannot be made or changed here is for SQLite to complain about.
        with suppress(OSError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Transactions begin in ``_begin_sqlite``, not where the driver thinks best.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "temp_store=MEMORY",
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    statement = connection.get_execution_options().get("entremise_begin", "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)
