"""Bells on RQ, and their twin in memory. A bell names a job and carries identifiers, never personal data."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry as Retrying
from rq import Queue, Retry
from rq.serializers import JSONSerializer

from ..services.ports import Job

QUEUES: tuple[Job, ...] = ("process", "look_up", "write_back", "recompute")
"""One RQ queue per job, in the order in which a delivery meets them."""

MARKER_SECONDS = 5
"""A ringer that dies between the marker and the job leaves a marker alone: it must not last."""
QUIET_SECONDS = 1.0
"""How long nothing is rung after the queue was found away."""
JOB_TIMEOUT_SECONDS = 3600
"""Encoding thousands of profiles anew with a large encoder takes a quarter of an hour; a hung job is noticed by its lease."""
KEEP_DONE_SECONDS = 30
"""Not 0: deleting a finished job at once fails in RQ when an earlier attempt at it was abandoned."""
KEEP_FAILED_SECONDS = 86400

log = logging.getLogger(__name__)


def connect(url: str) -> Redis:
    """Return a client that fails soon: a door must not wait for a queue that it can do without."""
    return Redis.from_url(url, socket_connect_timeout=2, retry=Retrying(NoBackoff(), 1))


class RqQueue:
    """Coalesced bells: while one is rung and not yet heard, ringing again costs one round trip."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._away_until = 0.0
        # JSON and not pickle: whoever can write to the queue must not be able to run code.
        self._queues = {name: Queue(name, connection=redis, serializer=JSONSerializer) for name in QUEUES}

    def ring(self, job: Job, *args: str, again: bool = False) -> bool:
        if time.monotonic() < self._away_until:
            return False
        try:
            new = self._redis.set(_marker(job, args), 1, nx=True, ex=MARKER_SECONDS)
            if not new and not again:
                return False
            self._queues[job].enqueue(
                f"entremise.plugin.jobs.{job}",
                args=args,
                result_ttl=KEEP_DONE_SECONDS,
                failure_ttl=KEEP_FAILED_SECONDS,
                job_timeout=JOB_TIMEOUT_SECONDS,
                retry=Retry(max=3),
            )
        except RedisError:
            self._away_until = time.monotonic() + QUIET_SECONDS
            log.warning("the queue is away; the sweeper will ring again", extra={"job": job})
            return False
        return True

    def rung(self, job: Job, *args: str) -> None:
        # Where the queue is away, the marker goes by itself.
        with suppress(RedisError):
            self._redis.delete(_marker(job, args))

    def ping(self) -> None:
        self._redis.ping()

    def depth(self) -> Mapping[str, int]:
        return {name: queue.count for name, queue in self._queues.items()}


def _marker(job: str, args: tuple[str, ...]) -> str:
    return "entremise:bell:" + "\0".join((job, *args))


class MemoryQueue:
    """The twin without Redis: bells are kept in order and heard when ``run`` is called. One thread only."""

    def __init__(self) -> None:
        self._bells: OrderedDict[tuple[Job, tuple[str, ...]], None] = OrderedDict()

    def ring(self, job: Job, *args: str, again: bool = False) -> bool:
        new = (job, args) not in self._bells
        self._bells[job, args] = None
        return new or again

    def rung(self, job: Job, *args: str) -> None:
        self._bells.pop((job, args), None)

    def ping(self) -> None:
        """A dictionary always answers."""

    def depth(self) -> Mapping[str, int]:
        return {name: sum(job == name for job, _ in self._bells) for name in QUEUES}

    def run(self, hear: Callable[..., object], *, limit: int = 10_000) -> int:
        """Hear bells until none is left, as ``hear(job, *args)``; return how many jobs ran.

        ``limit`` catches bells that keep ringing themselves.
        """
        for heard in range(limit):
            if not self._bells:
                return heard
            (job, args), _ = self._bells.popitem(last=False)
            hear(job, *args)
        raise RuntimeError(f"{limit} jobs ran and bells still ring")
