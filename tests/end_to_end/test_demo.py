"""``entremise demo`` as its reader runs it: nothing lost without cause, and one planted loss found."""

import json
import subprocess
import sys
from typing import Any

import pytest

from entremise.plugin.demo.conference import make_conference
from entremise.plugin.demo.script import write_script

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(400)]

SIZE = 60


def demo(*options: str) -> tuple[int, dict[str, Any]]:
    command = [
        sys.executable,
        "-m",
        "entremise.plugin.cli",
        "demo",
        "--attendees",
        str(SIZE),
        "--exit",
        "--json",
    ]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=380, check=False)
    lines = done.stdout.splitlines()
    assert len(lines) == 1, done.stderr[-4000:]
    return done.returncode, json.loads(lines[0])


def test_everybody_is_reflected_and_every_repetition_and_broken_delivery_is_counted() -> None:
    code, counts = demo()
    script = write_script(make_conference(seed=1, size=SIZE), opens_at=1_800_000_000.0)
    assert counts["lost"] == counts["doubled"] == 0
    assert code == 0
    assert counts["attendees"] == SIZE
    assert counts["duplicates"] == script.count("duplicate")
    assert counts["rejected"] == script.count("refused") + script.count("rejected")
    assert counts["deliveries"] == sum(max(1, len(item.messages)) for item in script.sendings())
    assert counts["holding"] > SIZE / 2
    assert counts["written_back"] >= counts["holding"]
    assert counts["suggestions"] > counts["holding"]
    assert counts["recomputes"] >= 1
    for published in ("mentees", "circles", "tables", "meetings", "topics"):
        assert counts[published] > 0
    assert counts["seconds"] > 0


def test_one_delivery_that_is_noted_and_never_sent_is_one_loss() -> None:
    code, counts = demo("--plant-loss", "--no-kafka")
    assert counts["lost"] == 1
    assert code == 1
