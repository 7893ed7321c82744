"""What one REST endpoint is: a row of a table from which routes, authorisation and OpenAPI all follow."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from flask import Response, request
from marshmallow import Schema, ValidationError

from ..bootstrap import Container
from ..domain.errors import InvalidPayload, NotFound, Stale
from ..services.access import TokenScope
from ..services.ports import TokenRecord
from .problems import Problem

JSON_LIMIT = 1 << 18
"""Largest JSON body of an administrative request, in bytes."""
_TAG = re.compile(r"(\d{1,18})-[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request: for whom, and by whose token (``None`` only where anybody may ask)."""

    container: Container
    installation_id: str
    token: TokenRecord | None
    query: Mapping[str, Any]

    @property
    def actor(self) -> str:
        """Who is named in the audit trail."""
        return f"token {self.token.id}" if self.token else "anybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method on one address.

    ``scopes`` are the token scopes of which one is needed (``admin`` always suffices); empty means public.
    ``view`` gets the ``Call`` and the parts of the address. ``problems`` are the statuses, besides those that every
    endpoint may answer, with what they mean here. ``proof`` says what the view itself asks for instead of a token. ``matched``: the asker has to say in If-Match what they have read
    (as every PUT).
    """

    method: str
    path: str
    name: str
    summary: str
    view: Callable[..., Response]
    scopes: tuple[TokenScope, ...] = ()
    proof: Literal["", "code", "signature"] = ""
    answer: type[Schema] | None = None
    media: str = "application/json"
    status: int = 200
    body: type[Schema] | None = None
    query: type[Schema] | None = None
    conditional: bool = False
    matched: bool = False
    problems: Mapping[int, str] = field(default_factory=dict)


def answer(schema: type[Schema], document: Any, *, status: int = 200) -> Response:
    """Return ``document`` as JSON, in the shape that the schema promises."""
    return raw(orjson.dumps(schema().dump(document)), "application/json", status=status)


def raw(body: bytes, media: str, *, status: int = 200) -> Response:
    """Return bytes that nobody but the asker may keep."""
    response = Response(body, status, content_type=media)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def tagged(response: Response, *, tag: str | None = None) -> Response:
    """Give the answer its ETag (of its bytes, unless ``tag`` is given); 304 when the asker holds it already."""
    tag = tag or hashlib.blake2b(response.get_data(), digest_size=16).hexdigest()
    response.set_etag(tag)
    # If-Match guards writing; a reader who sends it along is not refused.
    if request.method in {"GET", "HEAD"} and request.if_none_match.contains_weak(tag):
        response.status_code = 304
        response.set_data(b"")
    return response


def read_query(schema: type[Schema] | None) -> Mapping[str, Any]:
    """Return the validated query parameters; ``Problem`` 400 naming the first bad one."""
    if schema is None:
        return {}
    try:
        found: Mapping[str, Any] = schema().load(request.args.to_dict())
    except ValidationError as error:
        name, messages = next(iter(error.normalized_messages().items()))
        raise Problem(400, "invalid_parameter", f"{name}: {messages[0]}", field=str(name)) from None
    return found


def read_body(schema: type[Schema]) -> Mapping[str, Any]:
    """Return the validated JSON body; raises ``InvalidPayload`` naming the first bad field."""
    request.max_content_length = JSON_LIMIT
    try:
        document = orjson.loads(request.get_data(cache=False))
    except orjson.JSONDecodeError:
        raise Problem(400, "not_json", "the body is not JSON") from None
    return loaded(schema, document)


def loaded(schema: type[Schema], document: Any) -> Mapping[str, Any]:
    """Return what the schema makes of decoded JSON; raises ``InvalidPayload`` naming the first bad field."""
    if not isinstance(document, dict):
        raise InvalidPayload("the body must be a JSON object")
    try:
        found: Mapping[str, Any] = schema().load(document)
    except ValidationError as error:
        name, text = _first_fault(error.normalized_messages())
        raise InvalidPayload(text, field=name) from None
    return found


def _first_fault(messages: Any) -> tuple[str, str]:
    """Return the dotted path of the first bad field, and what is wrong with it."""
    path = []
    while isinstance(messages, Mapping) and messages:
        name, messages = next(iter(messages.items()))
        path.append(str(name))
    return ".".join(path), str(messages[0]) if isinstance(messages, list) and messages else "not valid"


def expected_version(current: int) -> int:
    """Return the version that If-Match names; ``Problem`` 428 without the header, ``Stale`` when none can match.

    A tag is ``<version>-<digest>``: the version guards writing, the digest tells readers what else has changed.
    """
    if "If-Match" not in request.headers:
        raise Problem(428, "precondition_required", "say in If-Match which ETag you have read")
    if request.if_match.star_tag:
        return current
    for tag in request.if_match.as_set():
        found = _TAG.fullmatch(tag)
        if found and int(found[1]) == current:
            return current
    raise Stale("somebody else changed this", version=current)


def check_refs(parts: Mapping[str, str]) -> None:
    """Refuse addresses whose parts no store could hold; nothing is there."""
    for part in parts.values():
        if len(part) > 255 or not part.isprintable():
            raise NotFound("there is nothing at this address")
