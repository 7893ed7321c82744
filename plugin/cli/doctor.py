"""``entremise doctor``: looks at everything and says what to do."""

from __future__ import annotations

import json
import os
from dataclasses import asdict

import click

from ..settings import Settings
from .diagnosis import Finding, examine

EXAMPLES = """\b
Examples:
  entremise doctor                        look at everything
  entremise doctor --json                 for monitoring; exit code 1 when something failed
"""

MARKS = {"ok": ("ok  ", "green"), "warning": ("warn", "yellow"), "failed": ("FAIL", "red")}


@click.command("doctor", epilog=EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def command(*, as_json: bool) -> None:
    """Check the database, the queue, Kafka, the key, clocks and each installation's credential.

    For each failure it says what to do. Exit code 0 when nothing failed, 1 otherwise. Changes nothing.
    """
    findings = []
    for finding in examine(Settings.from_environment(os.environ)):
        findings.append(finding)
        if not as_json:
            _show(finding)
    failed = any(finding.status == "failed" for finding in findings)
    if as_json:
        click.echo(
            json.dumps({"ok": not failed, "checks": [asdict(each) for each in findings]}, ensure_ascii=False)
        )
    raise SystemExit(1 if failed else 0)


def _show(finding: Finding) -> None:
    mark, colour = MARKS[finding.status]
    click.echo(f"{click.style(mark, fg=colour)}  {finding.name}: {finding.found}")
    if finding.remedy:
        click.echo(f"      → {finding.remedy}")
