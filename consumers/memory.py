"""A log in memory that sources read by group: the twin of a broker, for tests and for embedding programs."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence

from .source import NOTHING, Batch, PlainRecord, Record


class MemoryLog:
    """Topics of one partition each, and how far each group has committed. Safe to use from several threads."""

    def __init__(self) -> None:
        self.topics: dict[str, list[PlainRecord]] = defaultdict(list)
        self.committed: dict[tuple[str, str], int] = {}
        self.changed = threading.Condition()

    def append(
        self, topic: str, value: bytes | None, headers: Sequence[tuple[str, bytes | None]] = ()
    ) -> None:
        """Write one record."""
        with self.changed:
            self.topics[topic].append(PlainRecord(topic, value, headers))
            self.changed.notify_all()


class MemorySource:
    """Reads topics of a ``MemoryLog`` as one member of a group."""

    ended = False

    def __init__(
        self, log: MemoryLog, topics: Sequence[str], *, group: str = "entremise", limit: int = 500
    ) -> None:
        self.log = log
        self.group = group
        self.limit = limit
        self._positions = {topic: log.committed.get((group, topic), 0) for topic in topics}
        self._paused = False

    def poll(self, seconds: float) -> Batch:
        with self.log.changed:
            self.log.changed.wait_for(lambda: not self._paused and self.lag() > 0, timeout=seconds)
            return NOTHING if self._paused else self._take()

    def commit(self, batch: Batch) -> None:
        for topic, offset in batch.through.items():
            self.log.committed[self.group, str(topic)] = offset

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    def lag(self) -> int:
        return sum(len(self.log.topics[topic]) - position for topic, position in self._positions.items())

    def close(self) -> None:
        self._paused = True

    def _take(self) -> Batch:
        records: dict[str, Sequence[Record]] = {}
        through: dict[object, int] = {}
        left = self.limit
        for topic, position in self._positions.items():
            taken = self.log.topics[topic][position : position + left]
            if taken:
                records[topic] = taken
                through[topic] = self._positions[topic] = position + len(taken)
                left -= len(taken)
        return Batch(records, through)
