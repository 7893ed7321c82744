"""Keeps children running: starts them in order, restarts what dies, and stops them gently in the reverse order.

A child that ends with exit code 2 refuses to start (the operator has to change something): it is not restarted.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Protocol

from . import processes
from .domain.errors import EntremiseError

log = logging.getLogger(__name__)

LOOK_EVERY = 0.1
BACKOFF_FIRST = 0.25
BACKOFF_MOST = 5.0
STEADY_AFTER = 20.0
"""Seconds of life after which a death counts as the first again."""
REFUSES = 2
"""Exit code of a program that needs its operator."""


class Child(Protocol):
    """Something that runs beside this process; ``embedded`` servers fit as they are."""

    @property
    def process(self) -> subprocess.Popen[bytes] | None: ...

    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass
class Command:
    """A child that is one of our own commands, in a fresh interpreter. ``environ`` is its whole environment."""

    arguments: Sequence[str]
    environ: Mapping[str, str]
    grace: float = 30.0
    """Seconds that it may take to finish what it has begun."""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; does not wait until it is ready."""
        command = [sys.executable, "-m", "entremise.plugin.cli", *self.arguments]
        self.process = processes.start(command, environ=self.environ)

    def stop(self) -> None:
        """Ask it to end, wait, and kill it if need be."""
        if self.process is not None:
            processes.stop(self.process, seconds=self.grace)


@dataclass
class _Life:
    """What the supervisor knows of one child."""

    name: str
    child: Child
    started_at: float = 0.0
    deaths: int = 0
    due_at: float | None = None
    given_up: bool = False


@dataclass
class Supervisor:
    """Runs named children. Use it from the main thread only: children die with the thread that started them."""

    children: Mapping[str, Child]
    _lives: list[_Life] = field(default_factory=list)

    def start(self) -> None:
        """Start all, in order. If one cannot be started, stop those that were and raise its error."""
        self._lives = [_Life(name, child) for name, child in self.children.items()]
        try:
            for life in self._lives:
                self._start(life)
        except BaseException:
            self.stop()
            raise

    def tend(self) -> bool:
        """Look once at every child and restart what is due; ``False`` when none is left to tend."""
        now = time.monotonic()
        for life in self._lives:
            if life.due_at is not None:
                if now >= life.due_at:
                    self._start_again(life)
            elif (
                not life.given_up and life.child.process is not None and life.child.process.poll() is not None
            ):
                self._died(life, life.child.process.returncode, now)
        return not all(life.given_up for life in self._lives)

    def run(self, stop: threading.Event) -> int:
        """Start, tend until ``stop`` is set, then stop; return the exit code of it all."""
        self.start()
        try:
            while not stop.wait(LOOK_EVERY):
                if not self.tend():
                    return REFUSES
        finally:
            self.stop()
        return 0

    def stop(self) -> None:
        """Ask all commands to end at once, so that they do it side by side; then end the rest, last started first."""
        for life in self._lives:
            if isinstance(life.child, Command) and life.child.process is not None:
                processes.ask(life.child.process)
        for life in reversed(self._lives):
            life.child.stop()
        self._lives = []

    def kill(self) -> None:
        """End everything now, however rudely."""
        for life in self._lives:
            if life.child.process is not None:
                processes.stop(life.child.process, seconds=0)

    def _start(self, life: _Life) -> None:
        life.due_at = None
        life.started_at = time.monotonic()
        life.child.start()

    def _start_again(self, life: _Life) -> None:
        try:
            self._start(life)
        except EntremiseError as error:  # an embedded server: it ran before, so it may run later
            log.warning("%s", error)
            self._died(life, 1, time.monotonic())
        else:
            log.info("Started %s again", life.name)

    def _died(self, life: _Life, code: int, now: float) -> None:
        if code == REFUSES:
            log.error("%s needs the operator (see its message above); it is not started again", life.name)
            life.given_up = True
            return
        life.deaths = 1 if now - life.started_at > STEADY_AFTER else life.deaths + 1
        wait = min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** (life.deaths - 1))
        life.due_at = now + wait
        log.warning("%s ended with code %d; starting it again in %.2f s", life.name, code, wait)


@contextmanager
def stopped_by_signals(stop: threading.Event, supervisor: Supervisor | None = None) -> Iterator[None]:
    """Have SIGTERM and SIGINT set ``stop`` while the block runs; a second one kills what the supervisor runs."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set() and supervisor is not None:
            supervisor.kill()
        stop.set()

    former = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
