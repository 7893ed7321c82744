"""``make bench ARGS="spine --json"``: intake over its floors, and the rush at the door."""

from __future__ import annotations

import json
import math
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from . import intake
from .rush import percentile, rush

PARTS = ("kafka", "webhook", "rush")
GOALS: dict[str, tuple[str, float]] = {
    "kafka_intake_ratio_sqlite": (">=", 0.40),
    "kafka_intake_ratio_postgresql": (">=", 0.20),
    "bulk_insert_ratio_sqlite": (">=", 0.80),
    "bulk_insert_ratio_postgresql": (">=", 0.80),
    "webhook_intake_ratio": (">=", 0.40),
    "rush_p50_s": ("<", 1.5),
    "rush_p99_s": ("<", 3.0),
}
EXAMPLES = """\b
Examples:
  make bench ARGS="spine --json"
  make bench ARGS="spine --part webhook --seconds 4"
"""


@click.command("spine", epilog=EXAMPLES)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on the last line; all else goes to stderr."
)
@click.option("--part", "parts", type=click.Choice(PARTS), multiple=True, help="Only this; may be repeated.")
@click.option("--database", "databases", type=click.Choice(("sqlite", "postgresql")), multiple=True)
@click.option(
    "--rounds", default=5, show_default=True, help="How often each measurement and its floor take turns."
)
@click.option("--messages", default=60_000, show_default=True, help="Kafka records a round.")
@click.option("--seconds", default=8.0, show_default=True, help="Webhook load a round.")
@click.option(
    "--connections", default=32, show_default=True, help="Kept-alive connections of the webhook load."
)
@click.option("--attendees", default=5_000, show_default=True, help="People of the host event in the rush.")
@click.option("--rush-rate", default=80.0, show_default=True, help="Check-ins a second.")
@click.option("--rush-seconds", default=60.0, show_default=True, help="How long they keep coming.")
def command(
    as_json: bool, parts: tuple[str, ...], databases: tuple[str, ...], rounds: int, messages: int, seconds: float,
    connections: int, attendees: int, rush_rate: float, rush_seconds: float,
) -> None:  # fmt: skip
    """Measure the way in and the way through. Takes about ten minutes on two cores with the defaults."""
    console = Console(stderr=as_json)
    wanted = parts or PARTS
    figures: dict[str, float | int | None] = {}
    details: dict[str, str] = {}

    def say(text: str) -> None:
        console.print(f"[dim]{text} …[/]")

    ratios: dict[str, intake.Ratio] = {}
    if "kafka" in wanted:
        names = databases or ("sqlite", "postgresql")
        ratios |= intake.kafka_intake(messages=messages, rounds=rounds, databases=names, say=say)
    if "webhook" in wanted:
        ratios |= intake.webhook_intake(seconds=seconds, rounds=rounds, connections=connections, say=say)
    for name, ratio in ratios.items():
        figures[name] = round(ratio.value, 3)
        details[name] = f"{_span(ratio.ours)} over {_span(ratio.floor)} a second"
    if "rush" in wanted:
        delays = rush(attendees=attendees, rate=rush_rate, seconds=rush_seconds, say=say)
        figures |= {
            "rush_p50_s": round(percentile(delays, 0.50), 3),
            "rush_p99_s": round(percentile(delays, 0.99), 3),
            "rush_sample": len(delays),
        }
        missing = sum(math.isinf(delay) for delay in delays)
        details["rush_sample"] = f"{missing} without a write-back; worst {delays[-1]:.2f} s"
    console.print(_table(figures, details))
    if as_json:
        click.echo(json.dumps({name: _finite(value) for name, value in figures.items()}))


def _span(rates: list[float]) -> str:
    low, high = round(min(rates)), round(max(rates))
    return f"{low:,} to {high:,}"


def _finite(value: Any) -> Any:
    """JSON has no infinity: null says that too many write-backs never came."""
    return None if isinstance(value, float) and math.isinf(value) else value


def _table(figures: dict[str, Any], details: dict[str, str]) -> Table:
    table = Table(title="spine")
    for heading, side in (("figure", "left"), ("value", "right"), ("goal", "right"), ("how", "left")):
        table.add_column(heading, justify=side)  # type: ignore[arg-type]
    for name, value in figures.items():
        goal = GOALS.get(name)
        met = goal is None or (value >= goal[1] if goal[0] == ">=" else value < goal[1])
        shown = f"[{'green' if met else 'red'}]{value}[/]" if goal else str(value)
        table.add_row(name, shown, f"{goal[0]} {goal[1]:g}" if goal else "", details.get(name, ""))
    return table
