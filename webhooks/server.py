"""Serves the web door with waitress: one process, many threads, a graceful end.

One process is what the embedded database wants (its writers take turns anyway, and threads of one process share a
commit); docs/decisions/ has the figures. ``wsgi.py`` is for servers that bring their own processes.
"""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from waitress import create_server, wasyncore

from ..plugin.domain.errors import ConfigurationError

THREADS = 32
"""Requests at a time; most of them wait for a commit that they share."""
GRACE_SECONDS = 20.0
"""How long requests that have begun may take once the server was told to stop."""

HARD_BODY_LIMIT = 16
"""Bodies beyond this many times the limit are cut off by the server; up to it, the door answers with a problem."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address; port 0 takes a free one. Raises ``ConfigurationError``."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind)
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {host}: {error.strerror or error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise ConfigurationError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Return ``http://host:port`` with the real port."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class WebServer:
    """A listening server; ``run`` serves until ``stop`` is called, from a signal handler or another thread."""

    def __init__(self, app: Any, listener: socket.socket, *, body_limit: int, threads: int = THREADS) -> None:
        self._stopping = False
        self._map: dict[int, Any] = {}
        self._server = create_server(
            app,
            map=self._map,
            sockets=[listener],
            threads=threads,
            ident=None,
            backlog=1024,
            connection_limit=1000,
            channel_timeout=60,
            asyncore_use_poll=True,
            max_request_body_size=body_limit * HARD_BODY_LIMIT,
        )

    def run(self) -> None:
        """Serve until stopped; then take nothing new, finish what was begun, and return."""
        while not self._stopping:
            self._turn(1.0)
        self._server.accepting = False
        wasyncore.dispatcher.close(self._server)
        until = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < until and self._busy():
            self._turn(0.05)
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._map, ignore_all=True)

    def stop(self) -> None:
        """Begin the graceful end; may be called from anywhere, more than once."""
        self._stopping = True
        self._server.pull_trigger()

    def _turn(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._map, count=1)

    def _busy(self) -> bool:
        """Whether some connection has a request in work or an answer half sent; idle ones are hung up."""
        busy = False
        for each in list(self._map.values()):
            if not hasattr(each, "total_outbufs_len"):
                continue
            if each.requests or each.total_outbufs_len or each.request is not None:
                busy = True
            else:
                each.handle_close()
        return busy


@contextmanager
def stopped_by_signals(server: WebServer) -> Iterator[None]:
    """Have SIGTERM and SIGINT begin the graceful end, while the block runs in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    for each in former:
        signal.signal(each, lambda _number, _frame: server.stop())
    try:
        yield
    finally:
        for each, handler in former.items():
            signal.signal(each, handler)
