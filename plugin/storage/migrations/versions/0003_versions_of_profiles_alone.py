"""Only versions of profiles are kept of attendees: nothing asked at which version anything else had changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("attendees", "changed_version")


def downgrade() -> None:
    op.add_column("attendees", sa.Column("changed_version", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE attendees SET changed_version = profile_version")
