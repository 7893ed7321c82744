"""Floor: polls a topic to its end and does nothing with the records.

``python -m benchmarks.floors.poll BOOTSTRAP TOPIC MESSAGES`` prints {"messages", "seconds"}: from the first poll
that gave something to the last.
"""

from __future__ import annotations

import json
import sys
import time
import uuid

from kafka import KafkaConsumer


def main() -> None:
    bootstrap, topic, wanted = sys.argv[1], sys.argv[2], int(sys.argv[3])
    consumer = KafkaConsumer(
        topic, bootstrap_servers=bootstrap, group_id=f"floor-{uuid.uuid4().hex}", enable_auto_commit=False,
        auto_offset_reset="earliest", max_poll_records=500, session_timeout_ms=10_000, heartbeat_interval_ms=3_333,
    )  # fmt: skip
    seen, began = 0, 0.0
    while seen < wanted:
        polled = consumer.poll(timeout_ms=500)
        if polled and not began:
            began = time.perf_counter()
        seen += sum(map(len, polled.values()))
    seconds = time.perf_counter() - began
    consumer.close(autocommit=False)
    print(json.dumps({"messages": seen, "seconds": seconds}))


if __name__ == "__main__":
    main()
