"""``entremise serve`` as a process: says where it listens, takes hostile connections calmly, ends gracefully."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from builders import SECRET, a_cloudevent, signed

from entremise.plugin.bootstrap import Container, build_container
from entremise.plugin.services.installations import create
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue

pytestmark = pytest.mark.slow  # a process for each test


@dataclass
class Serving:
    """The process, and a container of our own over the same database."""

    process: subprocess.Popen[str]
    container: Container
    installation_id: str
    port: int

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def post(self, number: int) -> int:
        body, headers = a_post(number)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", f"/hosts/{self.installation_id}/deliveries", body, headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def backlog(self) -> int:
        with self.container.store.snapshot() as uow:
            return uow.inbox.backlog(self.installation_id)


def a_post(number: int) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(a_cloudevent(subject=f"a{number}", id_=str(number))).encode()
    headers = {"content-type": "application/cloudevents+json"}
    return body, headers | signed(body, message=f"msg_{number}", at=time.time())


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    environ = {"ENTREMISE_HOME": str(tmp_path), "ENTREMISE_BODY_LIMIT": "65536"}
    container = build_container(Settings.from_environment(environ), queue=MemoryQueue())
    made = create(container, host="generic", name="Test", config={}, secrets={"signing_secrets": [SECRET]})
    process = subprocess.Popen(
        [sys.executable, "-m", "entremise.plugin.cli", "serve", "--port", "0", "--access-log"],
        env={**os.environ, **environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith("listening on http://127.0.0.1:"), said
        port = urlsplit(said.split()[-1]).port
        assert port
        yield Serving(process, container, made.installation.id, port)
    finally:
        process.kill()
        process.communicate()
        container.store.dispose()


def test_many_at_once_are_all_stored_once(serving: Serving) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(serving.post, range(200)))
    assert answers == [202] * 200
    assert serving.backlog() == 200


def test_sigterm_lets_what_was_begun_finish_and_takes_nothing_new(serving: Serving) -> None:
    body, headers = a_post(1)
    lines = [f"POST /hosts/{serving.installation_id}/deliveries HTTP/1.1", "Host: test"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode()
    with serving.connect() as begun, serving.connect() as idle:
        begun.sendall(head + body[:10])
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n")
        assert b"200 OK" in idle.recv(4096)
        time.sleep(0.3)
        serving.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                serving.connect().close()
            except ConnectionRefusedError:
                break
            except ConnectionResetError:
                pass  # it stopped listening while this one waited to be accepted: the next is refused
            time.sleep(0.05)
        else:
            pytest.fail("it still listens")
        begun.sendall(body[10:])
        assert begun.recv(4096).startswith(b"HTTP/1.1 202 ")
    assert serving.process.wait(10) == 0
    assert serving.backlog() == 1


def test_hostile_connections_leave_the_door_standing(serving: Serving) -> None:
    where = f"/hosts/{serving.installation_id}/deliveries".encode()
    attacks = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(400),
        b"GET\r\n\r\n",
        b"POST " + where + b" HTTP/1.1\r\nHost: t\r\nContent-Length: -5\r\n\r\n",
        b"POST " + where + b" HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST "
        + where
        + b" HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST " + where + b" HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        b"POST " + where + b" HTTP/1.1\r\nHost: t\r\nX: " + b"a" * 300_000 + b"\r\n\r\n",
        b"POST " + where + b" HTTP/1.1\r\n" + b"X-Many: 1\r\n" * 30_000 + b"\r\n",
        b"POST " + b"/" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: t\r\n\r\n",
        b"POST " + where + b"/%00%ff HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n",
        b"POST " + where + b" HTTP/1.1\r\nHost: t\r\nBad Header\x00: 1\r\nContent-Length: 0\r\n\r\n",
        b"POST " + where + b" HTTP/9.9\r\nHost: t\r\nContent-Length: 0\r\n\r\n",
        b"POST http://elsewhere.example" + where + b" HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n",
    ]
    for attack in attacks:
        with serving.connect() as connection:
            try:
                connection.sendall(attack)
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(65536)
            except ConnectionError:
                answer = b""
        status = answer.split(b" ", 2)[1:2]
        assert not status or status[0] < b"500" or status[0] in {b"501", b"505"}, (attack[:80], answer[:200])
    assert serving.post(1) == 202


def test_a_body_far_over_the_limit_is_cut_off_and_one_just_over_it_is_told_why(serving: Serving) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=20)
    path = f"/hosts/{serving.installation_id}/deliveries"
    connection.request("POST", path, b"x" * 65537)
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Content-Type")) == (413, "application/problem+json")
    assert json.loads(answer.read())["limit"] == 65536
    connection.close()
    with serving.connect() as big:
        big.sendall(f"POST {path} HTTP/1.1\r\nHost: t\r\nContent-Length: 5000000000\r\n\r\n".encode())
        assert b" 413 " in big.recv(4096)
    assert serving.post(1) == 202


def test_a_chunked_body_is_taken_and_a_chunked_flood_is_not(serving: Serving) -> None:
    body, headers = a_post(1)
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=20)
    path = f"/hosts/{serving.installation_id}/deliveries"
    connection.request("POST", path, iter([body[:100], body[100:]]), headers, encode_chunked=True)
    answer = connection.getresponse()
    assert answer.status == 202
    answer.read()
    connection.request("POST", path, iter([b"x" * 60_000] * 4), headers, encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Content-Type")) == (413, "application/problem+json")
    connection.close()
    assert serving.backlog() == 1


def test_a_port_that_is_taken_is_named_and_the_exit_code_says_configuration(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "entremise.plugin.cli", "serve", "--port", str(port)],
            env={**os.environ, "ENTREMISE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert f"127.0.0.1:{port}" in done.stderr


def test_the_access_log_names_routes_and_no_secret_address(serving: Serving) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=20)
    connection.request("GET", "/me/s3cr3t-token?lang=fr")
    assert connection.getresponse().read()
    connection.request("POST", f"/hosts/{serving.installation_id}/deliveries/s3cr3t-part")
    assert connection.getresponse().status == 404
    connection.close()
    serving.process.send_signal(signal.SIGTERM)
    _, log = serving.process.communicate(timeout=30)
    assert "GET /me/<token> 404" in log
    assert f"POST /hosts/{serving.installation_id}/deliveries/<part> 404" in log
    assert "s3cr3t" not in log
