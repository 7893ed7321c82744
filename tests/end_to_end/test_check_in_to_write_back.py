"""One check-in, walked from the door to the host that shows it: ARCHITECTURE.md tells the same nine steps.

By webhook and by Kafka, on SQLite and on PostgreSQL. Bells are heard one at a time, so that each step can be looked at.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import a_cloudevent, profile_document, signed

from entremise.consumers.kafka import KafkaSource
from entremise.consumers.processor import Processor
from entremise.consumers.routes import kafka_routes
from entremise.hooks import signatures
from entremise.hooks.contract import Installation
from entremise.plugin.bootstrap import Container, build_container
from entremise.plugin.demo.held import HeldResults
from entremise.plugin.demo.receiving_host import KEY_FILE, LEDGER
from entremise.plugin.embedded import EmbeddedBroker
from entremise.plugin.services.installations import create
from entremise.plugin.services.jobs import JOBS
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue
from entremise.webhooks import create_app

TOPIC = "registrations"
SECRET = signatures.new_secret()


@contextmanager
def receiving_host(home: Path) -> Iterator[str]:
    """A host platform in a process of its own, with a ledger of what it holds."""
    home.mkdir()
    (home / KEY_FILE).write_text(SECRET)
    command = [sys.executable, "-m", "entremise.plugin.demo.receiving_host", str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"127.0.0.1:{json.loads(process.stdout.readline())['port']}"
        finally:
            process.terminate()


class Walk:
    """A service with one installation whose host really receives."""

    def __init__(self, home: Path, database_url: str, host: str) -> None:
        settings = Settings.from_environment({"ENTREMISE_HOME": str(home), "DATABASE_URL": database_url})
        self.queue = MemoryQueue()
        container = build_container(settings, queue=self.queue)
        self.services: Container = replace(container, pause=lambda _seconds: None)
        self.installation: Installation = create(
            self.services, host="generic", name="Conference", secrets={"signing_secrets": [SECRET], "callback_secrets": [SECRET]},
            config={"callback_url": f"http://{host}/results", "allow_private": [host], "kafka_topic": TOPIC},
        ).installation  # fmt: skip

    def rings(self) -> list[str]:
        """Which jobs are rung for now."""
        return [job for job, depth in self.queue.depth().items() if depth]

    def hear(self, job: str) -> None:
        """Run the one job that is rung for."""
        assert self.rings() == [job]
        heard: list[tuple[str, tuple[str, ...]]] = []
        self.queue.run(lambda name, *args: heard.append((name, args)))
        for name, args in heard:
            JOBS[name](self.services, *args)  # type: ignore[index]

    def hear_all(self) -> None:
        self.queue.run(lambda name, *args: JOBS[name](self.services, *args))


def arrives_by_webhook(walk: Walk, document: dict[str, Any]) -> None:
    body = json.dumps(document).encode()
    headers = signed(body, secret=SECRET, message=str(document["id"]), at=time.time())
    answer = create_app(walk.services).test_client().post(
        f"/hosts/{walk.installation.id}/deliveries", data=body,
        headers={"content-type": "application/cloudevents+json", **headers},
    )  # fmt: skip
    assert answer.status_code == 202, answer.data


def arrives_by_kafka(walk: Walk, broker: str, document: dict[str, Any]) -> None:
    from kafka import KafkaProducer

    producer = KafkaProducer(bootstrap_servers=broker)
    producer.send(
        TOPIC, key=document["hostevent"].encode(), value=json.dumps(document).encode(),
        headers=[("content-type", b"application/cloudevents+json")],
    ).get(timeout=20)  # fmt: skip
    producer.close()
    source = KafkaSource([broker], [TOPIC], group="walk", session_seconds=6.0)
    with walk.services.store.snapshot() as unit:
        before = unit.counters.read().get("received", 0)
    stop = threading.Event()
    processor = Processor(walk.services, source, kafka_routes(walk.services), door="kafka", stop=stop)

    def arrived() -> bool:
        with walk.services.store.snapshot() as unit:
            return unit.counters.read().get("received", 0) > before

    processor.run(until=arrived)
    with suppress(Exception):
        source.close()


@pytest.fixture(params=["webhook", pytest.param("kafka", marks=pytest.mark.service)])
def door(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "webhook":
        yield arrives_by_webhook
        return
    with EmbeddedBroker() as broker:
        from kafka import KafkaAdminClient

        admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        admin.create_topics({TOPIC: {"num_partitions": 1, "replication_factor": 1}})
        admin.close()
        yield lambda walk, document: arrives_by_kafka(walk, broker.bootstrap, document)


@pytest.mark.timeout(180)
def test_a_check_in_reaches_the_host_as_a_list_of_who_is_here(
    database_url: str, door: Any, tmp_path: Path
) -> None:
    with receiving_host(tmp_path / "host") as host:
        walk = Walk(tmp_path / "home", database_url, host)
        for ref in ("a1", "a2"):
            arrives_by_webhook(
                walk, a_cloudevent(subject=ref, data=profile_document(ref), at=time.time() - 60)
            )
        arrives_by_webhook(
            walk, a_cloudevent("org.entremise.attendee.checked_in.v1", "a2", at=time.time() - 30, data={})
        )
        walk.hear_all()

        # 1. The door wraps raw bytes and headers in a Delivery.
        check_in = a_cloudevent("org.entremise.attendee.checked_in.v1", "a1", at=time.time(), data={})
        door(walk, check_in)

        # 2. It is proved, stored once, and the installation's bell rings.
        with walk.services.store.snapshot() as unit:
            assert unit.inbox.backlog(walk.installation.id) == 1
        assert walk.rings() == ["process"]
        door(walk, check_in)
        with walk.services.store.snapshot() as unit:
            assert unit.inbox.backlog(walk.installation.id) == 1
            assert unit.counters.read()["duplicates"] == 1

        # 3. A worker takes the batch up under a lease, 4. the adapter says what happened in domain events,
        # 5. a handler joins it into the attendee, in one transaction with the inbox.
        walk.hear("process")
        with walk.services.store.snapshot() as unit:
            assert unit.inbox.backlog(walk.installation.id) == 0
            attendee = unit.attendees.get(walk.installation.id, "conf", "a1")
            assert attendee is not None
            assert attendee.presence == "checked_in"

            # 6. The host event's version rose, and its bell rings.
            known = unit.host_events.get(walk.installation.id, "conf")
            assert known is not None
            assert known.dirty_version == known.computed_version + 1
        assert walk.rings() == ["recompute"]

        # 7. Under another lease the lists are computed, 8. and stored together with their outbox cells.
        walk.hear("recompute")
        with walk.services.store.snapshot() as unit:
            known = unit.host_events.get(walk.installation.id, "conf")
            assert known is not None
            assert known.dirty_version == known.computed_version
            desired = unit.outbox.get(walk.installation.id, "conf", "a1", "connections")
            assert desired is not None
            assert desired.payload is not None
            assert unit.departures.waiting(walk.installation.id) == 2
        assert walk.rings() == ["write_back"]

        # 9. The newest revision goes to the host, signed, with an idempotency key; nothing is left to do.
        walk.hear("write_back")
        assert walk.rings() == []
        ledger = HeldResults(tmp_path / "host" / LEDGER)
        held = ledger.held("conf")
        assert [item["person"] for item in held["a1", "connections"]["here_now"]] == ["a2"]
        assert [item["person"] for item in held["a2", "connections"]["here_now"]] == ["a1"]
        assert held["a1", "connections"] == desired.payload
        assert ledger.effects().get("resent", 0) == 0
        ledger.close()
        with walk.services.store.snapshot() as unit:
            assert unit.departures.waiting() == 0
        walk.services.store.dispose()
