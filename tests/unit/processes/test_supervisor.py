"""Children are kept running, given up when they refuse, and stopped in order."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from entremise.plugin import processes, supervisor
from entremise.plugin.domain.errors import ConfigurationError
from entremise.plugin.supervisor import Supervisor


class Script:
    """A child that notes each start, then does what it is told."""

    def __init__(self, text: str, *, log: Path, name: str = "child") -> None:
        self.text = f"print('{name} starts', flush=True)\n{text}"
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = processes.start([sys.executable, "-u", "-c", self.text], log=self.log)

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process)


class Refused:
    process = None

    def start(self) -> None:
        raise ConfigurationError("no binary here")

    def stop(self) -> None:
        """Nothing was started."""


def run_until(
    children: dict[str, supervisor.Child], condition: Callable[[], bool], seconds: float = 30.0
) -> int:
    """Supervise in this thread until the condition holds; return the exit code."""
    stop = threading.Event()
    met = threading.Event()

    def watch() -> None:
        deadline = time.monotonic() + seconds
        while not stop.is_set() and time.monotonic() < deadline:
            if condition():
                met.set()
                break
            time.sleep(0.02)
        stop.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        code = Supervisor(children).run(stop)
    finally:
        stop.set()
        watcher.join()
    assert met.is_set() or code
    return code


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


SLEEP = "import time; time.sleep(60)"


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = run_until({"child": Script("raise SystemExit(1)", log=log)}, lambda: len(lines(log)) >= 3)
    assert code == 0


def test_a_child_that_is_killed_is_started_again_and_the_others_are_left_alone(tmp_path: Path) -> None:
    log, other = tmp_path / "log", tmp_path / "other"
    victim = Script(SLEEP, log=log)

    killed: list[int] = []

    def killed_once() -> bool:
        if len(lines(log)) == 1 and victim.process is not None and not killed:
            killed.append(victim.process.pid)
            victim.process.kill()
        return len(lines(log)) == 2

    run_until({"victim": victim, "other": Script(SLEEP, log=other)}, killed_once)
    assert len(lines(other)) == 1


def test_restarts_become_rarer(tmp_path: Path) -> None:
    log = tmp_path / "log"
    text = "import time; print(time.time()); raise SystemExit(1)"
    run_until({"child": Script(text, log=log)}, lambda: len(lines(log)) >= 8)
    times = [float(line) for line in lines(log) if line[0].isdigit()]
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert waits[2] > waits[0] + 0.4


def test_a_child_that_refuses_to_start_is_not_started_again(tmp_path: Path) -> None:
    log, other = tmp_path / "log", tmp_path / "other"
    started = time.monotonic()
    run_until(
        {"refusing": Script("raise SystemExit(2)", log=log), "other": Script(SLEEP, log=other)},
        lambda: time.monotonic() > started + 2,
    )
    assert lines(log) == ["child starts"]


def test_when_all_refuse_so_does_the_whole(tmp_path: Path) -> None:
    assert run_until({"child": Script("raise SystemExit(2)", log=tmp_path / "log")}, lambda: False) == 2


def test_if_one_cannot_be_started_those_before_it_are_stopped(tmp_path: Path) -> None:
    first = Script(SLEEP, log=tmp_path / "log")
    with pytest.raises(ConfigurationError, match="no binary here"):
        Supervisor({"first": first, "second": Refused()}).run(threading.Event())
    assert first.process is not None
    assert first.process.poll() is not None


def test_all_are_stopped_the_last_first(tmp_path: Path) -> None:
    log = tmp_path / "log"
    text = (
        "import signal, sys, time\n"
        "def end(*_):\n    print('{name} ends', flush=True); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\nprint('ready', flush=True)\ntime.sleep(60)"
    )
    children: dict[str, supervisor.Child] = {
        name: Script(text.format(name=name), log=log, name=name) for name in ("queue", "worker")
    }
    assert run_until(children, lambda: lines(log).count("ready") == 2) == 0
    assert lines(log)[-2:] == ["worker ends", "queue ends"]
