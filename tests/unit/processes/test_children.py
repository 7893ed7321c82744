"""Children end with their parent, gently when they are asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from entremise.plugin import processes

linux_only = pytest.mark.xfail(sys.platform != "linux", reason="the kernel's word to children is Linux's")


@pytest.fixture
def cleanup() -> Iterator[list[int]]:
    """Numbers of processes to kill at the end, whatever the test did."""
    numbers: list[int] = []
    yield numbers
    for number in numbers:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            pass


def wait_for(condition: Callable[[], bool], *, seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_running(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def script(text: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", text, *map(str, arguments)]


def written(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@linux_only
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path, cleanup: list[int]) -> None:
    told = tmp_path / "number"
    parent = subprocess.Popen(
        script(
            "import sys, time\nfrom pathlib import Path\nfrom entremise.plugin import processes\n"
            "child = processes.start([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
            "Path(sys.argv[1]).write_text(str(child.pid))\ntime.sleep(60)",
            told,
        )
    )
    cleanup.append(parent.pid)
    assert wait_for(lambda: written(told).isdigit())
    child = int(told.read_text())
    cleanup.append(child)
    time.sleep(0.2)
    assert is_running(child)
    parent.kill()
    parent.wait()
    assert wait_for(lambda: not is_running(child))


def test_a_child_that_is_asked_may_finish_first(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = processes.start(
        script(
            "import signal, sys, time\n"
            "def end(*_):\n    time.sleep(0.2); print('finished', flush=True); sys.exit(7)\n"
            "signal.signal(signal.SIGTERM, end)\nprint('ready', flush=True)\ntime.sleep(60)"
        ),
        log=log,
    )
    assert wait_for(lambda: "ready" in written(log))
    assert processes.stop(child) == 7
    assert written(log).split() == ["ready", "finished"]


def test_a_child_that_does_not_listen_is_killed_with_its_own_children(
    tmp_path: Path, cleanup: list[int]
) -> None:
    log = tmp_path / "log"
    child = processes.start(
        script(
            "import signal, subprocess, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "grandchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
            "print(grandchild.pid, flush=True)\ntime.sleep(60)"
        ),
        log=log,
    )
    assert wait_for(lambda: written(log).endswith("\n"))
    grandchild = int(written(log))
    cleanup.append(grandchild)
    assert processes.stop(child, seconds=0.2) == -signal.SIGKILL
    assert wait_for(lambda: not is_running(grandchild))


def test_an_interrupt_at_the_terminal_reaches_us_alone() -> None:
    child = processes.start(script("import time; time.sleep(60)"))
    try:
        assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
    finally:
        processes.stop(child, seconds=0)


def test_a_child_gets_the_environment_it_was_given(tmp_path: Path) -> None:
    log = tmp_path / "log"
    environ = {"PATH": os.environ["PATH"], "A": "é"}
    child = processes.start(script("import os; print(ascii(os.environ.get('A')))"), environ=environ, log=log)
    assert child.wait(20) == 0
    assert written(log).strip() == ascii("é")


def test_stopping_what_has_ended_is_harmless() -> None:
    child = processes.start(script("raise SystemExit(3)"))
    child.wait(20)
    assert processes.stop(child) == 3
    assert processes.stop(child) == 3


@linux_only
def test_a_forked_process_dies_with_its_parent(tmp_path: Path, cleanup: list[int]) -> None:
    told = tmp_path / "number"
    parent = subprocess.Popen(
        script(
            "import os, sys, time\nfrom pathlib import Path\nfrom entremise.plugin import processes\n"
            "parent = os.getpid()\n"
            "if os.fork() == 0:\n    processes.die_with_parent(parent)\n"
            "    Path(sys.argv[1]).write_text(str(os.getpid()))\ntime.sleep(60)",
            told,
        )
    )
    cleanup.append(parent.pid)
    assert wait_for(lambda: written(told).isdigit())
    child = int(told.read_text())
    cleanup.append(child)
    assert is_running(child)
    parent.kill()
    parent.wait()
    assert wait_for(lambda: not is_running(child))
