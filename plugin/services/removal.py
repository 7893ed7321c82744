"""An installation ends for good: it is closed, its people are erased, and then nothing of it is left in any table."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable
from dataclasses import dataclass, replace

from ...hooks.contract import Installation
from ..domain.errors import Conflict
from .credentials import Credentials
from .installations import BEING_REMOVED
from .leaving import erase_everybody, stop_computing, stop_jobs
from .ports import Services

ROWS_AT_ONCE = 2_000
"""Rows that go in one transaction, so that the doors of others get their turn between two."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is of an installation: people, and rows of any kind, theirs included."""

    people: int
    rows: int


def extent(services: Services, installation_id: str) -> Extent:
    """Return how much removing would remove."""
    with services.store.snapshot() as uow:
        rows, people = uow.removals.count(installation_id)
    return Extent(people, rows)


def may_be_removed(installation: Installation) -> None:
    """Raise ``Conflict``, which says what to do, while the host and the service still work together."""
    if installation.status != "disabled":
        raise Conflict(
            f"{installation.name} is {installation.status}: what its host shows of people would stay there. Have the "
            f"host disconnect, or disable it (`entremise installation disable {installation.id}`); --force removes it "
            "as it is"
        )


def remove(
    services: Services, installation_id: str, *, force: bool = False, progress: Callable[[int], None] = lambda _: None
) -> bool:  # fmt: skip
    """Remove everything of the installation; return whether there was anything.

    Nothing is told to the host. ``progress`` hears how many rows have just gone. Killed at any moment and called again
    it goes on where it was; called once more it does no harm. Raises ``Conflict`` unless the installation is disabled
    or ``force`` is given.
    """
    was_there = _close(services, installation_id, force=force)
    removed = 1
    while removed:
        with services.store.begin() as uow:
            removed = uow.removals.some(installation_id, ROWS_AT_ONCE)
        progress(removed)
    with services.store.begin() as uow:
        # What was on its way while it was closed.
        stop_jobs(uow, installation_id)
        erase_everybody(uow, installation_id, now=services.clock())
        rest = uow.removals.rest(installation_id)
    services.store.scrub()
    return was_there or rest


def sweep_up(services: Services) -> None:
    """Remove what a door, which looks at installations every few seconds, has stored of one that was just removed."""
    with services.store.snapshot() as uow:
        strays = uow.removals.strays()
    for installation_id in strays:
        with services.store.begin() as uow:
            if uow.installations.get(installation_id) is None:
                uow.removals.rest(installation_id)


def _close(services: Services, installation_id: str, *, force: bool) -> bool:
    """Have nothing come in, go out or be computed any more, and nobody get in; ``False`` where it is gone already."""
    with services.store.begin() as uow:
        stop_jobs(uow, installation_id)
        installation = uow.installations.get(installation_id)
        if installation is None:
            return False
        if not force:
            may_be_removed(installation)
        stop_computing(uow, installation_id)
        uow.removals.shut_out(installation_id)
        uow.installations.update(
            replace(installation, config={}, status="disabled", paused_because=BEING_REMOVED),
            sealed=services.vault.seal(Credentials({}, {}).document()),
            path_hash=services.vault.hash_token(randomness.token_urlsafe(32)),
        )
    return True
