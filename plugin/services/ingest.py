"""The corridor behind both doors: prove, store raw, ring. Nothing is parsed here, so nothing can be poison here.

The commit and the bell are not atomic: a crash between the two leaves deliveries without a bell, which the sweeper
finds within seconds.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ...hooks.contract import HostAdapter, Installation
from ..domain.delivery import Delivery
from ..domain.errors import Backpressure, UnknownHost
from .ports import Services, UnitOfWork

Trust = Literal["verify", "door"]

BACKLOG_CHECK_SECONDS = 1.0
"""How old the known backlog may be: counting it for every delivery would cost more than the delivery."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of deliveries that were accepted together."""

    accepted: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class Proved:
    """Deliveries of one installation that may be stored, each under its key."""

    installation_id: str
    keyed: tuple[tuple[bytes, Delivery], ...]


def accept(
    services: Services, installation: Installation, deliveries: Sequence[Delivery], *, trust: Trust
) -> Receipt:
    """Store deliveries once each, in one commit, then ring.

    ``trust`` is said by the door in code, never by anything in a request: ``verify`` proves each delivery by the
    host's own signature, ``door`` takes the door's word (a configured topic, a file that the operator named).
    Raises ``InvalidSignature`` (nothing is stored) or ``Backpressure``.
    """
    proved = prove(services, installation, deliveries, trust=trust)
    with services.store.begin() as unit:
        receipt = store(unit, proved)
    services.queue.ring("process", installation.id)
    return receipt


def prove(
    services: Services, installation: Installation, deliveries: Sequence[Delivery], *, trust: Trust
) -> Proved:
    """Check signatures, split batches and find the keys; touches no database but for the backlog, now and then."""
    adapter = services.hosts.get(installation.host)
    if adapter is None:
        raise UnknownHost(
            f"no plugin provides the host {installation.host!r} of installation {installation.id}"
        )
    _slow_down_when_full(services, installation.id)
    if trust == "verify":
        now = services.clock()
        for delivery in deliveries:
            adapter.verify(delivery, installation, now=now)
    keyed = tuple(
        (_key(adapter, single), single) for delivery in deliveries for single in adapter.unpack(delivery)
    )
    return Proved(installation.id, keyed)


def store(unit: UnitOfWork, proved: Proved) -> Receipt:
    """Put proved deliveries into the inbox, within the caller's transaction; the caller rings after its commit."""
    new = unit.inbox.add_many(proved.keyed)
    seen = len(proved.keyed) - new
    unit.counters.add(proved.installation_id, received=len(proved.keyed), duplicates=seen)
    return Receipt(new, seen)


def _key(adapter: HostAdapter, delivery: Delivery) -> bytes:
    """Hash the key: short for the index, and it holds nothing personal. A hint gets one that no other can have."""
    key = adapter.delivery_key(delivery)
    if key is None:
        return secrets.token_bytes(16)
    whole = f"{delivery.installation_id}\0{key}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(whole, digest_size=16).digest()


class _Backlogs:
    """What each installation had waiting when it was last counted in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: dict[str, tuple[float, int]] = {}

    def of(self, services: Services, installation_id: str) -> int:
        now = services.clock()
        with self._lock:
            at, waiting = self._counted.get(installation_id, (0.0, 0))
            if 0 <= now - at < BACKLOG_CHECK_SECONDS:
                return waiting
            self._counted[installation_id] = (now, waiting)
        with services.store.snapshot() as unit:
            waiting = unit.inbox.backlog(installation_id)
        with self._lock:
            self._counted[installation_id] = (now, waiting)
        return waiting


_backlogs = _Backlogs()


def _slow_down_when_full(services: Services, installation_id: str) -> None:
    waiting = _backlogs.of(services, installation_id)
    if waiting >= services.limits.backlog:
        raise Backpressure(f"{waiting} deliveries are waiting; try again shortly", retry_after=5.0)
