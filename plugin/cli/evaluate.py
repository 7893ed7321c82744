"""``entremise evaluate``: judges lists, from files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ..batch import evaluating
from ..batch.attendees import read_attendees
from ..batch.kinds import DIRECTED, LISTED, Kind
from ..batch.problems import Problems
from ..batch.recommendations import read_recommendations
from ..batch.tables import read_decisions
from ..batch.weights import read_weights
from .on_files import (
    as_json,
    end,
    figure,
    in_file,
    only_one_from_standard_input,
    watching,
    with_encoder,
    with_file,
    with_kind,
    with_weights,
)

EXAMPLES = """\b
Examples:
  entremise evaluate people.jsonl lists.jsonl
  entremise evaluate people.jsonl lists.jsonl --previous yesterday.jsonl --decisions answers.csv --json
"""


@click.command("evaluate", epilog=EXAMPLES)
@in_file("ATTENDEES")
@in_file("RECOMMENDATIONS")
@with_kind(LISTED, "What the lists are for.", default="connection")
@with_file("--decisions", "DECISIONS.csv", "What people said afterwards (a,b,decision).")
@with_file("--previous", "OLD.jsonl", "The lists before these: how much changed?")
@click.option(
    "--blocking/--no-blocking", default=True, show_default=True, help="Count blocking pairs: scores all."
)
@with_weights
@with_encoder
@as_json
def command(
    attendees: str, recommendations: str, kind: Kind, decisions: str | None, previous: str | None, blocking: bool,
    weights: str | None, encoder: str, json: bool,
) -> None:  # fmt: skip
    """Judge the lists that `entremise recommend` wrote for the people of a JSON Lines file.

    Coverage: who has a list. Exposure: to how many others people are shown (least, most, and Gini: 0 = all alike).
    Reciprocity: which part of the suggestions is returned. Blocking pairs: two who are not on each other's lists and
    would both score higher there than the last who is; a floor and a cap on exposure make some (not for experts, who
    are sought and do not seek). With --decisions,
    AUC and NDCG@10 of people's later yes and no, beside lists of the same length by plain similarity of texts, with
    95 % intervals over persons. Exit code 3: judged, but some lines were left out.
    """
    only_one_from_standard_input(attendees, recommendations, decisions, previous)
    problems = Problems()
    with watching(json=json) as phase:
        people = read_attendees(attendees, problems, phase)
        lists = read_recommendations(recommendations, people, problems, phase)
        before = read_recommendations(previous, people, problems, phase) if previous else None
        said = read_decisions(decisions, people, problems, phase) if decisions else None
        report: dict[str, Any] = {"kind": kind, "lists": len(lists.lists), **evaluating.shape(people, lists)}
        if before is not None:
            report["churn"] = evaluating.churn(people, before, lists)
        if said is not None:
            report["decided"] = evaluating.against_decisions(people, lists, said, phase)
        if blocking and kind not in DIRECTED:
            from ..batch.engine import Engine

            given = read_weights(weights) if weights else None
            engine = Engine(people.suggestible(), encoder=encoder, weights=given, phase=phase)
            found = evaluating.blocking(engine, people, lists, kind)
            report["blocking_pairs"], report["blocking_pairs_exact"] = found.pairs, found.exact
    end(report, lambda: _print(report), problems, json=json)


def _print(report: Mapping[str, Any]) -> None:
    seen = report["exposure"]
    rows = [
        ("people, lists", f"{report['people']}, {report['lists']}"),
        ("coverage", figure(report["coverage"])),
        ("shown to others", f"{seen['least']} to {seen['most']}, mean {figure(seen['mean'], 1)}, Gini {figure(seen['gini'])}"),
        ("shown to nobody", str(seen["unseen"])),
        ("mutual pairs", str(report["mutual_pairs"])),
        ("reciprocity", figure(report["reciprocity"])),
    ]  # fmt: skip
    if report["without_consent"]:
        rows.append(("listed without consent", str(report["without_consent"])))
    if "churn" in report:
        rows.append(("churn", figure(report["churn"])))
    if "blocking_pairs" in report:
        about = "" if report["blocking_pairs_exact"] else "about "
        rows.append(("blocking pairs", f"{about}{report['blocking_pairs']}"))
    if "decided" in report:
        decided = report["decided"]
        rows.append(("decisions, persons", f"{decided['decisions']}, {decided['persons']}"))
        for name, key in (("AUC", "auc"), ("NDCG@10", "ndcg")):
            both = [_interval(decided[which][key]) for which in ("lists", "plain", "gain")]
            rows.append((name, f"{both[0]}; plain {both[1]}; gain {both[2]}"))
    for label, value in rows:
        click.echo(f"{label:<24} {value}")


def _interval(of: Mapping[str, float]) -> str:
    return f"{figure(of['mean'])} [{figure(of['low'])}, {figure(of['high'])}]"
