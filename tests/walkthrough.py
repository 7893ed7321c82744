"""Follows a page of the documentation in a copy of the clone: writes its files, makes its edits, runs its commands."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("plugin", "hooks", "consumers", "webhooks", "tests", "manifest.yaml", "pyproject.toml")
FOLDERS = ("plugin", "hooks", "consumers", "webhooks", "manifest.yaml")

_BLOCK = re.compile(r"(?ms)^```(\w+)\n(.*?)^```$")
_PATH = re.compile(r"`((?:hooks|tests|plugin)/[\w/.-]+\.\w+)`")
_PLACE = re.compile(r"in\s+place\s+of\s+(the\s+import\s+of\s+)?`(\w+)`")


@dataclass(frozen=True)
class Step:
    """One block of the page and the words before it."""

    kind: str
    text: str
    before: str


def steps(page: Path) -> Iterator[Step]:
    """Yield the blocks of a page in order."""
    text, end = page.read_text(encoding="utf-8"), 0
    for block in _BLOCK.finditer(text):
        yield Step(block[1], block[2], text[end : block.start()])
        end = block.end()


def copy_clone(into: Path) -> Path:
    """Copy what a developer has, without what was built, and return the copy."""
    clone = into / "clone"
    clone.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, clone / name, ignore=shutil.ignore_patterns("__pycache__", "services"))
        else:
            shutil.copy2(source, clone / name)
    package = into / "site" / "entremise"
    package.mkdir(parents=True)
    for name in FOLDERS:
        (package / name).symlink_to(clone / name)
    return clone


def run(clone: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run one command of a page: ``entremise`` and ``pytest`` are those of this environment, the code is the copy's."""
    commands = {
        "entremise": f"{sys.executable} -m entremise.plugin.cli",
        "pytest": f"{sys.executable} -m pytest -p no:cacheprovider",
    }
    word, _, rest = command.partition(" ")
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    return subprocess.run(
        ["bash", "-c", f"{commands[word]} {rest}"],
        cwd=clone, env=environ | {"PYTHONPATH": str(clone.parent / "site"), "NO_COLOR": "1", "COLUMNS": "300"},
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


def write(clone: Path, step: Step) -> None:
    """Write the file that the words before the block name, or replace what they name within it."""
    path = clone / _PATH.findall(step.before)[-1]
    place = _PLACE.search(step.before)
    if place is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.text, encoding="utf-8")
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    node = _found(ast.parse("".join(lines)), place[2], imported=bool(place[1]))
    assert node.end_lineno is not None
    lines[node.lineno - 1 : node.end_lineno] = [step.text]
    path.write_text("".join(lines), encoding="utf-8")


def _found(tree: ast.Module, name: str, *, imported: bool) -> ast.stmt:
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=names) if imported and name in [alias.name for alias in names]:
                return node
            case ast.Assign(targets=[ast.Name(id=found)]) | ast.AnnAssign(target=ast.Name(id=found)) if (
                found == name
            ):
                return node
            case _:
                continue
    raise LookupError(f"the page replaces {name}, which is not there")


def difference(expected: str, printed: str) -> str | None:
    """Return the first expected line that is not printed after the former ones (``…`` alone is any number of lines)."""
    waiting = iter(printed.splitlines())
    for line in expected.splitlines():
        wanted = line.strip()
        if wanted not in {"", "…"} and not any(wanted in said for said in waiting):
            return line
    return None
