"""The one way out: HTTP requests that follow no redirect and reach no private address unless the operator allowed it.

The address is checked where the connection is made, so a name that resolves differently a moment later gains nothing.
Proxies from the environment are not used: they would connect to addresses that nobody checked.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from ..plugin.domain.errors import HostRejected, HostUnauthorized, HostUnavailable
from .addresses import Reachable

MOST_BYTES = 16 << 20
"""Largest answer that is read."""

LONGEST_WAIT = 86_400.0
"""Seconds to which a Retry-After is cut."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``headers`` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the decoded body; raises ``HostUnavailable`` when it is no JSON (a proxy's error page, say)."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise HostUnavailable("the host answered something that is not JSON") from error

    @property
    def retry_after(self) -> float | None:
        """Seconds that the host asked to wait, from either form of ``Retry-After``."""
        return _retry_after(self.headers.get("retry-after", ""))


class Outbound:
    """A guarded HTTP client. Keeps connections open while it lives; safe to share between threads.

    ``allow_private`` holds what is reachable although it is private: ``host:port`` as it stands in the address
    asked for, or networks (``10.1.0.0/16``, ``127.0.0.1``) that the connection may lead to. ``timeout`` is in
    seconds, for connecting, for the answer's head and for its body each.
    """

    def __init__(
        self, *, allow_private: Sequence[str] = (), timeout: float = 10.0, most_bytes: int = MOST_BYTES
    ) -> None:
        self._timeout = timeout
        self._most_bytes = most_bytes
        self._pools = _Pools(Reachable(allow_private))

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Send one request, once, and return whatever the host answers, redirects and errors included.

        Raises ``HostUnavailable`` when there is no answer in time, ``HostUnauthorized`` when the address may not be
        reached (the operator has to allow it), ``HostRejected`` when the address or the answer cannot be used.
        """
        self._check_url(url)
        limit = self._timeout if timeout is None else timeout
        try:
            response = self._pools.request(
                method,
                url,
                headers={"user-agent": "entremise", **(headers or {})},
                body=body,
                timeout=urllib3.Timeout(connect=limit, read=limit),
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except (urllib3.exceptions.LocationParseError, ValueError) as error:
            raise HostRejected("the request cannot be sent: its address or headers are malformed") from error
        except _Refused as error:
            raise HostUnauthorized(
                "the address is private; allow it (`entremise installation configure`, allow_private), then resume"
            ) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise HostUnavailable(f"no answer: {type(error).__name__}") from error
        return Answer(response.status, _lower(response.headers), self._body(response, limit))

    @staticmethod
    def expect(answer: Answer) -> Answer:
        """Return the answer if it is a success (2xx); otherwise raise what the status means.

        401 and 403 are ``HostUnauthorized``; 408, 429 and 5xx ``HostUnavailable``; everything else ``HostRejected``.
        """
        status = answer.status
        if 200 <= status < 300:
            return answer
        if status in (401, 403):
            raise HostUnauthorized(f"the host answered {status}")
        if status in (408, 429) or status >= 500:
            raise HostUnavailable(f"the host answered {status}", retry_after=answer.retry_after)
        raise HostRejected(f"the host answered {status}")

    def close(self) -> None:
        """Close idle connections."""
        self._pools.clear()

    @staticmethod
    def _check_url(url: str) -> None:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
        except ValueError:
            usable = False
        if not usable:
            raise HostRejected("not an http or https address")
        if "@" in parts.netloc:
            raise HostRejected("an address must not carry a user name or password")

    def _body(self, response: urllib3.BaseHTTPResponse, limit: float) -> bytes:
        until = time.monotonic() + limit
        read = bytearray()
        try:
            while len(read) <= self._most_bytes and time.monotonic() < until:
                chunk = response.read1(1 << 16)
                if not chunk:
                    response.release_conn()
                    return bytes(read)
                read += chunk
        except (urllib3.exceptions.HTTPError, OSError) as error:
            response.close()
            raise HostUnavailable(f"the answer broke off: {type(error).__name__}") from error
        response.close()
        if len(read) > self._most_bytes:
            raise HostRejected(f"the host's answer is larger than {self._most_bytes} bytes")
        raise HostUnavailable("the host's answer took too long")


class _Refused(Exception):
    """Nothing that the name resolves to may be reached."""


class _Guarded(HTTPConnection):
    """Connects only where it may, and gives up when the answer's head drips in too slowly."""

    def __init__(self, *args: Any, reachable: Reachable, **options: Any) -> None:
        super().__init__(*args, **options)
        self._reachable = reachable
        self._lifeline: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        """Resolve once, check each address, and connect to the very address that was checked."""
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise urllib3.exceptions.NewConnectionError(self, "the name does not resolve") from error
        permitted = [one for one in found if self._reachable.permits(self.host, self.port, str(one[4][0]))]
        if not permitted:
            raise _Refused
        failure: OSError | None = None
        for family, kind, protocol, _, address in permitted:
            opened = socket.socket(family, kind, protocol)
            try:
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                opened.settimeout(self.timeout)
                opened.connect(address)
            except OSError as error:
                opened.close()
                failure = error
                continue
            self._lifeline = opened.dup()
            return opened
        raise urllib3.exceptions.NewConnectionError(self, "no address answers") from failure

    def connect(self) -> None:
        with self._deadline(self.timeout):
            super().connect()

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as urllib3 has it
        with self._deadline(self.timeout):
            return super().getresponse()

    def close(self) -> None:
        super().close()
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None

    @contextmanager
    def _deadline(self, seconds: float | None) -> Iterator[None]:
        """Cut the connection after that time: a socket's own time-out starts afresh with every byte."""
        late = threading.Event()
        timer = threading.Timer(seconds or 0.0, self._cut, [late])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        if late.is_set():
            # A head that breaks off in the middle is read as one that ended there.
            raise TimeoutError("the answer's head took too long")

    def _cut(self, late: threading.Event) -> None:
        late.set()
        lifeline = self._lifeline
        if lifeline is not None:
            try:
                lifeline.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It is closed already, which is what was wanted.


class _GuardedTls(_Guarded, HTTPSConnection):
    """The same over TLS: certificates are checked against the name that was asked for."""


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTls


class _Pools(urllib3.PoolManager):
    """Keeps connections per scheme, host and port; each is made by the guard."""

    def __init__(self, reachable: Reachable) -> None:
        super().__init__(num_pools=20, maxsize=4)
        self._reachable = reachable

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> HTTPConnectionPool:
        pool = _HttpsPool if scheme == "https" else _HttpPool
        return pool(host, port, maxsize=4, reachable=self._reachable)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _retry_after(text: str) -> float | None:
    if text.isascii() and text.isdigit() and len(text) < 10:
        seconds = float(text)
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)
