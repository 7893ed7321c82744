"""Serves the web door with waitress: one process, many threads, a graceful end.

One process is what the embedded database wants (its writers take turns anyway, and threads of one process share a
commit); docs/decisions/ has the figures. ``wsgi.py`` is for servers that bring their own processes.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from waitress import create_server, wasyncore
from waitress.server import MultiSocketServer

from ..plugin.domain.errors import ConfigurationError

THREADS = 16
GRACE_SECONDS = 20.0
"""How long requests that have begun may take once the server was told to stop."""

HARD_BODY_LIMIT = 16
"""Bodies beyond this many times the limit are cut off by the server; up to it, the door answers with a problem."""


class WebServer:
    """A listening server; ``run`` serves until ``stop`` is called, from a signal handler or another thread."""

    def __init__(self, app: Any, host: str, port: int, *, body_limit: int, threads: int = THREADS) -> None:
        self._stopping = False
        self._map: dict[int, Any] = {}
        try:
            self._server = create_server(
                app,
                map=self._map,
                host=host,
                port=port,
                threads=threads,
                ident=None,
                backlog=1024,
                connection_limit=1000,
                channel_timeout=60,
                asyncore_use_poll=True,
                max_request_body_size=body_limit * HARD_BODY_LIMIT,
            )
        except OSError as error:
            raise ConfigurationError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error

    @property
    def address(self) -> str:
        """Where it listens, as ``http://host:port`` (the real port where 0 was asked for)."""
        if isinstance(self._server, MultiSocketServer):
            host, port = self._server.effective_listen[0]
        else:
            host, port = self._server.effective_host, self._server.effective_port
        return f"http://[{host}]:{port}" if ":" in str(host) else f"http://{host}:{port}"

    def run(self) -> None:
        """Serve until stopped; then take nothing new, finish what was begun, and return."""
        while not self._stopping:
            self._turn(1.0)
        for each in self._listeners():
            each.accepting = False
            wasyncore.dispatcher.close(each)
        until = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < until and self._busy():
            self._turn(0.05)
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._map, ignore_all=True)

    def stop(self) -> None:
        """Begin the graceful end; may be called from anywhere, more than once."""
        self._stopping = True
        for each in self._listeners():
            each.pull_trigger()

    def _turn(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._map, count=1)

    def _listeners(self) -> list[Any]:
        return [each for each in list(self._map.values()) if hasattr(each, "active_channels")] or [self._server]

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
