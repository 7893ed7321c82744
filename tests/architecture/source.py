"""Where the source lies, for tests that read it."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("plugin", "hooks", "consumers", "webhooks")
NOT_SHIPPED = "extension"
"""Folders of this name are distributions of their own, for the host's environment."""


def modules(*folders: str) -> list[Path]:
    """Return every Python file of the package (or of these folders), without the hosts' own extensions."""
    return sorted(
        path
        for folder in folders or FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if NOT_SHIPPED not in path.relative_to(ROOT).parts and "__pycache__" not in path.parts
    )


def dotted(path: Path) -> str:
    """Return the name under which the file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("entremise", *(parts[:-1] if parts[-1] == "__init__" else parts)))


@cache
def parsed(path: Path) -> ast.Module:
    """Return the file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path: Path) -> str:
    """Return the path as a reader would type it."""
    return path.relative_to(ROOT).as_posix()


def repository_files() -> Iterator[Path]:
    """Yield every file that is (or is about to be) part of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for name in listed.split("\0"):
        path = ROOT / name
        if name and path.is_file():
            yield path


def text_of(path: Path) -> str | None:
    """Return the file's text, ``None`` for binary files."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
