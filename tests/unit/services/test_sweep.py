"""Whatever is lost of bells, jobs and workers, the sweeper finds within seconds."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

import pytest
from world import World

from entremise.plugin.services.jobs import JOBS
from entremise.plugin.services.sweep import PATIENCE_SECONDS, Sweeper
from entremise.plugin.services.working import is_gone, leased, worker_name
from entremise.plugin.storage import inbox
from entremise.plugin.storage.rq_queue import MemoryQueue


def lose_every_bell(world: World) -> None:
    queue = world.services.queue
    assert isinstance(queue, MemoryQueue)
    queue.run(lambda _job, *_args: None)


def test_losing_every_bell_at_every_stage_only_costs_time(world: World) -> None:
    world.register("a1")
    world.register("a2")
    sweeper = Sweeper()
    for _ in range(6):
        lose_every_bell(world)
        world.time[0] += 1
        sweeper.sweep(world.services)
        queue = world.services.queue
        bells = list(queue._bells)
        for job, args in bells:
            queue.rung(job, *args)
            JOBS[job](world.services, *args)
    assert len(world.shelf.shown()) == 2


def test_a_marker_without_a_job_is_rung_over_within_five_seconds(world: World) -> None:
    world.register("a1")
    lose_every_bell(world)
    sweeper = Sweeper()
    assert sweeper.sweep(world.services) == []
    world.time[0] += PATIENCE_SECONDS
    assert ("process", (world.installation.id,)) in sweeper.sweep(world.services)


def test_work_under_a_lease_is_left_alone(world: World) -> None:
    world.register("a1")
    lose_every_bell(world)
    sweeper = Sweeper()
    with leased(world.services, f"process:{world.installation.id}", 60):
        sweeper.sweep(world.services)
        world.time[0] += 10
        assert sweeper.sweep(world.services) == []


def test_the_lease_of_a_worker_that_was_killed_is_free_at_once(world: World) -> None:
    script = "from entremise.plugin.services.working import worker_name; print(worker_name())"
    dead = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert is_gone(dead)
    assert not is_gone(worker_name())
    assert not is_gone("another-machine:1:1")
    with world.services.store.begin() as unit:
        unit.leases.take("process:x", dead, now=world.time[0], seconds=600)
    Sweeper().sweep(world.services)
    with world.services.store.snapshot() as unit:
        assert unit.leases.current(now=world.time[0]) == []


def test_expiring_goes_on_until_nothing_old_is_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "EXPIRE_AT_ONCE", 2)
    for ref in ("a1", "a2", "a3", "a4", "a5"):
        world.register(ref)
    world.work()
    sweeper = Sweeper()
    sweeper.sweep(world.services)
    world.time[0] += world.services.limits.keep_raw_seconds + 1
    sweeper.sweep(world.services)
    with world.services.store.snapshot() as unit:
        assert unit.inbox.processed(world.installation.id, after=0, limit=10) == []


def test_raw_bytes_expire_and_their_keys_stay(world: World) -> None:
    world.deliver("AttendeeCheckedIn", key="k", at=0, host_event="conf", attendee="a1")
    world.work()
    world.time[0] += world.services.limits.keep_raw_seconds + 1
    Sweeper().sweep(world.services)
    with world.services.store.snapshot() as unit:
        assert unit.inbox.processed(world.installation.id, after=0, limit=10) == []
    again = world.deliver("AttendeeCheckedIn", key="k", at=0, host_event="conf", attendee="a1")
    assert again.duplicates == 1


def test_a_lease_is_kept_while_the_work_lasts_however_long(world: World) -> None:
    world.services = replace(world.services, clock=time.time)
    taken = []
    with leased(world.services, "recompute:x", 0.3) as lease:
        assert lease is not None
        for _ in range(10):
            time.sleep(0.1)
            with leased(world.services, "recompute:x", 0.3) as another:
                taken.append(another)
    assert taken == [None] * 10
    with leased(world.services, "recompute:x", 0.3) as afterwards:
        assert afterwards is not None


def test_a_process_of_another_container_with_our_name_is_not_gone(world: World) -> None:
    machine, process, started = worker_name().rsplit(":", 2)
    elsewhere = f"{machine.partition('/')[0]}/1:{process}:1"
    assert not is_gone(elsewhere)
    assert is_gone(f"{machine}:{process}:{int(started) - 1}")
