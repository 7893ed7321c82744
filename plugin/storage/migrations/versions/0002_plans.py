"""Plans, and who agreed to be in groups."""

from __future__ import annotations

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CHUNK = 1000


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("host_event", sa.String(length=255), nullable=False),
        sa.Column("feature", sa.String(length=32), nullable=False),
        sa.Column("brief", sa.LargeBinary(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("drafted", sa.Integer(), nullable=False),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("published", sa.LargeBinary(), nullable=True),
        sa.Column("published_brief", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.Float(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "host_event", "feature", name=op.f("pk_plans")),
    )
    # With a default, so that SQLite need not make the table anew, which would take everybody's vectors with it.
    op.add_column("attendees", sa.Column("grouping", sa.Boolean(), nullable=False, server_default=sa.false()))
    _fill()


def _fill() -> None:
    """Derive the new column from the registers, as saving a person does."""
    people = sa.table(
        "attendees",
        sa.column("id", sa.BigInteger()), sa.column("profile", sa.LargeBinary()),
        sa.column("registered", sa.Boolean()), sa.column("opted_out", sa.Boolean()),
        sa.column("grouping", sa.Boolean()),
    )  # fmt: skip
    connection = op.get_bind()
    change = (
        sa.update(people).where(people.c.id == sa.bindparam("b_id")).values(grouping=sa.bindparam("b_agrees"))
    )
    last = -1
    while True:
        rows = connection.execute(
            sa.select(people).where(people.c.id > last).order_by(people.c.id).limit(CHUNK)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        connection.execute(
            change,
            [
                {
                    "b_id": row.id,
                    "b_agrees": row.registered
                    and not row.opted_out
                    and bool(orjson.loads(row.profile).get("consent", {}).get("groups", False)),
                }
                for row in rows
            ],
        )


def downgrade() -> None:
    op.drop_column("attendees", "grouping")
    op.drop_table("plans")
