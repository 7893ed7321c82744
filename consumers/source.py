"""What a place that records are pulled from must do; ``tests/contracts/test_message_source.py`` says it in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class Record(Protocol):
    """One record as its source hands it out. A Kafka client's own record class fits as it is."""

    @property
    def topic(self) -> str: ...

    @property
    def value(self) -> bytes | None: ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


class PlainRecord(NamedTuple):
    """The record of sources that have no client library."""

    topic: str
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll gave. ``records`` are in source order within a partition; ``through`` is the source's own note
    of how far this goes, for ``commit``.
    """

    records: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    """By topic."""
    through: Mapping[object, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(map(len, self.records.values()))


NOTHING = Batch()


class MessageSource(Protocol):
    """At least once: what was polled and not committed comes again to whoever reads next.

    Used from one thread. Every method may raise ``SourceUnavailable``.
    """

    @property
    def ended(self) -> bool:
        """Whether no record will ever come again."""

    def poll(self, seconds: float) -> Batch:
        """Return what is there, waiting up to ``seconds`` for a first record; empty while paused.

        Also keeps membership in a group alive: call it at least every few seconds, paused or not.
        """

    def commit(self, batch: Batch) -> None:
        """Remember that everything up to the end of this batch is safe. Batches are committed in polling order.

        Need not wait until it is remembered; ``close`` does. May do nothing when somebody else reads on from here; the records then come again, there.
        """

    def pause(self) -> None:
        """Hand out nothing until ``resume``; harmless twice."""

    def resume(self) -> None:
        """Go on where ``pause`` stopped, without a gap."""

    def lag(self) -> int:
        """How many records are known to wait behind the last one handed out."""

    def close(self) -> None:
        """Leave; nothing is committed that was not given to ``commit``. Harmless twice."""
