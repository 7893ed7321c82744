"""Sends the script's deliveries through both doors, and writes down what was sent and how it was answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import requests

from ...hooks import signatures
from .sendings import Sending, encode

STALE = 3_600.0
"""Seconds by which a spoilt timestamp lies in the past: far outside every replay window."""

PLANTED = "planted"
"""The answer noted for a message that was never sent."""

PATIENCE = 60.0
"""Seconds for which a sender tries again while the door says "slow down" or is not there."""


class SentLedger:
    """What one sender sent, a JSON line each: message id, sending, door, moment and answer. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab")
        self._lock = threading.Lock()

    def note(self, sending: Sending, answer: str) -> None:
        """Write it down at once, for every message of the sending."""
        told = {"door": sending.door, "outcome": sending.outcome, "at": time.time(), "answer": answer}
        ids = [message.id for message in sending.messages] or [sending.key]
        lines = [orjson.dumps({"id": id_, **told}) for id_ in ids]
        with self._lock:
            self._file.write(b"\n".join(lines) + b"\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_ledger(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a sender's ledger."""
    return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


class WebhookSender:
    """Posts signed webhooks, several at a time, each thread over one kept-alive connection."""

    def __init__(self, address: str, secret: str, ledger: SentLedger, *, threads: int = 4) -> None:
        self.address = address
        self.secret = secret
        self.ledger = ledger
        self.threads = threads
        self._local = threading.local()
        self._open = ExitStack()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="webhook")
        self._pending: list[Future[Any]] = []

    def send(self, sending: Sending) -> int:
        """Post it and return the status; waits and tries again on 429, 5xx and while nobody listens."""
        headers, body = encode(sending)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._session().post(
                    self.address, data=body, headers=headers | self._signed(sending, body), timeout=30
                )
            except requests.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
                continue
            if answer.status_code in (429, 502, 503, 504) and time.monotonic() < deadline:
                time.sleep(min(float(answer.headers.get("Retry-After", "1")), 5.0))
                continue
            self.ledger.note(sending, str(answer.status_code))
            return answer.status_code

    def submit(self, sending: Sending, done: Callable[[], object]) -> None:
        """Send it in the background; ``done`` is called afterwards. Errors surface in ``wait``."""
        self._pending.append(self._pool.submit(lambda: (self.send(sending), done())))

    def wait(self) -> None:
        """Wait until everything submitted is answered; raises what went wrong first."""
        pending, self._pending = self._pending, []
        for future in pending:
            future.result()

    def close(self) -> None:
        """Finish and close the connections."""
        self._pool.shutdown()
        self._open.close()

    def _signed(self, sending: Sending, body: bytes) -> dict[str, str]:
        if sending.spoil == "unsigned":
            return {}
        now = time.time() - (STALE if sending.spoil == "timestamp" else 0.0)
        secret = signatures.new_secret() if sending.spoil == "signature" else self.secret
        return signatures.sign([secret], sending.key, now, body)

    def _session(self) -> requests.Session:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
            self._open.callback(session.close)
        return session


class KafkaSender:
    """Produces records to the topic from which the installation's deliveries are consumed."""

    def __init__(self, bootstrap: str, topic: str, ledger: SentLedger) -> None:
        from kafka import KafkaProducer

        self.topic = topic
        self.ledger = ledger
        self._failures: list[BaseException] = []
        self._producer: Any = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5)

    def send(self, sending: Sending, done: Callable[[], object]) -> None:
        """Hand it to the producer; it is noted, and ``done`` is called, once the broker has it."""
        headers, body = encode(sending)
        key = sending.messages[0].host_event.encode() if sending.messages else None
        record_headers = [(name, value.encode()) for name, value in headers.items()]

        def noted(_metadata: object) -> None:
            self.ledger.note(sending, "stored")
            done()

        self._producer.send(self.topic, key=key, value=body, headers=record_headers).add_callback(
            noted
        ).add_errback(self._failures.append)

    def wait(self) -> None:
        """Wait until the broker has everything; raises what went wrong first."""
        self._producer.flush(timeout=60)
        if self._failures:
            raise self._failures[0]

    def close(self) -> None:
        """Finish and close."""
        self._producer.close(timeout=10)


def send_all(
    sendings: Sequence[Sending], webhook: WebhookSender, kafka: KafkaSender | None, *,
    per_second: float | None = None, done: Callable[[], object] = lambda: None,
    skip: Iterable[str] = (),
) -> None:  # fmt: skip
    """Send everything at the given pace and wait for the answers.

    ``skip`` names messages that are noted as sent and never are: a planted loss. Without ``kafka`` everything goes
    through the webhook door.
    """
    skipped = frozenset(skip)
    began = time.monotonic()
    for number, sending in enumerate(sendings):
        if per_second is not None and (early := began + number / per_second - time.monotonic()) > 0:
            time.sleep(early)
        left = _without(sending, skipped, webhook.ledger)
        if left is None:
            done()
        elif left.door == "kafka" and kafka is not None:
            kafka.send(left, done)
        else:
            webhook.submit(left.by_webhook(), done)
    webhook.wait()
    if kafka is not None:
        kafka.wait()


def _without(sending: Sending, skipped: frozenset[str], ledger: SentLedger) -> Sending | None:
    """Take planted losses out of a sending; ``None`` when nothing is left of it."""
    planted = tuple(message for message in sending.messages if message.id in skipped)
    if not planted:
        return sending
    ledger.note(replace(sending, messages=planted), PLANTED)
    left = tuple(message for message in sending.messages if message.id not in skipped)
    return replace(sending, messages=left) if left else None
