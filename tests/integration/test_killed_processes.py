"""Real workers on a real Valkey: whatever is killed, nothing is lost and nothing has two effects."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from running import (
    ReceivingHost,
    Tenant,
    command,
    descendants,
    environment,
    is_running,
    registrations,
    running_as,
    wait_until,
)

from entremise.plugin.embedded import EmbeddedValkey

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.xfail(sys.platform != "linux", reason="processes are found in /proc"),
]


@pytest.fixture
def host() -> Iterator[ReceivingHost]:
    running = ReceivingHost()
    yield running
    running.close()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(tmp_path / "home") as running:
        yield running


@pytest.fixture
def environ(valkey: EmbeddedValkey, tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path / "home", REDIS_URL=valkey.url)


@pytest.fixture
def tenant(environ: dict[str, str], host: ReceivingHost) -> Iterator[Tenant]:
    made = Tenant(environ, host)
    yield made
    made.close()


def holds_what_it_should(tenant: Tenant, host: ReceivingHost) -> None:
    desired = tenant.desired()
    assert desired
    assert host.holds == desired
    assert max(host.effects.values()) == 1


def test_workers_bring_deliveries_to_the_host(
    tenant: Tenant, host: ReceivingHost, environ: dict[str, str], tmp_path: Path
) -> None:
    with command("work", "--workers", "2", environ=environ, log=tmp_path / "log"):
        tenant.deliver(*registrations(0, 60))
        wait_until(lambda: len(host.served()) == 60 and tenant.is_settled())
    holds_what_it_should(tenant, host)
    counted = tenant.counted()
    assert counted["received"] == counted["processed"] == 60
    assert counted.get("rejected", 0) == counted.get("host_failures", 0) == 0


def test_workers_that_are_killed_over_and_over_lose_and_double_nothing(
    tenant: Tenant, host: ReceivingHost, environ: dict[str, str], tmp_path: Path
) -> None:
    chance = random.Random(7)
    with command("work", "--workers", "2", environ=environ, log=tmp_path / "log") as work:
        wait_until(lambda: len(running_as("worker", work.pid)) >= 2)
        for round_ in range(6):
            tenant.deliver(*registrations(round_ * 50, round_ * 50 + 50))
            time.sleep(chance.uniform(0.3, 1.5))
            for number in running_as("worker", work.pid):  # workers and the jobs they forked
                if is_running(number):
                    os.kill(number, signal.SIGKILL)
        wait_until(tenant.is_settled, seconds=120)
        holds_what_it_should(tenant, host)
    counted = tenant.counted()
    assert counted["received"] == counted["processed"] == 300
    assert {recipient for _, recipient, _ in host.holds} == {f"a{n}" for n in range(300)}


def test_a_worker_killed_while_the_host_hangs_sends_again_under_the_same_key(
    tenant: Tenant, host: ReceivingHost, environ: dict[str, str], tmp_path: Path
) -> None:
    host.hanging.set()
    with command("work", "--workers", "1", environ=environ, log=tmp_path / "log") as work:
        tenant.deliver(*registrations(0, 20))
        wait_until(host.asked.is_set)
        before = running_as("worker", work.pid)
        for number in before:
            os.kill(number, signal.SIGKILL)
        wait_until(lambda: not any(map(is_running, before)), what="the end of the job")
        host.hanging.clear()  # the host applies what it was sent; our side never heard the answer
        seconds = wait_until(tenant.is_settled)
        assert seconds < 20
    holds_what_it_should(tenant, host)
    assert tenant.counted()["resent"] >= 20


def test_a_job_dies_with_its_worker(
    tenant: Tenant, host: ReceivingHost, environ: dict[str, str], tmp_path: Path
) -> None:
    host.hanging.set()
    with command("worker", environ=environ, log=tmp_path / "log") as worker:
        tenant.container.queue.ring("process", tenant.installation.id)
        tenant.deliver(*registrations(0, 5))
        wait_until(host.asked.is_set)
        [job] = descendants(worker.pid)
        worker.kill()
        wait_until(lambda: not is_running(job), seconds=5)


def test_asked_once_it_finishes_the_job_asked_twice_it_does_not(
    tenant: Tenant, host: ReceivingHost, environ: dict[str, str], tmp_path: Path
) -> None:
    host.hanging.set()
    with command("work", "--workers", "1", environ=environ, log=tmp_path / "log") as work:
        tenant.deliver(*registrations(0, 5))
        wait_until(host.asked.is_set)
        family = descendants(work.pid)
        work.send_signal(signal.SIGTERM)
        time.sleep(1.5)
        assert work.poll() is None
        work.send_signal(signal.SIGTERM)
        work.wait(10)
        wait_until(lambda: not any(map(is_running, family)), seconds=5)
    host.hanging.clear()
    host.asked.clear()
    with command("work", "--workers", "1", environ=environ, log=tmp_path / "log") as work:
        tenant.deliver(*registrations(5, 10))
        wait_until(host.asked.is_set)
        work.send_signal(signal.SIGTERM)
        assert work.wait(40) == 0
    counted = tenant.counted()
    assert counted["processed"] == 10
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_rq_itself_gives_an_abandoned_job_to_another_worker_in_about_a_minute(
    tenant: Tenant, host: ReceivingHost, environ: dict[str, str], tmp_path: Path
) -> None:
    host.hanging.set()
    with command(
        "worker", environ=environ, log=tmp_path / "log"
    ) as first:  # and no clock that would ring again
        tenant.deliver(*registrations(0, 5))
        wait_until(host.asked.is_set)
        first.kill()
    host.hanging.clear()
    with command("worker", environ=environ, log=tmp_path / "log"):
        seconds = wait_until(tenant.is_settled, seconds=150)
    assert seconds < 100
    holds_what_it_should(tenant, host)


def test_valkey_killed_and_restarted_empty_loses_no_delivery(
    tenant: Tenant, host: ReceivingHost, environ: dict[str, str], valkey: EmbeddedValkey, tmp_path: Path
) -> None:
    with command("work", "--workers", "2", environ=environ, log=tmp_path / "log") as work:
        tenant.deliver(*registrations(0, 30))
        wait_until(lambda: len(host.served()) == 30 and tenant.is_settled())
        assert valkey.process is not None
        valkey.process.kill()
        valkey.process.wait()
        tenant.deliver(*registrations(30, 60))  # accepted without its bell
        shutil.rmtree(valkey.folder / "appendonlydir")
        time.sleep(3)
        valkey.start()
        with Redis.from_url(valkey.url) as redis:
            assert not [key for key in redis.scan_iter() if key.startswith(b"rq:job")]
        seconds = wait_until(lambda: len(host.served()) == 60 and tenant.is_settled())
        assert seconds < 20
        assert work.poll() is None
        wait_until(lambda: len(running_as("worker", work.pid)) >= 2)
    holds_what_it_should(tenant, host)
    assert tenant.counted()["processed"] == 60


def test_a_bell_lost_with_the_queue_is_rung_again_within_five_seconds(
    tenant: Tenant, host: ReceivingHost, environ: dict[str, str], valkey: EmbeddedValkey, tmp_path: Path
) -> None:
    with command("work", "--workers", "1", environ=environ, log=tmp_path / "log") as work:
        tenant.deliver(*registrations(0, 5))
        wait_until(lambda: len(host.served()) == 5 and tenant.is_settled())
        [worker] = running_as("worker", work.pid)
        os.kill(worker, signal.SIGSTOP)
        tenant.deliver(*registrations(5, 6))
        with Redis.from_url(valkey.url) as redis:
            redis.flushall()
        os.kill(worker, signal.SIGCONT)
        seconds = wait_until(lambda: tenant.counted()["processed"] == 6)
    assert seconds < 5.5


def test_up_restarts_its_valkey_and_goes_on(host: ReceivingHost, tmp_path: Path) -> None:
    environ = environment(tmp_path / "home")
    log = tmp_path / "log"
    with command("up", "--port", "0", "--workers", "1", environ=environ, log=log) as up:
        wait_until(lambda: "listening on" in log.read_text())
        tenant = Tenant(environ, host)
        try:
            tenant.deliver(*registrations(0, 10))
            wait_until(lambda: len(host.served()) == 10 and tenant.is_settled())
            [server] = [number for number in descendants(up.pid) if "valkey-server" in _command_line(number)]
            os.kill(server, signal.SIGKILL)
            tenant.deliver(*registrations(10, 20))
            wait_until(lambda: len(host.served()) == 20 and tenant.is_settled())
            holds_what_it_should(tenant, host)
        finally:
            tenant.close()


def test_a_killed_up_leaves_no_process_behind(tmp_path: Path) -> None:
    environ = environment(tmp_path / "home")
    log = tmp_path / "log"
    with command("up", "--kafka", "--port", "0", "--workers", "2", environ=environ, log=log) as up:
        wait_until(lambda: "listening on" in log.read_text())
        wait_until(lambda: len(running_as("worker", up.pid)) == 2)
        family = descendants(up.pid)
        assert len(family) >= 7  # Valkey, broker, web door, Kafka door, two workers, clock
        up.kill()
        up.wait()
        seconds = wait_until(
            lambda: not any(map(is_running, family)), seconds=30, what="the end of all children"
        )
        assert seconds < 15
    # and the next one starts in the same home
    with command("up", "--port", "0", "--workers", "1", environ=environ, log=tmp_path / "log2") as up:
        wait_until(lambda: "listening on" in (tmp_path / "log2").read_text())
        up.send_signal(signal.SIGTERM)
        assert up.wait(40) == 0


def _command_line(number: int) -> str:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
