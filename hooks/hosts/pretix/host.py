"""The adapter for pretix: a webhook is only a hint, the truth is read with our own token."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ....plugin.domain.delivery import Delivery
from ....plugin.domain.errors import HostError
from ....plugin.domain.events import DomainEvent, Hint
from ....plugin.domain.suggestions import Result
from ...contract import Capabilities, HostContext, Installation
from . import publishing, reconciling
from .checking import describe
from .client import PretixClient
from .configuration import PretixConfiguration, PretixSecrets
from .profile import needs_labels
from .translate import Named, Rules, gone, read_host_event, read_order, read_webhook


class PretixHost:
    """Fulfils ``HostAdapter`` by delegating to the files beside this one."""

    name = "pretix"
    capabilities = Capabilities(
        signed=False,
        ordered=True,
        publishes_in_batches=20,
        reconcile_every=120.0,
        unsupported={
            "FeedbackGiven": "pretix has no place to say it; people answer on their personal page",
            "OptOutChanged": "people leave on their personal page",
            "HostEventCancelled": "pretix answers the same for a deleted event and for one the token may not see",
            "ProfileUpdated": "an order is read as a whole: answers come with the registration",
        },
    )
    configuration = PretixConfiguration
    secrets = PretixSecrets

    def verify(self, delivery: Delivery, installation: Installation, *, now: float) -> None:
        """Pretix signs nothing: the unguessable part of the address was the proof, and a hint is all it proves."""

    def unpack(self, delivery: Delivery) -> Sequence[Delivery]:
        return [delivery]

    def delivery_key(self, delivery: Delivery) -> str | None:
        return None

    def parse(self, delivery: Delivery, installation: Installation) -> Sequence[DomainEvent | Hint]:
        config = installation.config
        named = read_webhook(
            delivery.body, organizer=config.get("organizer", ""), chosen=config.get("events", ())
        )
        return [named.hint()]

    def fetch(self, hint: Hint, context: HostContext) -> Sequence[DomainEvent]:
        named = Named.read(hint)
        rules, client = _opened(context)
        slug, chosen = named.host_event, context.installation.config.get("events", ())
        if chosen and slug not in chosen:
            return []  # the operator has chosen anew since the webhook came
        if named.code is None:
            found = client.event(slug)
            return [read_host_event(found, client.organizer, client.languages(slug), seen_at=context.now)]
        order = client.order(slug, named.code)
        known = context.known_refs(slug, f"{named.code}-")
        if order is None:
            return gone(known, slug, seen_at=context.now)
        questions = client.questions(slug) if needs_labels(order["positions"], rules.form) else {}
        return list(read_order(order, slug, rules, questions, known=known, seen_at=context.now))

    def reconcile(self, since: float | None, context: HostContext) -> Iterable[Hint | DomainEvent]:
        rules, client = _opened(context)
        return reconciling.reconcile(since, context, client, rules)

    def publish(self, results: Sequence[Result], context: HostContext) -> Sequence[HostError | None]:
        rules, client = _opened(context)
        return publishing.publish(results, context, client, rules.form)

    def check(self, context: HostContext) -> str:
        rules, client = _opened(context)
        return describe(context, client, rules)


def _opened(context: HostContext) -> tuple[Rules, PretixClient]:
    rules = Rules.of(context.installation.config)
    return rules, PretixClient(context, rules.form)
