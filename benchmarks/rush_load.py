"""Checks people in at a steady pace, whatever the answers take, and writes down when each was accepted.

``python -m benchmarks.rush_load URL SECRET HOST_EVENT FILE RATE`` reads one person a line from FILE and prints
{"accepted": {person: moment}, "late"}: moments are seconds since 1970 at which the 202 was there; ``late`` is by how
many seconds the last request went out behind its time.
"""

from __future__ import annotations

import http.client
import json
import queue
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from entremise.hooks import signatures
from entremise.plugin.demo.lives import rfc3339

THREADS = 16


def main() -> None:
    url, secret, host_event = urlsplit(sys.argv[1]), sys.argv[2], sys.argv[3]
    people, rate = Path(sys.argv[4]).read_text().split(), float(sys.argv[5])
    waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    accepted: dict[str, float] = {}

    def post() -> None:
        connection = http.client.HTTPConnection(url.netloc, timeout=60)
        while (person := waiting.get()) is not None:
            event = {
                "specversion": "1.0", "id": f"rush-{person}", "source": "/bench", "subject": person,
                "type": "org.entremise.attendee.checked_in.v1", "hostevent": host_event, "time": rfc3339(time.time()),
            }  # fmt: skip
            body = orjson.dumps(event)
            headers = signatures.sign([secret], event["id"], time.time(), body)
            connection.request(
                "POST", url.path, body, headers | {"content-type": "application/cloudevents+json"}
            )
            answer = connection.getresponse()
            answer.read()
            if answer.status == 202:
                accepted[person] = time.time()

    threads = [threading.Thread(target=post) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    began, late = time.monotonic(), 0.0
    for number, person in enumerate(people):
        early = began + number / rate - time.monotonic()
        late = max(late, -early)
        if early > 0:
            time.sleep(early)
        waiting.put(person)
    for _ in threads:
        waiting.put(None)
    for thread in threads:
        thread.join()
    print(json.dumps({"accepted": accepted, "late": late}))


if __name__ == "__main__":
    main()
