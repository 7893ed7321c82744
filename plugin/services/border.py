"""What an adapter is handed when it talks to its host, and what a host's failure means for the installation."""

from __future__ import annotations

import random

from ...hooks.contract import HostContext, Installation
from ..domain.errors import HostUnavailable, NotFound
from .addresses import current_address
from .installations import open_installation
from .ports import Services
from .working import is_disabled

FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 900.0


def host_context(services: Services, installation: Installation) -> HostContext:
    """Return the context of one call to the host; make a new one for each call, since it carries the moment."""

    def known_refs(host_event: str, prefix: str) -> list[str]:
        with services.store.snapshot() as unit:
            return list(unit.attendees.refs(installation.id, host_event, prefix=prefix))

    def personal_link(host_event: str, ref: str) -> str:
        return current_address(services, installation.id, host_event, ref)

    return HostContext(
        installation=installation,
        http=services.outbound(allow_private=tuple(installation.config.get("allow_private", ()))),
        personal_link=personal_link,
        now=services.clock(),
        known_refs=known_refs,
    )


def opened(services: Services, installation_id: str) -> Installation | None:
    """Return the installation with its secrets if work may be done for it now."""
    try:
        installation = open_installation(services, installation_id)
    except NotFound:
        return None  # a bell that rang for one that was removed since
    if installation.status == "active" and installation.host not in services.hosts:
        pause(
            services,
            installation_id,
            f"no plugin provides the host {installation.host!r}: install it, then resume",
        )
        return None
    return installation if installation.status == "active" else None


def pause(services: Services, installation_id: str, because: str) -> None:
    """Stop talking to a host that refuses the credential, until the operator resumes the installation."""
    with services.store.begin() as unit:
        if is_disabled(unit, installation_id):
            return  # it was disabled or removed while the host was being asked
        unit.installations.set_status(installation_id, "paused", because)
        unit.switches.note(
            installation_id, actor="entremise", action="installation paused", details={"because": because},
            now=services.clock(),
        )  # fmt: skip


def retry_at(error: HostUnavailable, attempts: int, *, now: float) -> float:
    """Return when to try again: what the host asked for, else twice as long each time, with some chance in it."""
    wait = min(FIRST_RETRY_SECONDS * 2.0 ** min(attempts, 12), LONGEST_RETRY_SECONDS)
    # Half fixed, half random: installations that failed together do not come back together.
    wait = wait / 2 + random.random() * wait / 2
    return now + max(wait, error.retry_after or 0.0)
