"""``entremise recommend``: makes everybody's lists, from files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ..batch.attendees import read_attendees
from ..batch.kinds import LISTED, Kind
from ..batch.problems import Problems
from ..batch.recommendations import read_recommendations, write_recommendations
from ..batch.recommending import Limits, churn, exposure, letters, recommend
from ..batch.tables import read_decisions
from ..batch.weights import read_weights
from ..domain.errors import ConfigurationError
from .on_files import (
    as_json,
    end,
    figure,
    in_file,
    only_one_from_standard_input,
    out_file,
    tell_unscored,
    watching,
    with_decisions,
    with_encoder,
    with_file,
    with_kind,
    with_languages,
    with_weights,
)

EXAMPLES = """\b
Examples:
  entremise recommend people.jsonl -o lists.jsonl
  entremise recommend people.jsonl.gz -o experts.jsonl --kind expert --length 5 --cap 12
  entremise recommend people.jsonl -o today.jsonl --previous yesterday.jsonl --language fr
"""


@click.command("recommend", epilog=EXAMPLES)
@in_file("ATTENDEES")
@out_file("LISTS.jsonl")
@with_kind(
    LISTED, default="connection",
    said="connection: gains on both sides; peer: the same challenge, about as senior; expert: offers what I need.",
)  # fmt: skip
@click.option(
    "--length", type=click.IntRange(1, 100), default=10, show_default=True, help="People on a list."
)
@click.option(
    "--floor", type=click.IntRange(0, 1000), default=3, show_default=True,
    help="To how many others everybody is shown at least, where rules allow.",
)  # fmt: skip
@click.option(
    "--cap", type=click.IntRange(1, 10_000), default=30, show_default=True,
    help="To how many others anybody is shown at most.",
)  # fmt: skip
@with_languages
@with_file(
    "--previous",
    "OLD.jsonl",
    "Lists that people have: who is on them stays unless somebody is clearly better.",
)
@with_decisions
@with_weights
@with_encoder
@as_json
def command(
    attendees: str, out: str, kind: Kind, length: int, floor: int, cap: int, languages: tuple[str, ...],
    previous: str | None, decisions: str | None, weights: str | None, encoder: str, json: bool,
) -> None:  # fmt: skip
    """Make a list of people to meet for everybody in a JSON Lines file; write one person a line, with reasons.

    Only people with `consent.matching` true are suggested or get a list; who cancelled is left out, too. Reasons are
    in the reader's language (French or English), say why both gain, and quote only what is named in `visible`.
    `extra` and unknown keys never enter a score. Exit code 3: written, but some lines were left out (standard error
    says which and why).
    """
    only_one_from_standard_input(attendees, previous, decisions)
    from ..batch.engine import Engine

    limits = Limits(length=length, floor=floor, cap=cap)
    problems = Problems()
    with watching(json=json) as phase:
        people = read_attendees(attendees, problems, phase)
        before = read_recommendations(previous, people, problems, phase) if previous else None
        known = read_decisions(decisions, people, problems, phase) if decisions else ()
        agreed = people.suggestible()
        if len(agreed) < 2:
            raise ConfigurationError(
                f"{people.file}: {len(agreed)} of {len(people)} people agreed to be suggested (consent.matching true)"
            )
        given = read_weights(weights) if weights else None
        engine = Engine(agreed, encoder=encoder, weights=given, phase=phase)
        made = recommend(engine, kind, limits, decisions=known, previous=before, phase=phase)
        write_recommendations(out, letters(engine, kind, people, made, languages=languages, phase=phase))
    tell_unscored(people, json=json)
    report: dict[str, Any] = {
        "kind": kind, "encoder": encoder, "space": engine.space, "attendees": len(people), "listed": len(agreed),
        "without_consent": len(people) - len(agreed) - len(people.gone), "cancelled": len(people.gone),
        "unscored_keys": people.unscored, **exposure(made, limits),
    }  # fmt: skip
    if before is not None:
        report["churn"] = churn(engine, before, made)
    end(report, lambda: _print(report, out), problems, json=json, out=out)


def _print(report: Mapping[str, Any], out: str) -> None:
    seen = report["exposure"]
    click.echo(f"{report['listed']} people have lists as {report['kind']}: {out}")
    if report["without_consent"] or report["cancelled"]:
        click.echo(
            f"  left out: {report['without_consent']} without consent to matching, {report['cancelled']} cancelled"
        )
    click.echo(
        f"  shown to others: {seen['least']} to {seen['most']}, mean {figure(seen['mean'], 1)}, "
        f"Gini {figure(seen['gini'])}; {report['below_floor']} below the floor"
    )
    click.echo(
        f"  lifted by the floor: {report['lifted']}; cost in score: {figure(100 * report['cost'], 1)} %"
    )
    if "churn" in report:
        click.echo(f"  changed since the previous lists: {figure(100 * report['churn'], 1)} % of entries")
