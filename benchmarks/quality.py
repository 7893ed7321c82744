"""``make quality``: how good scores are on people whose choices are known, beside random, rule and plain similarity.

The data are not part of entremise: ``ENTREMISE_EVALUATION_DATA`` names their folder, whose own ``metrics.py`` takes
the figures.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from .quality_figures import Difference, Figure, Floats, Scorer, difference
from .quality_runs import CommandFailed, Runs
from .quality_sets import SETS, EvaluationSet, Goal

VARIABLE = "ENTREMISE_EVALUATION_DATA"
_WIDE = 200
PAGE = Path(__file__).parent / "README.md"
EXAMPLES = """\b
Examples:
  make quality
  make quality ARGS="--encoder english --sets gold_reviewers --json"
  make quality ARGS="--write"
"""


@dataclass(slots=True)
class Outcome:
    """What one way of running one set came to: its figures, and those of the baselines."""

    of: EvaluationSet
    goals: Sequence[Goal]
    way: str
    ours: Mapping[str, Figure]
    baselines: dict[str, Mapping[str, Figure]] = field(default_factory=dict)
    seconds: float = 0.0

    def against(self, baseline: str, figure: str) -> Difference | None:
        """Return ours minus a baseline's, ``None`` where there is no such baseline."""
        if baseline not in self.baselines:
            return None
        return difference(self.ours[figure], self.baselines[baseline][figure])

    @property
    def name(self) -> str:
        return f"{self.of.name}, {self.way}" if self.way else self.of.name


@click.command("quality", epilog=EXAMPLES)
@click.option(
    "--encoder", type=click.Choice(("default", "english", "multilingual", "lexical")), default="default", show_default=True,
    help="What turns texts into vectors.",
)  # fmt: skip
@click.option(
    "--sets", "names", type=click.Choice(tuple(SETS)), multiple=True, help="Only these; may be repeated."
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on the last line; all else goes to stderr."
)
@click.option("--write", is_flag=True, help="Put the table into benchmarks/README.md.")
def command(encoder: str, names: tuple[str, ...], *, as_json: bool, write: bool) -> None:
    """Score every evaluation set with the real commands and compare. Takes some minutes; --encoder english more."""
    console = Console(stderr=as_json)
    if not console.is_terminal:
        console = Console(stderr=as_json, width=_WIDE)
    scorer = _scorer()
    outcomes: list[Outcome] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="entremise-quality-") as home,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        runs = Runs(scorer, Path(home), encoder)
        for name in names or SETS:
            task = progress.add_task(f"{name} ({encoder})")
            try:
                outcomes += measured(scorer, runs, SETS[name])
            except CommandFailed as error:
                raise click.ClickException(str(error)) from error
            progress.remove_task(task)
            console.print(f"[dim]{name}: {outcomes[-1].seconds:.0f} s[/]")
    console.print(_table(outcomes, encoder))
    for outcome in outcomes:
        if outcome.of.note:
            console.print(f"{outcome.name}: {outcome.of.note}")
    if write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(with_section(page, encoder, markdown(outcomes, encoder)), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(report(outcomes, encoder)))


def measured(scorer: Scorer, runs: Runs, of: EvaluationSet) -> list[Outcome]:
    """Run one set in every way that it asks for."""
    began = time.perf_counter()
    baselines = {name: scorer.figures(of, scorer.baseline(of, name)) for name in of.baselines}
    if of.rule_reads_extra:
        baselines["rule (reads extra)"] = baselines.pop("rule")
    if of.scorer == "lazega_advice":
        baselines["rule"] = scorer.figures(of, scorer.advice_rule_without_extra(of))
    ours = scorer.figures(of, scorer.read(of, runs.score(of)))
    outcomes = [Outcome(of, of.goals, "", ours, baselines)]
    if of.learn:
        for way, with_decisions in (("learn, ten folds", False), ("learn and --decisions, ten folds", True)):
            scores = _of_folds(scorer, runs, of, with_decisions=with_decisions)
            outcomes.append(Outcome(of, of.learnt_goals, way, scorer.figures(of, scores), baselines))
    for outcome in outcomes:
        outcome.seconds = time.perf_counter() - began
    return outcomes


def _of_folds(scorer: Scorer, runs: Runs, of: EvaluationSet, *, with_decisions: bool) -> Floats:
    scores = np.full(len(scorer.questions(of)), -np.inf)
    for path in runs.score_learnt(of, with_decisions=with_decisions):
        # A fold's file holds whole persons' pairs; read by direction, since (b, a) may belong to another fold.
        given = _directed(path)
        for place, (a, b, _) in enumerate(scorer.questions(of)):
            if (a, b) in given:
                scores[place] = given[a, b]
    return scores


