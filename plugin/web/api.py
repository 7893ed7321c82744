"""The REST API as one blueprint: every endpoint of the tables, guarded, with its errors as problem+json."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Blueprint, Response, request

from ..bootstrap import Container
from ..domain.errors import (
    BadCode,
    Forbidden,
    InvalidPayload,
    Locked,
    NotFound,
    NotTheOwner,
    RequestError,
    Stale,
    Unauthenticated,
)
from ..services.access import authorise
from . import connections, operations, plans, public, results, switches
from .endpoints import Call, Endpoint, check_refs, raw, read_query
from .openapi import describe
from .problems import Problem
from .wording import TITLES, language

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _openapi_json(call: Call) -> Response:
    server = call.container.settings.public_url
    document = describe(ENDPOINTS, version=call.container.manifest.version, server=server)
    return public.shared(raw(orjson.dumps(document), "application/json"))


ENDPOINTS: tuple[Endpoint, ...] = (
    *public.ENDPOINTS,
    Endpoint(
        method="GET", path="/openapi.json", name="get_openapi", summary="This description, as OpenAPI 3.1.",
        view=_openapi_json, conditional=True,
    ),
    *results.ENDPOINTS,
    *switches.ENDPOINTS,
    *plans.ENDPOINTS,
    *operations.ENDPOINTS,
    *connections.ENDPOINTS,
)  # fmt: skip


def blueprint(container: Container) -> Blueprint:
    """Return the routes under ``/v1``, the manifest and the OpenAPI document."""
    api = Blueprint("api", __name__)
    for endpoint in ENDPOINTS:
        api.add_url_rule(
            endpoint.path, endpoint.name, _guarded(container, endpoint), methods=[endpoint.method],
            provide_automatic_options=False,
        )  # fmt: skip
    # Inside a host's own application a wrong method or address is answered as a problem, too.
    for number, (path, allowed) in enumerate(sorted(_methods().items())):
        others = [method for method in METHODS if method not in allowed]
        api.add_url_rule(
            path, f"no_method_{number}", _no_method(allowed), methods=others, provide_automatic_options=False
        )
    api.add_url_rule("/v1/", "nothing", _nothing, methods=METHODS, provide_automatic_options=False)
    api.add_url_rule("/v1/<path:_>", "nothing", _nothing, methods=METHODS, provide_automatic_options=False)
    api.register_error_handler(RequestError, lambda error: _worded(problem_of(error)))
    api.register_error_handler(InvalidPayload, lambda error: _worded(problem_of(error)))
    api.register_error_handler(Problem, _worded)
    return api


def _methods() -> dict[str, list[str]]:
    """Return which methods each address has."""
    found: dict[str, list[str]] = {}
    for endpoint in ENDPOINTS:
        implied = ["GET", "HEAD"] if endpoint.method == "GET" else [endpoint.method]
        found.setdefault(endpoint.path, []).extend(implied)
    return found


def _no_method(allowed: list[str]) -> Callable[..., Response]:
    def view(**_: str) -> Response:
        raise Problem(405, "method_not_allowed", "not by this method", headers={"Allow": ", ".join(allowed)})

    return view


def _nothing(_: str = "") -> Response:
    raise NotFound("there is nothing at this address")


def problem_of(error: RequestError | InvalidPayload) -> Problem:
    """Return the answer to a request that asks for what it cannot have."""
    text = str(error)
    match error:
        case Unauthenticated():
            return Problem(
                401, "unauthenticated", text, headers={"WWW-Authenticate": 'Bearer realm="entremise"'}
            )
        case BadCode():
            return Problem(403, "bad_code", text)
        case Forbidden():
            return Problem(403, "forbidden", text)
        case NotFound():
            return Problem(404, "not_found", text)
        case Stale():
            return Problem(412, "stale", text)
        case Locked(keys=keys):
            return Problem(409, "locked", text, keys=list(keys))
        case NotTheOwner(see=see):
            members: dict[str, Any] = {"see": see} if see else {}
            return Problem(409, "host_owns_settings", text, **members)
        case InvalidPayload(field=field):
            members = {"field": field} if field else {}
            return Problem(422, "invalid", text, **members)
    return Problem(409, "conflict", text)


def _guarded(container: Container, endpoint: Endpoint) -> Callable[..., Response]:
    """Authorise first, then look at anything else: a stranger learns nothing from the order of refusals."""

    def view(installation_id: str = "", **parts: str) -> Response:
        token = (
            authorise(container, _bearer(), installation_id, *endpoint.scopes) if endpoint.scopes else None
        )
        check_refs(parts)
        call = Call(container, installation_id, token, read_query(endpoint.query))
        return endpoint.view(call, **parts)

    return view


def _bearer() -> str | None:
    """Return the token of ``Authorization: Bearer …``; never one from the address, which ends up in logs."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _worded(problem: Problem) -> Response:
    titles = TITLES.get(problem.code)
    if titles is not None:
        problem.members.setdefault("title", titles[language()])
    response = problem.response()
    if titles is not None:
        response.headers["Content-Language"] = language()
        response.headers["Vary"] = "Accept-Language"
    return response
