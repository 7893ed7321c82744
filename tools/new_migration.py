"""Write the next migration from what differs between the tables and the migrations: ``tools/new_migration.py "Why"``.

Read it before committing it: Alembic does not see renames, and data that has to move.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from entremise.plugin.storage.sql import open_store

MIGRATIONS = Path(__file__).parent.parent / "plugin" / "storage" / "migrations"


def main() -> None:
    why = sys.argv[1]
    number = 1 + len(list((MIGRATIONS / "versions").glob("[0-9]*.py")))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/scratch.db")
        with store.begin() as unit:
            config.attributes["connection"] = unit.connection
            if number > 1:
                command.upgrade(config, "head")
        with store.begin() as unit:
            config.attributes["connection"] = unit.connection
            script = command.revision(config, message=why, autogenerate=True, rev_id=f"{number:04d}")
        store.dispose()
    path = Path(script.path)  # type: ignore[union-attr, arg-type]
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "Alembic" not in line))
    print(f"wrote {path.relative_to(Path.cwd())}; read it, then: make format test")


if __name__ == "__main__":
    main()
