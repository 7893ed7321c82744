"""What Alembic runs: always on a connection that ``storage.migrate`` has opened, and within its transaction."""

from __future__ import annotations

from alembic import context

from entremise.plugin.storage.tables import metadata


def run() -> None:
    """Run the migrations that Alembic has picked."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        # SQLite cannot alter a column in place.
        render_as_batch=True,
    )
    context.run_migrations()


# Only Alembic gives the module a configuration; whoever else imports it just looks.
if hasattr(context, "config"):
    run()
