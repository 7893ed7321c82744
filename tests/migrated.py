"""Empty databases of the newest schema: the migrations run once a process, then their result is copied.

That they lead there, from anywhere, is for ``tests/integration/test_schema.py`` and the tests of commands to show.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from entremise.plugin.settings import Settings
from entremise.plugin.storage.migrate import migrate
from entremise.plugin.storage.sql import open_store


def lay_database(home: Path) -> None:
    """Put an empty, migrated SQLite database where a service of this home looks for it, unless there is one."""
    path = _database_of(home)
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(_migrated())


def _database_of(home: Path) -> Path:
    address = Settings.from_environment({"ENTREMISE_HOME": str(home)}).database_url
    return Path(address.removeprefix("sqlite:///"))


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        store = open_store(f"sqlite:///{path}")
        migrate(store)
        store.dispose()  # the last connection folds the write-ahead log into the file
        assert [item.name for item in path.parent.iterdir()] == [path.name]
        return path.read_bytes()
