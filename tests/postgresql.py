"""A PostgreSQL of our own: a cluster in a temporary folder, on loopback, under a user that may run it.

Used by the session fixture ``postgresql`` and wherever else a throw-away server is needed (benchmarks).
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote


class PostgresqlMissing(RuntimeError):
    """No PostgreSQL server is installed on this machine."""


class Cluster:
    """A running server. ``database()`` lends an empty database and drops it afterwards."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._lent = 0

    def url(self, database: str) -> str:
        """Return the address as ``DATABASE_URL`` takes it."""
        return f"postgresql://entremise@127.0.0.1:{self.port}/{quote(database)}"

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """Lend the address of an empty database."""
        import psycopg

        self._lent += 1
        name = f"lent_{os.getpid()}_{self._lent}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type, unused-ignore]
        try:
            yield self.url(name)
        finally:
            with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type, unused-ignore]


@contextlib.contextmanager
def cluster(*, durable: bool = False, options: Sequence[str] = ()) -> Iterator[Cluster]:
    """Start a server on a free loopback port and stop it at the end.

    ``durable`` keeps ``fsync`` on: needed for measuring, a waste for tests. ``options`` are further settings
    (``max_connections=200``). Raises ``PostgresqlMissing``.
    """
    binaries = _binaries()
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="entremise-postgresql-", dir="/tmp"))
    try:
        if user:
            shutil.chown(folder, user)
        folder.chmod(0o700)
        data = folder / "data"
        _run(user, str(binaries / "initdb"), "--pgdata", str(data), "--username", "entremise", "--auth", "trust",
             "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")  # fmt: skip
        port = _free_port()
        settings = [
            "listen_addresses=127.0.0.1",
            f"port={port}",
            f"unix_socket_directories={folder}",
            *options,
        ]
        if not durable:
            settings += ["fsync=off", "full_page_writes=off"]
        flags = " ".join(f"-c {setting}" for setting in settings)
        pg_ctl = str(binaries / "pg_ctl")
        _run(user, pg_ctl, "start", "--wait", "--silent", "--pgdata", str(data), "--log", str(folder / "log"),
             "--options", flags)  # fmt: skip
        try:
            yield Cluster(port)
        finally:
            _run(user, pg_ctl, "stop", "--wait", "--silent", "--pgdata", str(data), "--mode", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    """Find the newest server on this machine; Debian keeps it off the search path."""
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")]
    if versions:
        return max(versions, key=lambda path: float(path.parent.name))
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).resolve().parent
    raise PostgresqlMissing("PostgreSQL is not installed (on Debian: apt-get install postgresql)")


def _user() -> str | None:
    """PostgreSQL refuses to run as root: name somebody else then."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def _run(user: str | None, *command: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    done = subprocess.run(
        command, user=user, cwd="/", env=environment | {"LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if command[1] != "start" else subprocess.DEVNULL, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:2])} ended with {done.returncode}: {done.stdout}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
