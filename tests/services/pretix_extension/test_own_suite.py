"""The extension's own suite passes under pretix's test settings, and where its tables come from its migrations."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from workshop import EXTENSION, stock_folder

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(1500)]

ON_TABLES = (
    "tests/test_packaging.py", "tests/test_in_receiving.py", "tests/test_out_telling.py", "tests/test_out_lifecycle.py",
    "tests/test_organiser_shredding.py",
)  # fmt: skip
"""What depends on the tables as they are: constraints, what goes with what, indexes."""


def passed(python: Path, *which: str, environ: dict[str, str] | None = None) -> int:
    """Run a part of the suite; return how many tests passed. Fails with its output unless all of them did."""
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *which],
        cwd=EXTENSION, capture_output=True, text=True, check=False, timeout=900,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")} | (environ or {}),
    )  # fmt: skip
    summary = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
    found = re.search(r"(\d+) passed", summary)
    whole = found and not re.search("skipped|xfailed|deselected", summary)
    if done.returncode or not whole:
        pytest.fail(f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}", pytrace=False)
    return int(found[1])


def test_the_suite_passes_in_pretixs_environment(workshop: Path) -> None:
    assert passed(workshop, "--numprocesses", "auto", "--dist", "worksteal", "tests") > 600


def test_it_works_on_the_tables_that_the_migrations_make(workshop: Path, tmp_path: Path) -> None:
    """On a copy of the stock host's database, which the pristine package's own migrations have made."""
    copy = shutil.copy(stock_folder() / "migrated.sqlite3", tmp_path / "migrated.sqlite3")
    environ = {"MIGRATED_DATABASE": str(copy), "PYTHONPATH": str(Path(__file__).parent)}
    assert passed(workshop, "--ds=migrated_settings", "--reuse-db", *ON_TABLES, environ=environ) > 20
    with closing(sqlite3.connect(copy)) as database:
        known = database.execute(
            "SELECT name FROM django_migrations WHERE app = 'pretix_entremise'"
        ).fetchall()
    assert known


def test_an_order_takes_hardly_longer_with_the_extension(workshop: Path) -> None:
    # In a process of its own, before a pretix is started: ratios are only worth something when little else runs.
    assert passed(workshop, "tests/overhead.py") == 1
