"""What is set for one event: as the service last said, with what was saved here and is still being sent laid over it."""

import hashlib
import json
from dataclasses import dataclass

from ..client import ServiceError, ServiceRefused
from ..connecting import service_of
from ..models import Connection

HERE = "host_event"
PATIENCE = 3.0
"""Seconds that a page waits for the service before it shows what was known last."""


@dataclass(frozen=True)
class Held:
    """What holds for one key, which scope it comes from (``default``: the manifest), and which scope locks it."""

    value: object
    source: str
    locked_by: str | None


def held(connection, key, default):
    """Return what holds for a key."""
    board = connection.board if isinstance(connection.board, dict) else {}
    effective = board.get("effective")
    found = effective.get(key) if isinstance(effective, dict) else None
    found = found if isinstance(found, dict) else {"value": default, "source": "default", "locked_by": None}
    locked_by = found.get("locked_by")
    if connection.wanted is not None and locked_by is None:
        if key in connection.wanted:
            return Held(connection.wanted[key], HERE, None)
        if found.get("source") == HERE:
            # Taken back, and not yet sent: what a higher scope has set shows when the service has answered.
            return Held(default, "default", None)
    return Held(found.get("value"), str(found.get("source")), locked_by)


def set_here(connection):
    """Return all that is set for this event, by key."""
    if connection.wanted is not None:
        return dict(connection.wanted)
    board = connection.board if isinstance(connection.board, dict) else {}
    values = board.get("values")
    return dict(values) if isinstance(values, dict) else {}


def seen(connection):
    """Return a digest of what a page shows, so that a form knows when it was drawn from something else."""
    board = connection.board if isinstance(connection.board, dict) else {}
    shown = {
        str(key): [held(connection, key, None).value, held(connection, key, None).locked_by]
        for key in board.get("effective") or {}
    }
    return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:16]


def refresh(connection, language):
    """Bring manifest and settings up to date; return the ``ServiceError`` that prevented it, or ``None``.

    While something that was saved here waits to be sent, the settings are left alone: the sender compares what was
    wanted with what it was wanted over.
    """
    try:
        with service_of(connection, timeout=PATIENCE) as service:
            manifest, etag = service.manifest(connection.manifest_etag if connection.manifest else "")
            if manifest is not None:
                keep(connection, manifest=manifest, manifest_etag=etag[:200])
            if connection.wanted is None:
                board, etag = service.settings(connection.host_event, language=language)
                if not isinstance(board.get("effective"), dict):
                    return ServiceRefused("not_the_service", detail="the answer holds no settings")
                keep(connection, unless_wanted=True, board=board, board_etag=etag[:200])
    except ServiceError as error:
        return error
    return None


def keep(connection, *, unless_wanted=False, **found):
    """Write these fields of the connection and no others: the sender may be at work on them."""
    rows = Connection.objects.filter(pk=connection.pk)
    if (rows.filter(wanted__isnull=True) if unless_wanted else rows).update(**found):
        for name, value in found.items():
            setattr(connection, name, value)
