"""What a host adapter is, and what entremise hands to it.

An adapter translates at the border and holds no state of ours: deliveries in (``verify``, ``delivery_key``,
``unpack``, ``parse``, ``fetch``), results out (``publish``). It never touches the database or the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from marshmallow import Schema

from ..plugin.domain.delivery import Delivery
from ..plugin.domain.errors import HostError
from ..plugin.domain.events import DomainEvent, Hint
from ..plugin.domain.suggestions import Result
from .outbound import Outbound


@dataclass(frozen=True, slots=True)
class Installation:
    """One host that uses this service: a tenant.

    ``config`` holds what the operator set (addresses, mappings), ``secrets`` what must not be shown; both were
    validated by the adapter's ``configuration`` and ``secrets`` schemas. ``settings_owner`` is ``host`` where the
    host's own settings page owns the switches.
    """

    id: str
    host: str
    name: str
    config: Mapping[str, Any]
    secrets: Mapping[str, Any] = field(repr=False)
    settings_owner: Literal["service", "host"] = "service"
    status: Literal["active", "paused", "disabled"] = "active"
    paused_because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a host can do; shown by ``entremise hosts`` and checked by the contract suite.

    ``signed``: deliveries prove where they come from. ``ordered``: the host gives versions or times; without them
    the last accepted delivery wins. ``publishes_in_batches``: the most results that one ``publish`` call takes.
    ``reconcile_every``: seconds between two ``reconcile`` calls, for what the host never announces; ``None`` = never.
    ``unsupported``: names of domain events that this host cannot produce, each with the reason.
    """

    signed: bool
    ordered: bool
    publishes_in_batches: int = 1
    reconcile_every: float | None = None
    unsupported: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HostContext:
    """What an adapter may use while it talks to its host.

    ``personal_link(host_event, ref)`` returns the signed address of a person's own page; ``known_refs(host_event,
    prefix)`` the attendees of the host event whose key begins so, for hosts that only name an order. ``now`` is the
    moment of this call.
    """

    installation: Installation
    http: Outbound
    personal_link: Callable[[str, str], str]
    now: float
    known_refs: Callable[[str, str], Sequence[str]] = lambda _host_event, _prefix: ()


class HostAdapter(Protocol):
    """One kind of host. Methods may be called from several threads and processes; keep no state between calls."""

    name: str
    capabilities: Capabilities
    configuration: type[Schema]
    secrets: type[Schema]

    def verify(self, delivery: Delivery, installation: Installation, *, now: float) -> None:
        """Prove that the raw bytes come from this installation's host, or raise ``InvalidSignature``.

        Called by the webhook door only, before anything is parsed or stored. A host that signs nothing is proved
        by the unguessable last part of its address, which the door has checked already.
        """

    def unpack(self, delivery: Delivery) -> Sequence[Delivery]:
        """Split a verified batch into single deliveries; most adapters return ``[delivery]``. Never raises."""

    def delivery_key(self, delivery: Delivery) -> str | None:
        """Return what makes this delivery the same as another one, at most 255 characters; never raises.

        ``None`` means that it is only a hint: it never occupies a key.
        """

    def parse(self, delivery: Delivery, installation: Installation) -> Sequence[DomainEvent | Hint]:
        """Validate and translate; pure, no network.

        ``installation`` comes without its secrets: its ``config`` says how the operator maps questions to facets.

        Raises ``InvalidPayload`` naming the field, or ``UnsupportedDelivery`` for kinds that nobody needs.
        """

    def fetch(self, hint: Hint, context: HostContext) -> Sequence[DomainEvent]:
        """Look up what a hint names, with the installation's own credential. Raises ``HostError``."""

    def reconcile(self, since: float | None, context: HostContext) -> Iterable[Hint | DomainEvent]:
        """Yield what may have changed at the host since then (``None`` = everything). Raises ``HostError``."""

    def publish(self, results: Sequence[Result], context: HostContext) -> Sequence[HostError | None]:
        """Bring the host to these results; one answer each, in order (``None`` = the host holds it now).

        A result whose payload is ``None`` is a withdrawal. Must be idempotent by ``idempotency_key``. May raise a
        ``HostError`` for the whole batch instead.
        """

    def check(self, context: HostContext) -> str:
        """Say in one line that the host answers and the credential suffices, or raise ``HostError`` (``doctor``)."""
