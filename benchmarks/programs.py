"""Runs the programs that are measured, and those that put them under load, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from entremise.plugin import processes

ROOT = Path(__file__).resolve().parent.parent
OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "KAFKA_BOOTSTRAP_SERVERS",
    "ENTREMISE_PUBLIC_URL",
    "ENTREMISE_SECRET_KEY",
)


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment with a home of its own and nothing of the terminal's services."""
    inherited = {key: value for key, value in os.environ.items() if key not in OURS}
    return inherited | {"ENTREMISE_HOME": str(home), "PYTHONPATH": str(ROOT)} | more


def run(module: str, *arguments: object, environ: Mapping[str, str] | None = None) -> Any:
    """Run ``python -m module`` and return the JSON on its last line (``None`` if it prints nothing)."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=1800
    )
    if done.returncode:
        raise RuntimeError(f"{module} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    lines = done.stdout.splitlines()
    return json.loads(lines[-1]) if lines else None


@contextmanager
def serving(arguments: list[str], log: Path, environ: Mapping[str, str]) -> Iterator[str]:
    """Run a server that prints ``listening on ADDRESS``; give the address and stop it at the end."""
    log.write_bytes(b"")
    process = processes.start([sys.executable, "-m", *arguments], environ=environ, log=log)
    try:
        while not (
            said := [line for line in log.read_text().splitlines() if line.startswith("listening on ")]
        ):
            if process.poll() is not None:
                raise RuntimeError(f"{arguments[0]} did not start:\n{log.read_text()[-4000:]}")
        yield said[0].removeprefix("listening on ")
    finally:
        processes.stop(process)
