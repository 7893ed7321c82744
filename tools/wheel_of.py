"""Builds the wheel from a copy of what belongs in it.

Building in the repository itself would leave ``build/`` behind, and the next wheel would contain modules that were
deleted in the meantime.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (
    "pyproject.toml", "setup.py", "manifest.yaml", "README.md", "LICENSE",
    "plugin", "hooks", "consumers", "webhooks",
)  # fmt: skip


def build_wheel(into: Path, *, root: Path = ROOT) -> Path:
    """Build with the setuptools of this environment (no network) and return the wheel's path."""
    into.mkdir(parents=True, exist_ok=True)
    for old in into.glob("*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        source.mkdir()
        for name in SOURCES:
            path = root / name
            if path.is_dir():
                shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
            else:
                shutil.copy2(path, source / name)
        subprocess.run(
            [
                sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
                "--wheel-dir", str(into), str(source),
            ],
            check=True,
        )  # fmt: skip
    (wheel,) = into.glob("entremise-*.whl")
    return wheel
