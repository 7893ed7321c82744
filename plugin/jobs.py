"""What RQ workers run: one function per bell. Arguments are identifiers; the container is built once per process."""

from __future__ import annotations

import os

from .bootstrap import Container, build_container
from .services.jobs import JOBS
from .services.ports import Job
from .settings import Settings
from .storage.rq_queue import MemoryQueue

_built: dict[int, Container] = {}
"""By process number: the only process-wide object. A forked job must not use its parent's connections."""


def container() -> Container:
    """Return this process's container, made from the environment when first asked for."""
    process_number = os.getpid()
    if process_number not in _built:
        inherited = list(_built.values())
        _built.clear()
        if inherited:
            # Everything but the connections is good as it is, and was costly to make.
            inherited[0].store.dispose(forked=True)
            _built[process_number] = inherited[0]
        else:
            _built[process_number] = build_container(Settings.from_environment(os.environ))
    return _built[process_number]


def process(installation_id: str) -> None:
    """Drain the inbox of an installation."""
    _hear("process", installation_id)


def look_up(installation_id: str) -> None:
    """Look up what unsigned deliveries hinted at."""
    _hear("look_up", installation_id)


def recompute(installation_id: str, host_event: str) -> None:
    """Bring a host event's results up to date."""
    _hear("recompute", installation_id, host_event)


def write_back(installation_id: str) -> None:
    """Publish what is due at an installation's host."""
    _hear("write_back", installation_id)


def run_bells(services: Container) -> int:
    """Run everything that a memory queue has rung for, in this thread, until it is quiet; return how many jobs."""
    if not isinstance(services.queue, MemoryQueue):
        raise TypeError("only a MemoryQueue runs its bells in this process")
    return services.queue.run(lambda job, *args: JOBS[job](services, *args))


def _hear(job: Job, *args: str) -> None:
    services = container()
    # First of all: from here on a new bell schedules a new run.
    services.queue.rung(job, *args)
    JOBS[job](services, *args)
