"""Looks up at the host what its unsigned deliveries hinted at, and now and then what it never announced."""

from __future__ import annotations

import logging

from ...hooks.contract import HostAdapter, Installation
from ..domain.errors import HostError, HostRejected, HostUnauthorized, HostUnavailable
from ..domain.events import DomainEvent, Hint
from ..domain.identifiers import new_id
from .border import host_context, opened, pause, retry_at
from .handlers import Applied, apply_events, ring_after
from .ports import DeadLetter, Lease, Services
from .working import BUSY_SECONDS, leased

LEASE_SECONDS = 60.0
OBJECTS_AT_ONCE = 50
HINTS_AT_ONCE = 200
OVERLAP_SECONDS = 60.0
"""Reconciling looks this much further back than the last time, for hosts whose clock or commits lag."""

log = logging.getLogger(__name__)


def look_up(services: Services, installation_id: str) -> None:
    """Fetch hinted objects, then reconcile if it is time; returns when nothing is due or after ``BUSY_SECONDS``."""
    with leased(services, f"look_up:{installation_id}", LEASE_SECONDS) as lease:
        installation = opened(services, installation_id)
        if lease is None or installation is None:
            return
        adapter = services.hosts[installation.host]
        try:
            _fetch_due(services, lease, adapter, installation)
            if reconcile_due(services, adapter, installation_id):
                _reconcile(services, lease, adapter, installation)
                _fetch_due(services, lease, adapter, installation)
        except HostUnauthorized as error:
            pause(services, installation_id, str(error))
            return
        except HostUnavailable:
            log.warning("host unavailable", extra={"installation": installation_id})
            return
    with services.store.snapshot() as unit:
        left = unit.refetches.due(installation_id, 1, now=services.clock())
    if left:
        services.queue.ring("look_up", installation_id)


def reconcile_due(services: Services, adapter: HostAdapter, installation_id: str) -> bool:
    """Whether the host has things that it never announces, and it is time to ask."""
    every = adapter.capabilities.reconcile_every
    if every is None:
        return False
    with services.store.snapshot() as unit:
        _, due = unit.refetches.reconciliation(installation_id)
    return services.clock() >= due


def _fetch_due(services: Services, lease: Lease, adapter: HostAdapter, installation: Installation) -> None:
    until = services.clock() + BUSY_SECONDS
    while services.clock() < until:
        with services.store.begin() as unit:
            unit.leases.hold(lease, now=services.clock(), seconds=LEASE_SECONDS)
            due = unit.refetches.due(installation.id, OBJECTS_AT_ONCE, now=services.clock())
        if not due:
            return
        for place, (key, version, attempts) in enumerate(due):
            try:
                _fetch(services, lease, adapter, installation, key, version, attempts)
            except HostUnavailable as error:
                _leave_in_peace(services, installation.id, [other for other, _, _ in due[place + 1 :]], error)
                raise


def _fetch(
    services: Services, lease: Lease, adapter: HostAdapter, installation: Installation,
    key: str, version: int, attempts: int,
) -> None:  # fmt: skip
    applied: Applied | None = None
    try:
        happened = list(adapter.fetch(Hint(key), host_context(services, installation)))
    except HostUnavailable as error:
        with services.store.begin() as unit:
            until = retry_at(error, attempts, now=services.clock())
            unit.refetches.postpone(installation.id, key, until=until)
            unit.counters.add(installation.id, host_failures=1)
        if error.retry_after is not None:
            raise  # the host asked for quiet: no further object is tried now
        return
    except HostUnauthorized:
        raise
    except HostError as error:
        _give_up(services, installation.id, key, error)
        return
    with services.store.begin() as unit:
        unit.leases.hold(lease, now=services.clock(), seconds=LEASE_SECONDS)
        applied = apply_events(unit, services.vault, installation.id, happened, now=services.clock())
        unit.refetches.done(installation.id, key, version)
        unit.counters.add(installation.id, looked_up=1)
    ring_after(services, installation.id, applied)


def _leave_in_peace(
    services: Services, installation_id: str, keys: list[str], error: HostUnavailable
) -> None:
    """Ask for none of these before the moment that the host named."""
    with services.store.begin() as unit:
        for key in keys:
            unit.refetches.postpone(installation_id, key, until=retry_at(error, 0, now=services.clock()))


def _give_up(services: Services, installation_id: str, key: str, error: HostError) -> None:
    now = services.clock()
    kind = "refused" if isinstance(error, HostRejected) else "failed"
    letter = DeadLetter(
        id=new_id(now), installation_id=installation_id, kind="result", at=now, field=key,
        reason=f"looking it up {kind}: {error}",
    )  # fmt: skip
    with services.store.begin() as unit:
        unit.dead_letters.add(letter)
        unit.refetches.drop(installation_id, key)


def _reconcile(services: Services, lease: Lease, adapter: HostAdapter, installation: Installation) -> None:
    started = services.clock()
    every = adapter.capabilities.reconcile_every or 0.0
    with services.store.snapshot() as unit:
        last, _ = unit.refetches.reconciliation(installation.id)
    since = None if last is None else last - OVERLAP_SECONDS
    found: list[Hint | DomainEvent] = []
    try:
        for one in adapter.reconcile(since, host_context(services, installation)):
            found.append(one)
            if len(found) >= HINTS_AT_ONCE:
                _take_in(services, lease, installation.id, found)
                found = []
    except HostUnauthorized:
        raise
    except HostError as error:
        # What was found so far is good; the rest is asked for again, but not at once.
        log.warning(
            "reconciling failed", extra={"installation": installation.id, "error": type(error).__name__}
        )
        asked = error.retry_after if isinstance(error, HostUnavailable) else None
        _take_in(services, lease, installation.id, found, due=services.clock() + max(asked or 0.0, every / 2))
        return
    _take_in(services, lease, installation.id, found, reconciled_at=started, due=started + every)


def _take_in(
    services: Services, lease: Lease, installation_id: str, found: list[Hint | DomainEvent],
    *, reconciled_at: float | None = None, due: float | None = None,
) -> None:  # fmt: skip
    with services.store.begin() as unit:
        unit.leases.hold(lease, now=services.clock(), seconds=LEASE_SECONDS)
        now = services.clock()
        happened = [one for one in found if isinstance(one, DomainEvent)]
        applied = apply_events(unit, services.vault, installation_id, happened, now=now)
        unit.refetches.ask(installation_id, [one.object for one in found if isinstance(one, Hint)], now=now)
        if due is not None:
            unit.refetches.reconciled(installation_id, at=reconciled_at, due=due)
    ring_after(services, installation_id, applied)
