"""The way out: what it reaches, what it refuses, and what the statuses that come back mean."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from entremise.hooks.outbound import LONGEST_WAIT, Answer, Outbound
from entremise.plugin.domain.errors import (
    ConfigurationError,
    HostError,
    HostRejected,
    HostUnauthorized,
    HostUnavailable,
)

Handle = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def a_server(handle: Handle) -> Iterator[int]:
    """Serve every request with ``handle``; yield the port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            handle(self)

        def do_POST(self) -> None:
            handle(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def a_raw_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Accept one connection and do with it what ``talk`` says; yield the port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            try:
                talk(connection)
            except OSError:
                pass  # The client had enough, as it should.

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()
        thread.join(10)


def answering(status: int, body: bytes = b"", **headers: str) -> Handle:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return handle


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    made = Outbound(allow_private=["127.0.0.1"], timeout=2.0, most_bytes=100_000)
    yield made
    made.close()


def test_a_request_arrives_whole_and_its_answer_comes_back(outbound: Outbound) -> None:
    seen = {}

    def handle(request: BaseHTTPRequestHandler) -> None:
        seen["path"] = request.path
        seen["header"] = request.headers["x-mine"]
        seen["body"] = request.rfile.read(int(request.headers["content-length"]))
        answering(201, b'{"a":1}', X_Other="yes")(request)

    with a_server(handle) as port:
        answer = outbound.request(
            "POST", f"http://127.0.0.1:{port}/p?q=1", headers={"x-mine": "é"}, body=b"hello"
        )
    assert seen == {"path": "/p?q=1", "header": "é", "body": b"hello"}
    assert (answer.status, answer.json(), answer.headers["x-other"]) == (201, {"a": 1}, "yes")


def test_connections_are_kept_open_between_requests(outbound: Outbound) -> None:
    ports = set()

    def handle(request: BaseHTTPRequestHandler) -> None:
        ports.add(request.client_address[1])
        answering(200, b"ok")(request)

    with a_server(handle) as port:
        for _ in range(5):
            outbound.request("GET", f"http://127.0.0.1:{port}/")
        outbound.close()
    assert len(ports) == 1


def test_a_redirect_is_not_followed(outbound: Outbound) -> None:
    asked: list[str] = []

    def handle(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        answering(302, Location="/secret")(request)

    with a_server(handle) as port:
        answer = outbound.request("GET", f"http://127.0.0.1:{port}/start")
        outbound.close()
    assert asked == ["/start"]
    with pytest.raises(HostRejected):
        outbound.expect(answer)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1"]
)
def test_loopback_is_refused_in_every_spelling(host: str) -> None:
    reached: list[str] = []
    with a_server(lambda request: reached.append(request.path)) as port, pytest.raises(HostError):
        Outbound(timeout=2.0).request("GET", f"http://{host}:{port}/")
    assert not reached


def test_an_address_that_is_refused_pauses_the_installation_rather_than_losing_results() -> None:
    with pytest.raises(HostUnauthorized, match="private"):
        Outbound(timeout=2.0).request("GET", "http://127.0.0.1:9/")


def test_a_host_and_port_can_be_allowed_without_their_neighbours() -> None:
    with a_server(answering(200)) as port, a_server(answering(200)) as neighbour:
        allowed = Outbound(allow_private=[f"localhost:{port}"], timeout=2.0)
        assert allowed.request("GET", f"http://localhost:{port}/").status == 200
        for other in (f"http://localhost:{neighbour}/", f"http://127.0.0.1:{port}/"):
            with pytest.raises(HostUnauthorized):
                allowed.request("GET", other)
        allowed.close()


def test_a_name_is_resolved_once_and_that_very_address_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that leads elsewhere a moment after it was checked gains nothing."""
    real, lookups = socket.getaddrinfo, []

    def rebinding(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host != "rebinding.example":
            return real(host, port, *args, **options)
        lookups.append(host)
        return real("127.0.0.2" if len(lookups) == 1 else "127.0.0.1", port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    reached: list[str] = []
    with a_server(lambda request: reached.append(request.path)) as port, pytest.raises(HostUnavailable):
        Outbound(allow_private=["127.0.0.2"], timeout=0.5).request("GET", f"http://rebinding.example:{port}/")
    assert lookups == ["rebinding.example"]
    assert not reached


def test_a_name_with_a_private_and_a_public_address_is_never_reached_at_the_private_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = socket.getaddrinfo

    def mixed(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host != "mixed.example":
            return real(host, port, *args, **options)
        return real("127.0.0.1", port, *args, **options) + real("127.0.0.2", port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", mixed)
    with a_server(answering(200)) as port:
        only_other = Outbound(allow_private=["127.0.0.2"], timeout=0.5)
        with pytest.raises(HostUnavailable):
            only_other.request("GET", f"http://mixed.example:{port}/")
        both = Outbound(allow_private=["127.0.0.0/30"], timeout=0.5)
        assert both.request("GET", f"http://mixed.example:{port}/").status == 200
        both.close()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//example.org/",
        "http://",
        "http://user:word@example.org/",
        "http://example.org:99999/",
        "http://[::1",
        "nonsense",
        "",
    ],
)
def test_an_address_that_is_none_is_refused(outbound: Outbound, url: str) -> None:
    with pytest.raises(HostRejected):
        outbound.request("GET", url)


def test_headers_cannot_smuggle_in_others(outbound: Outbound) -> None:
    with a_server(answering(200)) as port, pytest.raises(HostRejected):
        outbound.request("GET", f"http://127.0.0.1:{port}/", headers={"x": "a\r\nb: c"})


def test_an_answer_that_is_too_large_is_not_read_to_its_end(outbound: Outbound) -> None:
    with a_server(answering(200, b"x" * 1_000_000)) as port, pytest.raises(HostRejected, match="larger"):
        outbound.request("GET", f"http://127.0.0.1:{port}/")


def test_a_compressed_answer_cannot_grow_without_bounds(outbound: Outbound) -> None:
    import gzip

    bomb = gzip.compress(b"\0" * 50_000_000)
    with a_server(answering(200, bomb, Content_Encoding="gzip")) as port, pytest.raises(HostRejected):
        outbound.request("GET", f"http://127.0.0.1:{port}/")


def test_nobody_listening_is_unavailable(outbound: Outbound) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(HostUnavailable):
        outbound.request("GET", f"http://127.0.0.1:{port}/")


def test_a_name_that_does_not_resolve_is_unavailable(outbound: Outbound) -> None:
    with pytest.raises(HostUnavailable):
        outbound.request("GET", "http://does-not-exist.invalid/")


def drip(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(200):
        connection.sendall(f"x-{number}: y\r\n".encode())
        time.sleep(0.05)


def drip_body(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b"x")
        time.sleep(0.05)


def hang(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.recv(4096)


def break_off(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf")


def babble(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"\x00\x01\x02 nonsense\r\n\r\n")


@pytest.mark.parametrize("talk", [drip, drip_body, hang, break_off, babble])
def test_a_host_that_keeps_us_waiting_or_talks_nonsense_is_unavailable(talk: Any) -> None:
    began = time.monotonic()
    with a_raw_server(talk) as port, pytest.raises(HostUnavailable):
        Outbound(allow_private=["127.0.0.1"], timeout=0.4).request("GET", f"http://127.0.0.1:{port}/")
    assert time.monotonic() - began < 6


def test_tls_to_somebody_without_a_fitting_certificate_is_unavailable() -> None:
    with a_raw_server(babble) as port, pytest.raises(HostUnavailable):
        Outbound(allow_private=["127.0.0.1"], timeout=1.0).request("GET", f"https://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (401, HostUnauthorized),
        (403, HostUnauthorized),
        (408, HostUnavailable),
        (429, HostUnavailable),
        (500, HostUnavailable),
        (599, HostUnavailable),
        (400, HostRejected),
        (404, HostRejected),
        (410, HostRejected),
        (301, HostRejected),
    ],
)
def test_a_status_has_one_meaning(status: int, meaning: type[HostError]) -> None:
    with pytest.raises(meaning):
        Outbound.expect(Answer(status, {}, b""))


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_a_success_is_handed_back(status: int) -> None:
    answer = Answer(status, {}, b"")
    assert Outbound.expect(answer) is answer


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("99999999", LONGEST_WAIT),
        ("Mon, 04 May 2020 10:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("soon", None),
        ("-3", None),
        ("1.5", None),
        ("", None),
        ("9" * 500, None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(said: str, seconds: float | None) -> None:
    with pytest.raises(HostUnavailable) as caught:
        Outbound.expect(Answer(503, {"retry-after": said}, b""))
    assert caught.value.retry_after == seconds


def test_an_answer_that_is_no_json_is_the_host_being_away() -> None:
    with pytest.raises(HostUnavailable):
        Answer(200, {}, b"<html>down for maintenance</html>").json()


@pytest.mark.parametrize(
    "entry", ["", "intranet", "10.0.0.0/33", "host:0", "host:70000", "http://host:80", "a b:1"]
)
def test_an_allowance_that_means_nothing_is_refused(entry: str) -> None:
    with pytest.raises(ConfigurationError):
        Outbound(allow_private=[entry])
