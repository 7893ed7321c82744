"""The demo at a pretix as it is published: webhooks in, REST out, a link under each ticket."""

from __future__ import annotations

from season import Season
from staging import Played, Stage, script_of

from entremise.plugin.demo.run import Outcome
from entremise.plugin.demo.show import chosen

SETTLED_WITHIN = 300.0
"""Seconds; annulled check-ins are found by looking through pretix every two minutes."""


def play(stage: Stage) -> Played:
    """Play it, and compare."""
    season = stage.opened.enter_context(
        Season(stage.home, attendees=stage.attendees, seed=stage.seed, say=stage.say)
    )
    stage.say("Selling tickets")
    rest = season.sell()
    stage.say("Edits, cancellations, and the doors open")
    planted = stage.planted(season.lives())
    season.play(rest, planted=planted)
    stage.say(
        "Waiting until pretix holds what it should (annulled check-ins are looked for every two minutes)"
    )
    comparison = season.settle(
        seconds=SETTLED_WITHIN, until=(lambda found: found.lost == 1) if planted else None
    )
    outcome = Outcome(
        script=script_of(season.conference, season.office, opens_at=season.opens_at),
        comparison=comparison, held=season.pretix.held(), counts=season.counts(comparison), published={},
    )  # fmt: skip
    shown, facts = season.pretix.shown(), season.pretix.facts
    links = (f"{person.profile['name']}: {shown[person.ref]}" for person in chosen(outcome)[1:3])
    where = (
        f"pretix runs on at [bold]{facts['control_url']}[/] ({facts['admin_email']}, {facts['admin_password']}),"
        f" entremise at [bold]{season.service.url}[/], until Ctrl-C."
    )
    return Played(outcome, (*links, where))
