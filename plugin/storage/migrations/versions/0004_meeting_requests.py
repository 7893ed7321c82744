"""Requests for meetings, and what was answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "meeting_requests",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("host_event", sa.String(length=255), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("requester", sa.String(length=255), nullable=False),
        sa.Column("invitee", sa.String(length=255), nullable=False),
        sa.Column("starts_at", sa.Float(), nullable=False),
        sa.Column("ends_at", sa.Float(), nullable=False),
        sa.Column("made", sa.String(length=300), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("accepted", sa.String(length=300), nullable=False),
        sa.Column("declined", sa.String(length=300), nullable=False),
        sa.Column("withdrawn", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "host_event", "ref", name=op.f("pk_meeting_requests")),
    )
    op.create_index(op.f("ix_meeting_requests_ends_at"), "meeting_requests", ["ends_at"])


def downgrade() -> None:
    op.drop_table("meeting_requests")
