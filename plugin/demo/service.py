"""A whole entremise of its own in a folder, as its operator starts it; spoken to by its commands and by REST only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import requests

from .. import processes
from ..domain.errors import ConfigurationError, EntremiseError
from .ports import free_port

READY_WITHIN = 90.0
COMMAND = (sys.executable, "-m", "entremise.plugin.cli")
LOG = "entremise.log"


class NotQuiet(EntremiseError):
    """There was still work to do when the patience was used up."""


@dataclass(frozen=True, slots=True)
class Access:
    """What the operator reads when an installation is added."""

    id: str
    address: str
    token: str
    signing_secret: str
    callback_secret: str


class Service:
    """``entremise up`` in ``home``. Use it from the main thread; as a context manager it is stopped at the end."""

    def __init__(self, home: Path, *, environ: Mapping[str, str] | None = None, port: int = 0) -> None:
        self.home = home
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        inherited = {key: value for key, value in os.environ.items() if key not in _OURS}
        self.environ = inherited | {
            "ENTREMISE_HOME": str(home),
            "ENTREMISE_PORT": str(self.port),
            **(environ or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None
        self._session = requests.Session()
        self._session.trust_env = False

    def start(self, *arguments: str) -> None:
        """Start it and wait until it is ready; raises ``ConfigurationError`` with the end of its log."""
        self.home.mkdir(parents=True, exist_ok=True)
        log = self.home / LOG
        self.process = processes.start([*COMMAND, "up", *arguments], environ=self.environ, log=log)
        deadline = time.monotonic() + READY_WITHIN
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ConfigurationError(f"entremise did not become ready; its log ends with:\n{_tail(log)}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End it; harmless when it is down."""
        if self.process is not None:
            processes.stop(self.process, seconds=30.0)
            self.process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._session.close()

    def run(self, *arguments: str) -> str:
        """Run another command of entremise on the same home and return what it printed."""
        done = subprocess.run(
            [*COMMAND, *arguments], env=self.environ, capture_output=True, text=True, check=False, timeout=120
        )
        if done.returncode:
            raise ConfigurationError(f"entremise {arguments[0]} failed: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def add_installation(self, name: str, config: Mapping[str, str]) -> Access:
        """Add a generic host, as ``entremise installation add`` does."""
        options = [part for field, value in config.items() for part in ("--set", f"{field}={value}")]
        made = json.loads(
            self.run("installation", "add", "--host", "generic", "--name", name, "--json", *options)
        )
        return Access(
            id=made["id"], address=made["address"], token=made["tokens"]["admin"],
            signing_secret=made["secrets"]["signing_secrets"], callback_secret=made["secrets"]["callback_secrets"],
        )  # fmt: skip

    def status(self, access: Access) -> dict[str, Any]:
        """Return the installation's status document."""
        return self._get(access, "status")

    def results(self, access: Access, host_event: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Return (subject, feature) → payload of every current result that is not withdrawn, page by page."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        after: str | None = ""
        while after is not None:
            page = self._get(access, f"host-events/{host_event}/results", after=after, limit="500")
            for result in page["results"]:
                if result["payload"] is not None:
                    found[result["attendee"], result["feature"]] = result["payload"]
            after = page["next"]
        return found

    def wait_until_quiet(self, access: Access, *, received: int, seconds: float) -> dict[str, Any]:
        """Wait until everything received is processed, computed and written back; return the last status.

        ``received`` is how many deliveries must have arrived in all. Raises ``NotQuiet``.
        """
        deadline = time.monotonic() + seconds
        while True:
            status = self.status(access)
            busy = status["backlog"] or status["waiting"] or status["behind"]
            if not busy and status["counters"].get("received", 0) >= received:
                return status
            if time.monotonic() > deadline:
                raise NotQuiet(f"after {seconds:.0f} s there is still work: {status}")
            time.sleep(0.2)

    def read(self, access: Access, path: str) -> tuple[dict[str, Any], str]:
        """Return a document and its ETag."""
        answer = self._ask("GET", access, path)
        return answer.json(), answer.headers["ETag"]

    def write(self, access: Access, method: str, path: str, document: Mapping[str, Any], tag: str) -> None:
        """Send a document to be taken in the place of the one that has this ETag."""
        self._ask(method, access, path, json=document, headers={"If-Match": tag})

    def _get(self, access: Access, path: str, **query: str) -> dict[str, Any]:
        document: dict[str, Any] = self._ask("GET", access, path, params=query).json()
        return document

    def _ask(
        self, method: str, access: Access, path: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> requests.Response:
        answer = self._session.request(
            method, f"{self.url}/v1/installations/{access.id}/{path}", timeout=30,
            headers={"Authorization": f"Bearer {access.token}", **(headers or {})}, **more,
        )  # fmt: skip
        if answer.status_code in (409, 412, 422):
            raise EntremiseError(f"{method} {path}: {answer.json()['detail']}")
        answer.raise_for_status()
        return answer

    def _ready(self) -> bool:
        with suppress(requests.RequestException):
            return self._session.get(f"{self.url}/readyz", timeout=2).status_code == 200
        return False


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(no log)"


_OURS = frozenset(
    {"DATABASE_URL", "REDIS_URL", "KAFKA_BOOTSTRAP_SERVERS", "ENTREMISE_PUBLIC_URL", "ENTREMISE_SECRET_KEY"}
)
"""Variables that a demo must not take over from the terminal: it never touches a database that is somebody's."""
