"""A whole service for tests: real store, real services, bells that run in this thread, a shelf for a host."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from builders import NOON
from shelf import Shelf, ShelfPlugin

from entremise.hooks.contract import Installation
from entremise.plugin.bootstrap import Container, build_container
from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.domain.model import stamp
from entremise.plugin.jobs import run_bells
from entremise.plugin.services import ingest
from entremise.plugin.services.installations import create
from entremise.plugin.services.switches import change
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue

SWITCHES = {"peers.enabled": False, "experts.enabled": False, "mentorship.publication": "automatic"}
"""Connections and pairings alone, and no organiser who publishes."""


@dataclass
class World:
    """One service with one installation, and a clock that only moves when told."""

    services: Container
    installation: Installation
    shelf: Shelf
    time: list[float]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def deliver(
        self, kind: str, *, key: str | None = None, at: float | None = None, **document: Any
    ) -> ingest.Receipt:
        """Have one delivery accepted; ``at`` is the moment that the host says, seconds after noon."""
        key = key or f"k{next(self.numbers)}"
        if at is not None:
            document["stamp"] = stamp(at=NOON + at, tie=key)
        body = json.dumps({"kind": kind, **document}).encode()
        return self.deliver_raw(body, key=key)

    def deliver_raw(self, body: bytes, *, key: str | None) -> ingest.Receipt:
        """Have bytes accepted as they are; without a key they are a hint."""
        headers = {} if key is None else {"id": key}
        delivery = Delivery(self.installation.id, "webhook", headers, body, self.time[0])
        return ingest.accept(self.services, self.installation, [delivery], trust="verify")

    def register(self, ref: str, *, at: float = 0, host_event: str = "conf", **profile: Any) -> None:
        """Have somebody registered who agreed to everything and shows everything."""
        consent = profile.pop("consent", {"matching": True, "mentoring": True, "presence": True})
        visible = ["organisation", "title", "interests", "challenges", "goals", "offers", "needs", "bio"]
        document = {"name": ref.upper(), "languages": ["fr"], "interests": ["tea"], "consent": consent}
        self.deliver(
            "AttendeeRegistered", at=at, host_event=host_event, attendee=ref,
            profile={"visible": visible, **document, **profile},
        )  # fmt: skip

    def work(self) -> int:
        """Do everything that bells ask for now."""
        return run_bells(self.services)

    def counted(self) -> dict[str, int]:
        with self.services.store.snapshot() as unit:
            return dict(unit.counters.read())


def make_world(home: Path, database_url: str = "sqlite://") -> World:
    """Open a service that suggests connections and pairs mentors, so that everybody's results are easily counted."""
    shelf = Shelf()
    time = [NOON]
    settings = Settings.from_environment({"ENTREMISE_HOME": str(home), "DATABASE_URL": database_url})
    services = build_container(settings, queue=MemoryQueue(), plugins=[ShelfPlugin(shelf)])
    services = replace(services, clock=lambda: time[0], pause=lambda _seconds: None)
    installation = create(services, host="shelf", name="A shelf", config={}, secrets={}).installation
    change(
        services, installation.id, "system", "", values=SWITCHES,
        expected_version=0, actor="test",
    )  # fmt: skip
    return World(services, installation, shelf, time)
