"""Who may do what: bearer tokens, each for one installation and some scopes."""

from __future__ import annotations

from typing import Literal

from ..domain.errors import Forbidden, NotFound, Unauthenticated
from .ports import Services, TokenRecord

TokenScope = Literal["deliver", "read_results", "settings", "plans", "admin"]
SCOPES: tuple[TokenScope, ...] = ("deliver", "read_results", "settings", "plans", "admin")


def authorise(
    container: Services, token: str | None, installation_id: str, *scopes: TokenScope
) -> TokenRecord:
    """Return the token's record when it is this installation's and has one of ``scopes``.

    ``Unauthenticated`` when the token is missing, unknown or revoked, whatever was asked for; ``NotFound`` when it
    belongs to another installation, so that a stranger learns nothing of which installations exist; ``Forbidden``
    when its scopes do not suffice. ``admin`` covers every other scope.
    """
    if not token:
        raise Unauthenticated("this needs a bearer token")
    with container.store.snapshot() as uow:
        record = uow.installations.token(container.vault.hash_token(token))
    if record is None or record.revoked_at is not None:
        raise Unauthenticated("the token is unknown or was revoked")
    if record.installation_id != installation_id:
        raise NotFound("there is no such installation")
    if not record.scopes & {"admin", *scopes}:
        raise Forbidden(f"this needs a token of scope {' or '.join(scopes)}")
    return record
