"""``make bench ARGS="exposure --json"``: how often people are shown, with and without a floor and a cap, and the cost."""

from __future__ import annotations

import json
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from entremise.hooks.registry import load_plugins
from entremise.plugin.demo.conference import make_conference
from entremise.plugin.domain.model import Consent, Mentoring, Profile
from entremise.plugin.engine.allocation import effect
from entremise.plugin.engine.exposure import Exposure, Group
from entremise.plugin.engine.kinds import KINDS
from entremise.plugin.engine.matching import recommend
from entremise.plugin.engine.scoring import Scorer
from entremise.plugin.services.features.ranking import group
from entremise.plugin.services.matching import Matcher

from .crowds import resembling

WISHES = Exposure(length=10, floor=3, cap=30)
SKEWED = 5_000


@click.command("exposure")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line.")
def command(*, as_json: bool) -> None:
    """Make lists of 10 with a floor of 3 and a cap of 30 for the demo conference and for a skewed crowd."""
    found = {"conference": _figures(*_conference()), "skewed_5000": _figures(*_skewed())}
    console = Console(stderr=as_json)
    table = Table("", *found)
    for figure in next(iter(found.values())):
        table.add_row(figure, *(f"{figures[figure]:.4g}" for figures in found.values()))
    console.print(table)
    if as_json:
        click.echo(json.dumps(found))


def _conference() -> tuple[Scorer, Group]:
    """Return those of the made-up conference who agreed to be suggested, by the default encoder."""
    plugins, _ = load_plugins(encoder="default")
    agreed = {
        person.ref: _profile(person.profile)
        for person in make_conference(seed=1, size=400).people
        if person.profile["consent"]["matching"]
    }
    matcher = Matcher(agreed, plugins=plugins)
    scorer = matcher.scorer("connection")
    return scorer, group(matcher.people, scorer)


def _profile(told: Any) -> Profile:
    return Profile.from_dict(
        {
            **told,
            "mentoring": _known(Mentoring, told["mentoring"]),
            "consent": _known(Consent, told["consent"]),
        }
    )


def _known(kind: type, told: dict[str, Any]) -> dict[str, Any]:
    """Return what of a mapping the dataclass has a field for."""
    return {name: told[name] for name in kind.__dataclass_fields__ if name in told}  # type: ignore[attr-defined]


def _skewed() -> tuple[Scorer, Group]:
    """Return people of whom few have what many look for: topics as popular as Zipf's law has it."""
    crowd = resembling(SKEWED, seed=5)
    known = crowd.seniority >= 0
    return Scorer(crowd, KINDS["connection"]), Group(
        ids=crowd.ids, organisations=crowd.organisations, here=crowd.channels > 0,
        newcomer=known & (crowd.seniority <= 1), experienced=crowd.seniority >= 3,
    )  # fmt: skip


def _figures(scorer: Scorer, people: Group) -> dict[str, float]:
    lists, ranked = recommend(scorer, WISHES, people)
    plain = ranked.candidates.members[:, : WISHES.length]
    unlimited = np.bincount(plain[plain >= 0], minlength=len(people))
    done = effect(lists, ranked.candidates, WISHES, people)
    return {
        "people": len(people),
        "least_shown": int(lists.shown.min()), "most_shown": int(lists.shown.max()),
        "below_floor": len(lists.short), "lifted_by_floor": len(done.lifted), "cost": float(done.cost),
        "newcomers_without_experienced_contact": len(lists.alone),
        "without_rules_shown_to_nobody": int((unlimited == 0).sum()),
        "without_rules_most_shown": int(unlimited.max()),
    }  # fmt: skip
