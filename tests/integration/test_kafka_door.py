"""``entremise consume`` as real processes against a Kafka-compatible broker: killed, rebalanced, held up, poisoned."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient
from running import ReceivingHost, Tenant, command, environment, registrations, wait_until

from entremise.plugin.embedded import EmbeddedBroker
from entremise.plugin.storage.rq_queue import MemoryQueue

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]

SESSION = ("--session-seconds", "6")
"""The broker of the tests joins members after half of it."""
STRUCTURED = [("content-type", b"application/cloudevents+json")]


class Cluster:
    """A broker and a way to write to it."""

    def __init__(self, broker: EmbeddedBroker) -> None:
        self.broker = broker

    def make(self, topic: str, partitions: int = 4) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self.broker.bootstrap)
        admin.create_topics({topic: {"num_partitions": partitions, "replication_factor": 1}})
        admin.close()

    def suspend(self) -> None:
        """Have it take what is sent and answer nothing."""
        assert self.broker.process is not None
        os.kill(self.broker.process.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """End it at once, with everything that it held."""
        assert self.broker.process is not None
        os.kill(self.broker.process.pid, signal.SIGKILL)
        self.broker.process.wait()

    def send(self, topic: str, documents: Sequence[dict[str, Any] | None]) -> None:
        producer = KafkaProducer(bootstrap_servers=self.broker.bootstrap, linger_ms=5)
        for document in documents:
            if document is None:
                producer.send(topic, b"", headers=[("n", b"1")])
            else:
                producer.send(
                    topic, json.dumps(document).encode(), key=document["subject"].encode(), headers=STRUCTURED
                )
        producer.flush()
        producer.close()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with EmbeddedBroker() as broker:
        yield Cluster(broker)


@pytest.fixture
def environ(cluster: Cluster, tmp_path: Path) -> dict[str, str]:
    # No queue answers here: the door has to do without, and does.
    return environment(
        tmp_path / "home",
        KAFKA_BOOTSTRAP_SERVERS=cluster.broker.bootstrap,
        ENTREMISE_BACKLOG_LIMIT="1000000",
    )


@pytest.fixture
def tenant(environ: dict[str, str]) -> Iterator[Tenant]:
    host = ReceivingHost()
    made = Tenant(environ, host, queue=MemoryQueue(), kafka_topic="deliveries")
    yield made
    made.close()
    host.close()


def stored(tenant: Tenant) -> int:
    with tenant.container.store.snapshot() as uow:
        return uow.inbox.backlog(tenant.installation.id)


def work_off(tenant: Tenant) -> int:
    """Make room in the inbox, as the worker does."""
    with tenant.container.store.begin() as uow:
        batch = uow.inbox.lease(tenant.installation.id, 500, alone_after=99)
        uow.inbox.done([one.seq for one in batch], now=time.time())
    return len(batch)


def test_consumers_that_are_killed_and_replaced_lose_and_double_nothing(
    cluster: Cluster, environ: dict[str, str], tenant: Tenant, tmp_path: Path
) -> None:
    cluster.make("deliveries")
    documents = registrations(0, 3000)
    with (
        command("consume", *SESSION, environ=environ, log=tmp_path / "one"),
        command("consume", *SESSION, environ=environ, log=tmp_path / "two") as victim,
    ):
        cluster.send("deliveries", documents[:1000])
        wait_until(lambda: stored(tenant) >= 300)
        victim.kill()
        cluster.send("deliveries", documents[1000:2000])
        with command("consume", *SESSION, environ=environ, log=tmp_path / "three") as third:
            cluster.send("deliveries", documents[2000:])
            wait_until(lambda: stored(tenant) == 3000)
            third.send_signal(signal.SIGTERM)
            assert third.wait(30) == 0
    time.sleep(1)
    assert stored(tenant) == 3000
    counted = tenant.counted()
    assert counted["received"] - counted.get("duplicates", 0) == 3000
    assert counted.get("rejected", 0) == 0


def test_a_full_inbox_holds_the_consumer_up_without_losing_its_place(
    cluster: Cluster, environ: dict[str, str], tenant: Tenant, tmp_path: Path
) -> None:
    cluster.make("deliveries", partitions=1)
    cluster.send("deliveries", registrations(0, 600))
    log = tmp_path / "log"
    with command("consume", *SESSION, environ=environ | {"ENTREMISE_BACKLOG_LIMIT": "500"}, log=log):
        wait_until(lambda: stored(tenant) == 600)
        time.sleep(1.5)  # what waits is counted once a second
        cluster.send("deliveries", registrations(600, 3000))
        wait_until(lambda: "Paused" in log.read_text())
        held = stored(tenant)
        assert 500 <= held < 3000
        time.sleep(8)  # longer than the session: heartbeats went on, or the place would be lost
        assert stored(tenant) == held
        done = 0
        deadline = time.monotonic() + 90
        while done < 3000 and time.monotonic() < deadline:
            done += work_off(tenant)
            time.sleep(0.2)
    assert done == 3000
    assert "rebalanc" not in log.read_text()
    assert tenant.counted().get("duplicates", 0) == 0


def test_a_topic_that_brings_nothing_usable_stops_the_consumer_with_the_reason(
    cluster: Cluster, environ: dict[str, str], tenant: Tenant, tmp_path: Path
) -> None:
    cluster.make("deliveries", partitions=1)
    cluster.send("deliveries", [None] * 1200)
    log = tmp_path / "log"
    with command("consume", *SESSION, environ=environ, log=log) as consumer:
        assert consumer.wait(60) == 2
    last = log.read_text().splitlines()[-1]
    assert last.startswith("Error: ")
    assert "records in a row of topic deliveries cannot be decoded (the value is empty)" in last
    with tenant.container.store.snapshot() as uow:
        assert uow.dead_letters.list(tenant.installation.id)
    # Started again it goes on behind them.
    cluster.send("deliveries", registrations(0, 5))
    with command("consume", *SESSION, environ=environ, log=log):
        wait_until(lambda: stored(tenant) == 5)


def test_a_broker_that_comes_back_is_read_again(
    cluster: Cluster, environ: dict[str, str], tenant: Tenant, tmp_path: Path
) -> None:
    cluster.make("deliveries", partitions=1)
    cluster.send("deliveries", registrations(0, 10))
    log = tmp_path / "log"
    with command("consume", *SESSION, environ=environ, log=log) as consumer:
        wait_until(lambda: stored(tenant) == 10)
        cluster.kill()
        time.sleep(2)
        cluster.broker.start()
        cluster.make("deliveries", partitions=1)
        cluster.send("deliveries", registrations(10, 20))
        wait_until(lambda: stored(tenant) == 20 or consumer.poll() is not None)
        assert consumer.poll() is None, log.read_text()


def test_a_broker_that_dies_before_it_has_taken_how_far_the_reading_is_is_waited_for(
    cluster: Cluster, environ: dict[str, str], tenant: Tenant, tmp_path: Path
) -> None:
    cluster.make("deliveries", partitions=1)
    cluster.send("deliveries", registrations(0, 20))
    log = tmp_path / "log"
    limited = environ | {"ENTREMISE_BACKLOG_LIMIT": "15"}
    with command("consume", *SESSION, environ=limited, log=log) as consumer:
        wait_until(lambda: stored(tenant) == 20)
        time.sleep(1.5)  # what waits is counted once a second
        cluster.send("deliveries", registrations(20, 30))
        wait_until(lambda: "Paused" in log.read_text())
        # It has these ten in its hands: stored as soon as there is room, then told to a broker that does not answer.
        cluster.suspend()
        work_off(tenant)
        wait_until(lambda: stored(tenant) == 10)
        time.sleep(0.5)
        cluster.kill()
        # The client has lost the group's coordinator now, and for a while finds nobody to ask for another one.
        time.sleep(2)
        cluster.broker.start()
        cluster.make("deliveries", partitions=1)
        cluster.send("deliveries", registrations(30, 40))
        wait_until(lambda: stored(tenant) == 20 or consumer.poll() is not None)
        assert consumer.poll() is None, log.read_text()


def test_a_broker_that_is_away_is_named(environ: dict[str, str], tenant: Tenant, tmp_path: Path) -> None:
    away = environ | {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    log = tmp_path / "log"
    with command("consume", environ=away, log=log) as consumer:
        assert consumer.wait(60) == 1
    assert "no Kafka broker answers at 127.0.0.1:1" in log.read_text().splitlines()[-1]


def test_the_doctor_names_a_broker_that_is_away_and_a_topic_that_is_missing(
    cluster: Cluster, environ: dict[str, str], tenant: Tenant, tmp_path: Path
) -> None:
    def said(changed: dict[str, str]) -> str:
        log = tmp_path / str(len(list(tmp_path.iterdir())))
        with command("doctor", environ=environ | changed, log=log) as doctor:
            assert doctor.wait(60) == 1  # no queue runs here
        return log.read_text()

    assert "FAIL  Kafka: no Kafka broker answers at 127.0.0.1:1" in said(
        {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    )
    assert "has no topic deliveries" in said({})
    cluster.make("deliveries")
    assert f"ok    Kafka: {cluster.broker.bootstrap} answers and has the topics" in said({})
