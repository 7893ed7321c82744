"""The Flask extension: everything that an application needs to have entremise in its own process.

The work is done by a thread of the same process, and the truth is in a database of entremise's own below the instance
folder. README.md says what changes when there is a Redis and workers on other machines.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from entremise.hooks import Delivery, Installation
from entremise.plugin.bootstrap import Container, build_container
from entremise.plugin.jobs import run_bells
from entremise.plugin.services import installations, switches
from entremise.plugin.services.addresses import current_address
from entremise.plugin.services.ingest import accept
from entremise.plugin.services.ports import Job, TokenRecord
from entremise.plugin.services.sweep import Sweeper
from entremise.plugin.services.switches import Switchboard
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue
from entremise.webhooks import blueprint

from . import adapter
from .adapter import HEADERS
from .deliveries import EVENT, announcement, messages
from .people import People, Ticket

PREFIX = "/entremise"

logger = logging.getLogger(__name__)


class Introductions:
    """``Introductions(app)`` mounts entremise below ``/entremise`` and connects it with the platform's people."""

    def __init__(self, app: Flask, people: People) -> None:
        home = Path(app.instance_path) / "entremise"
        environ = {
            "ENTREMISE_HOME": str(home),
            "ENTREMISE_PUBLIC_URL": app.config["PUBLIC_URL"] + PREFIX,
        }
        self._bells = _Bells()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self.container: Container = build_container(
            Settings.from_environment(environ), queue=self._bells, plugins=[adapter]
        )
        self.installation = self._own_installation(app, people)
        app.register_blueprint(blueprint(self.container, url_prefix=PREFIX))
        app.extensions["introductions"] = self
        self._tell(announcement(app.config["EVENT_NAME"], app.config["LANGUAGES"]))

    def about(self, ticket: Ticket) -> None:
        """Tell entremise how a ticket is now. Returns once that is stored; the work is done elsewhere."""
        self._tell(*messages(ticket))

    def personal_page(self, ticket: Ticket) -> str:
        """The signed address of the person's own page."""
        return current_address(self.container, self.installation.id, EVENT, ticket.ref)

    def switchboard(self) -> Switchboard:
        """What is switched on for the event, and which settings hold."""
        return switches.show(self.container, self.installation.id, "host_event", EVENT)

    def switch(self, values: Mapping[str, Any], *, version: int) -> None:
        """Replace the event's settings; raises ``InvalidPayload`` (naming the key) or ``Stale``."""
        ours = TokenRecord(
            "in-process", self.installation.id, frozenset({"settings"}), "guichet", time.time()
        )
        switches.change(
            self.container, self.installation.id, "host_event", EVENT,
            values=values, expected_version=version, actor="the settings page", token=ours,
        )  # fmt: skip

    def work(self) -> int:
        """Do now, on this thread, all that there is to do; return how many jobs ran."""
        return run_bells(self.container)

    def start(self) -> None:
        """Have a thread do the work from now on."""
        self._thread = threading.Thread(target=self._work_on, daemon=True, name="entremise")
        self._thread.start()

    def stop(self) -> None:
        """Let the thread finish what it does, and close the database."""
        self._stopping = True
        if self._thread is not None:
            self._thread.join()
        self.container.store.dispose()

    def _work_on(self) -> None:
        sweeper = Sweeper()
        while not self._stopping:
            self._bells.wait(1.0)
            try:
                sweeper.sweep(self.container)
                self.work()
            except Exception as error:  # noqa: BLE001 - the thread must outlive a failed job; the sweeper rings again
                logger.error("a job failed: %s", type(error).__name__)

    def _own_installation(self, app: Flask, people: People) -> Installation:
        with self.container.store.snapshot() as uow:
            known = [each for each in uow.installations.list() if each.host == "guichet"]
        if known:
            return known[0]
        config = {"database": str(people.path), "settings_page": app.config["PUBLIC_URL"] + "/settings"}
        made = installations.create(
            self.container, host="guichet", name="guichet", config=config, secrets={}, settings_owner="host"
        )
        return made.installation

    def _tell(self, *bodies: bytes) -> None:
        now = time.time()
        told = [Delivery(self.installation.id, "webhook", HEADERS, body, now) for body in bodies]
        # "door": these bytes were made in this very process, there is nothing to prove.
        accept(self.container, self.installation, told, trust="door")


class _Bells(MemoryQueue):
    """Wakes the working thread when somebody rings."""

    def __init__(self) -> None:
        super().__init__()
        self._rung = threading.Event()

    def ring(self, job: Job, *args: str, again: bool = False) -> bool:
        new = super().ring(job, *args, again=again)
        self._rung.set()
        return new

    def wait(self, seconds: float) -> None:
        """Sleep until somebody rings, but no longer than this."""
        self._rung.wait(seconds)
        self._rung.clear()
