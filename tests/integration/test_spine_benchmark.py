"""The benchmark runs from end to end on a small scale and prints every figure; the figures themselves are for idle machines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(600)]

SMALL = (
    "--rounds", "1", "--messages", "2000", "--seconds", "1", "--connections", "4",
    "--attendees", "60", "--rush-rate", "10", "--rush-seconds", "3",
)  # fmt: skip


def test_every_figure_is_printed_as_one_object() -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "benchmarks", "spine", "--json", *SMALL]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=580, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    ratios = [
        name for name in figures if name.endswith(("_sqlite", "_postgresql")) or name.startswith("webhook")
    ]
    assert sorted(ratios) == [
        "bulk_insert_ratio_postgresql", "bulk_insert_ratio_sqlite", "kafka_intake_ratio_postgresql",
        "kafka_intake_ratio_sqlite", "webhook_commit_ratio", "webhook_intake_ratio",
    ]  # fmt: skip
    assert all(figures[name] > 0 for name in ratios)
    assert figures["rush_sample"] == 30
    assert 0 < figures["rush_p50_s"] <= figures["rush_p99_s"]
