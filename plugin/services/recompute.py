"""Works out a host event's results once, from one moment, and commits them with their outbox cells.

One pass a job: what changes while it runs raises ``dirty_version`` further and rings again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..domain.model import HostEvent
from ..domain.plans import PLAN_FEATURES
from .features import FEATURES, Computation, Occasion
from .ports import Lease, Services, UnitOfWork
from .privacy import recompute_lease
from .switches import effective
from .vectors import SPACE, Vectors
from .working import is_disabled, leased

LEASE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Pass:
    """What one look at a host event led to: ``None`` for a feature that is off."""

    host_event: HostEvent
    computations: Mapping[str, Computation | None]
    fingerprints: Mapping[str, str]
    vectors: Vectors | None


def recompute(services: Services, installation_id: str, ref: str) -> None:
    """Bring the host event's results up to date with the version that is current now."""
    with leased(services, recompute_lease(installation_id, ref), LEASE_SECONDS) as lease:
        if lease is None:
            return
        looked = _look(services, installation_id, ref)
        if looked is not None:
            new = _commit(services, lease, looked)
            if new:
                services.queue.ring("write_back", installation_id)
    with services.store.snapshot() as unit:
        now_known = None if is_disabled(unit, installation_id) else unit.host_events.get(installation_id, ref)
    if now_known is not None and now_known.dirty_version > now_known.computed_version:
        services.queue.ring("recompute", installation_id, ref)


def _look(services: Services, installation_id: str, ref: str) -> Pass | None:
    """Compute every feature from one snapshot; writes nothing."""
    with services.store.snapshot() as unit:
        host_event = unit.host_events.get(installation_id, ref)
        if host_event is None or host_event.dirty_version == host_event.computed_version:
            return None
        if is_disabled(unit, installation_id):
            return None
        settings = effective(unit, services.manifest, installation_id, host_event.organisation, ref)
        occasion = Occasion(
            uow=unit,
            host_event=host_event,
            roster=unit.attendees.roster(installation_id, ref),
            settings=settings,
            plugins=services.plugins,
            now=services.clock(),
        )
        computations: dict[str, Computation | None] = {}
        fingerprints: dict[str, str] = {}
        for feature in FEATURES:
            if host_event.cancelled or not settings[f"{feature.key}.enabled"]:
                computations[feature.key] = None
                if feature.key in PLAN_FEATURES:
                    occasion.arranged[feature.key] = None
                continue
            fingerprints[feature.key] = feature.fingerprint(settings)
            previous = last_pass(unit, feature.key, host_event, fingerprints[feature.key])
            computation = feature.compute(occasion, previous)
            if computation is not None:
                computations[feature.key] = computation
    return Pass(host_event, computations, fingerprints, occasion.vectors_if_used)


def last_pass(
    unit: UnitOfWork, key: str, host_event: HostEvent, fingerprint: str
) -> tuple[int, bytes] | None:
    """Return the last computation unless it was made under other settings or by another engine."""
    previous = unit.host_events.state(host_event.installation_id, host_event.ref, key)
    return (previous[0], previous[2]) if previous is not None and previous[1] == fingerprint else None


def _commit(services: Services, lease: Lease, looked: Pass) -> int:
    """Store results and cells together, if the lease still holds; return how many cells changed."""
    host_event = looked.host_event
    now = services.clock()
    with services.store.begin() as unit:
        # The host event before the lease, as erasure takes them: neither waits for what the other one holds.
        unit.host_events.computed(host_event.installation_id, host_event.ref, host_event.dirty_version)
        unit.leases.hold(lease, now=now)
        new = store(unit, looked, now=now)
        unit.counters.add(host_event.installation_id, recomputes=1, suggested=new)
    return new


def store(unit: UnitOfWork, looked: Pass, *, now: float) -> int:
    """Store what was found, and what the next pass needs of it; return how many cells changed."""
    host_event = looked.host_event
    new = 0
    for key, computation in looked.computations.items():
        if computation is None:
            new += _withdraw_all(unit, host_event, key, now=now)
        else:
            new += _desire(unit, host_event, key, computation, now=now)
            if computation.planning is not None:
                unit.plans.save(host_event.installation_id, host_event.ref, computation.planning)
            unit.host_events.save_state(
                host_event.installation_id, host_event.ref, key, host_event.dirty_version,
                looked.fingerprints[key], computation.state,
            )  # fmt: skip
    if looked.vectors is not None:
        _keep(unit, host_event, looked.vectors)
    return new


def _keep(unit: UnitOfWork, host_event: HostEvent, vectors: Vectors) -> None:
    """Store what was made of texts in this pass, so that it is made once for each version of a profile."""
    version = host_event.dirty_version
    if vectors.fitted is not None:
        unit.attendees.drop_vectors(host_event.installation_id, host_event.ref)
        unit.host_events.save_state(
            host_event.installation_id, host_event.ref, SPACE, version, vectors.fitted.text_encoder, vectors.fitted.blob
        )  # fmt: skip
    unit.attendees.save_vectors(vectors.encoder, vectors.fresh, as_of=version)


def _desire(
    unit: UnitOfWork, host_event: HostEvent, key: str, computation: Computation, *, now: float
) -> int:
    payloads: dict[str, Any | None] = dict(computation.payloads)
    if computation.full:
        for recipient in unit.outbox.recipients(host_event.installation_id, host_event.ref, key):
            payloads.setdefault(recipient, None)
    return unit.outbox.desire(
        host_event.installation_id, host_event.ref, key, payloads, computation.mentions, now=now
    )


def _withdraw_all(unit: UnitOfWork, host_event: HostEvent, key: str, *, now: float) -> int:
    recipients = unit.outbox.recipients(host_event.installation_id, host_event.ref, key)
    unit.host_events.drop_states(host_event.installation_id, host_event.ref, key)
    nothing = dict.fromkeys(recipients)
    return unit.outbox.desire(host_event.installation_id, host_event.ref, key, nothing, {}, now=now)
