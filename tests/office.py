"""The REST API over a real store: a container of the generic host, tenants, and a client that carries a token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from builders import NOON, a_host_event, an_attendee
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from entremise.plugin.bootstrap import Container, build_container
from entremise.plugin.services import installations
from entremise.plugin.services.installations import NewInstallation
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue
from entremise.webhooks import create_app

SUGGESTED = {"language": "en", "suggestions": [{"person": "a2", "name": "B", "rank": 1, "score": 0.7}]}


@dataclass
class Office:
    """One service; ``time`` moves only when told."""

    container: Container
    web: FlaskClient
    time: list[float] = field(default_factory=lambda: [NOON])
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def tenant(self, name: str | None = None, *, host: str = "generic", **more: Any) -> NewInstallation:
        """Add an installation, under a name of its own unless one is given."""
        name = name or f"Tenant {next(self.numbers)}"
        given: dict[str, Any] = {"config": {}, "secrets": {}}
        return installations.create(self.container, host=host, name=name, **given | more)

    def host_event(self, tenant: NewInstallation, ref: str = "conf", **changes: Any) -> None:
        """Have a host event known, its results up to date."""
        with self.container.store.begin() as unit:
            unit.host_events.save(a_host_event(ref, installation=tenant.installation.id, **changes))
            version = unit.host_events.soil(tenant.installation.id, ref)
            unit.host_events.computed(tenant.installation.id, ref, version)

    def attendee(self, tenant: NewInstallation, ref: str, *, host_event: str = "conf") -> None:
        """Have somebody registered."""
        person = an_attendee(ref, host_event=host_event, installation=tenant.installation.id)
        with self.container.store.begin() as unit:
            unit.attendees.save([person], version=1, profile_changed=frozenset({ref}))

    def suggest(
        self, tenant: NewInstallation, payloads: Mapping[str, Any], *, host_event: str = "conf",
        feature: str = "connections",
    ) -> None:  # fmt: skip
        """Have results desired, as a computation leaves them."""
        mentions = {
            ref: [item["person"] for item in (load or {}).get("suggestions", ())]
            for ref, load in payloads.items()
        }
        with self.container.store.begin() as unit:
            unit.outbox.desire(
                tenant.installation.id, host_event, feature, payloads, mentions, now=self.time[0]
            )

    def ask(
        self,
        method: str,
        path: str,
        token: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        """Send one request."""
        given = dict(headers or {})
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        return self.web.open(path, method=method, headers=given, **more)

    def dirty(self) -> set[str]:
        """Return the host events whose results are behind."""
        with self.container.store.snapshot() as unit:
            return {ref for _, ref in unit.host_events.dirty()}


@contextmanager
def an_office(home: Path, database_url: str = "sqlite://", **wiring: Any) -> Iterator[Office]:
    """Open the service; ``wiring`` replaces parts of the container."""
    time = [NOON]
    settings = Settings.from_environment({"ENTREMISE_HOME": str(home), "DATABASE_URL": database_url})
    plugins = wiring.pop("plugins", ())
    container = build_container(settings, queue=MemoryQueue(), plugins=plugins)
    container = replace(container, clock=lambda: time[0], **wiring)
    try:
        yield Office(container, create_app(container).test_client(), time)
    finally:
        container.store.dispose()
