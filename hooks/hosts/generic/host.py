"""The generic host: fulfils ``HostAdapter`` by handing each question to the module that can answer it."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ....plugin.domain.delivery import Delivery
from ....plugin.domain.errors import HostError, InvalidPayload, InvalidSignature
from ....plugin.domain.events import DomainEvent, Hint
from ....plugin.domain.suggestions import Result
from ... import cloudevents, signatures
from ...contract import Capabilities, HostContext, Installation
from . import client
from .configuration import GenericConfiguration, GenericSecrets
from .translate import translate

log = logging.getLogger(__name__)

_PLAIN = re.compile(r"[!-~]{1,120}")
_MOST_REMEMBERED = 1_000


class GenericHost:
    """Any system that speaks CloudEvents."""

    name = "generic"
    capabilities = Capabilities(signed=True, ordered=True, publishes_in_batches=client.LARGEST_BATCH)
    configuration = GenericConfiguration
    secrets = GenericSecrets

    def __init__(self) -> None:
        self._reported: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def verify(self, delivery: Delivery, installation: Installation, *, now: float) -> None:
        """Check the Standard Webhooks signature over the raw body, which must say everything: headers are not signed."""
        secrets = installation.secrets.get("signing_secrets", ())
        signatures.verify(secrets, delivery.headers, delivery.body, now=now)
        if cloudevents.is_binary(delivery.headers):
            # Whoever has seen one signed body could put any event into the headers beside it.
            raise InvalidSignature("ce- headers are not signed: send structured events, or a batch")

    def unpack(self, delivery: Delivery) -> Sequence[Delivery]:
        """Split an HTTP batch; a batch that cannot be split stays whole, and is refused when it is parsed."""
        if cloudevents.media_type(delivery.headers) != cloudevents.BATCH:
            return [delivery]
        try:
            parts = cloudevents.unbatch(delivery.headers, delivery.body)
        except InvalidPayload:
            return [delivery]
        return [replace(delivery, headers=headers, body=body) for headers, body in parts]

    def delivery_key(self, delivery: Delivery) -> str | None:
        """Return source and id of the event; of a body that has none, its hash."""
        identity = cloudevents.identity(delivery.headers, delivery.body)
        if identity is None:
            return "body:" + hashlib.sha256(delivery.body).hexdigest()
        if all(_PLAIN.fullmatch(part) for part in identity):
            return " ".join(identity)
        return "hash:" + hashlib.sha256("\0".join(identity).encode("utf-8", "surrogatepass")).hexdigest()

    def parse(self, delivery: Delivery, installation: Installation) -> Sequence[DomainEvent | Hint]:
        """Read the CloudEvent and translate it by its type."""
        if cloudevents.media_type(delivery.headers) == cloudevents.BATCH:
            cloudevents.unbatch(delivery.headers, delivery.body)
            raise InvalidPayload("a batch has to be taken apart before it is read")
        cloudevent = cloudevents.read(delivery.headers, delivery.body)
        heard = translate(cloudevent, tie=self.delivery_key(delivery) or "", received_at=delivery.received_at)
        self._report(delivery.installation_id, heard.unknown)
        return heard.domain_events

    def fetch(self, hint: Hint, context: HostContext) -> Sequence[DomainEvent]:
        """Nothing: deliveries say everything themselves."""
        return ()

    def reconcile(self, since: float | None, context: HostContext) -> Iterable[Hint | DomainEvent]:
        """Nothing: there is no address to ask."""
        return ()

    def publish(self, results: Sequence[Result], context: HostContext) -> Sequence[HostError | None]:
        """Post to the callback, write to the topic, or both; with neither, results wait to be pulled."""
        return client.publish(results, context)

    def check(self, context: HostContext) -> str:
        """Post an empty signed batch and ask the brokers for the topic."""
        return client.check(context)

    def _report(self, installation_id: str, unknown: Sequence[str]) -> None:
        """Say once per process and installation which keys were kept out; their values are nobody's business."""
        if not unknown:
            return
        with self._lock:
            new = [key[:80] for key in unknown[:20] if (installation_id, key[:80]) not in self._reported]
            if not new or len(self._reported) >= _MOST_REMEMBERED:
                return
            self._reported.update((installation_id, key) for key in new)
        log.warning("unknown keys are kept out", extra={"installation_id": installation_id, "keys": new})
