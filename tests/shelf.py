"""A host that is a shelf: deliveries are domain events in JSON, results are laid on the shelf, failures can be set.

It comes in through the same hook as every host, so services are tested without HTTP but with a real adapter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema

from entremise.hooks.contract import Capabilities, HostContext, Installation
from entremise.hooks.markers import hookimpl
from entremise.plugin.domain import events
from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.domain.errors import HostError, InvalidPayload, InvalidSignature, UnsupportedDelivery
from entremise.plugin.domain.events import DomainEvent, Hint
from entremise.plugin.domain.model import Profile
from entremise.plugin.domain.suggestions import Result


class Nothing(Schema):
    """No configuration at all."""


@dataclass
class Shelf:
    """The adapter, with what it holds and what it should do wrong next."""

    name: str = "shelf"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(signed=True, ordered=True, publishes_in_batches=10)
    )
    configuration: type[Schema] = Nothing
    secrets: type[Schema] = Nothing
    held: dict[tuple[str, str, str], Result] = field(default_factory=dict)
    effects: list[str] = field(default_factory=list)
    failures: list[HostError | None] = field(default_factory=list)
    refuses: dict[str, HostError] = field(default_factory=dict)
    objects: dict[str, Sequence[DomainEvent]] = field(default_factory=dict)
    found: list[Hint | DomainEvent] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    reconcile_failures: list[HostError] = field(default_factory=list)
    reconciled: int = 0

    def verify(self, delivery: Delivery, installation: Installation, *, now: float) -> None:
        if delivery.headers.get("signature") == "forged":
            raise InvalidSignature("the signature does not fit")

    def unpack(self, delivery: Delivery) -> Sequence[Delivery]:
        return [delivery]

    def delivery_key(self, delivery: Delivery) -> str | None:
        return delivery.headers.get("id")

    def parse(self, delivery: Delivery, installation: Installation) -> Sequence[DomainEvent | Hint]:
        try:
            document = json.loads(delivery.body)
        except ValueError as error:
            raise InvalidPayload("the body is not JSON", field="body") from error
        kind = document.pop("kind", None)
        if kind == "defect":
            raise ZeroDivisionError
        if kind == "boring":
            raise UnsupportedDelivery("nobody needs this")
        if kind == "hint":
            return [Hint(document["object"])]
        if "profile" in document:
            document["profile"] = Profile.from_dict(document["profile"])
        return [getattr(events, kind)(**document)]

    def fetch(self, hint: Hint, context: HostContext) -> Sequence[DomainEvent]:
        self.looked_up.append(hint.object)
        self._fail()
        return self.objects[hint.object]

    def reconcile(self, since: float | None, context: HostContext) -> Iterable[Hint | DomainEvent]:
        self.reconciled += 1
        if self.reconcile_failures:
            raise self.reconcile_failures.pop(0)
        yield from self.found

    def publish(self, results: Sequence[Result], context: HostContext) -> Sequence[HostError | None]:
        self._fail()
        return [self.refuses.get(result.recipient) or self._lay(result) for result in results]

    def check(self, context: HostContext) -> str:
        return "the shelf is there"

    def _fail(self) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure

    def _lay(self, result: Result) -> None:
        place = (result.host_event, result.recipient, result.feature)
        held = self.held.get(place)
        if held is None or held.revision < result.revision:
            self.held[place] = result
            self.effects.append(result.idempotency_key)

    def shown(self) -> dict[str, Any]:
        """What a visitor of the host would see: payloads by recipient and feature."""
        return {
            f"{recipient}/{feature}": result.payload
            for (_, recipient, feature), result in sorted(self.held.items())
            if result.payload is not None
        }


class ShelfPlugin:
    """Registers one shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    @hookimpl
    def entremise_register_host(self) -> Shelf:
        return self._shelf
