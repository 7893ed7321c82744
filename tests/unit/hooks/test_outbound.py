"""The way out: what it reaches, what it refuses, and what the statuses that come back mean."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from local_http import Asked, Reply, closed_port, serving, talking

from entremise.hooks.outbound import LONGEST_WAIT, Answer, Outbound
from entremise.plugin.domain.errors import (
    ConfigurationError,
    HostError,
    HostRejected,
    HostUnauthorized,
    HostUnavailable,
)


def answering(status: int, body: bytes = b"", **headers: str) -> Callable[[Asked], Reply]:
    return lambda _: Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    made = Outbound(allow_private=["127.0.0.1"], timeout=2.0, most_bytes=100_000)
    yield made
    made.close()


def test_a_request_arrives_whole_and_its_answer_comes_back(outbound: Outbound) -> None:
    with serving(answering(201, b'{"a":1}', X_Other="yes")) as server:
        answer = outbound.request("POST", f"{server.url}/p?q=1", headers={"x-mine": "é"}, body=b"hello")
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.headers["x-mine"], asked.body) == (
        "POST",
        "/p?q=1",
        "é",
        b"hello",
    )
    assert (answer.status, answer.json(), answer.headers["x-other"]) == (201, {"a": 1}, "yes")


def test_connections_are_kept_open_between_requests(outbound: Outbound) -> None:
    with serving() as server:
        for _ in range(5):
            outbound.request("GET", server.url)
    assert len({asked.peer for asked in server.asked}) == 1


def test_a_redirect_is_not_followed(outbound: Outbound) -> None:
    with serving(answering(302, Location="/secret")) as server:
        answer = outbound.request("GET", f"{server.url}/start")
    assert [asked.path for asked in server.asked] == ["/start"]
    with pytest.raises(HostRejected):
        outbound.expect(answer)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1"]
)
def test_loopback_is_refused_in_every_spelling(host: str) -> None:
    with serving() as server, pytest.raises(HostError):
        Outbound(timeout=2.0).request("GET", f"http://{host}:{server.port}/")
    assert not server.asked


def test_an_address_that_is_refused_pauses_the_installation_rather_than_losing_results() -> None:
    with pytest.raises(HostUnauthorized, match="private"):
        Outbound(timeout=2.0).request("GET", "http://127.0.0.1:9/")


def test_a_host_and_port_can_be_allowed_without_their_neighbours() -> None:
    with serving() as server, serving() as neighbour:
        allowed = Outbound(allow_private=[f"localhost:{server.port}"], timeout=2.0)
        assert allowed.request("GET", f"http://localhost:{server.port}/").status == 200
        for other in (f"http://localhost:{neighbour.port}/", f"http://127.0.0.1:{server.port}/"):
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
    with serving() as server, pytest.raises(HostUnavailable):
        Outbound(allow_private=["127.0.0.2"], timeout=0.5).request(
            "GET", f"http://rebinding.example:{server.port}/"
        )
    assert lookups == ["rebinding.example"]
    assert not server.asked


def test_a_name_with_a_private_and_a_public_address_is_never_reached_at_the_private_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = socket.getaddrinfo

    def mixed(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host != "mixed.example":
            return real(host, port, *args, **options)
        return real("127.0.0.1", port, *args, **options) + real("127.0.0.2", port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", mixed)
    with serving() as server:
        only_other = Outbound(allow_private=["127.0.0.2"], timeout=0.5)
        with pytest.raises(HostUnavailable):
            only_other.request("GET", f"http://mixed.example:{server.port}/")
        both = Outbound(allow_private=["127.0.0.0/30"], timeout=0.5)
        assert both.request("GET", f"http://mixed.example:{server.port}/").status == 200
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
    with serving() as server, pytest.raises(HostRejected):
        outbound.request("GET", f"http://127.0.0.1:{server.port}/", headers={"x": "a\r\nb: c"})


def test_an_answer_that_is_too_large_is_not_read_to_its_end(outbound: Outbound) -> None:
    with serving(answering(200, b"x" * 1_000_000)) as server, pytest.raises(HostRejected, match="larger"):
        outbound.request("GET", f"http://127.0.0.1:{server.port}/")


def test_a_compressed_answer_cannot_grow_without_bounds(outbound: Outbound) -> None:
    import gzip

    bomb = gzip.compress(b"\0" * 50_000_000)
    with serving(answering(200, bomb, Content_Encoding="gzip")) as server, pytest.raises(HostRejected):
        outbound.request("GET", f"http://127.0.0.1:{server.port}/")


def test_nobody_listening_is_unavailable(outbound: Outbound) -> None:
    with pytest.raises(HostUnavailable):
        outbound.request("GET", f"http://127.0.0.1:{closed_port()}/")


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
    with talking(talk) as port, pytest.raises(HostUnavailable):
        Outbound(allow_private=["127.0.0.1"], timeout=0.4).request("GET", f"http://127.0.0.1:{port}/")
    assert time.monotonic() - began < 6


def test_tls_to_somebody_without_a_fitting_certificate_is_unavailable() -> None:
    with talking(babble) as port, pytest.raises(HostUnavailable):
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
