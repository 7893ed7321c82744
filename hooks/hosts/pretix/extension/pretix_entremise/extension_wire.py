"""How a host's own extension puts a request to the service, and what it makes of the answer or of none.

A copy of this file goes into every extension that is written in Python, beside the client: it needs nothing but
`requests`. Nothing here prints or logs; the text of an error never holds a secret.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
import urllib3

LONGEST_ANSWER = 32 * 1024 * 1024
"""Bytes; a plan's picture is the longest there is."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_AGAIN_LATER = frozenset((408, 425, 429))
_UNAUTHORISED = frozenset((401, 403, 404))


class ServiceError(Exception):
    """The service did not do what was asked.

    ``code`` is for programs: the service's own, or ``timeout``, ``no_answer``, ``blocked``, ``bad_address``,
    ``moved``, ``not_the_service``, ``http_<status>``. ``status`` is ``None`` where nothing came back, ``retry_after``
    in seconds, ``detail`` English, ``field`` what is to blame, ``document`` all that the service said.
    """

    temporary = False

    def __init__(
        self, code: str, *, status: int | None = None, retry_after: float | None = None,
        detail: str = "", field: str = "", document: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(f"{code} ({status}): {detail}" if status else f"{code}: {detail}")
        self.code = code
        self.status = status
        self.retry_after = retry_after
        self.detail = detail
        self.field = field
        self.document = dict(document or {})

    @property
    def unauthorised(self) -> bool:
        """Whether the service does not know us (any more): trying again as before will not help."""
        return self.status in _UNAUTHORISED


class ServiceAway(ServiceError):
    """No answer, or one that says: later. Try the same again."""

    temporary = True


class ServiceRefused(ServiceError):
    """The service understood and said no, or is none."""


@dataclass(frozen=True)
class Answer:
    """A success (or 304): its body as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def etag(self) -> str:
        """Return the tag to hand back as it is."""
        return self.headers.get("ETag", "")

    def document(self) -> dict[str, Any]:
        """Return the JSON object; ``ServiceRefused`` where it is none, as from somebody else's server."""
        found = _object(self.body)
        if found is None:
            raise ServiceRefused("not_the_service", status=self.status, detail="the answer is no JSON object")
        return found

    def tagged(self) -> tuple[dict[str, Any], str]:
        """Return the JSON object and its ETag."""
        return self.document(), self.etag


class Line:
    """Requests to one service over one session. Follows no redirect: secrets go to nobody but who was named."""

    def __init__(self, service: str, timeout: float) -> None:
        self.address = checked(service)
        self._timeout = timeout
        self._session = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of open connections."""
        self._session.close()

    def ask(
        self, method: str, path: str, *, document: Any = None, body: bytes | None = None,
        headers: Mapping[str, str] | None = None, token: str = "",
    ) -> Answer:  # fmt: skip
        """Return the answer to one request; raises ``ServiceAway`` or ``ServiceRefused``."""
        if document is not None:
            body, headers = written(document), {"Content-Type": "application/json", **(headers or {})}
        deadline = time.monotonic() + 2 * self._timeout
        try:
            with self._session.request(
                method, self.address + path, data=body, headers=dict(headers or {}), auth=_Bearer(token),
                timeout=(self._timeout / 2, self._timeout), allow_redirects=False, stream=True,
            ) as response:  # fmt: skip
                answer = Answer(response.status_code, response.headers, _read(response, deadline))
        except requests.Timeout as error:
            raise ServiceAway("timeout", detail=f"no answer within {self._timeout:g} s") from error
        except (requests.exceptions.InvalidURL, UnicodeError) as error:
            raise ServiceRefused("bad_address", detail="no such address", field="service") from error
        except requests.exceptions.RequestException as error:
            # What went wrong is told by its kind: the text of the error has the whole address in it.
            raise ServiceAway("no_answer", detail=type(error).__name__) from error
        except urllib3.exceptions.HTTPError as error:
            # Only what stands between requests and the network raises these: a guard against private addresses.
            raise ServiceRefused("blocked", detail="this server may not reach that address") from error
        _refuse(answer)
        return answer


def checked(service: str) -> str:
    """Return the service's address as it is used; ``ServiceRefused`` (``bad_address``) where it cannot be one."""
    text = service.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        usable = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            and "@" not in parts.netloc and not parts.query and not parts.fragment and text.isprintable()
            and not set(text) & set(" \\")
        )  # fmt: skip
    except ValueError:
        usable = False
    if not usable:
        raise ServiceRefused("bad_address", detail="an http or https address is needed", field="service")
    return text


def written(document: Any) -> bytes:
    """Return JSON; what no text can hold (half of a character) becomes a question mark."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")


class _Bearer(requests.auth.AuthBase):
    """Sets the token itself, so that no .netrc of the machine puts something else in its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _read(response: requests.Response, deadline: float) -> bytes:
    """Return the whole body. Each part is taken as it comes, so that a few bytes now and then keep nobody here."""
    read = bytearray()
    try:
        while part := response.raw.read1(1 << 16, decode_content=True):
            read += part
            if len(read) > LONGEST_ANSWER:
                raise ServiceRefused(
                    "not_the_service", status=response.status_code, detail="an endless answer"
                )
            if time.monotonic() > deadline:
                raise ServiceAway("timeout", detail="the answer does not end")
    except urllib3.exceptions.TimeoutError as error:
        raise ServiceAway("timeout", detail="the answer stopped") from error
    except urllib3.exceptions.HTTPError as error:
        raise ServiceAway("no_answer", detail=type(error).__name__) from error
    return bytes(read)


def _refuse(answer: Answer) -> None:
    status = answer.status
    if 200 <= status < 300 or status == 304:
        return
    if status < 400:
        raise ServiceRefused(
            "moved", status=status, detail="the service is at another address", field="service"
        )
    problem = _object(answer.body) or {}
    kind = ServiceAway if status >= 500 or status in _AGAIN_LATER else ServiceRefused
    raise kind(
        str(problem.get("code") or f"http_{status}")[:80],
        status=status,
        retry_after=_seconds(answer.headers.get("Retry-After", "")),
        detail=str(problem.get("detail") or problem.get("title") or "")[:500],
        field=str(problem.get("field") or "")[:200],
        document=problem,
    )


def _object(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object; ``None`` also for what Python reads and databases do not take: NaN, NUL, half a character."""
    try:
        found = json.loads(body)
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and not _NUL.search(body) else None


def _seconds(text: str) -> float | None:
    """Read Retry-After: seconds, or a date."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
