"""Results as they arrive from the service, kept by revision: a newer one replaces, an older one is passed over."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.timezone import now
from pretix.base.models import OrderPosition

from . import handing
from .held import REF
from .models import Connection, Held
from .shown import strings_in

_TYPE = re.compile(r"org\.entremise\.([a-z][a-z0-9_]{0,62})\.(suggested|withdrawn)\.v1")
_LARGEST, _DIGITS = 2**63 - 1, 40


class Unreadable(ValueError):
    """One of the results is none."""


class Disconnected(Exception):
    """The connection was taken down while the results were on their way in."""


@dataclass(frozen=True)
class Arrived:
    """One result as it arrived, ``payload`` is ``None`` where it was withdrawn."""

    ticket: tuple[str, int]
    feature: str
    revision: int
    payload: dict | None

    @property
    def ref(self) -> str:
        """What the ticket is called."""
        return f"{self.ticket[0]}-{self.ticket[1]}"


def apply(connection: Connection, cloudevents: Sequence[Any]) -> int:
    """Keep the results that are newer than what is held, in one transaction; return how many were.

    Raises ``Unreadable``, and ``Disconnected`` where the connection is none any more: what was deleted with it must not
    come back. Results for tickets that are not there (any more) are passed over.
    """
    newest: dict[tuple, Arrived] = {}
    for one in cloudevents:
        arrived = _read(one, connection.host_event)
        if arrived is None:
            continue
        place = (arrived.ticket, arrived.feature)
        if place not in newest or arrived.revision > newest[place].revision:
            newest[place] = arrived
    with transaction.atomic():
        # A write comes first: it makes batches for one event wait for each other, and on SQLite it takes the one
        # lock while waiting for it is still possible.
        rows = Connection.objects.filter(
            pk=connection.pk, event=connection.event_id, state__in=Connection.LIVE
        )
        if not rows.update(last_received_at=now()):
            raise Disconnected
        return _store(connection, list(newest.values())) if newest else 0


def _store(connection: Connection, arrived: Sequence[Arrived]) -> int:
    wanted = {one.ticket for one in arrived}
    tickets = {
        (code, number): pk
        for pk, code, number in OrderPosition.all.filter(
            order__event=connection.event_id,
            order__code__in={code for code, _ in wanted},
            positionid__in={number for _, number in wanted},
        ).values_list("pk", "order__code", "positionid")
    }
    held = {
        (position, feature): revision
        for position, feature, revision in Held.objects.filter(
            position__in=[tickets[ticket] for ticket in wanted if ticket in tickets]
        ).values_list("position", "feature", "revision")
    }
    # What is on its way to somebody who has handed the ticket over is not for whoever has it now.
    former = handing.under_way(connection, {one.ref for one in arrived})
    newer = [
        Held(
            position_id=tickets[one.ticket],
            feature=one.feature,
            revision=one.revision,
            payload=None if one.ref in former else one.payload,
        )
        for one in arrived
        if one.ticket in tickets and one.revision > held.get((tickets[one.ticket], one.feature), -1)
    ]
    Held.objects.bulk_create(
        newer, update_conflicts=True, unique_fields=["position", "feature"], update_fields=["revision", "payload", "at"]
    )  # fmt: skip
    return len(newer)


def _read(one: Any, host_event: str) -> Arrived | None:
    """Return the result, ``None`` for what is not for us; newer services may say more than we know."""
    if not isinstance(one, dict) or not isinstance(one.get("type"), str):
        raise Unreadable("not a CloudEvent")
    kind, ticket = _TYPE.fullmatch(one["type"]), REF.fullmatch(str(one.get("subject") or ""))
    if kind is None or ticket is None or one.get("hostevent") != host_event:
        return None
    sequence = str(one.get("sequence", ""))
    if not (
        sequence.isascii() and sequence.isdigit() and len(sequence) < _DIGITS and int(sequence) <= _LARGEST
    ):
        raise Unreadable("sequence is no revision")
    feature, happened = kind.groups()
    payload = one.get("data") if happened == "suggested" else None
    if happened == "suggested" and not isinstance(payload, dict):
        raise Unreadable("data is no result")
    if not _fits(payload):
        raise Unreadable("data is nested too deeply")
    if any("\x00" in text or (not text.isascii() and _broken(text)) for text in strings_in(payload)):
        raise Unreadable("data has text that cannot be stored")
    return Arrived((ticket[1], int(ticket[2])), feature, int(sequence), payload)


def _fits(value: Any, levels: int = 30) -> bool:
    """Whether whoever looks at it comes to its end: results of today have a handful of levels."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels > 0 and all(_fits(one, levels - 1) for one in inside)


def _broken(text: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in text)
