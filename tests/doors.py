"""A web door over a real store, with a clock and a queue that tests hold in their hands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from builders import NOON, SECRET, a_cloudevent, signed
from flask.testing import FlaskClient
from migrated import lay_database
from werkzeug.test import TestResponse

from entremise.hooks.contract import Installation
from entremise.plugin.bootstrap import Container, build_container
from entremise.plugin.jobs import run_bells
from entremise.plugin.services.installations import create
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue
from entremise.webhooks import create_app


@dataclass
class Clock:
    """Stands still until it is told to move."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


@dataclass
class Door:
    """The web door with one installation of the generic host."""

    container: Container
    client: FlaskClient
    installation: Installation
    clock: Clock
    sent: int = field(default=0)

    def post(self, content: Any = None, *, body: bytes | None = None, **changes: Any) -> TestResponse:
        """Post a signed delivery; keywords replace headers (``None`` leaves one out)."""
        self.sent += 1
        raw = json.dumps(a_cloudevent() if content is None else content).encode() if body is None else body
        headers: dict[str, str | None] = {"content-type": "application/cloudevents+json"}
        headers |= signed(raw, message=f"msg_{self.sent}", at=self.clock.now)
        headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        return self.client.post(
            f"/hosts/{self.installation.id}/deliveries", data=raw, headers=_given(headers)
        )

    def reopen(self) -> None:
        """Open the door anew, as another process would: nothing is remembered of any installation."""
        self.client = create_app(self.container).test_client()

    def work(self) -> int:
        """Run every job that was rung for, here and now."""
        return run_bells(self.container)

    def counters(self) -> Mapping[str, int]:
        with self.container.store.snapshot() as uow:
            return uow.counters.read(self.installation.id)

    def backlog(self) -> int:
        with self.container.store.snapshot() as uow:
            return uow.inbox.backlog(self.installation.id)


def _given(headers: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if value is not None}


@contextmanager
def a_container(home: Path, *, plugins: tuple[object, ...] = (), **environ: str) -> Iterator[Container]:
    """Build a container over a database in ``home``, with a memory queue and a clock at noon."""
    lay_database(home)
    settings = Settings.from_environment({"ENTREMISE_HOME": str(home), **environ})
    container = replace(
        build_container(settings, queue=MemoryQueue(), plugins=plugins),
        clock=Clock(),
        pause=lambda _seconds: None,
    )
    try:
        yield container
    finally:
        container.store.dispose()


@contextmanager
def a_door(home: Path, *, plugins: tuple[object, ...] = (), **environ: str) -> Iterator[Door]:
    """Open the door with one active installation."""
    with a_container(home, plugins=plugins, **environ) as container:
        made = create(
            container, host="generic", name="Test", config={}, secrets={"signing_secrets": [SECRET]}
        )
        assert isinstance(container.clock, Clock)
        client = create_app(container).test_client()
        yield Door(container, client, made.installation, container.clock)


@contextmanager
def a_door_again(home: Path, installation: Installation) -> Iterator[Door]:
    """Open the door over what is in ``home`` already."""
    with a_container(home) as container:
        assert isinstance(container.clock, Clock)
        yield Door(container, create_app(container).test_client(), installation, container.clock)
