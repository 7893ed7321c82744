"""The environment in which the extension is tested and built: pretix from the stock host, with test tools on top.

``python workshop.py`` prepares it (three to four minutes when pretix is not there yet) and prints its interpreter.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
EXTENSION = ROOT / "hooks" / "hosts" / "pretix" / "extension"
NOT_IN_THE_WHEEL = shutil.ignore_patterns(
    "__pycache__", "*.pyc", "*.mo", "tests", "build", "*.egg-info", ".*"
)
NEEDED = ("setuptools>=77", "wheel", "pytest>=8.2", "pytest-django>=4.8", "pytest-xdist>=3.6")
"""Beside what pretix brings, Babel among it."""
PREPARED_WITHIN = 900.0


def stock_folder() -> Path:
    """Where pretix is installed as it is published, for the suites without the extension, too."""
    return Path(os.environ.get("ENTREMISE_TEST_PRETIX", ROOT / ".cache" / "pretix"))


def interpreter() -> Path:
    """Return the Python of the environment, which is made if it is not whole."""
    stock, work = stock_folder(), ROOT / ".cache" / "pretix-extension"
    python, whole = work / "venv" / "bin" / "python", work / "whole"
    if whole.exists() and whole.read_text() == _what_it_holds(stock):
        return python
    work.mkdir(parents=True, exist_ok=True)
    if not (stock / "migrated.sqlite3").exists():
        _run(HERE / "up", "--prepare", "--python", sys.executable, stock)
    if not python.exists():
        _run(stock / "venv" / "bin" / "python", "-m", "venv", "--without-pip", work / "venv")
    _packages(python).joinpath("base.pth").write_text(f"{_packages(stock / 'venv' / 'bin' / 'python')}\n")
    _run(python, "-m", "pip", "install", "--quiet", *NEEDED)
    _run(
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-build-isolation",
        "--no-deps",
        "--editable",
        EXTENSION,
    )
    whole.write_text(_what_it_holds(stock))
    return python


def build_wheel(into: Path) -> Path:
    """Build the extension's wheel from a copy, without a network, and return its path."""
    into.mkdir(parents=True, exist_ok=True)
    for old in into.glob("*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        source = shutil.copytree(EXTENSION, Path(scratch) / "source", ignore=NOT_IN_THE_WHEEL)
        _run(
            interpreter(), "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
            "--wheel-dir", into, source,
        )  # fmt: skip
    (wheel,) = into.glob("pretix_entremise-*.whl")
    return wheel


def _what_it_holds(stock: Path) -> str:
    return " ".join((str(stock), *NEEDED, (EXTENSION / "pyproject.toml").read_text()))


def _packages(python: Path) -> Path:
    show = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([python, "-c", show], check=True, capture_output=True, text=True)
    return Path(done.stdout.strip())


def _run(*command: str | Path) -> None:
    """Run it; what it prints goes to standard error, as this program's own output is one path."""
    subprocess.run(command, check=True, stdout=sys.stderr, timeout=PREPARED_WITHIN)


if __name__ == "__main__":
    sys.stdout.write(f"{interpreter()}\n")
