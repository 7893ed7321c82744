"""First schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendees",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("host_event", sa.String(length=255), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.Column("profile", sa.LargeBinary(), nullable=False),
        sa.Column("profile_stamp", sa.String(length=300), nullable=False),
        sa.Column("registered", sa.Boolean(), nullable=False),
        sa.Column("registered_stamp", sa.String(length=300), nullable=False),
        sa.Column("presence", sa.String(length=16), nullable=False),
        sa.Column("presence_stamp", sa.String(length=300), nullable=False),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("opted_out_stamp", sa.String(length=300), nullable=False),
        sa.Column("matching", sa.Boolean(), nullable=False),
        sa.Column("mentoring", sa.Boolean(), nullable=False),
        sa.Column("here", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=True),
        sa.Column("languages", sa.String(length=255), nullable=False),
        sa.Column("organisation", sa.String(length=255), nullable=False),
        sa.Column("sector", sa.String(length=255), nullable=False),
        sa.Column("seniority", sa.Integer(), nullable=True),
        sa.Column("first_time", sa.Boolean(), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("changed_version", sa.Integer(), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendees")),
        sa.UniqueConstraint(
            "installation_id", "host_event", "ref", name=op.f("uq_attendees_installation_id_host_event_ref")
        ),
    )
    with op.batch_alter_table("attendees", schema=None) as batch_op:
        batch_op.create_index("ix_attendees_person", ["installation_id", "ref"], unique=False)

    op.create_table(
        "audit",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "computations",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("host_event", sa.String(length=255), nullable=False),
        sa.Column("feature", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=255), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "host_event", "feature", name=op.f("pk_computations")),
    )
    op.create_table(
        "counters",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "name", name=op.f("pk_counters")),
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("field", sa.String(length=255), nullable=True),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=True),
        sa.Column("headers", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.Float(), nullable=True),
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
        sa.UniqueConstraint("installation_id", "digest", name=op.f("uq_dead_letters_installation_id_digest")),
    )
    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dead_letters_at"), ["at"], unique=False)

    op.create_table(
        "delivery_subjects",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("host_event", sa.String(length=255), nullable=False),
        sa.Column("attendee", sa.String(length=255), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq", "host_event", "attendee", name=op.f("pk_delivery_subjects")),
    )
    with op.batch_alter_table("delivery_subjects", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_subjects_person", ["installation_id", "attendee"], unique=False)

    op.create_table(
        "feedback",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("host_event", sa.String(length=255), nullable=False),
        sa.Column("attendee", sa.String(length=255), nullable=False),
        sa.Column("other", sa.String(length=255), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("stamp", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint(
            "installation_id", "host_event", "attendee", "other", name=op.f("pk_feedback")
        ),
    )
    op.create_table(
        "host_events",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.String(length=255), nullable=True),
        sa.Column("languages", sa.String(length=255), nullable=False),
        sa.Column("ends_at", sa.Float(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("stamp", sa.String(length=300), nullable=False),
        sa.Column("dirty_version", sa.Integer(), nullable=False),
        sa.Column("computed_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "ref", name=op.f("pk_host_events")),
    )
    with op.batch_alter_table("host_events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_host_events_dirty",
            ["installation_id", "ref"],
            unique=False,
            sqlite_where=sa.text("dirty_version > computed_version"),
            postgresql_where=sa.text("dirty_version > computed_version"),
        )

    op.create_table(
        "inbox",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("delivery_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_inbox")),
        sa.UniqueConstraint("delivery_key", name=op.f("uq_inbox_delivery_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbox_waiting",
            ["installation_id", "seq"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "installations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("host", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("config", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("path_hash", sa.String(length=64), nullable=False),
        sa.Column("settings_owner", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("paused_because", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installations")),
        sa.UniqueConstraint("name", name=op.f("uq_installations_name")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=600), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "outbox",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("host_event", sa.String(length=255), nullable=False),
        sa.Column("recipient", sa.String(length=255), nullable=False),
        sa.Column("feature", sa.String(length=32), nullable=False),
        sa.Column("desired_revision", sa.BigInteger(), nullable=False),
        sa.Column("desired_hash", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("mentions", sa.LargeBinary(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.Column("acknowledged_revision", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_hash", sa.String(length=64), nullable=False),
        sa.Column("desired_at", sa.Float(), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "installation_id",
            "host_event",
            "recipient",
            "feature",
            name=op.f("uq_outbox_installation_id_host_event_recipient_feature"),
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_due",
            ["installation_id", "due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )

    op.create_table(
        "reconciliations",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("reconciled_at", sa.Float(), nullable=True),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", name=op.f("pk_reconciliations")),
    )
    op.create_table(
        "refetches",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("object", sa.String(length=255), nullable=False),
        sa.Column("asked_version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "object", name=op.f("pk_refetches")),
    )
    with op.batch_alter_table("refetches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refetches_due_at"), ["due_at"], unique=False)

    op.create_table(
        "switches",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("scope_ref", sa.String(length=255), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.Column("locked", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "scope", "scope_ref", name=op.f("pk_switches")),
    )
    op.create_table(
        "tombstones",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("stamp", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "digest", name=op.f("pk_tombstones")),
    )
    op.create_table(
        "attendee_vectors",
        sa.Column(
            "attendee_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("encoder", sa.String(length=64), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"],
            ["attendees.id"],
            name=op.f("fk_attendee_vectors_attendee_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("attendee_id", "encoder", name=op.f("pk_attendee_vectors")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("revoked_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installations.id"], name=op.f("fk_tokens_installation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tokens_token_hash")),
    )
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tokens_installation_id"), ["installation_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tokens_installation_id"))

    op.drop_table("tokens")
    op.drop_table("attendee_vectors")
    op.drop_table("tombstones")
    op.drop_table("switches")
    with op.batch_alter_table("refetches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refetches_due_at"))

    op.drop_table("refetches")
    op.drop_table("reconciliations")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_due",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )

    op.drop_table("outbox")
    op.drop_table("leases")
    op.drop_table("installations")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_inbox_waiting",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.drop_table("inbox")
    with op.batch_alter_table("host_events", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_host_events_dirty",
            sqlite_where=sa.text("dirty_version > computed_version"),
            postgresql_where=sa.text("dirty_version > computed_version"),
        )

    op.drop_table("host_events")
    op.drop_table("feedback")
    with op.batch_alter_table("delivery_subjects", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_subjects_person")

    op.drop_table("delivery_subjects")
    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dead_letters_at"))

    op.drop_table("dead_letters")
    op.drop_table("counters")
    op.drop_table("computations")
    op.drop_table("audit")
    with op.batch_alter_table("attendees", schema=None) as batch_op:
        batch_op.drop_index("ix_attendees_person")

    op.drop_table("attendees")