def _directed(path: Path) -> dict[tuple[str, str], float]:
    rows = (line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:])
    return {(a, b): float(score) for a, b, score in rows}


def _scorer() -> Scorer:
    folder = os.environ.get(VARIABLE, "")
    if not folder:
        raise click.UsageError(
            f"set {VARIABLE} to the folder of the evaluation data (the one with metrics.py)"
        )
    try:
        return Scorer(Path(folder))
    except FileNotFoundError as error:
        raise click.UsageError(f"{VARIABLE}: there is no {error}") from error


def report(outcomes: Sequence[Outcome], encoder: str) -> dict[str, Any]:
    """Return everything as JSON-ready data."""
    return {
        "encoder": encoder,
        "sets": {
            outcome.name: {
                "ours": _values(outcome.ours),
                "baselines": {name: _values(figures) for name, figures in outcome.baselines.items()},
                "minus_tfidf": {
                    goal.figure: found.to_list()
                    for goal in outcome.goals
                    if (found := outcome.against("tfidf", goal.figure))
                },
                "minus_rule": {
                    goal.figure: found.to_list()
                    for goal in outcome.goals
                    if (found := outcome.against("rule", goal.figure))
                },
                "goals": {
                    goal.figure: {
                        "at": goal.wanted(encoder),
                        "reached": goal.reached(outcome.ours[goal.figure].value, encoder),
                    }
                    for goal in outcome.goals
                },
                "seconds": round(outcome.seconds, 1),
            }
            for outcome in outcomes
        },
    }


HEADINGS = (
    "set",
    "figure",
    "entremise",
    "random",
    "rule",
    "TF-IDF",
    "LSA",
    "minus TF-IDF",
    "minus rule",
    "goal",
    "",
)


def rows(outcomes: Sequence[Outcome], encoder: str) -> list[list[str]]:
    """Return the table, as text."""
    return [_row(outcome, goal, encoder) for outcome in outcomes for goal in outcome.goals]


def _row(outcome: Outcome, goal: Goal, encoder: str) -> list[str]:
    ours = outcome.ours[goal.figure]
    wanted = goal.wanted(encoder)
    reached = goal.reached(round(ours.value, 3), encoder)
    sign = "≤" if goal.sense == "lower" else "≥"
    rule = outcome.baselines.get("rule")
    with_extra = outcome.baselines.get("rule (reads extra)")
    shown_rule = _shown(rule, goal) if rule else f"{_shown(with_extra, goal)}*" if with_extra else "–"
    return [
        outcome.name,
        goal.figure,
        f"{ours.value:.3f} [{ours.low:.3f}, {ours.high:.3f}]",
        _shown(outcome.baselines.get("random"), goal),
        shown_rule,
        _shown(outcome.baselines.get("tfidf"), goal),
        _shown(outcome.baselines.get("lsa"), goal),
        _minus(outcome.against("tfidf", goal.figure)),
        _minus(outcome.against("rule", goal.figure)),
        f"{sign} {wanted:g}" if wanted is not None else "",
        {True: "reached", False: "missed", None: ""}[reached],
    ]


def _shown(figures: Mapping[str, Figure] | None, goal: Goal) -> str:
    return f"{figures[goal.figure].value:.3f}" if figures else "–"


def _minus(found: Difference | None) -> str:
    return f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]" if found else "–"


def _values(figures: Mapping[str, Figure]) -> dict[str, list[float]]:
    return {name: [round(one.value, 4), one.low, one.high] for name, one in figures.items()}


def _table(outcomes: Sequence[Outcome], encoder: str) -> Table:
    table = Table(title=f"Quality, encoder {encoder}")
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for row in rows(outcomes, encoder):
        colour = {"reached": "[green]", "missed": "[red]"}.get(row[-1], "")
        table.add_row(*row[:-1], f"{colour}{row[-1]}")
    return table


def markdown(outcomes: Sequence[Outcome], encoder: str) -> str:
    """Return the table as it stands in the README."""
    lines = [HEADINGS, ["---"] * len(HEADINGS), *rows(outcomes, encoder)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def with_section(page: str, encoder: str, table: str) -> str:
    """Return the page with the table between this encoder's marks; raises ``ValueError`` when there are none."""
    begin, end = f"<!-- quality {encoder} -->", f"<!-- end of quality {encoder} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"the page has no section {begin}")
    return re.sub(f"(?s)(?<={re.escape(begin)}).*(?={re.escape(end)})", lambda _: f"\n{table}\n", page)


if __name__ == "__main__":
    command()
