"""Runs what takes minutes, keeps what it prints in a log, and says aloud how far it is."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

Say = Callable[[str], None]
STEP = re.compile(r"\[pretix \+\d+s\] (.+)")
"""How ``up`` says what it does now."""


def nobody_watches(_text: str) -> None:
    """Say nothing."""


def environment() -> dict[str, str]:
    """The environment of pretix's processes: one that runs under pytest would inspect the stack at every order."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def run_aloud(command: Sequence[str | Path], log: Path, *, say: Say = nobody_watches, within: float) -> int:
    """Run it, killed after ``within`` seconds, and return its exit code; ``say`` hears each step that it names.

    It has a process group of its own, so that an interrupted terminal ends all of it in one go, here.
    """
    with (
        log.open("w", encoding="utf-8") as kept,
        subprocess.Popen(
            command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors="replace", process_group=0,
        ) as running,
    ):  # fmt: skip
        assert running.stderr is not None
        late = threading.Timer(within, _end, (running.pid, signal.SIGKILL))
        late.daemon = True
        late.start()
        try:
            for line in running.stderr:
                kept.write(line)
                kept.flush()
                if step := STEP.match(line):
                    say(step[1])
            return running.wait()
        except BaseException:
            _end(running.pid, signal.SIGTERM)
            raise
        finally:
            late.cancel()


def _end(group: int, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, how)
