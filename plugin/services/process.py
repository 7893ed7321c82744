"""From stored deliveries to state: parse each outside of any transaction, apply a batch in one.

A delivery that cannot be used becomes a dead letter and spoils nothing else. A crash before the commit leaves the
batch waiting; doing it again changes nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from ...hooks.contract import HostAdapter, Installation
from ..domain.errors import DeliveryError, EntremiseError, InvalidPayload, UnsupportedDelivery
from ..domain.events import AttendeeEvent, DomainEvent, FeedbackGiven, Hint
from ..domain.identifiers import new_id
from .announcements import announce_rejection
from .handlers import Applied, apply_events, ring_after
from .ports import DeadLetter, Lease, Services, UnitOfWork, Waiting
from .working import BUSY_SECONDS, is_disabled, leased

LEASE_SECONDS = 20.0
BATCH = 500
SUSPECT_AFTER = 2
"""A delivery taken up this often without an end may be what kills the worker: it is then tried alone."""
GIVE_UP_AFTER = 6
LINGER_SECONDS = 0.15
"""A rush brings a delivery every few milliseconds: waiting a moment for more costs less than a new job each."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Understood:
    """One delivery after parsing: what happened and what to look up, or why it cannot be used."""

    waiting: Waiting
    happened: tuple[DomainEvent, ...] = ()
    hints: tuple[Hint, ...] = ()
    unsupported: bool = False
    refused: DeadLetter | None = None


def drain(services: Services, installation_id: str) -> None:
    """Process what waits in the installation's inbox; returns when it is empty or after ``BUSY_SECONDS``."""
    with leased(services, f"process:{installation_id}", LEASE_SECONDS) as lease:
        if lease is None:
            return
        until = services.clock() + BUSY_SECONDS
        while services.clock() < until:
            if not _batch(services, lease, installation_id):
                services.pause(LINGER_SECONDS)
                if not _batch(services, lease, installation_id):
                    break
    # A bell that rang while the lease was ours was heard by a job that gave up at once.
    with services.store.snapshot() as unit:
        left = not is_disabled(unit, installation_id) and unit.inbox.backlog(installation_id) > 0
    if left:
        services.queue.ring("process", installation_id)


def _batch(services: Services, lease: Lease, installation_id: str) -> int:
    """Take up one batch; return how many deliveries it held."""
    with services.store.begin() as unit:
        unit.leases.hold(lease, now=services.clock(), seconds=LEASE_SECONDS)
        installation = unit.installations.get(installation_id)
        if installation is None or installation.status == "disabled":
            return 0
        batch = unit.inbox.lease(installation_id, BATCH, alone_after=SUSPECT_AFTER)
    if not batch:
        return 0
    adapter = services.hosts[installation.host]
    understood = [understand(adapter, waiting, installation, now=services.clock()) for waiting in batch]
    with services.store.begin() as unit:
        unit.leases.hold(lease, now=services.clock())
        applied, refused = _apply_batch(services, unit, installation_id, understood)
    for one in applied:
        ring_after(services, installation_id, one)
    if any(one.hints for one in understood):
        services.queue.ring("look_up", installation_id)
    for letter in refused:
        announce_rejection(services, letter)
    return len(batch)


def understand(
    adapter: HostAdapter, waiting: Waiting, installation: Installation, *, now: float
) -> Understood:
    """Parse one delivery; pure, and never raises."""
    if waiting.attempts > GIVE_UP_AFTER:
        return _refuse(waiting, "processing it ended the worker several times", now=now)
    try:
        parsed = adapter.parse(waiting.delivery, installation)
    except UnsupportedDelivery:
        return Understood(waiting, unsupported=True)
    except DeliveryError as error:
        named = error.field if isinstance(error, InvalidPayload) else None
        return _refuse(waiting, str(error), field=named, now=now)
    except Exception as error:  # a defect of one adapter must not stop other deliveries
        log.exception("adapter failed on a delivery", extra={"seq": waiting.seq, "host": adapter.name})
        return _refuse(waiting, f"the adapter {adapter.name!r} has a defect: {type(error).__name__}", now=now)
    happened = tuple(one for one in parsed if isinstance(one, DomainEvent))
    return Understood(waiting, happened, tuple(one for one in parsed if isinstance(one, Hint)))


def _refuse(waiting: Waiting, reason: str, *, now: float, field: str | None = None) -> Understood:
    letter = DeadLetter(
        id=new_id(now), installation_id=waiting.delivery.installation_id, kind="delivery", reason=reason,
        field=field, at=now, delivery=waiting.delivery,
    )  # fmt: skip
    return Understood(waiting, refused=letter)


def _apply_batch(
    services: Services, unit: UnitOfWork, installation_id: str, understood: Sequence[Understood]
) -> tuple[list[Applied], list[DeadLetter]]:
    """Apply what was understood and move the rest to the dead letters, within the caller's transaction."""
    usable = [one for one in understood if one.refused is None]
    refused = [one for one in understood if one.refused is not None]
    applied = []
    try:
        with unit.savepoint():
            applied.append(_apply(services, unit, installation_id, usable))
    except Exception as error:  # one of them is poison to the store: find out which, a savepoint each
        if isinstance(error, EntremiseError):
            raise
        log.warning("a batch could not be applied as a whole", extra={"error": type(error).__name__})
        for one in usable:
            try:
                with unit.savepoint():
                    applied.append(_apply(services, unit, installation_id, [one]))
            except Exception as cause:  # noqa: BLE001 - whatever it is, it is this delivery's
                reason = f"the store refused what it says ({type(cause).__name__})"
                refused.append(_refuse(one.waiting, reason, now=services.clock()))
    letters = [one.refused for one in refused if one.refused is not None]
    for one in refused:
        unit.inbox.remove(one.waiting.seq)
    for letter in letters:
        unit.dead_letters.add(letter)
    gone = {one.waiting.seq for one in refused}
    done = [one.waiting.seq for one in understood if one.waiting.seq not in gone]
    unit.inbox.done(done, now=services.clock())
    # Nobody knows whom it speaks of, so erasure could never find it: it is not kept.
    unit.inbox.empty([one.waiting.seq for one in understood if one.unsupported])
    unit.counters.add(
        installation_id,
        processed=len(done),
        rejected=len(letters),
        unsupported=sum(one.unsupported for one in understood),
    )
    return applied, letters


def _apply(
    services: Services, unit: UnitOfWork, installation_id: str, understood: Sequence[Understood]
) -> Applied:
    now = services.clock()
    happened = [each for one in understood for each in one.happened]
    applied = apply_events(unit, services.vault, installation_id, happened, now=now)
    links = [
        (one.waiting.seq, each.host_event, person)
        for one in understood
        for each in one.happened
        for person in _subjects(each)
    ]
    unit.inbox.link(links, installation_id=installation_id)
    for host_event, person in applied.ignored:
        # They were erased: what still arrives about them is not kept either.
        unit.inbox.forget(installation_id, person, host_event)
    unit.refetches.ask(installation_id, [hint.object for one in understood for hint in one.hints], now=now)
    return applied


def _subjects(happened: DomainEvent) -> tuple[str, ...]:
    if isinstance(happened, FeedbackGiven):
        return happened.attendee, happened.other
    return (happened.attendee,) if isinstance(happened, AttendeeEvent) else ()
