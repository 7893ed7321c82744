"""A plugin that kills its own process, SIGKILL, at a place named in a file: "crash any process at any line".

It is put on the import path with an entry point, so it comes into web doors, consumers, workers and jobs alike. Each
armed place kills once: the first process that gets there takes the file away and is gone.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = "ENTREMISE_TEST_TRAP"
PLUGIN = """\
from entremise.hooks import hookimpl

import trap

trap.wrap()


@hookimpl
def entremise_suggestions_ready(results):
    pass
"""
PLACES = (
    ("entremise.plugin.storage.inbox", "Inbox", "add_many"),
    ("entremise.plugin.storage.inbox", "Inbox", "lease"),
    ("entremise.plugin.storage.attendees", "Attendees", "save"),
    ("entremise.plugin.storage.inbox", "Inbox", "done"),
    ("entremise.plugin.storage.rq_queue", "RqQueue", "ring"),
    ("entremise.plugin.storage.attendees", "Attendees", "roster"),
    ("entremise.plugin.storage.outbox", "Outbox", "desire"),
    ("entremise.plugin.storage.host_events", "HostEvents", "computed"),
    ("entremise.plugin.storage.departures", "Departures", "attempted"),
    ("entremise.hooks.hosts.generic.client", "", "publish"),
    ("entremise.plugin.storage.departures", "Departures", "acknowledge"),
    ("entremise.plugin.storage.leases", "Leases", "release"),
)


def install(folder: Path) -> None:
    """Make this file a plugin that processes find when ``folder`` is on their path."""
    metadata = folder / "trap-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: trap\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[entremise]\ntrap = trap_plugin\n")
    (folder / "trap_plugin.py").write_text(PLUGIN)


def arm(folder: Path, place: str, moment: str) -> Path:
    """Have the next process that reaches ``place`` die ``before`` or ``after`` it; return the file that goes then."""
    armed = folder / f"{place}.{moment}"
    armed.touch()
    return armed


def wrap() -> None:
    """Put a trap around every place."""
    folder = Path(os.environ[FOLDER])
    for module_name, class_name, name in PLACES:
        module = importlib.import_module(module_name)
        owner: Any = getattr(module, class_name) if class_name else module
        setattr(owner, name, _trapped(getattr(owner, name), folder, name))


def _trapped(function: Callable[..., Any], folder: Path, name: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def trapped(*args: Any, **kwargs: Any) -> Any:
        _die_if_armed(folder / f"{name}.before")
        answer = function(*args, **kwargs)
        _die_if_armed(folder / f"{name}.after")
        return answer

    return trapped


def _die_if_armed(armed: Path) -> None:
    # Only what `up` started: a test process that shares the code must live.
    if not armed.exists() or "pytest" in sys.argv[0]:
        return
    try:
        armed.unlink()
    except FileNotFoundError:
        return  # somebody else was here first
    parent = os.getppid()
    if Path(f"/proc/{parent}/cmdline").read_bytes().rstrip(b"\0").endswith(b"\0worker"):
        os.kill(parent, signal.SIGKILL)  # a job: its worker goes, too, so that nobody is left to tell
    os.kill(os.getpid(), signal.SIGKILL)
