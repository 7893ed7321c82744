"""The loop: poll, accept, commit; and wait, still polling, while the inbox is full.

While one batch is being stored, the next one is polled. An offset is committed only after the inbox (or the dead
letters) hold everything before it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from ..hooks.contract import Installation
from ..plugin.domain.delivery import Door
from ..plugin.domain.errors import Backpressure
from ..plugin.domain.identifiers import new_id
from ..plugin.services import ingest
from ..plugin.services.ports import DeadLetter, Services
from .decode import Undecodable, decode
from .poison import PoisonPolicy
from .source import Batch, MessageSource

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
ASK_AGAIN_WITHIN = 1.0
"""Seconds after which a full inbox is asked again at the latest; asking costs one count."""
REPORT_EVERY = 30.0
"""Seconds between two reports of the lag."""


class _Row(NamedTuple):
    topic: str
    good: int
    undecodable: int
    reason: str


class Processor:
    """Moves records of one source into the inbox. ``routes`` says which installation a topic belongs to.

    ``stop`` ends ``run`` after the batch in hand. The record itself never says whose it is.
    """

    def __init__(
        self,
        services: Services,
        source: MessageSource,
        routes: Mapping[str, Installation],
        *,
        door: Door,
        stop: threading.Event,
        body_limit: int = 1 << 20,
        poison: PoisonPolicy | None = None,
    ) -> None:
        self._services = services
        self._source = source
        self._routes = routes
        self._door = door
        self._stop = stop
        self._body_limit = body_limit
        self._poison = poison or PoisonPolicy()
        self._reported_at = 0.0
        self.taken = 0
        """Records that were stored, duplicates included."""

    def run(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Go on until ``stop`` is set, the source has ended, or ``until`` says so (asked between batches).

        Closes nothing. Raises ``ConfigurationError`` when the source is poisoned, ``SourceUnavailable``.
        """
        storing: tuple[Batch, Future[list[_Row]]] | None = None
        with ThreadPoolExecutor(1, thread_name_prefix="store") as executor:
            while not (self._stop.is_set() or self._source.ended or until()):
                batch = self._source.poll(0.0 if storing else POLL_SECONDS)
                stored = self._wait(storing, executor) if storing else None
                former, storing = storing, None
                if len(batch) and not self._stop.is_set():
                    storing = batch, executor.submit(self._store, batch)
                if former is not None and stored is not None:
                    # Behind the submit, so that the broker's answer is waited for while the next one is stored.
                    self._commit(former[0], stored)
                self._report()
            if storing is not None:
                stored = self._wait(storing, executor)
                if stored is not None:
                    self._commit(storing[0], stored)

    def _wait(
        self, storing: tuple[Batch, Future[list[_Row]]], executor: ThreadPoolExecutor
    ) -> list[_Row] | None:
        """Wait until the batch is stored, pausing the source while there is too much; ``None`` if told to stop."""
        batch, future = storing
        paused = False
        while True:
            try:
                rows = future.result()
                break
            except Backpressure as full:
                if not paused:
                    log.warning("Paused: %s", full)
                    self._source.pause()
                    paused = True
                self._idle(min(full.retry_after, ASK_AGAIN_WITHIN))
                if self._stop.is_set():
                    return None
                future = executor.submit(self._store, batch)
        if paused:
            self._source.resume()
            log.info("Going on")
        return rows

    def _commit(self, batch: Batch, rows: Sequence[_Row]) -> None:
        self._source.commit(batch)
        self.taken += len(batch)
        for row in rows:  # behind the commit: a source that stops here goes on behind these records
            self._poison.see(row.topic, good=row.good, undecodable=row.undecodable, reason=row.reason)

    def _idle(self, seconds: float) -> None:
        """Keep the place in the group for so long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not self._stop.is_set():
            self._source.poll(min(left, POLL_SECONDS))

    def _store(self, batch: Batch) -> list[_Row]:
        """Runs beside the polling thread. Storing the same batch again is harmless."""
        now = self._services.clock()
        rows = []
        for topic, records in batch.records.items():
            installation = self._routes[topic]
            decoded = decode(records, installation.id, door=self._door, now=now, body_limit=self._body_limit)
            if decoded.deliveries:
                ingest.accept(self._services, installation, decoded.deliveries, trust="door")
            bad = decoded.undecodable
            if bad:
                self._bury(installation.id, bad)
            rows.append(_Row(topic, len(decoded.deliveries), len(bad), bad[-1].reason if bad else ""))
        return rows

    def _bury(self, installation_id: str, undecodable: Sequence[Undecodable]) -> None:
        with self._services.store.begin() as uow:
            for item in undecodable:
                uow.dead_letters.add(
                    DeadLetter(
                        id=new_id(item.delivery.received_at),
                        installation_id=installation_id,
                        kind="delivery",
                        reason=item.reason,
                        field=None,
                        at=item.delivery.received_at,
                        delivery=item.delivery,
                    )
                )
            uow.counters.add(installation_id, received=len(undecodable), rejected=len(undecodable))

    def _report(self) -> None:
        if time.monotonic() - self._reported_at >= REPORT_EVERY:
            self._reported_at = time.monotonic()
            lag = self._source.lag()
            if lag:
                log.info("Lag: %d records wait", lag)
