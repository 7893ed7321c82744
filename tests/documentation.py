"""Runs the examples in the documentation: ``python`` and ``console`` blocks are executed, ``json`` and ``yaml`` parsed.

A console block's lines that start with ``$`` are commands for a shell in an empty folder (one for each page); what
follows is what they print, where ``…`` alone on a line stands for any number of lines and ``…`` within a line for any
text. A command of which no output is shown has to succeed. A block marked ``sh`` or ``text`` is only for reading.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import yaml
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

SECONDS = 60


def run_console(example: Example) -> str | None:
    """Run each command and hold its output against the page."""
    steps = re.split(r"(?m)^\$ ", textwrap.dedent(str(example.parsed)))
    for step in steps[1:]:
        lines = step.splitlines()
        while lines[0].endswith("\\"):
            lines[:2] = [f"{lines[0]}\n{lines[1].removeprefix('> ')}"]
        command, expected = lines[0], "\n".join(lines[1:]).strip()
        printed, code = _run(command, example.namespace)
        wrong = not re.fullmatch(_pattern(expected), f"{printed}\n") if expected else code != 0
        if wrong:
            return f"$ {command}\nexpected:\n{expected}\nprinted:\n{printed}"
    return None


def parse_json(example: Example) -> None:
    """A JSON example is JSON."""
    json.loads(str(example.parsed))


def parse_yaml(example: Example) -> None:
    """A YAML example is YAML."""
    list(yaml.safe_load_all(str(example.parsed)))


def _run(command: str, namespace: dict[str, Any]) -> tuple[str, int]:
    folder: Path = namespace["folder"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ours = ("ENTREMISE_", "DATABASE_URL", "REDIS_URL", "KAFKA_")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environ | {"PATH": path, "COLUMNS": "100", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS,
        check=False,
    )  # fmt: skip
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines()), done.returncode


def _pattern(expected: str) -> str:
    """Turn the expected text into a pattern: ``…`` (or ``...``) stands for anything."""
    lines = []
    for line in expected.splitlines():
        if line.strip() in {"…", "..."}:
            lines.append(r"(?:.*\n)*")
        else:
            parts = re.split(r"…|\.\.\.", line.rstrip())
            lines.append(".*".join(re.escape(part) for part in parts) + r"\n")
    return "".join(lines)


def lend_folder(namespace: dict[str, Any]) -> None:
    namespace["folder"] = Path(tempfile.mkdtemp(prefix="entremise-docs-"))


def return_folder(namespace: dict[str, Any]) -> None:
    shutil.rmtree(namespace["folder"], ignore_errors=True)


EXAMPLES = Sybil(
    parsers=[
        PythonCodeBlockParser(),
        CodeBlockParser(language="console", evaluator=run_console),
        CodeBlockParser(language="json", evaluator=parse_json),
        CodeBlockParser(language="yaml", evaluator=parse_yaml),
    ],
    path=str(Path(__file__).resolve().parents[1]),
    patterns=["*.md"],
    excludes=["**/.venv/**", "**/node_modules/**"],
    setup=lend_folder,
    teardown=return_folder,
)
"""Finds the examples in a page."""
