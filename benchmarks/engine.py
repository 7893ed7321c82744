"""``make bench ARGS="engine --json"``: whom to meet, over the bare matrix product of the same size."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console
from rich.table import Table

GOALS: dict[str, tuple[str, float]] = {
    "engine_ratio_2000": ("<=", 10.0),
    "engine_ratio_10000": ("<=", 5.0),
    "engine_ratio_50000": ("<=", 2.5),
    "recall_10000": (">=", 0.98),
    "recall_50000": (">=", 0.98),
    "recall_100000": (">=", 0.98),
    "peak_memory_ratio_50000": ("<=", 1.0),
    "incremental_ratio_50000": ("<=", 10.0),
}
ASSERTED = "recall_"
"""Speed depends on what else a machine does; what is found does not."""
EXAMPLES = """\b
Examples:
  make bench ARGS="engine --json"
  make bench ARGS="engine --rounds 1 --people 10000"
"""
_SIZES = (2_000, 10_000, 50_000, 100_000)
_CHANGES = 30


@click.command("engine", epilog=EXAMPLES)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on the last line; all else goes to stderr."
)
@click.option("--people", "sizes", type=int, multiple=True, help="Only crowds of this size; may be repeated.")
@click.option(
    "--rounds",
    default=5,
    show_default=True,
    help="How often engine and floor take turns; fewer for great crowds.",
)
@click.option("--threads", default=len(os.sched_getaffinity(0)), show_default=True, help="For both.")
def command(as_json: bool, sizes: tuple[int, ...], rounds: int, threads: int) -> None:
    """Measure the engine. Takes about ten minutes on two cores with the defaults."""
    console = Console(stderr=as_json)
    busy = os.getloadavg()[0]
    if busy > threads / 2:
        console.print(f"[yellow]Others use the machine, too (load {busy:.1f}): ratios mean little.[/]")
    figures: dict[str, float] = {}
    details: dict[str, str] = {}
    for people in sizes or _SIZES:
        console.print(f"[dim]{people:,} people …[/]")
        turns = max(1, min(rounds, rounds * 20_000 // people)) if people < 100_000 else 1
        _add(figures, details, people, _run(people, "resembling", "rounds", threads, turns))
        if people in {10_000, 50_000}:
            console.print(f"[dim]{people:,} people without structure …[/]")
            told = _run(people, "unstructured", "rounds", threads, 1)
            figures[f"unstructured_ratio_{people}"] = round(told["ratio"], 2)
            figures[f"unstructured_recall_{people}"] = round(told["recall"], 4)
            details[f"unstructured_ratio_{people}"] = told["searched"]
        if people == 50_000:
            console.print("[dim]memory, and one change after another …[/]")
            told = _run(people, "resembling", "memory", threads, 1)
            figures[f"peak_memory_ratio_{people}"] = round(told["ratio"], 3)
            details[f"peak_memory_ratio_{people}"] = f"{told['grown_bytes'] / 2**20:,.0f} MiB more"
            told = _run(people, "resembling", "changes", threads, _CHANGES)
            figures[f"incremental_ratio_{people}"] = round(told["ratio"], 2)
            details[f"incremental_ratio_{people}"] = (
                f"{told['seconds'] * 1e3:.1f} ms over {told['floor_seconds'] * 1e3:.1f} ms;"
                f" {told['lists_touched']:.0f} lists other than before"
            )
    if {"engine_seconds_10000", "engine_seconds_100000"} <= figures.keys():
        growth = figures["engine_seconds_100000"] / figures["engine_seconds_10000"]
        figures["growth_10000_to_100000"] = round(growth, 1)
    console.print(_table(figures, details))
    if as_json:
        click.echo(json.dumps(figures))
    missed = [name for name in figures if name.startswith(ASSERTED) and not _met(name, figures[name])]
    if missed:
        raise click.ClickException(f"too few of the best are found: {', '.join(missed)}")


def _run(people: int, make: str, measure: str, threads: int, rounds: int) -> Mapping[str, Any]:
    """Measure in a process of its own, so that no crowd pays for another's memory."""
    began = time.monotonic()
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.engine_run", *map(str, (people, make, measure, threads, rounds))],
        env=os.environ | {"OMP_NUM_THREADS": str(threads)}, stdout=subprocess.PIPE, check=False,
    )  # fmt: skip
    if told.returncode:
        raise click.ClickException(f"{measure} of {people} {make} people ended with {told.returncode}")
    # At once, so that nothing is lost of a long run that does not come to its end.
    click.echo(f"{told.stdout.decode().strip()}  {time.monotonic() - began:.0f} s in all", err=True)
    found: Mapping[str, Any] = json.loads(told.stdout)
    return found


def _add(figures: dict[str, float], details: dict[str, str], people: int, told: Mapping[str, Any]) -> None:
    figures[f"engine_ratio_{people}"] = round(told["ratio"], 2)
    figures[f"engine_seconds_{people}"] = round(told["seconds"], 3)
    figures[f"recall_{people}"] = round(told["recall"], 4)
    details[f"engine_ratio_{people}"] = f"{told['seconds']:.2f} s over {told['floor_seconds']:.2f} s"
    details[f"engine_seconds_{people}"] = (
        f"{told['searched']}; {told['short']} shown too rarely, nobody more than {told['most_shown']} times"
    )


def _met(name: str, value: float) -> bool:
    sign, goal = GOALS.get(name, (">=", value))
    return value >= goal if sign == ">=" else value <= goal


def _table(figures: Mapping[str, float], details: Mapping[str, str]) -> Table:
    table = Table(title="engine")
    for heading, side in (("figure", "left"), ("value", "right"), ("goal", "right"), ("how", "left")):
        table.add_column(heading, justify=side)  # type: ignore[arg-type]
    for name, value in figures.items():
        sign, goal = GOALS.get(name, ("", 0.0))
        shown = f"[{'green' if _met(name, value) else 'red'}]{value}[/]" if sign else str(value)
        table.add_row(name, shown, f"{sign} {goal:g}" if sign else "", details.get(name, ""))
    return table
