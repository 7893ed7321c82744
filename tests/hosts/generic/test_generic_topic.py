"""Results on a Kafka topic, written to and read back from a real (Kafka-compatible) broker."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import an_installation
from workbench import Workbench, a_result, close_all

from entremise.hooks import cloudevents
from entremise.hooks.contract import HostContext
from entremise.hooks.hosts.generic import client, topic
from entremise.plugin.domain.errors import HostRejected
from entremise.plugin.embedded import EmbeddedBroker

pytestmark = pytest.mark.service

BENCH = Workbench("generic")
TOPIC = "entremise.results"


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running:
        create_topic(running)
        yield running


def create_topic(broker: EmbeddedBroker) -> None:
    from kafka.admin import KafkaAdminClient, NewTopic

    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.create_topics([NewTopic(TOPIC, num_partitions=4, replication_factor=1)])
    admin.close()


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    close_all()
    topic.close()


@pytest.fixture
def context(broker: EmbeddedBroker) -> HostContext:
    config = {"results_topic": TOPIC, "results_bootstrap_servers": [broker.bootstrap]}
    return BENCH.context(an_installation(config=config))


def records(broker: EmbeddedBroker, number: int) -> list[Any]:
    from kafka import KafkaConsumer

    consumer = KafkaConsumer(
        TOPIC, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=8_000
    )
    read = []
    for record in consumer:
        read.append(record)
        if len(read) == number:
            break
    consumer.close()
    return read


def test_results_are_structured_cloudevents_keyed_by_host_event(
    broker: EmbeddedBroker, context: HostContext
) -> None:
    results = [a_result(f"é{number}", revision=number) for number in range(1, 151)]
    assert client.publish(results, context) == [None] * 150
    read = records(broker, 150)
    told = {}
    for record in read:
        assert record.key == b"conf"
        headers = {name.lower(): value.decode() for name, value in record.headers}
        cloudevent = cloudevents.read(headers, record.value)
        told[cloudevent.id] = cloudevent
    assert told == {result.idempotency_key: client.event_of(result) for result in results}
    assert len({record.partition for record in read}) == 1, "one host event stays in order"


def test_a_record_that_the_broker_cannot_take_is_rejected_alone(context: HostContext) -> None:
    results = [a_result("a1"), a_result("a2", payload={"text": "x" * 1_500_000}), a_result("a3")]
    outcomes = client.publish(results, context)
    assert [type(outcome) for outcome in outcomes] == [type(None), HostRejected, type(None)]


def test_checking_counts_the_partitions(context: HostContext) -> None:
    assert client.check(context) == f"the topic {TOPIC} has 4 partitions"


AWAY = """
import sys
sys.path.insert(0, sys.argv[1])
from builders import an_installation
from workbench import Workbench, a_result
from entremise.hooks.hosts.generic import client, topic
from entremise.plugin.embedded import EmbeddedBroker
from kafka.admin import KafkaAdminClient, NewTopic

topic.PATIENCE = 2.0
with EmbeddedBroker() as broker:
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.create_topics([NewTopic("results", num_partitions=1, replication_factor=1)])
    admin.close()
    config = {"results_topic": "results", "results_bootstrap_servers": [broker.bootstrap]}
    context = Workbench("generic").context(an_installation(config=config))
    print(client.publish([a_result("a1")], context))
    broker.stop()
    print([type(outcome).__name__ for outcome in client.publish([a_result("a2"), a_result("a3")], context)])
"""


def test_a_broker_that_goes_away_is_unavailable() -> None:
    """In a process of its own: kafka-python leaves the sockets of refused connections to the garbage collector."""
    tests = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", AWAY, str(tests)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.splitlines() == ["[None]", "['HostUnavailable', 'HostUnavailable']"], done.stderr[
        -2000:
    ]
