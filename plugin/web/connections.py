"""REST: hosts that connect by themselves, by an operator's code; afterwards they prove who they are by signing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from flask import Response, current_app, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ..domain.errors import BadCode, InvalidPayload, Unauthenticated
from ..services import connections, leaving, personal
from ..services.connections import Connected, Proof, Purpose
from . import connection_schemas as schemas
from .endpoints import JSON_LIMIT, Call, Endpoint, answer, loaded, read_body, tagged
from .problems import Problem
from .results import ROOT

FAILURES = parse("30/minute")
"""Wrong codes, and wrong signatures for one installation, that one address may send, per process, before it is told to
wait."""

_FAILURES = "entremise_failures"
CONNECTION = f"{ROOT}/connection"


def _connect(call: Call) -> Response:
    with _patience():
        body = read_body(schemas.ConnectSchema)
        made = connections.connect(call.container, **body)
    return _answer(call, made, status=201)


def _renew(call: Call) -> Response:
    proof, raw = _proved(call, "renew")
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Problem(400, "not_json", "the body is not JSON") from None
    body = loaded(schemas.RenewSchema, document)
    addresses = {key: body[key] for key in ("callback_url", "settings_page") if key in body}
    renewed = connections.renew(
        call.container, proof, rotate=body["rotate"], resume=body["resume"], addresses=addresses
    )
    return _answer(call, renewed)


def _leave(call: Call) -> Response:
    erase = call.query["erase"] == "true"
    proof, raw = _proved(call, "erase" if erase else "leave")
    if raw:
        raise InvalidPayload("this has no body")
    leaving.disconnect(call.container, proof, erase=erase)
    return Response(status=204)


def _fares(call: Call) -> Response:
    found = connections.fares(call.container, call.installation_id)
    document = {name: getattr(found, name) for name in found.__slots__}
    return answer(schemas.FaresSchema, {**document, "version": call.container.manifest.version})


def _page(call: Call, host_event: str, attendee: str) -> Response:
    address = personal.address_of_page(call.container, call.installation_id, host_event, attendee)
    return tagged(answer(schemas.PageSchema, {"address": address}))


def _proved(call: Call, purpose: Purpose) -> tuple[Proof, bytes]:
    """Return who signed the request, and its raw body."""
    request.max_content_length = JSON_LIMIT
    raw = request.get_data(cache=False, parse_form_data=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    with _patience(call.installation_id):
        return connections.prove(call.container, call.installation_id, headers, raw, purpose), raw


@contextmanager
def _patience(about: str = "") -> Iterator[None]:
    """Count what fails, and tell whoever fails often to wait.

    Behind a proxy everybody has one address: what is right is taken whoever else has sent wrong ones, or a stranger
    could keep organisers from connecting, and a host from having everybody erased. That makes nothing easier to guess:
    a code has 256 bits, and a signature no fewer. Both are found or compared as keyed digests, so that how long an
    answer takes says nothing about how near a guess was.
    """
    if _FAILURES not in current_app.extensions:
        current_app.extensions.setdefault(_FAILURES, MovingWindowRateLimiter(MemoryStorage()))
    failures: MovingWindowRateLimiter = current_app.extensions[_FAILURES]
    asker = f"{request.remote_addr} {about}"
    too_many = Problem(429, "too_many", "too many wrong codes or signatures", headers={"Retry-After": "60"})
    try:
        yield
    except (BadCode, Unauthenticated):
        if not failures.hit(FAILURES, asker):
            raise too_many from None
        raise


def _answer(call: Call, made: Connected, *, status: int = 200) -> Response:
    public = call.container.settings.public_url
    document: dict[str, Any] = {
        "installation": made.installation,
        "name": made.name,
        "api": f"{public}/v1/installations/{made.installation}",
        "deliveries": f"{public}/hosts/{made.installation}/deliveries",
        "signing_secret": made.signing_secret,
        "callback_secret": made.callback_secret,
        "token": made.token,
        "fingerprint": made.fingerprint,
    }
    response = answer(schemas.ConnectedSchema, document, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


_SIGNED = {
    401: "Not signed by the connected host, or for something else.",
    409: "The operator disabled the installation, or this very request was used before.",
    429: "Too many wrong codes or signatures; wait as long as `Retry-After` says.",
}

ENDPOINTS = (
    Endpoint(
        method="POST", path="/v1/connections", name="connect", summary="Connect a host by an operator's code.",
        view=_connect, proof="code", answer=schemas.ConnectedSchema, body=schemas.ConnectSchema, status=201,
        problems={
            403: "The code is unknown, used up or too old.",
            422: "An address does not lie below the invitation's; `field` names it.",
            429: _SIGNED[429],
        },
    ),
    Endpoint(
        method="POST", path=CONNECTION, name="renew_connection",
        summary="Get the newest credentials; rotate, resume, or say new addresses.", view=_renew, proof="signature",
        answer=schemas.ConnectedSchema, body=schemas.RenewSchema,
        problems={**_SIGNED, 422: "An address does not lie below the invitation's; `field` names it."},
    ),
    Endpoint(
        method="GET", path=CONNECTION, name="get_connection", summary="See how the connection fares.", view=_fares,
        scopes=("read_results",), answer=schemas.FaresSchema,
    ),
    Endpoint(
        method="DELETE", path=CONNECTION, name="leave", summary="Stop everything, and erase everybody if asked to.",
        view=_leave, proof="signature", query=schemas.LeaveQuery, status=204, problems=_SIGNED,
    ),
    Endpoint(
        method="GET", path=f"{ROOT}/host-events/<path:host_event>/attendees/<path:attendee>/page", name="get_page",
        summary="Get the address of an attendee's own page.", view=_page, scopes=("read_results",),
        answer=schemas.PageSchema, conditional=True,
    ),
)  # fmt: skip
