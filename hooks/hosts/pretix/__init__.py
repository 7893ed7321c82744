"""pretix as a host, through the REST API and webhooks of a stock installation."""

from __future__ import annotations

from ...markers import hookimpl
from .host import PretixHost


@hookimpl
def entremise_register_host() -> PretixHost:
    """Register the one adapter for all pretix installations."""
    return PretixHost()
