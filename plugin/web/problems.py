"""Says what went wrong over HTTP, as ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response


class Problem(Exception):
    """An answer other than success. Raise it anywhere below a view, or return ``response()``.

    ``code`` is for programs and never changes; ``detail`` is for people and never holds personal data.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail or code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def response(self) -> Response:
        """Return the answer: type, title, status, code, detail, and what was passed as ``members``."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
        }
        if self.detail:
            document["detail"] = self.detail
        document.update(self.members)
        answer = Response(orjson.dumps(document), self.status, content_type="application/problem+json")
        answer.headers.update(self.headers)
        answer.headers["Cache-Control"] = "no-store"
        return answer
