"""A new host in a copy of the clone: the scaffold fails kindly, and the tutorial leads from there to green."""

from __future__ import annotations

from pathlib import Path

import pytest
from walkthrough import ROOT, copy_clone, difference, run, steps, write

PAGE = ROOT / "docs" / "tutorial" / "your-first-host.md"
CONTRACT = "pytest -q tests/contracts/test_host_adapter.py -k acme"

pytestmark = pytest.mark.slow  # each command is a process of its own


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return copy_clone(tmp_path)


def test_a_host_that_was_just_made_fails_kindly_and_in_few_places(clone: Path) -> None:
    made = run(clone, "entremise new-host acme")
    assert made.returncode == 0, made.stderr
    checked = run(clone, CONTRACT)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert "acme has no deliveries: put the body of a real one" in checked.stdout
    assert "tests/hosts/acme/deliveries/registered.json" in checked.stdout
    assert "acme has no delivery of type AttendeeCheckedIn; add one under" in checked.stdout
    assert "Traceback" not in checked.stdout
    assert " error" not in checked.stdout.splitlines()[-1], (
        "failures say what to do, errors only that something broke"
    )
    passed = int(checked.stdout.splitlines()[-1].split(" passed")[0].split()[-1])
    assert passed > 25, "whatever can be right from the start is"


def test_a_host_that_was_just_made_is_listed_and_in_the_manifest(clone: Path) -> None:
    assert run(clone, "entremise new-host acme_two").returncode == 0
    assert "acme_two" in run(clone, "entremise hosts").stdout
    lists = run(clone, "pytest -q tests/unit/hooks/test_manifest.py -k hosts")
    assert lists.returncode == 0, lists.stdout


def test_the_tutorial_leads_to_a_host_that_fulfils_the_contract(clone: Path) -> None:
    taken = list(steps(PAGE))
    printed = None
    for step in taken:
        if step.kind in {"py", "json"}:
            write(clone, step)
        elif step.kind == "sh":
            (command,) = step.text.strip().splitlines()
            printed = run(clone, command)
        elif step.kind == "text":
            assert printed is not None
            everything = printed.stdout + printed.stderr
            assert difference(step.text, everything) is None, everything[-6000:]
            assert printed.returncode == (
                1 if "failed" in step.text or "If that is right" in step.text else 0
            )
    assert sum(step.kind == "sh" for step in taken) > 6
    final = run(clone, CONTRACT)
    assert final.returncode == 0, final.stdout[-6000:]
