"""Posts signed deliveries over kept-alive connections, as fast as they are answered.

``python -m benchmarks.webhook_load URL SECRET SECONDS CONNECTIONS FIRST`` prints {"answered", "refused", "seconds"}.
Requests are made before the clock starts and differ from FIRST on; each connection has one request on the way.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from entremise.hooks import signatures

from .inbox_rows import body

MOST_A_SECOND = 4_000
"""Requests that are made in advance for every second: more than any server here answers."""


def requests(url: str, secret: str, count: int, first: int) -> list[bytes]:
    """Return whole HTTP requests, signed."""
    parts = urlsplit(url)
    made = []
    for number in range(first, first + count):
        content = body(number)
        headers = {
            "host": parts.netloc, "content-type": "application/cloudevents+json", "content-length": str(len(content)),
            **signatures.sign([secret], f"message-{number}", time.time(), content),
        }  # fmt: skip
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        made.append(f"POST {parts.path} HTTP/1.1\r\n{head}\r\n".encode() + content)
    return made


class Connection:
    """One kept-alive connection with at most one request on the way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def answer(self) -> int | None:
        """Read what came; return the status once the answer is whole."""
        received = self.socket.recv(65536)
        if not received:
            raise ConnectionError("the server hung up")
        self.buffer += received
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return None
        lines = head.lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        if len(rest) < length:
            return None
        self.buffer = rest[length:]
        return int(head[9:12])


def load(url: str, prepared: Iterator[bytes], seconds: float, connections: int) -> dict[str, float]:
    """Post until the time is over; count what was answered within it."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    selector = selectors.DefaultSelector()
    answered = refused = 0
    for _ in range(connections):
        connection = Connection((parts.hostname, parts.port))
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.socket.sendall(next(prepared))
    began = time.perf_counter()
    while (now := time.perf_counter()) - began < seconds:
        for ready, _ in selector.select(timeout=1.0):
            status = ready.data.answer()
            if status is None:
                continue
            answered += status == 202
            refused += status != 202
            ready.data.socket.sendall(next(prepared))
    return {"answered": answered, "refused": refused, "seconds": now - began}


def main() -> None:
    url, secret = sys.argv[1], sys.argv[2]
    seconds, connections, first = float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
    prepared = requests(url, secret, int(seconds * MOST_A_SECOND) + connections, first)
    print(json.dumps(load(url, iter(prepared), seconds, connections)))


if __name__ == "__main__":
    main()
