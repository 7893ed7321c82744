"""Child processes that end with the process that started them, and are stopped gently first.

On Linux the kernel tells a child when the *thread* that started it ends (``PR_SET_PDEATHSIG``): start children from
the main thread. Elsewhere a child whose parent is killed with ``SIGKILL`` stays behind.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# Runs in the child just before it becomes the wanted program. A small interpreter rather than ``preexec_fn``, which
# may dead-lock when the parent has threads. The parent's death before ``prctl`` shows as a changed parent.
_LAUNCH = """
import os, sys
if sys.platform == "linux":
    import ctypes, signal
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        sys.exit(1)
os.execvpe(sys.argv[2], sys.argv[2:], os.environ)
"""


def start(
    arguments: Sequence[str], *, environ: Mapping[str, str] | None = None, log: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own; its output goes to ``log``, or where ours goes."""
    command = [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *arguments]
    env = None if environ is None else dict(environ)
    if log is None:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, env=env, process_group=0)
    with log.open("ab") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env, process_group=0
        )


def stop(process: subprocess.Popen[bytes], *, seconds: float = 10.0) -> int:
    """Ask the program to end, wait, then kill whatever is left of its group; return the exit code.

    Only the program itself is asked: a worker ends its own child after the job in hand.
    """
    ask(process)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        pass
    return process.wait()


def ask(process: subprocess.Popen[bytes]) -> None:
    """Send ``SIGTERM``; harmless when the program has ended."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)


def die_with_parent(parent: int) -> None:
    """In a process that was just forked: have the kernel kill it when its parent ends. Linux only.

    ``parent`` is the parent's number as it was before the fork, so that a parent that is gone already is noticed.
    """
    if _LIBC is not None:
        _LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)


# Loaded before any fork: loading a library in a forked child of a process with threads may dead-lock.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
