"""The extension's own suite passes under pretix's test settings, and where its tables come from its migrations."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from workshop import EXTENSION

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(1500)]

WITH_MIGRATIONS = {"GITHUB_WORKFLOW": "migrations"}
"""pretix's test settings make tables from models, which is quick, unless this is set."""


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
    assert passed(workshop, "tests") > 50


def test_it_works_on_the_tables_that_the_migrations_make(workshop: Path) -> None:
    assert (
        passed(workshop, "tests/test_packaging.py", "tests/test_migrations.py", environ=WITH_MIGRATIONS) > 3
    )
