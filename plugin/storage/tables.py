"""Every table, in the order in which a delivery meets them.

Times are seconds since 1970 (UTC) as floating point; JSON is stored as bytes that orjson wrote. ``dead`` rows do
not exist: what leaves a table is gone (SQLite runs with ``secure_delete``).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite only autoincrements INTEGER; PostgreSQL needs 64 bits for a counter of deliveries.
Serial = BigInteger().with_variant(Integer, "sqlite")


def _installation() -> Column[str]:
    return Column("installation_id", String(32), nullable=False)


def _host_event() -> Column[str]:
    return Column("host_event", String(255), nullable=False)


installations = Table(
    "installations", metadata,
    Column("id", String(32), primary_key=True),
    Column("host", String(64), nullable=False),
    Column("name", String(255), nullable=False, unique=True),
    Column("config", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # secrets, encrypted under the service's key
    Column("path_hash", String(64), nullable=False),  # of the unguessable part of the address
    Column("settings_owner", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("paused_because", Text, nullable=False),
    Column("created_at", Float, nullable=False),
)  # fmt: skip

tokens = Table(
    "tokens", metadata,
    Column("id", String(32), primary_key=True),
    Column("installation_id", String(32), ForeignKey("installations.id"), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("scopes", String(255), nullable=False),
    Column("label", String(255), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("revoked_at", Float),
)  # fmt: skip

inbox = Table(
    "inbox", metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    _installation(),
    # A hash of the installation and the adapter's key: 16 bytes, so that the index stays small and tells nothing.
    Column("delivery_key", LargeBinary(16), nullable=False, unique=True),
    Column("door", String(16), nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("body", LargeBinary),  # NULL once expired or forgotten
    Column("received_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False, default=0, server_default="0"),
    Column("done_at", Float),
    sqlite_autoincrement=True,
)  # fmt: skip
# Small while the worker keeps up, whatever the size of the table.
Index(
    "ix_inbox_waiting", inbox.c.installation_id, inbox.c.seq,
    sqlite_where=inbox.c.done_at.is_(None), postgresql_where=inbox.c.done_at.is_(None),
)  # fmt: skip

delivery_subjects = Table(
    "delivery_subjects", metadata,
    Column("seq", Serial, primary_key=True, autoincrement=False),
    Column("host_event", String(255), primary_key=True),
    Column("attendee", String(255), primary_key=True),
    _installation(),
    Index("ix_delivery_subjects_person", "installation_id", "attendee"),
)  # fmt: skip

dead_letters = Table(
    "dead_letters", metadata,
    Column("id", String(32), primary_key=True),
    _installation(),
    Column("kind", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("field", String(255)),
    Column("at", Float, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("door", String(16)),
    Column("headers", LargeBinary),
    Column("body", LargeBinary),
    Column("received_at", Float),
    Column("outbox_id", Serial),
    Column("digest", String(64), nullable=False),
    UniqueConstraint("installation_id", "digest"),
)  # fmt: skip

refetches = Table(
    "refetches", metadata,
    Column("installation_id", String(32), primary_key=True),
    Column("object", String(255), primary_key=True),
    Column("asked_version", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Float, nullable=False, index=True),
)  # fmt: skip

reconciliations = Table(
    "reconciliations", metadata,
    Column("installation_id", String(32), primary_key=True),
    Column("reconciled_at", Float),  # NULL = never yet
    Column("due_at", Float, nullable=False),
)  # fmt: skip

leases = Table(
    "leases", metadata,
    Column("name", String(600), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("until", Float, nullable=False),
)  # fmt: skip

host_events = Table(
    "host_events", metadata,
    Column("installation_id", String(32), primary_key=True),
    Column("ref", String(255), primary_key=True),
    Column("name", Text, nullable=False),
    Column("organisation", String(255)),
    Column("languages", String(255), nullable=False),
    Column("ends_at", Float),
    Column("cancelled", Boolean, nullable=False),
    Column("stamp", String(300), nullable=False),
    Column("dirty_version", Integer, nullable=False),
    Column("computed_version", Integer, nullable=False),
)  # fmt: skip
Index(
    "ix_host_events_dirty", host_events.c.installation_id, host_events.c.ref,
    sqlite_where=host_events.c.dirty_version > host_events.c.computed_version,
    postgresql_where=host_events.c.dirty_version > host_events.c.computed_version,
)  # fmt: skip

attendees = Table(
    "attendees", metadata,
    # Made from what names the person (see ``storage.attendees``), so that no result depends on who was heard of first.
    Column("id", Serial, primary_key=True, autoincrement=False),
    _installation(),
    _host_event(),
    Column("ref", String(255), nullable=False),
    Column("profile", LargeBinary, nullable=False),
    Column("profile_stamp", String(300), nullable=False),
    Column("registered", Boolean, nullable=False),
    Column("registered_stamp", String(300), nullable=False),
    Column("presence", String(16), nullable=False),
    Column("presence_stamp", String(300), nullable=False),
    Column("opted_out", Boolean, nullable=False),
    Column("opted_out_stamp", String(300), nullable=False),
    # Derived from the above when saved, so that ranking reads a roster without opening profiles.
    Column("matching", Boolean, nullable=False),
    Column("mentoring", Boolean, nullable=False),
    Column("grouping", Boolean, nullable=False, server_default=false()),
    Column("here", Boolean, nullable=False),
    Column("mode", String(16)),
    Column("languages", String(255), nullable=False),
    Column("organisation", String(255), nullable=False),
    Column("sector", String(255), nullable=False),
    Column("seniority", Integer),
    Column("first_time", Boolean),
    Column("role", String(16), nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("profile_version", Integer, nullable=False),
    UniqueConstraint("installation_id", "host_event", "ref"),
    Index("ix_attendees_person", "installation_id", "ref"),
)  # fmt: skip

attendee_vectors = Table(
    "attendee_vectors", metadata,
    Column("attendee_id", Serial, ForeignKey("attendees.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("encoder", String(64), primary_key=True),
    Column("profile_version", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)  # fmt: skip

feedback = Table(
    "feedback", metadata,
    Column("installation_id", String(32), primary_key=True),
    Column("host_event", String(255), primary_key=True),
    Column("attendee", String(255), primary_key=True),
    Column("other", String(255), primary_key=True),
    Column("verdict", String(16), nullable=False),
    Column("stamp", String(300), nullable=False),
)  # fmt: skip

computations = Table(
    "computations", metadata,
    Column("installation_id", String(32), primary_key=True),
    Column("host_event", String(255), primary_key=True),
    Column("feature", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("fingerprint", String(255), nullable=False),
    Column("state", LargeBinary, nullable=False),
)  # fmt: skip

plans = Table(
    "plans", metadata,
    Column("installation_id", String(32), primary_key=True),
    Column("host_event", String(255), primary_key=True),
    Column("feature", String(32), primary_key=True),
    Column("brief", LargeBinary, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("drafted", Integer, nullable=False),
    Column("draft", LargeBinary),  # NULL = none yet
    Column("published", LargeBinary),  # NULL = attendees see none
    Column("published_brief", LargeBinary, nullable=False),
    Column("published_at", Float),
    Column("version", Integer, nullable=False),
)  # fmt: skip

outbox = Table(
    "outbox", metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    _installation(),
    _host_event(),
    Column("recipient", String(255), nullable=False),
    Column("feature", String(32), nullable=False),
    # A new cell starts from the clock (milliseconds), so that one that was erased and comes back still goes up.
    Column("desired_revision", BigInteger, nullable=False),
    Column("desired_hash", String(64), nullable=False),
    Column("payload", LargeBinary),  # NULL = withdrawn
    Column("mentions", LargeBinary, nullable=False),  # JSON list of the people named in the payload
    Column("erased", Boolean, nullable=False),  # goes away when the host holds the withdrawal
    Column("acknowledged_revision", BigInteger, nullable=False),
    Column("acknowledged_hash", String(64), nullable=False),
    Column("desired_at", Float, nullable=False),
    Column("due_at", Float),  # NULL = nothing to send
    Column("attempts", Integer, nullable=False),
    UniqueConstraint("installation_id", "host_event", "recipient", "feature"),
    sqlite_autoincrement=True,
)  # fmt: skip
Index(
    "ix_outbox_due", outbox.c.installation_id, outbox.c.due_at,
    sqlite_where=outbox.c.due_at.is_not(None), postgresql_where=outbox.c.due_at.is_not(None),
)  # fmt: skip

tombstones = Table(
    "tombstones", metadata,
    Column("installation_id", String(32), primary_key=True),
    Column("digest", String(64), primary_key=True),  # keyed hash: says nothing about the person
    Column("stamp", String(300), nullable=False),
)  # fmt: skip

switches = Table(
    "switches", metadata,
    Column("installation_id", String(32), primary_key=True),
    Column("scope", String(16), primary_key=True),
    Column("scope_ref", String(255), primary_key=True),
    Column("values", LargeBinary, nullable=False),
    Column("locked", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
)  # fmt: skip

audit = Table(
    "audit", metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    _installation(),
    Column("at", Float, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("action", String(64), nullable=False),
    Column("details", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip

counters = Table(
    "counters", metadata,
    Column("installation_id", String(32), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
)  # fmt: skip
