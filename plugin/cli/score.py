"""``entremise score``: scores given pairs of people, from files."""

from __future__ import annotations

import click

from ..batch.attendees import read_attendees
from ..batch.kinds import KINDS, Kind
from ..batch.problems import Problems
from ..batch.tables import read_decisions, read_pairs, write_scores
from ..batch.weights import Weights, read_weights
from .on_files import (
    as_json,
    end,
    in_file,
    only_one_from_standard_input,
    out_file,
    tell_unscored,
    watching,
    with_decisions,
    with_encoder,
    with_kind,
    with_weights,
)

EXAMPLES = """\b
Examples:
  entremise score people.jsonl pairs.csv --kind connection -o scores.csv
  entremise score people.jsonl.gz pairs.csv --kind expert --encoder english -o scores.csv
  entremise score people.jsonl pairs.csv --kind connection --decisions known.csv -o scores.csv
"""


@click.command("score", epilog=EXAMPLES)
@in_file("ATTENDEES")
@in_file("PAIRS")
@with_kind(KINDS, "What is asked about each pair.")
@out_file("SCORES.csv")
@with_decisions
@with_weights
@with_encoder
@as_json
def command(
    attendees: str, pairs: str, kind: Kind, out: str, decisions: str | None, weights: str | None, encoder: str,
    json: bool,
) -> None:  # fmt: skip
    """Score the pairs of a CSV file (columns a,b) of people in a JSON Lines file; write a,b,score.

    Scores are in [0, 1]. For connection and peer they are the same from both sides; for expert and mentorship a is
    the one who seeks. With --decisions a score is the probability of a yes, of both where it is the same from both
    sides; answers that are known count as given.

    All pairs that you name are scored, consent or not: nobody is shown to anybody here. `extra` and unknown keys never
    enter a score. Exit code 3: written, but some lines were left out (standard error says which and why).
    """
    only_one_from_standard_input(attendees, pairs, decisions)
    from ..batch.engine import Engine
    from ..batch.scoring import score_pairs

    problems = Problems()
    with watching(json=json) as phase:
        people = read_attendees(attendees, problems, phase)
        wanted = read_pairs(pairs, people, problems, phase)
        known = read_decisions(decisions, people, problems, phase) if decisions else ()
        given: Weights | None = read_weights(weights) if weights else None
        engine = Engine(people.profiles, encoder=encoder, weights=given, phase=phase)
        scores = score_pairs(engine, kind, wanted, known)
        write_scores(out, wanted, scores.tolist())
    tell_unscored(people, json=json)
    report = {
        "kind": kind, "encoder": encoder, "space": engine.space, "attendees": len(people), "pairs": len(wanted),
        "decisions": len(known), "unscored_keys": people.unscored,
    }  # fmt: skip
    end(
        report,
        lambda: click.echo(f"scored {len(wanted)} pairs of {len(people)} people as {kind}: {out}"),
        problems, json=json, out=out,
    )  # fmt: skip
