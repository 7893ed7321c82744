"""The OpenAPI document, made from the table of endpoints and their marshmallow schemas."""

from __future__ import annotations

import re
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from . import schemas
from .endpoints import Endpoint

_PART = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
_PARTS = {
    "installation_id": "The installation.",
    "host_event": "The host's key of the host event; may contain slashes.",
    "organisation": "The host's key of the organisation; may contain slashes.",
    "attendee": "The host's key of the attendee.",
    "letter_id": "The dead letter.",
    "feature": "mentorship, circles, seating or meetings",
}
_ALWAYS = {
    401: "The token is missing, unknown or revoked.",
    403: "The token's scopes do not cover this.",
    404: "It is not there, or not this installation's.",
}

_SIGNATURE = {
    "webhook-id": "Never the same twice; begins with `renew_`, `leave_`, or `erase_` (to leave and erase).",
    "webhook-timestamp": "Seconds since 1970, within five minutes of now.",
    "webhook-signature": "`v1,` and the base64 of the HMAC.",
}


def describe(endpoints: tuple[Endpoint, ...], *, version: str, server: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document. ``server`` is the public address."""
    spec = APISpec(
        title="entremise", version=version, openapi_version="3.1.0", plugins=[MarshmallowPlugin(_name)],
        info={"description": "Introduces people to each other at professional events."},
        servers=[{"url": server}],
    )  # fmt: skip
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for endpoint in endpoints:
        spec.path(
            _PART.sub(r"{\1}", endpoint.path), operations={endpoint.method.lower(): _operation(endpoint)}
        )
    document: dict[str, Any] = spec.to_dict()
    return document


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint),
        "security": [{"token": []}] if endpoint.scopes else [],
    }
    if endpoint.scopes:
        operation["description"] = (
            f"Needs a token of scope {' or '.join(sorted({*endpoint.scopes, 'admin'}))}."
        )
        operation["x-token-scopes"] = sorted({*endpoint.scopes, "admin"})
    if endpoint.proof == "signature":
        operation["description"] = "Needs Standard Webhooks headers over the raw body, by the signing secret."
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": endpoint.body}},
        }
    elif endpoint.name == "deliver":
        operation["requestBody"] = {"required": True, "content": {"*/*": {"schema": {"type": "string"}}}}
    return operation


def _parameters(endpoint: Endpoint) -> list[Any]:
    found: list[Any] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "description": _PARTS[name],
        }
        for name in _PART.findall(endpoint.path)
    ]
    if endpoint.query is not None:
        found.append({"in": "query", "schema": endpoint.query})
    if endpoint.conditional:
        found.append(_header("If-None-Match", "The ETag that the asker holds.", required=False))
    if endpoint.proof == "signature":
        found += [_header(name, meaning, required=True) for name, meaning in _SIGNATURE.items()]
    if endpoint.method == "PUT" or endpoint.matched:
        found.append(_header("If-Match", "The ETag of what is being replaced.", required=True))
    return found


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    good: dict[str, Any] = {"description": endpoint.summary}
    if endpoint.answer is not None:
        good["content"] = {endpoint.media: {"schema": endpoint.answer}}
    elif endpoint.status != 204:
        good["content"] = {endpoint.media: {"schema": {}}}
    if endpoint.conditional or endpoint.method == "PUT":
        good["headers"] = {"ETag": {"schema": {"type": "string"}}}
    answers = {str(endpoint.status): good}
    if endpoint.conditional:
        answers["304"] = {"description": "The asker holds it already."}
    problems = {**(_ALWAYS if endpoint.scopes else {}), **endpoint.problems}
    if endpoint.query is not None:
        problems[400] = "A parameter is not allowed; `field` names it."
    for status, meaning in sorted(problems.items()):
        content = {"application/problem+json": {"schema": schemas.ProblemSchema}}
        answers[str(status)] = {"description": meaning, "content": content}
    return answers


def _header(name: str, description: str, *, required: bool) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string"},
    }


def _name(schema: Schema | type[Schema] | str) -> str:
    """Name components without the word Schema."""
    cls = schema if isinstance(schema, type) else type(schema)
    return cls.__name__.removesuffix("Schema")
