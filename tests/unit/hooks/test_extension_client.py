"""What an extension makes of answers, of none, and of what arrives; against real servers on this machine."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import urllib3
from builders import NOON, SECRET
from hypothesis import given
from hypothesis import strategies as st
from local_http import LocalServer, Reply, closed_port, serving, talking
from standardwebhooks import Webhook

from entremise.hooks import cloudevents, extension_client, signatures
from entremise.hooks.extension_client import (
    BadSignature,
    Credentials,
    Service,
    ServiceAway,
    ServiceRefused,
    cloudevent,
    connect,
    split,
    verify,
)

OTHER = signatures.new_secret()
PROBLEM = {
    "type": "about:blank",
    "title": "No",
    "status": 422,
    "code": "invalid",
    "detail": "bad",
    "field": "x.y",
}
HOST = {"kind": "pretix", "version": "2026.8.0", "extension": "0.1.0"}


def credentials(address: str) -> Credentials:
    return Credentials(address, "inst", SECRET, OTHER, "entremise_token", "0f")


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with serving(lambda asked: Reply(202 if asked.path.endswith("/deliveries") else 200)) as running:
        yield running


@pytest.fixture
def service(server: LocalServer) -> Iterator[Service]:
    with Service(credentials(server.url), timeout=2.0) as opened:
        yield opened


def answering(status: int, document: Any = None, **headers: str) -> Reply:
    body = b"" if document is None else json.dumps(document).encode()
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


# Sending.


def test_a_batch_is_signed_as_the_standard_says_over_what_was_sent(
    server: LocalServer, service: Service
) -> None:
    sent = [cloudevent("org.entremise.attendee.left.v1", "K-1", "summit", id="1", source="/s", time=NOON)]
    service.send(sent)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/hosts/inst/deliveries")
    assert asked.headers["content-type"] == "application/cloudevents-batch+json"
    assert "authorization" not in asked.headers
    assert Webhook(SECRET).verify(asked.body.decode(), dict(asked.headers)) == sent
    (part,) = cloudevents.unbatch(asked.headers, asked.body)
    read = cloudevents.read(*part)
    assert (read.subject, read.time, read.extensions["hostevent"]) == ("K-1", NOON, "summit")


def test_no_two_requests_have_the_same_id(server: LocalServer, service: Service) -> None:
    for _ in range(20):
        service.send([cloudevent("t", "K-1", "summit", id="1", source="/s")])
    assert len({asked.headers["webhook-id"] for asked in server.asked}) == 20


def test_the_signed_id_says_what_a_request_is_for(server: LocalServer, service: Service) -> None:
    given_back = {
        "installation": "inst", "signing_secret": SECRET, "callback_secret": OTHER, "token": None, "fingerprint": "1",
    }  # fmt: skip
    server.answer = lambda asked: answering(204) if asked.method == "DELETE" else answering(200, given_back)
    service.renew()
    service.disconnect(erase=False)
    service.disconnect(erase=True)
    assert [asked.headers["webhook-id"].split("_")[0] for asked in server.asked] == [
        "renew",
        "leave",
        "erase",
    ]
    assert [asked.path for asked in server.asked[1:]] == [
        "/v1/installations/inst/connection?erase=false", "/v1/installations/inst/connection?erase=true",
    ]  # fmt: skip


def test_nothing_to_send_asks_nobody_and_too_much_is_a_mistake(server: LocalServer, service: Service) -> None:
    service.send([])
    with pytest.raises(ValueError, match="split"):
        service.send([{}] * 501)
    assert not server.asked


def test_half_a_character_spoils_nothing(server: LocalServer, service: Service) -> None:
    service.send([cloudevent("t", "K-1", "summit", id="1", source="/s", data={"name": "Zo\ud83d é"})])
    assert server.asked[0].json()[0]["data"] == {"name": "Zo? é"}


@given(st.lists(st.text(max_size=80), max_size=40), st.integers(1, 9), st.integers(50, 600))
def test_splitting_keeps_everything_in_order_within_both_bounds(
    texts: list[str], most: int, most_bytes: int
) -> None:
    items = [{"id": text} for text in texts]
    batches = list(split(items, most=most, most_bytes=most_bytes))
    assert [one for batch in batches for one in batch] == items
    for batch in batches:
        assert 1 <= len(batch) <= most
        if len(batch) > 1:
            assert len(json.dumps(batch, ensure_ascii=False, separators=(",", ":")).encode()) <= most_bytes


def test_a_time_may_be_seconds_or_a_moment_of_any_zone() -> None:
    moment = datetime.fromtimestamp(NOON, UTC).astimezone(datetime.strptime("+0200", "%z").tzinfo)
    made = [cloudevent("t", None, "h", id="1", source="/s", time=given)["time"] for given in (NOON, moment)]
    assert made == ["2026-05-04T10:00:00.000000Z"] * 2
    assert "subject" not in cloudevent("t", None, "h", id="1", source="/s")


# Answers.


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_later_is_no_refusal(server: LocalServer, service: Service, status: int) -> None:
    server.answer = lambda _: answering(status, {"code": "backpressure"}, Retry_After="7")
    with pytest.raises(ServiceAway) as caught:
        service.connection()
    assert (caught.value.temporary, caught.value.code) == (True, "backpressure")
    assert (caught.value.status, caught.value.retry_after) == (status, 7.0)
    assert not caught.value.unauthorised


@pytest.mark.parametrize(
    ("status", "unauthorised"), [(400, False), (401, True), (403, True), (404, True), (409, False)]
)
def test_a_refusal_says_what_is_to_blame(
    server: LocalServer, service: Service, status: int, *, unauthorised: bool
) -> None:
    server.answer = lambda _: answering(status, PROBLEM)
    with pytest.raises(ServiceRefused) as caught:
        service.connection()
    error = caught.value
    assert (error.temporary, error.unauthorised, error.status) == (False, unauthorised, status)
    assert (error.code, error.detail, error.field) == ("invalid", "bad", "x.y")


def test_a_date_to_come_again_is_read(server: LocalServer, service: Service) -> None:
    for header, expected in (
        (format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True), 60.0),
        (format_datetime(datetime.now(UTC) - timedelta(seconds=60), usegmt=True), 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ):
        server.answer = lambda _, header=header: answering(503, None, Retry_After=header)
        with pytest.raises(ServiceAway) as caught:
            service.connection()
        assert caught.value.retry_after == pytest.approx(expected, abs=3)
        assert caught.value.code == "http_503"


def test_somebody_elses_server_is_not_taken_for_the_service(server: LocalServer) -> None:
    for reply in (
        Reply(200, b"<html>"), Reply(200, b"[]"), Reply(200, b"{}"), Reply(200, b""), Reply(200, b"[" * 100_000),
    ):  # fmt: skip
        server.answer = lambda _, reply=reply: reply
        with pytest.raises(ServiceRefused) as caught:
            connect(server.url, "code", name="n", callback_url="c", settings_page="s", host=HOST)
        assert caught.value.code == "not_the_service"


@pytest.mark.parametrize("status", [200, 201, 206])
def test_somebody_elses_success_is_not_taken_for_the_services(
    server: LocalServer, service: Service, status: int
) -> None:
    server.answer = lambda asked: Reply(status, b"<html>parked</html>", {"Content-Type": "text/html"})
    for asking in (
        lambda: service.send([cloudevent("t", "K-1", "summit", id="1", source="/s")]),
        lambda: service.disconnect(erase=True),
    ):
        with pytest.raises(ServiceRefused) as refused:
            asking()
        assert (refused.value.code, refused.value.unauthorised) == ("not_the_service", False)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"signing_secret": "whsec_!"}, {"callback_secret": "no base64"}, {"signing_secret": None},
        {"token": "t" * 256}, {"installation": "i" * 65},
    ],
)  # fmt: skip
def test_credentials_that_nobody_could_use_or_keep_are_refused_at_once(
    server: LocalServer, service: Service, spoilt: dict[str, Any]
) -> None:
    given_back = {
        "installation": "inst", "signing_secret": SECRET, "callback_secret": OTHER, "token": None, "fingerprint": "1",
    }  # fmt: skip
    server.answer = lambda asked: answering(200, given_back | spoilt)
    with pytest.raises(ServiceRefused, match="not_the_service"):
        service.renew()


@pytest.mark.parametrize(
    "text", ['{"a": NaN}', '{"a": "\\u0000"}', '{"a": "\\\\\\u0000"}', '{"a": "\\ud800"}']
)
def test_what_a_database_would_not_take_is_no_answer(
    server: LocalServer, service: Service, text: str
) -> None:
    server.answer = lambda asked: Reply(200, text.encode(), {})
    with pytest.raises(ServiceRefused, match="not_the_service"):
        service.connection()


def test_a_backslash_before_u0000_is_only_a_backslash(server: LocalServer, service: Service) -> None:
    server.answer = lambda asked: Reply(200, b'{"a": "\\\\u0000"}', {})
    assert service.connection() == {"a": "\\u0000"}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_secrets_follow_no_redirect(server: LocalServer, service: Service, status: int) -> None:
    with serving() as elsewhere:
        server.answer = lambda _: answering(status, None, Location=f"{elsewhere.url}/x")
        for ask in (service.connection, service.renew, lambda: service.disconnect(erase=True)):
            with pytest.raises(ServiceRefused) as caught:
                ask()
            assert caught.value.code == "moved"
        assert not elsewhere.asked


def test_nobody_there_is_away() -> None:
    with (
        Service(credentials(f"http://127.0.0.1:{closed_port()}")) as service,
        pytest.raises(ServiceAway) as caught,
    ):
        service.connection()
    assert (caught.value.code, caught.value.status) == ("no_answer", None)


def test_silence_and_an_answer_that_never_ends_are_away_in_time() -> None:
    def silent(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        time.sleep(1.5)

    def dripping(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        for _ in range(60):
            connection.sendall(b"x")
            time.sleep(0.05)

    for talk in (silent, dripping):
        with talking(talk) as port, Service(credentials(f"http://127.0.0.1:{port}"), timeout=0.4) as service:
            began = time.monotonic()
            with pytest.raises(ServiceAway) as caught:
                service.connection()
            assert caught.value.code == "timeout"
            assert time.monotonic() - began < 1.4


def test_answers_in_chunks_or_compressed_are_read_and_one_cut_short_is_away() -> None:
    chunked = (
        b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{"a": 1,\r\n8\r\n"b": 2 }\r\n0\r\n\r\n'
    )
    zipped = gzip.compress(b'{"a": 1}')
    compressed = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(zipped)
    cut = b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a": 1}'
    read: list[Any] = []
    for answer in (chunked, compressed + zipped, cut):

        def talk(connection: socket.socket, answer: bytes = answer) -> None:
            connection.recv(1 << 16)
            connection.sendall(answer)

        with talking(talk) as port, Service(credentials(f"http://127.0.0.1:{port}"), timeout=2) as service:
            try:
                read.append(service.connection())
            except ServiceAway as error:
                read.append(error.code)
    assert read == [{"a": 1, "b": 2}, {"a": 1}, "no_answer"]


def test_an_answer_without_end_is_not_kept(
    server: LocalServer, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entremise.hooks.extension_wire.LONGEST_ANSWER", 1000)
    server.answer = lambda _: Reply(200, b"x" * 1001)
    with pytest.raises(ServiceRefused) as caught:
        service.table("summit", "seating")
    assert caught.value.code == "not_the_service"


@pytest.mark.parametrize(
    "address",
    ["", "tickets", "ftp://x", "http://", "https://a:b@host", "https://host/?x", "https://host/#x", "http://h x",
     "http://[::1", "http://host:0", "http://host:x", "http://\\evil", "javascript:alert(1)", "https://.."],
)  # fmt: skip
def test_what_is_no_address_is_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(ServiceRefused) as caught:
        connect(address, "code", name="n", callback_url="c", settings_page="s", host=HOST)
    assert (caught.value.code, caught.value.field) == ("bad_address", "service")


def test_a_guard_of_the_host_against_private_addresses_is_named_as_what_it_is(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def guarded(_: object) -> None:
        raise urllib3.exceptions.HTTPError("Request to private address blocked")

    monkeypatch.setattr(urllib3.connection.HTTPConnection, "_new_conn", guarded)
    with Service(credentials(server.url)) as service, pytest.raises(ServiceRefused) as caught:
        service.connection()
    assert caught.value.code == "blocked"
    assert not server.asked


def test_a_login_of_the_machine_takes_no_tokens_place(
    server: LocalServer, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    service.connection()
    service.send([cloudevent("t", "K-1", "summit", id="1", source="/s")])
    assert server.asked[0].headers["authorization"] == "Bearer entremise_token"
    assert "authorization" not in server.asked[1].headers


def test_no_secret_is_printed(server: LocalServer, service: Service) -> None:
    server.answer = lambda _: answering(500)
    with pytest.raises(ServiceAway) as caught:
        service.send([cloudevent("t", "K-1", "summit", id="1", source="/s")])
    printed = f"{service.credentials!r} {caught.value} {caught.value!r}"
    for secret in (SECRET, OTHER, "entremise_token"):
        assert secret not in printed


# Addresses.


def test_keys_of_the_host_lead_nowhere_else(server: LocalServer, service: Service) -> None:
    service.settings("a/b?c#d é")
    assert server.asked[0].path == "/v1/installations/inst/host-events/a%2Fb%3Fc%23d%20%C3%A9/settings"
    for dots in ("", ".", ".."):
        with pytest.raises(ValueError, match="dots"):
            service.settings(dots)


def test_tags_go_back_as_they_came(server: LocalServer, service: Service) -> None:
    server.answer = lambda _: answering(200, {"version": 1}, ETag='"3-ab"')
    document, etag = service.settings("summit", language="fr")
    assert (document, etag) == ({"version": 1}, '"3-ab"')
    service.put_settings("summit", {"a": 1}, etag=etag, language="fr")
    put = server.asked[-1]
    assert (put.headers["if-match"], put.headers["accept-language"]) == ('"3-ab"', "fr")
    assert put.json() == {"values": {"a": 1}}
    server.answer = lambda _: answering(304)
    assert service.manifest('"m"') == (None, '"m"')
    assert server.asked[-1].headers["if-none-match"] == '"m"'


# What comes in.


def test_what_the_service_signed_is_verified_by_either_secret(server: LocalServer) -> None:
    body = b"[]"
    signed = signatures.sign([OTHER, SECRET], "batch_1", NOON, body)
    shouted = {name.title(): value for name, value in signed.items()}
    for secrets in ([SECRET], [OTHER], [signatures.new_secret(), OTHER]):
        assert verify(secrets, shouted, body, now=NOON + 299) == "batch_1"


@pytest.mark.parametrize(
    "spoilt",
    [
        {"webhook-id": "batch_2"}, {"webhook-id": ""}, {"webhook-timestamp": str(int(NOON) + 1)},
        {"webhook-timestamp": "-1"}, {"webhook-timestamp": "²"}, {"webhook-timestamp": "9" * 400},
        {"webhook-signature": ""}, {"webhook-signature": "v1,AAAA"}, {"webhook-signature": "v1,\ud800é"},
    ],
)  # fmt: skip
def test_what_was_not_signed_is_refused(spoilt: dict[str, str]) -> None:
    headers = signatures.sign([SECRET], "batch_1", NOON, b"[]") | spoilt
    with pytest.raises(BadSignature):
        verify([SECRET], headers, b"[]", now=NOON)


@given(st.binary(max_size=200), st.binary(max_size=200), st.floats(-1000, 1000))
def test_only_the_very_bytes_within_the_window_pass(body: bytes, other: bytes, late: float) -> None:
    headers = signatures.sign([SECRET], "batch_1", NOON, body)
    for arrived, now in ((body, NOON + late), (other, NOON)):
        if arrived == body and abs(int(NOON) - now) <= 300:
            assert verify([SECRET], headers, arrived, now=now) == "batch_1"
        else:
            with pytest.raises(BadSignature):
                verify([SECRET], headers, arrived, now=now)
    with pytest.raises(BadSignature):
        verify([], headers, body, now=NOON)


def test_everything_that_is_promised_can_be_imported_from_one_place() -> None:
    assert all(hasattr(extension_client, name) for name in extension_client.__all__)
