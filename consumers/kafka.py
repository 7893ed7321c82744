"""Kafka as a ``MessageSource``: one member of a consumer group, offsets committed by hand, behind what is stored."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..plugin.domain.errors import ConfigurationError, SourceUnavailable
from .source import NOTHING, Batch, Record

if TYPE_CHECKING:
    from kafka import KafkaConsumer, TopicPartition

log = logging.getLogger(__name__)

CONNECT_WITHIN = 5.0
"""Seconds in which the first broker must answer."""
LOOK_AGAIN_WITHIN = 1.0
"""Seconds after which a broker that went away is tried again at the latest; the client's default of 30 s, of which each
part of the client waits its own, makes half a minute of every restart of a broker."""
SAY_AGAIN_AFTER = 30.0
"""Seconds between two lines in the log about a broker that stays away."""


class KafkaSource:
    """Reads topics as a member of ``group``, from the beginning where the group has committed nothing.

    ``session_seconds`` is how long a member may be silent before its partitions go to others; always given to the
    broker, because the client's default of 45 s delays every recovery by as much. ``options`` go to the client as
    they are (TLS, SASL). A broker that goes away later is waited for. Raises ``ConfigurationError`` without
    ``entremise[kafka]`` or when the broker refuses the credentials, ``SourceUnavailable`` when no broker answers.
    """

    ended = False

    def __init__(
        self,
        bootstrap: Sequence[str],
        topics: Sequence[str],
        *,
        group: str = "entremise",
        limit: int = 500,
        session_seconds: float = 10.0,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        try:
            import kafka
            from kafka import errors
        except ImportError:
            raise ConfigurationError(
                "Kafka is configured but its client is missing: pip install 'entremise[kafka]'"
            ) from None
        self._errors: Any = errors
        self._offset: Any = kafka.OffsetAndMetadata
        # What a rebalance may raise. Never tried again: whoever owns the partition now reads on from the last
        # commit, and deduplication makes the repetition harmless.
        self._rebalanced: tuple[type[Exception], ...] = (
            errors.CommitFailedError,
            errors.RebalanceInProgressError,
            errors.IllegalGenerationError,
            errors.UnknownMemberIdError,
        )
        self._limit = limit
        self._paused = False
        self._closed = False
        self._said_away_at = float("-inf")
        self._due: dict[Any, Any] = {}  # offsets by partition that are to be committed,
        self._sent: dict[Any, Any] = {}  # those that were sent last,
        self._answer: Any = None  # and what came of that
        try:
            self._consumer: KafkaConsumer = kafka.KafkaConsumer(
                *topics,
                bootstrap_servers=list(bootstrap),
                group_id=group,
                client_id="entremise",
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_poll_records=limit,
                session_timeout_ms=round(session_seconds * 1000),
                heartbeat_interval_ms=round(session_seconds * 1000 / 3),
                bootstrap_timeout_ms=round(CONNECT_WITHIN * 1000),
                reconnect_backoff_max_ms=round(LOOK_AGAIN_WITHIN * 1000),
                default_offset_commit_callback=lambda _offsets, _answer: None,  # see ``_hear_answer``
                metadata_max_age_ms=30_000,  # new partitions and topics are seen this soon
                **(options or {}),
            )
        except errors.KafkaTimeoutError as error:
            raise SourceUnavailable(
                f"no Kafka broker answers at {', '.join(bootstrap)}: is it running, is KAFKA_BOOTSTRAP_SERVERS right?"
            ) from error
        except (errors.KafkaConfigurationError, errors.AuthorizationError) as error:
            raise ConfigurationError(f"Kafka: {error}") from error

    def poll(self, seconds: float) -> Batch:
        self._send_due()
        until = time.monotonic() + seconds
        if self._paused:
            # Partitions that came with a rebalance are not paused yet.
            self._consumer.pause(*self._consumer.assignment())
        try:
            polled = self._consumer.poll(timeout_ms=round(seconds * 1000), max_records=self._limit)
        except self._rebalanced as error:
            log.info("The group is rebalancing: %s", type(error).__name__)
            return NOTHING
        except self._errors.AuthorizationError as error:
            raise ConfigurationError(f"Kafka refuses: {error}") from error
        except self._errors.RetriableError as error:
            # The client waits for a broker by itself, but for one moment: while it looks for the group's coordinator,
            # whatever goes wrong with the broker that it asks comes out here.
            self._say_away(error)
            time.sleep(max(0.0, until - time.monotonic()))
            return NOTHING
        except self._errors.KafkaError as error:
            raise SourceUnavailable(f"Kafka: {error}") from error
        if self._paused:
            for partition, records in polled.items():
                self._consumer.seek(partition, records[0].offset)
            return NOTHING
        return _batch(polled)

    def commit(self, batch: Batch) -> None:
        # Sent without waiting for the answer, one at a time: each round trip would hold up the reading. What is
        # still on its way is waited for in ``close``.
        self._due |= {partition: self._offset(offset, "", -1) for partition, offset in batch.through.items()}
        self._send_due()

    def pause(self) -> None:
        self._paused = True
        self._consumer.pause(*self._consumer.assignment())

    def resume(self) -> None:
        self._paused = False
        self._consumer.resume(*self._consumer.paused())

    def lag(self) -> int:
        # From what fetches brought along: costs nothing, and asking for end offsets is wrong on some brokers.
        waiting = 0
        for partition in self._consumer.assignment():
            end = self._consumer.highwater(partition)
            if end is not None:
                position = self._consumer.position(partition, timeout_ms=0)
                waiting += max(0, end - position) if position is not None else 0
        return waiting

    def topics(self) -> set[str]:
        """Names of all topics that this login may see."""
        try:
            return set(self._consumer.topics())
        except self._errors.KafkaError as error:
            raise SourceUnavailable(f"Kafka: {error}") from error

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._hear_answer()
            left = self._sent | self._due
            if left:
                try:
                    self._consumer.commit(left, timeout_ms=3000)
                except self._errors.KafkaError as error:
                    log.info("Not committed, the records may come again: %s", type(error).__name__)
            self._consumer.close(autocommit=False, timeout_ms=3000)

    def _say_away(self, error: Exception) -> None:
        if time.monotonic() - self._said_away_at >= SAY_AGAIN_AFTER:
            self._said_away_at = time.monotonic()
            log.warning("The broker does not answer, trying again: %s", error)

    def _send_due(self) -> None:
        """Send what is to be committed, unless the answer to the last sending is still to come."""
        self._hear_answer()
        if self._due and self._answer is None:
            self._sent, self._due = self._due, {}
            self._answer = self._consumer.commit_async(self._sent)

    def _hear_answer(self) -> None:
        if self._answer is None or not self._answer.is_done:
            return
        failure, sent = self._answer.exception, self._sent
        self._answer, self._sent = None, {}
        if failure is None:
            return
        if isinstance(failure, self._errors.AuthorizationError):
            raise ConfigurationError(f"Kafka refuses: {failure}") from failure
        if isinstance(failure, self._rebalanced):
            log.info("Not committed, the records may come again: %s", type(failure).__name__)
            return
        self._due = sent | self._due
        self._say_away(failure)


def _batch(polled: Mapping[TopicPartition, Sequence[Any]]) -> Batch:
    records: dict[str, Sequence[Record]] = {}
    for partition, new in polled.items():
        before = records.get(partition.topic)
        records[partition.topic] = [*before, *new] if before else new
    return Batch(records, {partition: new[-1].offset + 1 for partition, new in polled.items()})
