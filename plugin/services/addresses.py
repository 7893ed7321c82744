"""Whose a personal address is now: it is made for one life of a ref, and ends with it.

A ref outlives its holder: a ticket is handed over, the host erases the former holder and registers the next one under
the same key. The erasure's stamp, which is kept for good as a tombstone, tells the lives apart.
"""

from __future__ import annotations

from .links import BadLink, Person
from .ports import Services, UnitOfWork
from .privacy import life_of

_DIGITS = 16
"""Of the digest: what carries it is signed, so that it only has to tell apart the few lives of one ref."""


def holder(services: Services, unit: UnitOfWork, installation_id: str, host_event: str, ref: str) -> Person:
    """Return whom an address of this ref stands for now, known or not.

    The life is empty for a ref that was never erased; else a keyed digest, that does not say when that was.
    """
    life = life_of(unit, services.vault, installation_id, host_event, ref)
    if life:
        life = services.vault.digest(installation_id, f"life\0{host_event}\0{ref}\0{life}")[:_DIGITS]
    return Person(installation_id, host_event, ref, life)


def is_holder(services: Services, unit: UnitOfWork, person: Person) -> bool:
    """Whether the person was not erased since their address was made."""
    return holder(services, unit, person.installation_id, person.host_event, person.ref) == person


def address_of(services: Services, unit: UnitOfWork, person: Person) -> str:
    """Return the person's own address, which expires some time after the end of the host event."""
    known = unit.host_events.get(person.installation_id, person.host_event)
    return services.links.personal(
        person.installation_id, person.host_event, person.ref, life=person.life,
        ends_at=known.ends_at if known else None,
    )  # fmt: skip


def current_address(services: Services, installation_id: str, host_event: str, ref: str) -> str:
    """Return the own address of whoever holds the ref now."""
    with services.store.snapshot() as unit:
        return address_of(services, unit, holder(services, unit, installation_id, host_event, ref))


def open_address(services: Services, token: str) -> Person:
    """Return whom the last part of an address stands for; raises ``BadLink``, also for a former holder's."""
    person = services.links.read(token)
    with services.store.snapshot() as unit:
        if not is_holder(services, unit, person):
            raise BadLink("made for a former holder")
    return person
