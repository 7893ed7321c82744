"""Since when a host is disconnected, so that whom it left behind is not kept for ever."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BY_THE_HOST = "disabled by the host"
"""As the service said it when this migration was written."""


def upgrade() -> None:
    op.add_column("connections", sa.Column("left_at", sa.Float(), nullable=True))
    connections = sa.table("connections", sa.column("installation_id"), sa.column("left_at"))
    installations = sa.table(
        "installations", sa.column("id"), sa.column("status"), sa.column("paused_because")
    )
    audit = sa.table("audit", sa.column("installation_id"), sa.column("action"), sa.column("at", sa.Float))
    gone = sa.select(installations.c.id).where(
        installations.c.status == "disabled", installations.c.paused_because == BY_THE_HOST
    )
    said = (
        sa.select(sa.func.max(audit.c.at))
        .where(audit.c.installation_id == connections.c.installation_id, audit.c.action == "disconnected")
        .scalar_subquery()
    )
    op.execute(sa.update(connections).where(connections.c.installation_id.in_(gone)).values(left_at=said))


def downgrade() -> None:
    op.drop_column("connections", "left_at")
