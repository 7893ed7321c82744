"""Bells in the background: nobody waits for them, many at once are one, and none is forgotten."""

from __future__ import annotations

import threading
import time

from entremise.plugin.services.ports import Job
from entremise.plugin.storage.rq_queue import MemoryQueue
from entremise.webhooks.ringer import BackgroundRinger


class Tower(MemoryQueue):
    """Notes every ring; the first one takes until ``go`` is set."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__()
        self.rung_for: list[tuple[str, ...]] = []
        self.ringing, self.go = threading.Event(), threading.Event()
        self._fails = fails

    def ring(self, job: Job, *args: str, again: bool = False) -> bool:
        self.rung_for.append((job, *args))
        if len(self.rung_for) == 1:
            self.ringing.set()
            assert self.go.wait(10)
            if self._fails:
                raise ConnectionError
        return super().ring(job, *args, again=again)


def heard(tower: Tower, count: int) -> None:
    until = time.monotonic() + 10
    while len(tower.rung_for) < count:
        assert time.monotonic() < until, tower.rung_for
        time.sleep(0.002)


def test_nobody_waits_for_a_ring_and_those_who_come_meanwhile_share_the_next() -> None:
    tower = Tower()
    ringer = BackgroundRinger(tower)
    assert ringer.ring("process", "a") is True
    assert tower.ringing.wait(10)
    assert [ringer.ring("process", "a") for _ in range(5)] == [True, False, False, False, False]
    assert ringer.ring("process", "b") is True
    assert tower.rung_for == [("process", "a")]
    tower.go.set()
    heard(tower, 3)
    time.sleep(0.1)
    assert tower.rung_for == [("process", "a"), ("process", "a"), ("process", "b")]
    assert ringer.depth() == tower.depth()


def test_a_ring_that_fails_costs_no_later_one() -> None:
    tower = Tower(fails=True)
    ringer = BackgroundRinger(tower)
    ringer.ring("process", "a")
    tower.go.set()
    heard(tower, 1)
    ringer.ring("recompute", "a", "conf")
    heard(tower, 2)
    assert tower.rung_for[-1] == ("recompute", "a", "conf")


def test_ringing_again_is_done_at_once() -> None:
    tower = Tower()
    tower.go.set()
    assert BackgroundRinger(tower).ring("process", "a", again=True) is True
    assert tower.rung_for == [("process", "a")]
