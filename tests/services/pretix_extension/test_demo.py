"""``make demo-pretix`` as its reader runs it: with the extension nobody is lost, and plans have reached people's tickets."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from chromium import ChromiumMissing, where_chromium_is
from real_services import missing_service

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(1500)]

DEMO = Path(__file__).parents[1] / "pretix" / "demo.py"
SIZE = 20


def test_everybody_holds_what_they_should_and_plans_are_under_their_tickets() -> None:
    try:
        where_chromium_is()
    except ChromiumMissing as missing:
        missing_service(str(missing))
    command = [sys.executable, DEMO, "--attendees", str(SIZE), "--exit", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1400, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    (line,) = done.stdout.splitlines()
    counts = json.loads(line)
    assert counts["lost"] == 0
    assert counts["attendees"] == SIZE
    assert counts["holding"] > SIZE / 2
    assert counts["suggestions"] > counts["holding"]
    assert counts["circles"] > 0
    assert counts["tables"] > 0
    assert counts["topics"] > 0
