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

from aloud import Say, nobody_watches, run_aloud

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


class NotPrepared(Exception):
    """Something could not be installed or built."""


def interpreter(*, say: Say = nobody_watches) -> Path:
    """Return the Python of the environment, which is made if it is not whole. Raises ``NotPrepared``."""
    stock, work = stock_folder(), ROOT / ".cache" / "pretix-extension"
    python, whole = work / "venv" / "bin" / "python", work / "whole"
    if whole.exists() and whole.read_text() == _what_it_holds(stock):
        return python
    work.mkdir(parents=True, exist_ok=True)
    log = work / "install.log"
    if not (stock / "migrated.sqlite3").exists():
        stock.mkdir(parents=True, exist_ok=True)
        _run(log, HERE / "up", "--prepare", "--python", sys.executable, stock, say=say)
    say("preparing what builds the extension, and tests it")
    if not python.exists():
        _run(log, stock / "venv" / "bin" / "python", "-m", "venv", "--without-pip", work / "venv")
    _packages(python).joinpath("base.pth").write_text(f"{_packages(stock / 'venv' / 'bin' / 'python')}\n")
    install = (python, "-m", "pip", "install", "--quiet")
    _run(log, *install, *NEEDED)
    _run(log, *install, "--no-build-isolation", "--no-deps", "--editable", EXTENSION)
    whole.write_text(_what_it_holds(stock))
    return python


def build_wheel(into: Path, *, say: Say = nobody_watches) -> Path:
    """Build the extension's wheel from a copy, without a network, and return its path. Raises ``NotPrepared``."""
    python = interpreter(say=say)
    say("building the extension's wheel")
    into.mkdir(parents=True, exist_ok=True)
    for old in into.glob("*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        source = shutil.copytree(EXTENSION, Path(scratch) / "source", ignore=NOT_IN_THE_WHEEL)
        _run(
            into / "build.log", python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
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


def _run(log: Path, *command: str | Path, say: Say = nobody_watches) -> None:
    if run_aloud(command, log, say=say, within=PREPARED_WITHIN):
        end = log.read_text(errors="replace")[-2000:]
        raise NotPrepared(f"{' '.join(str(part) for part in command[:5])} … failed; {log} ends with:\n{end}")


def _aloud(step: str) -> None:
    sys.stderr.write(f"{step} …\n")


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{interpreter(say=_aloud)}\n")
    except NotPrepared as failed:
        sys.exit(str(failed))
