"""Fills a topic with the intake benchmark's deliveries: ``python -m benchmarks.produce BOOTSTRAP TOPIC MESSAGES``."""

from __future__ import annotations

import sys

from kafka import KafkaAdminClient, KafkaProducer

from .inbox_rows import HEADERS, body

PARTITIONS = 4


def main() -> None:
    bootstrap, topic, messages = sys.argv[1], sys.argv[2], int(sys.argv[3])
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics({topic: {"num_partitions": PARTITIONS, "replication_factor": 1}})
    admin.close()
    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=20, batch_size=256 * 1024, acks="all")
    for number in range(messages):
        producer.send(topic, value=body(number), headers=list(HEADERS), partition=number % PARTITIONS)
    producer.flush(timeout=120)
    producer.close(timeout=10)


if __name__ == "__main__":
    main()
