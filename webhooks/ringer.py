"""Rings in the background, so that an answer never waits for the queue; many rings within a moment become one.

A delivery is safe once it is committed: a bell that is lost with this process is rung again by the sweeper.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from ..plugin.services.ports import Job, JobQueue

logger = logging.getLogger(__name__)

MOMENT_SECONDS = 0.02
"""How long bells rest after they were rung."""

Bell = tuple[Job, tuple[str, ...]]


class BackgroundRinger:
    """A ``JobQueue`` in front of another one. Its thread starts with the first ring, so it survives no fork."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._wanted: dict[Bell, None] = {}
        self._lock = threading.Condition()
        self._thread: threading.Thread | None = None

    def ring(self, job: Job, *args: str, again: bool = False) -> bool:
        """Have it rung soon; ``again`` rings at once, on this thread."""
        if again:
            return self._queue.ring(job, *args, again=True)
        with self._lock:
            new = (job, args) not in self._wanted
            self._wanted[job, args] = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ringer", daemon=True)
                self._thread.start()
            self._lock.notify()
        return new

    def rung(self, job: Job, *args: str) -> None:
        self._queue.rung(job, *args)

    def ping(self) -> None:
        self._queue.ping()

    def depth(self) -> Mapping[str, int]:
        return self._queue.depth()

    def _run(self) -> None:
        rest = threading.Event()
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._wanted)
                bells = list(self._wanted)
                self._wanted.clear()
            # Taken out before they are rung: what is wanted from here on is rung once more.
            for job, args in bells:
                try:
                    self._queue.ring(job, *args)
                except Exception as error:  # noqa: BLE001 - the thread must go on; the sweeper rings for this one
                    logger.warning("a bell was lost", extra={"job": job, "error": type(error).__name__})
            rest.wait(MOMENT_SECONDS)
