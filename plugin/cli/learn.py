"""``entremise learn``: makes weights from known answers, from files."""

from __future__ import annotations

import click

from ..batch.attendees import read_attendees
from ..batch.kinds import KINDS, Kind
from ..batch.problems import Problems
from ..batch.tables import read_decisions
from ..batch.weights import write_weights
from .on_files import (
    as_json,
    end,
    figure,
    in_file,
    only_one_from_standard_input,
    out_file,
    tell_unscored,
    watching,
    with_encoder,
    with_kind,
)

EXAMPLES = """\b
Examples:
  entremise learn people.jsonl decisions.csv --kind mentorship -o weights.json
  entremise score people.jsonl pairs.csv --kind mentorship --weights weights.json -o scores.csv
"""


@click.command("learn", epilog=EXAMPLES)
@in_file("ATTENDEES")
@in_file("DECISIONS")
@with_kind(KINDS, "What the decisions were about.")
@out_file("WEIGHTS.json")
@click.option(
    "--folds", type=click.IntRange(2, 50), default=5, show_default=True,
    help="Into how many parts the persons are split, each judged by weights learnt from the others.",
)  # fmt: skip
@with_encoder
@as_json
def command(
    attendees: str, decisions: str, kind: Kind, out: str, folds: int, encoder: str, json: bool
) -> None:
    """Learn how much each term of a score counts, from decisions (columns a,b,decision: what a said to b, 1 or 0).

    A logistic regression, held to the weights that come with entremise: few decisions change little. The report
    compares, on persons whom the weights did not see, the learnt with the unlearnt: AUC is how often somebody's yes
    scores above their no. Use the weights only where they win. Sensitive attributes (anything under `extra`) never
    enter. Exit code 3: written, but some lines were left out (standard error says which and why).
    """
    only_one_from_standard_input(attendees, decisions)
    from ..batch.engine import Engine
    from ..batch.learning import learn

    problems = Problems()
    with watching(json=json) as phase:
        people = read_attendees(attendees, problems, phase)
        known = read_decisions(decisions, people, problems, phase)
        engine = Engine(people.profiles, encoder=encoder, phase=phase)
        with phase(f"learning from {len(known)} decisions", None):
            lesson = learn(engine, kind, people, known, folds=folds)
        measured = {
            name: {"mean": mean, "low": low, "high": high}
            for name, (mean, low, high) in (
                ("auc", lesson.auc), ("unlearnt_auc", lesson.unlearnt_auc), ("gain", lesson.gain),
            )
        }  # fmt: skip
        write_weights(out, {kind: lesson.weights}, {**lesson.facts, "out_of_fold": measured})
    tell_unscored(people, json=json)

    def lines() -> None:
        click.echo(
            f"learnt from {len(known)} decisions of {lesson.facts['persons']} people about {kind}: {out}"
        )
        for name, (mean, low, high) in (
            ("AUC, learnt (out of fold)", lesson.auc),
            ("AUC, unlearnt", lesson.unlearnt_auc),
            ("gain", lesson.gain),
        ):
            click.echo(f"  {name:<26} {figure(mean)}  [{figure(low)}, {figure(high)}]")
        if lesson.facts["strength"] is None:
            click.echo(
                "  nothing learnt did better than the weights that come with entremise: these were written"
            )
        elif not lesson.better():
            click.echo("  no gain beyond chance: better go on without these weights")
        for name, weight in sorted(lesson.weights.items(), key=lambda item: -item[1]):
            click.echo(f"  {weight:10.3f}  {name}")

    report = {**lesson.facts, **measured, "weights": lesson.weights, "better": lesson.better()}
    end(report, lines, problems, json=json, out=out)
