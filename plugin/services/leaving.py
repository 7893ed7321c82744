"""A host leaves: everything of its installation stops, and everybody is forgotten, at once or when they were kept long
enough.
"""

from __future__ import annotations

import logging

from ...hooks import signatures
from .connections import BY_THE_HOST, Proof, use_up
from .connections_port import Connection
from .invitations import KEPT_AFTER_THE_END
from .ports import Services, UnitOfWork
from .privacy import end_every_life, recompute_lease
from .working import is_disabled

log = logging.getLogger(__name__)


def disconnect(services: Services, proof: Proof, *, erase: bool) -> None:
    """Stop everything at the host's wish, and with ``erase`` forget everybody. Harmless when it was done already."""
    now = services.clock()
    with services.store.begin() as uow:
        if erase:
            stop_jobs(uow, proof.installation_id)
        installation, _ = use_up(services, uow, proof)
        if installation.status != "disabled":
            uow.installations.set_status(installation.id, "disabled", BY_THE_HOST)
        uow.connections.set_left(installation.id, now)
        people = erase_everybody(uow, installation.id, now=now) if erase else 0
        if erase:
            end_every_life(uow, installation.id, now=now)
        uow.switches.note(
            installation.id, actor="host", action="disconnected", details={"erased": erase, "people": people}, now=now
        )  # fmt: skip
    if erase:
        services.store.scrub()


def stop_jobs(uow: UnitOfWork, installation_id: str) -> None:
    """Have nothing be committed any more that jobs are doing, and nobody change people until the commit.

    First of all in its transaction: before the people, in the order in which jobs take them.
    """
    for job in ("process", "look_up", "write_back"):
        uow.leases.revoke(f"{job}:{installation_id}")
    uow.attendees.lock(installation_id)


def stop_computing(uow: UnitOfWork, installation_id: str) -> None:
    """What is being computed has read people who go now: it must not be stored."""
    for known in uow.host_events.list(installation_id):
        uow.host_events.soil(installation_id, known.ref)
        uow.leases.revoke(recompute_lease(installation_id, known.ref))


def erase_everybody(uow: UnitOfWork, installation_id: str, *, now: float) -> int:
    """Remove everybody within the caller's transaction; return how many.

    No grave keeps them from coming back: the doors are closed, and a host that opens them again sends everybody anew
    on purpose. Where it may, ``end_every_life`` belongs with it: a ref may be somebody else's by then.
    """
    stop_computing(uow, installation_id)
    uow.connections.set_erased(installation_id, now)
    return uow.connections.clear(installation_id)


def expire(services: Services) -> None:
    """Forget what is over: old invitations, signed requests out of the window, and people whose host is gone."""
    now = services.clock()
    with services.store.begin() as uow:
        uow.invitations.expire(before=now - KEPT_AFTER_THE_END)
        # A time may be signed as far ahead as behind.
        uow.connections.expire(before=now - 3 * signatures.WINDOW)
        for installation_id in uow.connections.erased():
            # What was on its way when everybody was erased.
            if is_disabled(uow, installation_id):
                uow.connections.clear(installation_id)
    _forget_the_left_behind(services, now=now)


def kept_until(connection: Connection, *, seconds: float) -> float | None:
    """Return when everybody is erased whom a host left behind that is gone; ``None``: nobody is, or never.

    ``seconds`` is for how long they are kept, 0 for ever.
    """
    if connection.left_at is None or connection.erased_at is not None or not seconds:
        return None
    return connection.left_at + seconds


def _forget_the_left_behind(services: Services, *, now: float) -> None:
    keep = services.limits.keep_disconnected_seconds
    if not keep:
        return
    with services.store.snapshot() as uow:
        left = uow.connections.left(before=now - keep)
    for installation_id in left:
        with services.store.begin() as uow:
            stop_jobs(uow, installation_id)
            # It may have come back meanwhile.
            if not uow.connections.kept_too_long(installation_id, before=now - keep):
                continue
            people = erase_everybody(uow, installation_id, now=now)
            end_every_life(uow, installation_id, now=now)
            uow.switches.note(
                installation_id, actor="entremise", action="erased after leaving", details={"people": people}, now=now
            )  # fmt: skip
        log.info("a host left long ago: everybody is erased", extra={"installation": installation_id})
