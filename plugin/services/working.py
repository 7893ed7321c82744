"""How a job works: under a lease, for a bounded time, and never leaving work behind without a bell."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..domain.errors import LeaseLost
from .ports import Lease, Services, UnitOfWork

log = logging.getLogger(__name__)

BUSY_SECONDS = 8.0
"""After how long a job that still has work ends and rings for another, so that jobs take turns."""


def worker_name() -> str:
    """Return a name of this process that no later process gets, even with the same number."""
    return f"{_machine()}:{os.getpid()}:{_started(os.getpid())}"


def is_gone(owner: str) -> bool:
    """Whether the owner of a lease is a process of this machine that has ended."""
    machine, _, process = owner.rpartition(":")[0].rpartition(":")
    if machine != _machine() or not process.isdigit():
        return False
    return _started(int(process)) != owner.rpartition(":")[2]


def _machine() -> str:
    """Return where process numbers mean something: containers may share a name, but not the numbers."""
    try:
        numbers = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        numbers = ""
    return f"{socket.gethostname()[:20]}/{numbers}"


def _started(process: int) -> str:
    """Return when a process started, in clock ticks since the machine booted; empty when it is not running."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return ""
    state, *rest = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else rest[18]


def is_disabled(unit: UnitOfWork, installation_id: str) -> bool:
    """Whether nothing may be done for this installation, nor rung for: what waits, waits until it is resumed."""
    installation = unit.installations.get(installation_id)
    return installation is None or installation.status == "disabled"


@contextmanager
def _kept(services: Services, lease: Lease, seconds: float) -> Iterator[None]:
    """Prolong the lease while the block works, however long one computation or one answer of a host takes."""
    done = threading.Event()

    def prolong() -> None:
        while not done.wait(seconds / 3):
            try:
                with services.store.begin() as unit:
                    unit.leases.hold(lease, now=services.clock(), seconds=seconds)
            except LeaseLost:
                return  # the work will notice when it commits
            except Exception:
                log.warning("a lease could not be prolonged; trying again", exc_info=True)

    keeper = threading.Thread(target=prolong, name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


@contextmanager
def leased(services: Services, name: str, seconds: float) -> Iterator[Lease | None]:
    """Hold the lease for the block; ``None`` when somebody else has it (they will ring if work is left)."""
    with services.store.begin() as unit:
        lease = unit.leases.take(name, worker_name(), now=services.clock(), seconds=seconds)
    if lease is None:
        yield None
        return
    try:
        with _kept(services, lease, seconds):
            yield lease
    except LeaseLost:
        # Whoever took over does the work; nothing of ours was committed.
        return
    finally:
        with services.store.begin() as unit:
            unit.leases.release(lease)
