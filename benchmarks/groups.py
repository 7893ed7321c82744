"""``make bench ARGS="groups --json"``: mentorship, seating, circles and meetings: how good, how fast, how steady."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from . import groups_circles, groups_meetings, groups_pairs, groups_seating

FIRST = (
    "mentorship_gap_500", "mentorship_gap_6000", "mentorship_time_ratio", "seating_17_min1", "seating_17_min2",
    "seating_17_min3", "golfer_rounds", "seating_1000_ratio", "stability_pairs_kept", "stability_seats_kept",
)  # fmt: skip
"""Figures that are told first."""


@click.command("groups")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line.")
@click.option(
    "--rounds", default=5, show_default=True, help="Runs of which mentorship's times are the median."
)
def command(*, as_json: bool, rounds: int) -> None:
    """Make plans of every kind, check each by plain loops, and say how near to the best they are. A quarter of an hour.

    With ENTREMISE_EVALUATION_DATA also on the published table plan and on the committees' plans of real conferences.
    """
    console = Console(stderr=as_json)

    def say(line: str) -> None:
        console.print(line, highlight=False, soft_wrap=True)

    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "mentorship": lambda: dict(groups_pairs.figures(rounds=rounds, say=say)),
        "seating": lambda: groups_seating.figures(say=say),
        "circles": lambda: groups_circles.figures(say=say),
        "meetings": groups_meetings.figures,
    }
    found: dict[str, Any] = {}
    for name, figures in parts.items():
        say(f"{name} …")
        found |= figures()
    told = {key: found[key] for key in (*FIRST, *(key for key in found if key not in FIRST))}
    table = Table("figure", "value")
    for key, value in told.items():
        table.add_row(key, f"{value:.4g}" if isinstance(value, float) else str(value))
    console.print(table)
    if as_json:
        click.echo(json.dumps(told))
