"""A host that does not come with entremise: Guestbook, an imaginary registration service."""

from __future__ import annotations

from entremise.hooks import hookimpl

from .host import GuestbookHost


@hookimpl
def entremise_register_host() -> GuestbookHost:
    """Register the host ``guestbook``."""
    return GuestbookHost()
