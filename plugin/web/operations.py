"""REST: running an installation: how it fares, what could not be used, who did what, and erasing a person."""

from __future__ import annotations

import base64
from typing import Any

from flask import Response, request

from ..domain.delivery import Delivery
from ..domain.errors import Conflict, NotFound
from ..services import ingest, replay
from ..services.installations import open_installation
from ..services.ports import DeadLetter
from ..services.privacy import forget
from . import schemas
from .endpoints import Call, Endpoint, answer, tagged
from .results import ROOT

CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie"})
"""Headers of a delivery that are never stored."""


def _status(call: Call) -> Response:
    with call.container.store.snapshot() as uow:
        installation = uow.installations.get(call.installation_id)
        assert installation is not None  # the token is this installation's
        host_events = uow.host_events.list(call.installation_id)
        document = {
            "id": installation.id,
            "host": installation.host,
            "name": installation.name,
            "status": installation.status,
            "paused_because": installation.paused_because,
            "settings_owner": installation.settings_owner,
            "backlog": uow.inbox.backlog(call.installation_id),
            "waiting": uow.departures.waiting(call.installation_id),
            "behind": sum(found.dirty_version > found.computed_version for found in host_events),
            "last_delivery_at": uow.inbox.last_received(call.installation_id),
            "counters": dict(uow.counters.read(call.installation_id)),
        }
    return answer(schemas.StatusSchema, document)


def _deliver(call: Call) -> Response:
    """Take one delivery whose sender is proved by the token; the body is stored as it is."""
    installation = open_installation(call.container, call.installation_id)
    if installation.status == "disabled":
        raise Conflict("this installation is disabled")
    request.max_content_length = call.container.settings.body_limit
    headers = {
        name.lower(): value for name, value in request.headers.items() if name.lower() not in CREDENTIALS
    }
    body = request.get_data(cache=False, parse_form_data=False)
    delivery = Delivery(installation.id, "webhook", headers, body, call.container.clock())
    return answer(
        schemas.ReceiptSchema,
        ingest.accept(call.container, installation, [delivery], trust="door"),
        status=202,
    )


def _list_dead_letters(call: Call) -> Response:
    limit = call.query["limit"]
    with call.container.store.snapshot() as uow:
        found = uow.dead_letters.list(call.installation_id, limit=limit, before=call.query["before"])
    document = {"dead_letters": found, "next": found[-1].id if len(found) == limit else None}
    return answer(schemas.DeadLettersSchema, document)


def _get_dead_letter(call: Call, letter_id: str) -> Response:
    with call.container.store.snapshot() as uow:
        found = uow.dead_letters.get(call.installation_id, letter_id)
    if found is None:
        raise NotFound("there is no such dead letter")
    return answer(schemas.OneDeadLetterSchema, _opened(found))


def _replay_dead_letter(call: Call, letter_id: str) -> Response:
    replayed = replay.replay_letter(call.container, call.installation_id, letter_id)
    _note(call, "dead letter replayed", {"dead_letter": letter_id})
    return answer(schemas.ReplayedSchema, replayed, status=202)


def _forget_attendee(call: Call, attendee: str, host_event: str | None = None) -> Response:
    """Erase a person; also one of whom nothing is known, since a late delivery may still bring them."""
    forget(call.container, call.installation_id, attendee, host_event, actor=call.actor)
    return Response(status=204)


def _audit(call: Call) -> Response:
    with call.container.store.snapshot() as uow:
        lines = uow.switches.audit(call.installation_id, limit=call.query["limit"])
    return tagged(answer(schemas.AuditSchema, {"audit": lines}))


def _opened(letter: DeadLetter) -> dict[str, Any]:
    delivery = letter.delivery
    shown = None
    if delivery is not None:
        try:
            text = delivery.body.decode()
        except UnicodeDecodeError:
            text = None
        shown = {
            "door": delivery.door,
            "received_at": delivery.received_at,
            "headers": delivery.headers,
            "body": text,
            "body_base64": base64.b64encode(delivery.body).decode(),
        }
    return {
        "id": letter.id, "kind": letter.kind, "reason": letter.reason, "field": letter.field, "at": letter.at,
        "attempts": letter.attempts, "delivery": shown,
    }  # fmt: skip


def _note(call: Call, action: str, details: dict[str, Any]) -> None:
    with call.container.store.begin() as uow:
        uow.switches.note(
            call.installation_id, actor=call.actor, action=action, details=details, now=call.container.clock()
        )


ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{ROOT}/status", name="get_status", summary="See how the installation fares.",
        view=_status, scopes=("admin",), answer=schemas.StatusSchema,
    ),
    Endpoint(
        method="POST", path=f"{ROOT}/deliveries", name="deliver",
        summary="Send a delivery whose sender is proved by the token.", view=_deliver, scopes=("deliver",),
        answer=schemas.ReceiptSchema, status=202,
        problems={409: "The installation is disabled.", 413: "The body is too long.", 503: "Too much is waiting."},
    ),
    Endpoint(
        method="GET", path=f"{ROOT}/dead-letters", name="list_dead_letters",
        summary="List what could not be used, newest first.", view=_list_dead_letters, scopes=("admin",),
        answer=schemas.DeadLettersSchema, query=schemas.DeadLettersQuery,
    ),
    Endpoint(
        method="GET", path=f"{ROOT}/dead-letters/<letter_id>", name="get_dead_letter",
        summary="Get one dead letter with its raw bytes.", view=_get_dead_letter, scopes=("admin",),
        answer=schemas.OneDeadLetterSchema,
    ),
    Endpoint(
        method="POST", path=f"{ROOT}/dead-letters/<letter_id>/replay", name="replay_dead_letter",
        summary="Take a dead letter back.", view=_replay_dead_letter, scopes=("admin",),
        answer=schemas.ReplayedSchema, status=202, problems={409: "The raw bytes are not kept any more."},
    ),
    Endpoint(
        method="DELETE", path=f"{ROOT}/attendees/<path:attendee>", name="forget_attendee",
        summary="Erase a person at every host event.", view=_forget_attendee, scopes=("admin",), status=204,
    ),
    Endpoint(
        method="DELETE", path=f"{ROOT}/host-events/<path:host_event>/attendees/<path:attendee>",
        name="forget_attendee_of_host_event", summary="Erase a person at one host event.", view=_forget_attendee,
        scopes=("admin",), status=204,
    ),
    Endpoint(
        method="GET", path=f"{ROOT}/audit", name="list_audit", summary="See who changed what, newest first.",
        view=_audit, scopes=("admin",), answer=schemas.AuditSchema, query=schemas.AuditQuery, conditional=True,
    ),
)  # fmt: skip
