"""Invitations, the connections that hosts made by them, and signed requests that were seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("addresses", sa.LargeBinary(), nullable=False),
        sa.Column("allow_private", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitations_code_hash")),
    )
    op.create_table(
        "connections",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("invitation_id", sa.String(length=32), nullable=False),
        sa.Column("addresses", sa.LargeBinary(), nullable=False),
        sa.Column("host", sa.LargeBinary(), nullable=False),
        sa.Column("connected_at", sa.Float(), nullable=False),
        sa.Column("erased_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installations.id"], name=op.f("fk_connections_installation_id")
        ),
        sa.PrimaryKeyConstraint("installation_id", name=op.f("pk_connections")),
    )
    op.create_table(
        "signed_requests",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "digest", name=op.f("pk_signed_requests")),
    )
    op.create_index(op.f("ix_signed_requests_at"), "signed_requests", ["at"])


def downgrade() -> None:
    op.drop_table("signed_requests")
    op.drop_table("connections")
    op.drop_table("invitations")
