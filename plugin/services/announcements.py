"""Tells plugins what happened. Announcements come after the commit, and a plugin that fails changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..domain.suggestions import Result
from .ports import DeadLetter, Services

log = logging.getLogger(__name__)


def announce_results(services: Services, results: Sequence[Result]) -> None:
    """Say that the host holds these results now."""
    if not results:
        return
    try:
        services.plugins.hook.entremise_suggestions_ready(results=list(results))
    except Exception:  # the one edge between plugins and our work
        log.exception("a plugin failed in entremise_suggestions_ready")


def announce_rejection(services: Services, letter: DeadLetter) -> None:
    """Say that a delivery or a result went to the dead letters."""
    try:
        services.plugins.hook.entremise_delivery_rejected(
            installation_id=letter.installation_id,
            dead_letter_id=letter.id,
            reason=letter.reason,
            field=letter.field,
        )
    except Exception:  # the one edge between plugins and our work
        log.exception("a plugin failed in entremise_delivery_rejected")
