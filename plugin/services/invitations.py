"""Invitations: the operator lets somebody connect a host by themselves, below addresses that the operator names."""

from __future__ import annotations

import re
import secrets as randomness
from collections.abc import Sequence
from datetime import timedelta

from ..domain.errors import BadCode, InvalidPayload, NotFound
from ..domain.web_addresses import place
from .configuration import validated
from .connections_port import Invitation
from .installations import adapter_of
from .ports import Services, UnitOfWork

HOST = "generic"
"""How hosts that connect by themselves speak to the service."""

KEPT_AFTER_THE_END = timedelta(days=30).total_seconds()
"""How long an invitation is still listed after it has expired."""

MOST_USES = 10_000
LONGEST_DAYS = 3_650
_MOST_ADDRESSES = 50
_CODE = re.compile(r"connect_[A-Za-z0-9_-]{43}")


def invite(
    services: Services, *, name: str, addresses: Sequence[str], allow_private: Sequence[str] = (),
    uses: int = 1, days: float = 7,
) -> tuple[Invitation, str]:  # fmt: skip
    """Make a code and return it with its invitation; the code is stored nowhere, so it is read this once.

    ``addresses`` are those below which the host must answer; ``allow_private`` what may be reached there although it
    is private. Raises ``InvalidPayload`` naming the field.
    """
    name = name.strip()
    if not name or len(name) > 255 or not name.isprintable():
        raise InvalidPayload("a name of 1 to 255 printable characters is needed", field="name")
    if not 1 <= len(addresses) <= _MOST_ADDRESSES:
        raise InvalidPayload(f"1 to {_MOST_ADDRESSES} addresses are needed", field="address")
    for address in addresses:
        try:
            place(address)
        except ValueError as error:
            raise InvalidPayload(f"{address!r}: {error}", field="address") from None
    if not 1 <= uses <= MOST_USES:
        raise InvalidPayload(f"1 to {MOST_USES} uses are allowed", field="uses")
    if not 0 < days <= LONGEST_DAYS:
        raise InvalidPayload(f"more than 0 and at most {LONGEST_DAYS} days are allowed", field="days")
    reachable = {"allow_private": list(allow_private)} if allow_private else {}
    validated(adapter_of(services, HOST).configuration, reachable, "config")
    # 32 bytes, 256 bits: nobody guesses one, however often they may try.
    code = f"connect_{randomness.token_urlsafe(32)}"
    now = services.clock()
    invitation = Invitation(
        id=randomness.token_hex(8), name=name, addresses=tuple(addresses), allow_private=tuple(allow_private),
        uses=uses, left=uses, created_at=now, expires_at=now + timedelta(days=days).total_seconds(),
    )  # fmt: skip
    with services.store.begin() as uow:
        uow.invitations.add(invitation, _hash(services, code))
    return invitation, code


def check_code(services: Services, code: str) -> None:
    """Raise what ``redeem`` would raise, without a transaction that may write."""
    if _CODE.fullmatch(code):
        with services.store.snapshot() as uow:
            if uow.invitations.is_good(_hash(services, code), now=services.clock()):
                return
    raise _bad_code()


def redeem(services: Services, uow: UnitOfWork, code: str) -> Invitation:
    """Use the code once, within the caller's transaction; ``BadCode`` says the same of every code that is not good.

    Codes are found by a keyed hash: how long that takes tells nothing about how near a guess was.
    """
    found = None
    if _CODE.fullmatch(code):
        found = uow.invitations.redeem(_hash(services, code), now=services.clock())
    if found is None:
        raise _bad_code()
    return found


def listed(services: Services) -> Sequence[Invitation]:
    """Return every invitation that is not long over, oldest first."""
    with services.store.snapshot() as uow:
        return uow.invitations.list()


def end(services: Services, invitation_id: str) -> None:
    """Have the code work no more; what was connected by it stays. Raises ``NotFound``."""
    with services.store.begin() as uow:
        if not uow.invitations.end(invitation_id):
            raise NotFound(f"there is no invitation {invitation_id!r}")


def _bad_code() -> BadCode:
    return BadCode("the code is unknown, used up or too old; ask the operator of the service for a new one")


def _hash(services: Services, code: str) -> str:
    return services.vault.digest("invitation", code)
