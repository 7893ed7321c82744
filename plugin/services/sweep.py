"""Closes every gap between the store and the bells: what is left undone without a bell is rung for again.

The clock process calls ``Sweeper.sweep`` about once a second. Losing the queue, a job or a worker therefore costs
seconds, and never a delivery.
"""

from __future__ import annotations

import logging

from . import leaving, removal
from .ports import Job, Services
from .privacy import recompute_lease
from .vectors import SPACE, TextEncoder
from .working import is_gone

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 2.5
"""How long work may be due with nobody at it before its bell counts as lost. With a pass a second: under 5 s."""
EXPIRE_EVERY_SECONDS = 300.0

Bell = tuple[Job, tuple[str, ...]]


class Sweeper:
    """Remembers since when each piece of work has been waiting without a worker."""

    def __init__(self) -> None:
        self._alone_since: dict[Bell, float] = {}
        self._expired_at = 0.0
        self._has_begun = False

    def sweep(self, services: Services) -> list[Bell]:
        """Make one pass; return the bells that had been lost and were rung again."""
        now = services.clock()
        self._free_dead_leases(services)
        if not self._has_begun:
            self._has_begun = True
            _soil_for_another_encoder(services)
        wanted = _wanted(services)
        held = _held(services)
        again = []
        for bell, lease in wanted.items():
            job, arguments = bell
            if lease in held:
                self._alone_since.pop(bell, None)
                continue
            since = self._alone_since.setdefault(bell, now)
            lost = now - since >= PATIENCE_SECONDS
            services.queue.ring(job, *arguments, again=lost)
            if lost:
                again.append(bell)
                self._alone_since[bell] = now
        self._alone_since = {bell: since for bell, since in self._alone_since.items() if bell in wanted}
        if now - self._expired_at >= EXPIRE_EVERY_SECONDS:
            _expire(services)
            self._expired_at = now
        return again

    def _free_dead_leases(self, services: Services) -> None:
        """A worker of this machine that was killed cannot release its leases: do it, instead of waiting for them."""
        with services.store.snapshot() as unit:
            gone = [lease for lease in unit.leases.current(now=services.clock()) if is_gone(lease.owner)]
        if gone:
            with services.store.begin() as unit:
                for lease in gone:
                    unit.leases.release(lease)


def _soil_for_another_encoder(services: Services) -> None:
    """Have everything encoded anew that was encoded by another encoder than the one that is in use now."""
    try:
        encoder = TextEncoder(services.plugins).name
    except Exception:  # the one edge between a strange encoder and our work
        log.exception("the encoder does not say its name")
        return
    with services.store.begin() as unit:
        for installation_id, ref in unit.host_events.outdated(SPACE, encoder):
            host_event = unit.host_events.get(installation_id, ref)
            if host_event is None or host_event.ends_at is None or host_event.ends_at > services.clock():
                unit.host_events.soil(installation_id, ref)


def _wanted(services: Services) -> dict[Bell, str]:
    """Return every piece of work that is due, with the name of the lease under which it is done."""
    now = services.clock()
    wanted: dict[Bell, str] = {}
    with services.store.snapshot() as unit:
        for one in unit.inbox.waiting_installations():
            wanted["process", (one,)] = f"process:{one}"
        for one in unit.refetches.waiting_installations(now=now):
            wanted["look_up", (one,)] = f"look_up:{one}"
        for one in unit.departures.due_installations(now=now):
            wanted["write_back", (one,)] = f"write_back:{one}"
        for one, host_event in unit.host_events.dirty():
            wanted["recompute", (one, host_event)] = recompute_lease(one, host_event)
        reconciling = unit.refetches.reconciliations()
        for installation in unit.installations.list():
            adapter = services.hosts.get(installation.host)
            if installation.status != "active" or adapter is None:
                continue
            if adapter.capabilities.reconcile_every is not None and now >= reconciling.get(
                installation.id, 0.0
            ):
                wanted["look_up", (installation.id,)] = f"look_up:{installation.id}"
    return wanted


def _held(services: Services) -> frozenset[str]:
    with services.store.snapshot() as unit:
        return frozenset(lease.name for lease in unit.leases.current(now=services.clock()))


def _expire(services: Services) -> None:
    now = services.clock()
    more = True
    while more:  # some thousands at a time, so that the doors get their turn between them
        with services.store.begin() as unit:
            more = unit.inbox.expire(before=now - services.limits.keep_raw_seconds) > 0
    with services.store.begin() as unit:
        unit.dead_letters.expire(before=now - services.limits.keep_dead_seconds)
        unit.requests.expire(before=now - services.limits.keep_raw_seconds)
    leaving.expire(services)
    removal.sweep_up(services)
    # Each time, and not only after emptying: an erasure may have found a reader in the way.
    services.store.scrub()
