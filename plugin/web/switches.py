"""REST: the switches of the system, an organisation or a host event, guarded against lost updates by ETag."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from flask import Response

from ..services import switches
from ..services.ports import Scope
from ..services.switches import Switchboard
from . import schemas
from .endpoints import Call, Endpoint, answer, expected_version, read_body, tagged
from .results import ROOT
from .wording import language


def _get_system(call: Call) -> Response:
    return _get(call, "system", "")


def _get_organisation(call: Call, organisation: str) -> Response:
    return _get(call, "organisation", organisation)


def _get_host_event(call: Call, host_event: str) -> Response:
    return _get(call, "host_event", host_event)


def _put_system(call: Call) -> Response:
    return _put(call, "system", "")


def _put_organisation(call: Call, organisation: str) -> Response:
    return _put(call, "organisation", organisation)


def _put_host_event(call: Call, host_event: str) -> Response:
    return _put(call, "host_event", host_event)


def _get(call: Call, scope: Scope, ref: str) -> Response:
    return _answer(call, switches.show(call.container, call.installation_id, scope, ref))


def _put(call: Call, scope: Scope, ref: str) -> Response:
    with call.container.store.snapshot() as uow:
        installation = uow.installations.get(call.installation_id)
        current = uow.switches.get(call.installation_id, scope, ref).version
    assert installation is not None  # the token is this installation's
    # First of all, so that whoever may not write learns where to go, not how to ask better.
    switches.refuse_unless_owner(installation, call.token)
    expected = expected_version(current)
    body = read_body(schemas.SettingsChangeSchema)
    board = switches.change(
        call.container, call.installation_id, scope, ref,
        values=body["values"], locked=body["locked"], expected_version=expected, actor=call.actor, token=call.token,
    )  # fmt: skip
    return _answer(call, board)


def _answer(call: Call, board: Switchboard) -> Response:
    words = language()
    keys = call.container.manifest.keys()
    effective = {
        key: {
            "value": None if keys[key].secret else held.value,
            "source": held.source,
            "locked_by": held.locked_by,
            "label": keys[key].label[words],
            "help": keys[key].help[words],
        }
        for key, held in board.effective.items()
    }
    document: dict[str, Any] = {
        "scope": board.record.scope,
        "ref": board.record.scope_ref,
        "version": board.record.version,
        "owner": board.owner,
        "page": board.page,
        "values": {
            key: value for key, value in board.record.values.items() if key in keys and not keys[key].secret
        },
        "locked": sorted(board.record.locked),
        "effective": effective,
    }
    response = answer(schemas.SettingsSchema, document)
    response.headers["Content-Language"] = words
    response.headers["Vary"] = "Accept-Language"
    # The version says what this scope has set, the digest what else is shown: If-Match reads the former alone, so
    # that a change at a higher scope does not refuse one here; If-None-Match compares both.
    digest = hashlib.blake2b(orjson.dumps(document, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()
    return tagged(response, tag=f"{board.record.version}-{digest}")


_PROBLEMS = {
    409: "A higher scope locks a key (`keys`), or the host owns the switches (`see` is its page).",
    412: "Somebody else changed these settings since that ETag was read.",
    422: "A value is not what the manifest allows; `field` names the key.",
    428: "If-Match is missing.",
}
_PLACES = (
    ("system", f"{ROOT}/settings", _get_system, _put_system, "the installation as a whole"),
    (
        "organisation", f"{ROOT}/organisations/<path:organisation>/settings",
        _get_organisation, _put_organisation, "one organisation",
    ),
    (
        "host_event", f"{ROOT}/host-events/<path:host_event>/settings",
        _get_host_event, _put_host_event, "one host event",
    ),
)  # fmt: skip

ENDPOINTS = tuple(
    endpoint
    for scope, path, get, put, whose in _PLACES
    for endpoint in (
        Endpoint(
            method="GET", path=path, name=f"get_{scope}_settings", summary=f"Get the switches of {whose}.",
            view=get, scopes=("settings",), answer=schemas.SettingsSchema, conditional=True,
        ),
        Endpoint(
            method="PUT", path=path, name=f"put_{scope}_settings", summary=f"Replace the switches of {whose}.",
            view=put, scopes=("settings",), answer=schemas.SettingsSchema, body=schemas.SettingsChangeSchema,
            problems=_PROBLEMS,
        ),
    )
)  # fmt: skip
