"""Measures the Kafka door: records become inbox rows, each under its unique key, bell and offsets included.

``python -m benchmarks.kafka_intake TOPIC MESSAGES`` reads the service's environment (DATABASE_URL, REDIS_URL,
KAFKA_BOOTSTRAP_SERVERS, ENTREMISE_HOME) and prints {"messages", "seconds"}: from the first poll that gave something
to the commit behind the last. It is the loop of ``entremise consume``, with a stopwatch.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import uuid
from contextlib import closing

from entremise.consumers.kafka import KafkaSource
from entremise.consumers.processor import Processor
from entremise.consumers.routes import kafka_routes
from entremise.consumers.source import Batch
from entremise.hooks.signatures import new_secret
from entremise.plugin.bootstrap import build_container
from entremise.plugin.services import installations
from entremise.plugin.settings import Settings


class TimedSource(KafkaSource):
    """Remembers when the first records came."""

    first_at = 0.0

    def poll(self, seconds: float) -> Batch:
        batch = super().poll(seconds)
        if len(batch) and not self.first_at:
            self.first_at = time.perf_counter()
        return batch


def main() -> None:
    topic, messages = sys.argv[1], int(sys.argv[2])
    settings = Settings.from_environment(os.environ)
    container = build_container(settings)
    installations.create(
        container, host="generic", name="bench", config={"kafka_topic": topic},
        secrets={"signing_secrets": [new_secret()]},
    )  # fmt: skip
    routes = kafka_routes(container)
    source = TimedSource(settings.kafka_bootstrap, sorted(routes), group=f"bench-{uuid.uuid4().hex}")
    with closing(source):
        processor = Processor(container, source, routes, door="kafka", stop=threading.Event())
        processor.run(until=lambda: processor.taken >= messages)
        seconds = time.perf_counter() - source.first_at
    with container.store.snapshot() as unit:
        stored = sum(unit.inbox.backlog(installation.id) for installation in routes.values())
    if stored != messages:
        sys.exit(f"{stored} rows for {messages} records")
    print(json.dumps({"messages": messages, "seconds": seconds}))


if __name__ == "__main__":
    main()
