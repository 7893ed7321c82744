"""Writes results to a Kafka topic. kafka-python is an extra: it is imported when the first result is to be written."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Sequence
from typing import Any

from ....plugin.domain.errors import HostError, HostRejected, HostUnauthorized, HostUnavailable
from ....plugin.domain.suggestions import Result
from ...cloudevents import STRUCTURED, CloudEvent
from ...contract import HostContext

PATIENCE = 20.0
"""Seconds until a record that no broker acknowledged counts as not written."""

_HEADERS = [("content-type", STRUCTURED.encode())]


def write(written: Sequence[tuple[Result, CloudEvent]], context: HostContext) -> list[HostError | None]:
    """Write structured CloudEvents keyed by host event; ``None`` for each that all in-sync replicas hold."""
    if not written:
        return []
    topic = context.installation.config["results_topic"]
    try:
        producer = _producers.get(context)
        sent = [_send(producer, topic, result, cloudevent) for result, cloudevent in written]
    except HostError as error:
        return [error] * len(written)
    return [outcome if isinstance(outcome, HostError) else _await(outcome) for outcome in sent]


def check(context: HostContext) -> str:
    """Say that the brokers know the topic, or raise ``HostError``."""
    from kafka.errors import KafkaError

    topic = context.installation.config["results_topic"]
    try:
        partitions = _producers.get(context).partitions_for(topic)
    except KafkaError as error:
        raise _meaning(error) from error
    if not partitions:
        raise HostUnavailable(f"the brokers do not know the topic {topic}")
    return f"the topic {topic} has {len(partitions)} partitions"


def _send(producer: Any, topic: str, result: Result, cloudevent: CloudEvent) -> Any:
    from kafka.errors import KafkaError

    try:
        return producer.send(
            topic, key=result.host_event.encode(), value=cloudevent.to_bytes(), headers=_HEADERS
        )
    except KafkaError as error:
        return _meaning(error)


def _await(outcome: Any) -> HostError | None:
    from kafka.errors import KafkaError

    try:
        outcome.get(timeout=PATIENCE)
    except KafkaError as error:
        return _meaning(error)
    return None


def _meaning(error: Exception) -> HostError:
    from kafka import errors

    name = type(error).__name__
    if isinstance(
        error, (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError, errors.InvalidRecordError)
    ):
        return HostRejected(f"the broker refused the record: {name}")
    if isinstance(error, (errors.AuthorizationError, errors.SaslAuthenticationFailedError)):
        return HostUnauthorized(f"the broker refused us: {name}")
    return HostUnavailable(f"the record was not acknowledged: {name}")


class _Producers:
    """One producer per process and cluster: connecting takes longer than writing. A forked child makes its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[Any, ...], Any] = {}

    def get(self, context: HostContext) -> Any:
        config, secrets = context.installation.config, context.installation.secrets
        options = {
            "bootstrap_servers": list(config["results_bootstrap_servers"]),
            "security_protocol": config.get("results_security", "PLAINTEXT"),
            "sasl_mechanism": config.get("results_sasl_mechanism"),
            "sasl_plain_username": secrets.get("kafka_username"),
            "sasl_plain_password": secrets.get("kafka_password"),
        }
        identity = (os.getpid(), *(str(value) for value in options.values()))
        with self._lock:
            if identity not in self._known:
                self._known[identity] = _connect(options)
            return self._known[identity]

    def close(self) -> None:
        """Close every producer of this process; what is not acknowledged by now was never reported as written."""
        with self._lock:
            while self._known:
                identity, producer = self._known.popitem()
                if identity[0] == os.getpid():
                    producer.close(timeout=0)


def close() -> None:
    """Close the producers of this process. A process that ends does so by itself."""
    _producers.close()


def _connect(options: dict[str, Any]) -> Any:
    try:
        from kafka import KafkaProducer
        from kafka.errors import KafkaError
    except ImportError as error:
        raise HostUnauthorized("writing to Kafka needs entremise[kafka] to be installed") from error
    _knock(options["bootstrap_servers"])
    milliseconds = int(PATIENCE * 1000)
    try:
        return KafkaProducer(
            **options,
            acks="all",
            linger_ms=5,
            delivery_timeout_ms=milliseconds,
            request_timeout_ms=milliseconds // 2,
            max_block_ms=milliseconds // 2,
            bootstrap_timeout_ms=milliseconds // 2,
        )
    except KafkaError as error:
        raise _meaning(error) from error


def _knock(servers: Sequence[str]) -> None:
    """Raise ``HostUnavailable`` unless somebody listens: a producer that cannot start leaves its sockets open."""
    for server in servers:
        host, _, port = server.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE / 2).close()
        except OSError:
            continue
        return
    raise HostUnavailable("no broker answers")


_producers = _Producers()
