"""The host adapter: results come back into the platform's own database. Inbound it speaks like the generic host."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from marshmallow import Schema, fields

from entremise.hooks import (
    Delivery,
    DomainEvent,
    Hint,
    HostAdapter,
    HostContext,
    HostError,
    HostUnavailable,
    Installation,
    InvalidSignature,
    Result,
    hookimpl,
)
from entremise.hooks.hosts.generic.host import GenericHost

from .deliveries import messages
from .people import People

HEADERS = {"content-type": "application/cloudevents+json"}
MINUTES = 60.0


class Configuration(Schema):
    """Where the platform keeps its tickets, and where its settings page is."""

    database = fields.String(required=True)
    settings_page = fields.String()


class Secrets(Schema):
    """None: host and plugin share a process."""


class GuichetHost(GenericHost):
    """The platform, as entremise sees it."""

    name = "guichet"
    capabilities = dataclasses.replace(GenericHost.capabilities, reconcile_every=5 * MINUTES)
    configuration = Configuration
    secrets = Secrets

    def verify(self, delivery: Delivery, installation: Installation, *, now: float) -> None:
        """Refuse what comes over HTTP: this host speaks from inside the process only."""
        raise InvalidSignature("nothing is delivered to this installation over HTTP")

    def reconcile(self, since: float | None, context: HostContext) -> Iterable[Hint | DomainEvent]:
        """Say everything again, in case the process ended between a ticket and its message."""
        installation = context.installation
        for ticket in _people(installation).everybody():
            for body in messages(ticket):
                said = Delivery(installation.id, "reconcile", HEADERS, body, context.now)
                yield from self.parse(said, installation)

    def publish(self, results: Sequence[Result], context: HostContext) -> Sequence[HostError | None]:
        """Hold the results beside the tickets; a withdrawal takes them away."""
        people = _people(context.installation)
        for result in results:
            try:
                people.hold(result.recipient, result.feature, result.revision, result.payload)
            except sqlite3.Error as error:
                raise HostUnavailable(str(error)) from error
        return [None] * len(results)

    def check(self, context: HostContext) -> str:
        """Count the tickets."""
        return f"{len(_people(context.installation).everybody())} tickets in the platform's database"


def _people(installation: Installation) -> People:
    return People(Path(installation.config["database"]))


@hookimpl
def entremise_register_host() -> HostAdapter:
    """Called by entremise, which has this module as a plugin."""
    return GuichetHost()
