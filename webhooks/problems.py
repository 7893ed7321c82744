"""Turns what went wrong into an HTTP answer: one table, always ``application/problem+json``."""

from __future__ import annotations

import logging
import math
from types import TracebackType
from typing import Any

from flask import Blueprint, Flask
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as BaseResponse

from ..plugin.domain.errors import (
    Backpressure,
    DeliveryError,
    InvalidPayload,
    InvalidSignature,
    RequestError,
)
from ..plugin.web.api import problem_of as problem_of_request
from ..plugin.web.problems import Problem

logger = logging.getLogger(__name__)

DATABASE_AWAY = (OperationalError, InterfaceError, NoConnection)
"""What the store raises while the database cannot be reached or written: come back later."""

DATABASE_RETRY_AFTER = 5.0


def problem_of(error: BaseException) -> Problem | None:
    """Return the answer that an error calls for; ``None`` when it is a fault of ours."""
    match error:
        case Problem():
            return error
        case InvalidSignature():
            return Problem(401, "invalid_signature", str(error), headers={"WWW-Authenticate": "Signature"})
        case InvalidPayload():
            members: dict[str, Any] = {"field": error.field} if error.field else {}
            return Problem(400, "invalid_payload", str(error), **members)
        case DeliveryError():
            return Problem(400, "unusable_delivery", str(error))
        case RequestError():
            return problem_of_request(error)
        case Backpressure():
            return unavailable("backpressure", "too much is waiting; send it again later", error.retry_after)
        case OperationalError() | InterfaceError() | NoConnection():
            return unavailable("database_away", "the database does not answer; send it again later")
        case DBAPIError():
            return Problem(400, "cannot_be_stored", "the database refuses to store this delivery")
        case HTTPException():
            return _of_http(error)
    return None


def unavailable(code: str, detail: str, retry_after: float = DATABASE_RETRY_AFTER) -> Problem:
    """503 with Retry-After in whole seconds."""
    return Problem(503, code, detail, headers={"Retry-After": str(max(1, math.ceil(retry_after)))})


def install(target: Flask | Blueprint) -> None:
    """Have every error below ``target`` answered as a problem."""

    @target.errorhandler(Exception)
    def answer(error: Exception) -> BaseResponse:
        if isinstance(error, RequestRedirect):
            return error.get_response()
        problem = problem_of(error)
        if problem is None:
            # The message may quote what somebody sent: only the type and the place go to the log.
            logger.error("unexpected error", exc_info=_without_message(error))
            problem = Problem(500, "internal_error", "something went wrong here; nothing was stored")
        return problem.response()


def _of_http(error: HTTPException) -> Problem:
    status = error.code or 500
    # Routing redirects and the like are answers already; their headers are kept (Allow, Location, …).
    headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    return Problem(
        status, (error.name or "error").lower().replace(" ", "_"), error.description or "", headers=headers
    )


def _without_message(error: Exception) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    return RuntimeError, RuntimeError(type(error).__name__), error.__traceback__
