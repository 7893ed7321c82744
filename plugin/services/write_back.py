"""Brings hosts to the newest desired revision of every cell; decides what a refusal means.

One job at a time per installation, so one attempt in flight per cell. A crash between the host's answer and our
commit sends the same revision again under the same idempotency key, and counts it as resent.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ...hooks.contract import HostAdapter, Installation
from ..domain.errors import HostError, HostRejected, HostUnauthorized, HostUnavailable
from ..domain.identifiers import new_id
from .announcements import announce_results
from .border import host_context, opened, pause, retry_at
from .ports import DeadLetter, DueCell, Lease, Services
from .working import BUSY_SECONDS, leased

LEASE_SECONDS = 60.0

log = logging.getLogger(__name__)


def write_back(services: Services, installation_id: str) -> None:
    """Publish what is due; returns when nothing is, the host is away, or after ``BUSY_SECONDS``."""
    with leased(services, f"write_back:{installation_id}", LEASE_SECONDS) as lease:
        installation = opened(services, installation_id)
        if lease is None or installation is None:
            return
        adapter = services.hosts[installation.host]
        until = services.clock() + BUSY_SECONDS
        while services.clock() < until and _batch(services, lease, adapter, installation):
            pass
    with services.store.snapshot() as unit:
        left = unit.departures.due(installation_id, 1, now=services.clock())
    if left:
        services.queue.ring("write_back", installation_id)


def _batch(services: Services, lease: Lease, adapter: HostAdapter, installation: Installation) -> bool:
    """Publish one batch; whether another one is worth trying now."""
    with services.store.begin() as unit:
        unit.leases.hold(lease, now=services.clock(), seconds=LEASE_SECONDS)
        limit = adapter.capabilities.publishes_in_batches
        cells = unit.departures.due(installation.id, limit, now=services.clock())
        if not cells:
            return False
        unit.departures.lock([cell.id for cell in cells])
        unit.departures.attempted([cell.id for cell in cells])
        unit.counters.add(installation.id, resent=sum(cell.attempts > 0 for cell in cells))
    return _settle(services, lease, installation.id, cells, _publish(services, adapter, installation, cells))


def _publish(
    services: Services, adapter: HostAdapter, installation: Installation, cells: Sequence[DueCell]
) -> Sequence[HostError | None]:
    try:
        answers = adapter.publish([cell.result for cell in cells], host_context(services, installation))
    except HostError as error:
        return [error] * len(cells)
    except Exception as error:  # a defect of one adapter must not end the worker again and again
        log.exception("adapter failed to publish", extra={"host": adapter.name})
        return [HostRejected(f"the adapter {adapter.name!r} has a defect: {type(error).__name__}")] * len(
            cells
        )
    if len(answers) != len(cells):
        return [
            HostRejected(f"the adapter {adapter.name!r} has a defect: it answered for another number")
        ] * len(cells)
    return answers


def _settle(
    services: Services, lease: Lease, installation_id: str, cells: Sequence[DueCell],
    answers: Sequence[HostError | None],
) -> bool:  # fmt: skip
    now = services.clock()
    held, letters, away, unauthorized = [], [], False, ""
    with services.store.begin() as unit:
        unit.leases.hold(lease, now=now)
        unit.departures.lock([cell.id for cell in cells])
        for cell, answer in zip(cells, answers, strict=True):
            if answer is None:
                held.append(cell)
            elif isinstance(answer, HostUnauthorized):
                unauthorized = str(answer)
            elif isinstance(answer, HostUnavailable):
                away = True
                unit.departures.postpone(
                    [(cell.id, cell.result.revision)], until=retry_at(answer, cell.attempts, now=now)
                )
            else:
                letters.append(_letter(installation_id, cell, answer, now))
                unit.departures.reject(cell.id, cell.result.revision)
        erased = unit.departures.acknowledge([(cell.id, cell.result.revision) for cell in held])
        for letter in letters:
            unit.dead_letters.add(letter)
        failures = len(cells) - len(held)
        unit.counters.add(installation_id, written_back=len(held), host_failures=failures)
    if erased:
        services.store.scrub()
    if unauthorized:
        pause(services, installation_id, unauthorized)
    announce_results(services, [cell.result for cell in held])
    return not (unauthorized or away)


def _letter(installation_id: str, cell: DueCell, error: HostError, now: float) -> DeadLetter:
    return DeadLetter(
        id=new_id(now), installation_id=installation_id, kind="result", reason=str(error), field=None, at=now,
        outbox_id=cell.id,
    )  # fmt: skip
