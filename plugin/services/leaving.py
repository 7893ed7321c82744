"""A host leaves: everything of its installation stops, and if it wishes everybody is forgotten at once."""

from __future__ import annotations

from ...hooks import signatures
from .connections import BY_THE_HOST, Proof, use_up
from .invitations import KEPT_AFTER_THE_END
from .ports import Services, UnitOfWork
from .privacy import recompute_lease
from .working import is_disabled


def disconnect(services: Services, proof: Proof, *, erase: bool) -> None:
    """Stop everything at the host's wish, and with ``erase`` forget everybody. Harmless when it was done already."""
    now = services.clock()
    with services.store.begin() as uow:
        if erase:
            # Before the people, in the order in which jobs take them; what they were doing is not committed any more.
            for job in ("process", "look_up", "write_back"):
                uow.leases.revoke(f"{job}:{proof.installation_id}")
            uow.attendees.lock(proof.installation_id)
        installation, _ = use_up(services, uow, proof)
        if installation.status != "disabled":
            uow.installations.set_status(installation.id, "disabled", BY_THE_HOST)
        people = erase_everybody(uow, installation.id, now=now) if erase else 0
        uow.switches.note(
            installation.id, actor="host", action="disconnected", details={"erased": erase, "people": people}, now=now
        )  # fmt: skip
    if erase:
        services.store.scrub()


def erase_everybody(uow: UnitOfWork, installation_id: str, *, now: float) -> int:
    """Remove everybody within the caller's transaction; return how many.

    No grave keeps them from coming back: the doors are closed, and a host that opens them again sends everybody anew
    on purpose.
    """
    for known in uow.host_events.list(installation_id):
        # What is being computed has read people who are gone: it must not be stored.
        uow.host_events.soil(installation_id, known.ref)
        uow.leases.revoke(recompute_lease(installation_id, known.ref))
    uow.connections.set_erased(installation_id, now)
    return uow.connections.clear(installation_id)


def expire(services: Services) -> None:
    """Forget what is over: old invitations, signed requests out of the window, and what came after an erasure."""
    now = services.clock()
    with services.store.begin() as uow:
        uow.invitations.expire(before=now - KEPT_AFTER_THE_END)
        # A time may be signed as far ahead as behind.
        uow.connections.expire(before=now - 3 * signatures.WINDOW)
        for installation_id in uow.connections.erased():
            if is_disabled(uow, installation_id):
                uow.connections.clear(installation_id)
