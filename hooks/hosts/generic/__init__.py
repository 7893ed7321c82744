"""Any system that can send CloudEvents: signed webhooks or Kafka records in, a signed callback or a Kafka topic out."""

from __future__ import annotations

from ...markers import hookimpl
from .host import GenericHost


@hookimpl
def entremise_register_host() -> GenericHost:
    """Register the host ``generic``."""
    return GenericHost()
