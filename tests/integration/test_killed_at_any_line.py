"""Every process is killed at every step of a delivery; what comes out equals a run in which nothing happened."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import trap
from builders import signed
from running import ReceivingHost, Tenant, command, environment, registrations, wait_until
from threadpoolctl import threadpool_limits

from entremise.plugin.bootstrap import build_container
from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.jobs import run_bells
from entremise.plugin.services import ingest
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PLACES = [name for _, _, name in trap.PLACES]
EACH = 12
"""Registrations that are delivered while one place is armed."""
TOPIC = "registrations"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Set:
    """`entremise up` with the trap in every process."""

    def __init__(self, home: Path, host: ReceivingHost, **more: str) -> None:
        self.traps = home / "traps"
        self.traps.mkdir()
        trap.install(home / "site")
        self.port = free_port()
        self.environ = environment(
            home / "home",
            PYTHONPATH=f"{home / 'site'}{os.pathsep}{Path(trap.__file__).parent}",
            ENTREMISE_PORT=str(self.port),
            **{trap.FOLDER: str(self.traps)},
            **more,
        )
        self.tenant = Tenant(self.environ, host, kafka_topic=TOPIC)
        self.secret = self._signing_secret()

    def _signing_secret(self) -> str:
        secrets: list[str] = list(self.tenant.installation.secrets["signing_secrets"])
        return secrets[0]

    def post(self, documents: list[dict[str, Any]]) -> None:
        """Send as a host does: again until it is told 202."""
        for document in documents:
            body = json.dumps(document).encode()

            def sent(body: bytes = body, key: str = str(document["id"])) -> bool:
                headers = signed(body, secret=self.secret, message=key, at=time.time())
                address = f"http://127.0.0.1:{self.port}/hosts/{self.tenant.installation.id}/deliveries"
                headers["content-type"] = "application/cloudevents+json"
                try:
                    return requests.post(address, data=body, headers=headers, timeout=10).status_code == 202
                except requests.RequestException:
                    return False

            wait_until(sent, what="a 202")


@pytest.fixture
def host() -> Iterator[ReceivingHost]:
    running = ReceivingHost()
    yield running
    running.close()


def from_nothing(tenant: Tenant) -> None:
    """Have everything worked out as if it were for the first time, and wait for it.

    What people see follows from what they saw before: how often a pass ran in between must not be compared.
    """
    with tenant.container.store.begin() as unit:
        unit.host_events.drop_states(tenant.installation.id, "conf")
        unit.host_events.soil(tenant.installation.id, "conf")
    wait_until(tenant.is_settled, seconds=120, what="a pass from nothing")


def undisturbed(tenant: Tenant, home: Path, documents: list[dict[str, Any]]) -> dict[Any, Any]:
    """What the host of the same installation holds after the same deliveries, in one go, with nobody killed."""
    calm = build_container(Settings.from_environment(environment(home)), queue=MemoryQueue())
    with tenant.container.store.snapshot() as known, calm.store.begin() as unit:
        sealed = calm.vault.seal(
            tenant.container.vault.open(known.installations.sealed(tenant.installation.id))
        )
        plain = replace(
            tenant.installation, config={}, secrets={}
        )  # no callback: results are there to be read
        unit.installations.add(plain, sealed=sealed, path_hash="", now=0.0)
    headers = {"content-type": "application/cloudevents+json"}
    deliveries = [
        Delivery(plain.id, "webhook", headers, json.dumps(document).encode(), time.time())
        for document in documents
    ]
    ingest.accept(calm, plain, deliveries, trust="door")
    with threadpool_limits(1):  # as in a worker: sums in another order could turn the last digit of a score
        run_bells(calm)
    with calm.store.snapshot() as unit:
        found = unit.outbox.of_host_event(plain.id, "conf", limit=100_000)
    calm.store.dispose()
    return {(each.host_event, each.recipient, each.feature): each.payload for each in found}


def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(
    host: ReceivingHost, database_url: str, tmp_path: Path
) -> None:
    sent: list[dict[str, Any]] = []
    set_up = Set(tmp_path, host, DATABASE_URL=database_url)
    fired = []
    with command("up", "--workers", "2", environ=set_up.environ, log=tmp_path / "log"):
        wait_until(lambda: "listening on" in (tmp_path / "log").read_text())
        for number, place in enumerate(PLACES):
            for half, moment in enumerate(("before", "after")):
                armed = trap.arm(set_up.traps, place, moment)
                first = (2 * number + half) * EACH
                documents = registrations(first, first + EACH)
                set_up.post(documents)
                sent += documents
                wait_until(lambda armed=armed: not armed.exists(), what=f"a kill {moment} {place}")
                fired.append((place, moment))
                wait_until(
                    set_up.tenant.is_settled, seconds=120, what=f"recovery from a kill {moment} {place}"
                )
        counted = set_up.tenant.counted()
        from_nothing(set_up.tenant)
        desired = set_up.tenant.desired()
    calm = undisturbed(set_up.tenant, tmp_path / "calm", sent)
    set_up.tenant.close()

    assert len(fired) == 2 * len(PLACES)
    assert counted["processed"] == len(sent)
    assert host.holds == desired
    assert max(host.effects.values()) == 1
    assert {cell: payload for cell, (_, payload) in host.holds.items()} == calm


@pytest.mark.service
def test_a_consumer_killed_at_any_step_leaves_no_record_out_and_takes_none_twice(
    host: ReceivingHost, tmp_path: Path
) -> None:
    from kafka import KafkaProducer

    sent: list[dict[str, Any]] = []
    set_up = Set(tmp_path, host)
    log = tmp_path / "log"
    with command("up", "--kafka", "--workers", "2", environ=set_up.environ, log=log):
        wait_until(lambda: "listening on" in log.read_text())
        broker = log.read_text().partition("broker on ")[2].split()[0]
        producer = KafkaProducer(bootstrap_servers=broker)
        for number, (place, moment) in enumerate(
            [("add_many", "before"), ("add_many", "after"), ("ring", "before"), ("ring", "after")]
        ):
            documents = registrations(number * EACH, (number + 1) * EACH)
            trap.arm(set_up.traps, place, moment)
            for document in documents:
                producer.send(
                    TOPIC,
                    key=document["hostevent"].encode(),
                    value=json.dumps(document).encode(),
                    headers=[("content-type", b"application/cloudevents+json")],
                )
            producer.flush()
            sent += documents
            expected = len(sent)
            wait_until(
                lambda expected=expected: set_up.tenant.counted().get("processed", 0) == expected,
                seconds=120,
                what=f"recovery from a kill {moment} {place}",
            )
        wait_until(set_up.tenant.is_settled, seconds=60)
        producer.close()
        from_nothing(set_up.tenant)
        desired = set_up.tenant.desired()
    calm = undisturbed(set_up.tenant, tmp_path / "calm", sent)
    set_up.tenant.close()
    assert not list(set_up.traps.iterdir())
    assert host.holds == desired
    assert max(host.effects.values()) == 1
    assert {cell: payload for cell, (_, payload) in host.holds.items()} == calm
