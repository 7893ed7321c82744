"""Entremise as real processes, and a host at the other end: what kill tests are made of."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from builders import a_cloudevent

from entremise.hooks.contract import Installation
from entremise.plugin.bootstrap import Container, build_container
from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.services import ingest, installations
from entremise.plugin.services.ports import JobQueue
from entremise.plugin.settings import Settings

Cell = tuple[str, str, str]
"""Host event, recipient, feature."""


class ReceivingHost:
    """Takes results as the generic callback sends them and applies each revision at most once.

    ``status`` is what it answers; while ``hanging`` is set it takes requests and says nothing.
    """

    def __init__(self) -> None:
        self.status = 204
        self.hanging = threading.Event()
        self.asked = threading.Event()
        self.holds: dict[Cell, tuple[int, Any]] = {}
        self.effects: Counter[tuple[Cell, int]] = Counter()
        self._lock = threading.Lock()
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                host.asked.set()
                while host.hanging.is_set():
                    time.sleep(0.02)
                status = host.status
                if status < 300:
                    host._apply(json.loads(body))
                try:
                    self.send_response(status)
                    self.end_headers()
                except BrokenPipeError:
                    pass  # the sender was killed while it waited

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def served(self) -> set[str]:
        """Return who holds something."""
        return {recipient for _, recipient, _ in list(self.holds)}

    def close(self) -> None:
        self.hanging.clear()
        self._server.shutdown()
        self._server.server_close()

    def _apply(self, results: list[dict[str, Any]]) -> None:
        with self._lock:
            for result in results:
                feature = result["type"].removeprefix("org.entremise.").partition(".")[0]
                cell = (result["hostevent"], result["subject"], feature)
                sequence = int(result["sequence"])
                if sequence > self.holds.get(cell, (0, None))[0]:
                    self.holds[cell] = (sequence, result.get("data"))
                    self.effects[cell, sequence] += 1


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a set-up that lives in ``home`` and reads nothing of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return kept | {"ENTREMISE_HOME": str(home), "PYTHONUNBUFFERED": "1"} | more


@contextmanager
def command(*arguments: str, environ: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``entremise`` with these arguments; end it (and whatever it started) with the block."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "entremise.plugin.cli", *arguments],
            env=dict(environ), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        yield process
    finally:
        family = descendants(process.pid)
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for number in family:
            if is_running(number):
                os.kill(number, signal.SIGKILL)


def descendants(number: int) -> list[int]:
    """Children of the process, their children, and so on."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found: list[int] = []
    waiting = [number]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def running_as(part: str, under: int) -> list[int]:
    """Descendants whose command line ends in ``part`` (``worker``, ``clock``, …)."""
    found = []
    for number in descendants(under):
        try:
            words = Path(f"/proc/{number}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        except OSError:
            continue
        if words[-1] == part.encode():
            found.append(number)
    return found


def is_running(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def wait_until(condition: Callable[[], bool], *, seconds: float = 60.0, what: str = "it") -> float:
    """Wait; return how long it took. Fails after ``seconds``."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


class Tenant:
    """One installation of the generic host whose results go to ``host``."""

    def __init__(
        self,
        environ: Mapping[str, str],
        host: ReceivingHost,
        *,
        name: str = "one",
        queue: JobQueue | None = None,
        **config: str,
    ) -> None:
        self.container: Container = build_container(Settings.from_environment(environ), queue=queue)
        self.host = host
        self.installation: Installation = installations.create(
            self.container, host="generic", name=name, secrets={},
            config={"callback_url": f"http://{host.address}/results", "allow_private": [host.address], **config},
        ).installation  # fmt: skip

    def deliver(self, *documents: dict[str, Any]) -> None:
        """Put CloudEvents through the corridor, as a door does."""
        headers = {"content-type": "application/cloudevents+json"}
        ingest.accept(
            self.container,
            self.installation,
            [
                Delivery(self.installation.id, "webhook", headers, json.dumps(document).encode(), time.time())
                for document in documents
            ],
            trust="door",
        )

    def counted(self) -> Mapping[str, int]:
        with self.container.store.snapshot() as uow:
            return uow.counters.read(self.installation.id)

    def is_settled(self) -> bool:
        """Whether nothing waits: no delivery, no recompute, no result."""
        with self.container.store.snapshot() as uow:
            return not (
                uow.inbox.backlog(self.installation.id) or uow.host_events.dirty() or uow.departures.waiting()
            )

    def desired(self, host_event: str = "conf") -> dict[Cell, tuple[int, Any]]:
        """What the host should hold."""
        with self.container.store.snapshot() as uow:
            found = uow.outbox.of_host_event(self.installation.id, host_event, limit=100_000)
        return {
            (each.host_event, each.recipient, each.feature): (each.revision, each.payload) for each in found
        }

    def close(self) -> None:
        self.container.store.dispose()


TOPICS = ("batteries", "hydrogène", "recyclage", "logistique", "quality", "safety", "pricing")


def registrations(first: int, last: int) -> list[dict[str, Any]]:
    """Registrations of attendees with varied interests; the same numbers give the same documents."""
    documents = []
    for number in range(first, last):
        document = a_cloudevent(subject=f"a{number}", id_=f"r{number}")
        document["data"] |= {
            "id": f"a{number}",
            "name": f"Person {number}",
            "organisation": f"Company {number % 17}",
            "interests": [TOPICS[number % 7], TOPICS[(number * 3 + 1) % 7]],
        }
        documents.append(document)
    return documents
