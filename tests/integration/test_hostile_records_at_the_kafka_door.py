"""Whatever is written to the topic: the consumer goes on, each record is kept with a reason, and nobody else is harmed."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from builders import NOON, SECRET, a_cloudevent, profile_document
from doors import Clock, a_container
from hostility import STRUCTURED, Hostile, hostile

from entremise.consumers.kafka import KafkaSource
from entremise.consumers.processor import Processor
from entremise.consumers.routes import kafka_routes
from entremise.plugin.embedded import EmbeddedBroker
from entremise.plugin.services.installations import create
from entremise.plugin.services.jobs import JOBS

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(600)]

SEED = 20_260_505
TOPIC = "registrations"
COUNT = 5_000


@pytest.fixture
def broker() -> Iterator[str]:
    with EmbeddedBroker() as running:
        yield running.bootstrap


def record_headers(one: Hostile) -> list[tuple[str, bytes]]:
    """The headers as a record carries them: ``ce_`` where HTTP has ``ce-``."""
    headers: dict[str, str | None] = {"content-type": STRUCTURED, **one.headers}
    return [
        (name.lower().replace("ce-", "ce_", 1), value.encode("utf-8", "surrogatepass"))
        for name, value in headers.items()
        if value is not None
    ]


def test_five_thousand_hostile_records(broker: str, database_url: str, tmp_path: Path) -> None:
    from kafka import KafkaProducer

    chance = random.Random(SEED)
    doomed: list[Hostile] = []
    refs: list[str] = []
    producer = KafkaProducer(bootstrap_servers=broker, linger_ms=20)
    for number in range(COUNT):
        one = hostile(chance, number)
        producer.send(TOPIC, value=one.body, headers=record_headers(one))
        if one.doomed and one.body and not one.headers:
            doomed.append(one)
        if number % 25 == 0:
            ref = f"sound-{number}"
            event = a_cloudevent(subject=ref, id_=ref, data=profile_document(ref, name=ref))
            producer.send(
                TOPIC, value=json.dumps(event).encode(), headers=[("content-type", STRUCTURED.encode())]
            )
            refs.append(ref)
    producer.flush()
    producer.close()

    with a_container(tmp_path, DATABASE_URL=database_url) as container:
        assert isinstance(container.clock, Clock)
        container.clock.now = NOON
        made = create(
            container,
            host="generic",
            name="Test",
            config={"kafka_topic": TOPIC},
            secrets={"signing_secrets": [SECRET]},
        )
        with closing(KafkaSource([broker], [TOPIC], group="hostile", session_seconds=6.0)) as source:
            processor = Processor(
                container, source, kafka_routes(container), door="kafka", stop=threading.Event()
            )
            processor.run(until=lambda: processor.taken >= COUNT + len(refs))
        while container.queue.depth()["process"]:
            container.queue.rung("process", made.installation.id)
            JOBS["process"](container, made.installation.id)

        with container.store.snapshot() as unit:
            assert unit.inbox.backlog(made.installation.id) == 0
            found = unit.attendees.get_many(made.installation.id, "conf", refs)
            counted = unit.counters.read(made.installation.id)
            letters = list(unit.dead_letters.list(made.installation.id, limit=2 * COUNT))
    # Everybody sound is there, unharmed, whoever came before and after.
    assert {ref: found[ref].profile.name for ref in refs} == {ref: ref for ref in refs}
    # Every record was a duplicate, was processed, or is a dead letter with its bytes and a reason.
    assert processor.taken == COUNT + len(refs)
    assert len(doomed) > COUNT / 4
    kept = {letter.delivery.body for letter in letters if letter.delivery is not None}
    assert [one.name for one in doomed if one.body not in kept] == []
    assert counted["received"] <= counted.get("duplicates", 0) + counted["processed"] + counted["rejected"]
    for letter in letters:
        assert letter.reason
        assert "defect" not in letter.reason, letter.reason
        assert "store refused" not in letter.reason, letter.reason
