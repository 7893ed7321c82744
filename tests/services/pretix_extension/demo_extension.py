"""The demo at a pretix with the extension: set up on pretix's own pages, with plans, and where to look in the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from chromium import chromium
from congress import SOON, Congress, opening
from extended_pretix import ExtendedPretix
from rich.markup import escape
from staging import Played, Stage, script_of

from entremise.plugin.demo.arranged import arranged, differences
from entremise.plugin.demo.organiser import FEATURES, SEATS, Organiser
from entremise.plugin.demo.run import Outcome

PLANNED = {"mentorship": "mentors", "circles": "circles", "seating": "tables"}
LANGUAGES = {"fr": "French", "en": "English"}
SHOWN = ("connections", "circles", "seating")
"""What a ticket that is worth looking at holds."""


def play(stage: Stage) -> Played:
    """Play it, and compare."""
    with chromium() as browser:
        pretix = ExtendedPretix(say=stage.say)
        congress = stage.opened.enter_context(
            Congress(
                stage.home,
                browser,
                attendees=stage.attendees,
                seed=stage.seed,
                say=stage.say,
                pretix=pretix,
            )
        )
        try:
            return _played(congress, stage)
        finally:
            # The browser ends here, pretix and the service do not: whoever stays looks with their own.
            congress.leave_back_office()


def _played(congress: Congress, stage: Stage) -> Played:
    began = time.monotonic()
    congress.set_up()
    stage.say("Selling tickets")
    rest = congress.sell()
    stage.say("Edits, cancellations, and the doors open")
    planted = stage.planted(congress.lives())
    congress.play(rest, planted=planted)
    stage.say("Waiting until every ticket holds what it should")
    congress.settle(lost=1 if planted else 0)
    for feature, name in PLANNED.items():
        stage.say(f"An organiser has {name} drafted, and publishes them")
        if feature == "seating":
            congress.back_office.brief_tables(number=-(-stage.attendees // SEATS), seats=SEATS)
        congress.publish(feature)
    outcome = _outcome(congress, began, lost=1 if planted else 0)
    return Played(outcome, tuple(_where_to_look(congress, outcome)))


def _outcome(congress: Congress, began: float, *, lost: int) -> Outcome:
    """Compare tickets with what was done and with what was published, once nothing is under way."""
    organiser = Organiser(congress.service, congress.access, congress.host_event)
    deadline = time.monotonic() + SOON
    while True:
        congress.wait_until_quiet()
        published, held = (
            {feature: organiser.published(feature) for feature in FEATURES},
            congress.pretix.held(),
        )
        comparison = congress.compare()
        comparison = comparison.with_losses(differences(published, held, comparison.expected))
        if comparison.lost == lost or time.monotonic() > deadline:
            break
    script = script_of(congress.conference, congress.office, opens_at=opening())
    counts = {
        "attendees": len(congress.conference.people),
        "seed": congress.seed,
        "orders": len({ticket.code for ticket in congress.office.tickets.values()}),
        "suggestions": sum(
            len(payload.get(part, ())) for payload in held.values() for part in ("suggestions", "pairings")
        ),
        "holding": comparison.holding,
        **arranged(published, held),
        "lost": comparison.lost,
        "seconds": round(time.monotonic() - began, 1),
    }
    return Outcome(script=script, comparison=comparison, held=held, counts=counts, published=published)


def _where_to_look(congress: Congress, outcome: Outcome) -> Iterator[str]:
    facts, office = congress.pretix.facts, congress.back_office
    yield (
        f"pretix runs on, with the extension, until Ctrl-C. Its back office is at [bold]{facts['control_url']}[/]:"
        f" log in as [bold]{facts['admin_email']}[/] with the password [bold]{facts['admin_password']}[/]."
    )
    yield f"  what is switched on    {office.address('entremise/')}"
    yield f"  Introductions          {office.address('entremise/people/')}"
    yield f"  the plan of tables     {office.address('entremise/plans/seating/')}"
    pages = congress.pretix.ticket_pages()
    for language, name in LANGUAGES.items():
        for person in outcome.script.conference.people:
            if person.main_language == language and all((person.ref, what) in outcome.held for what in SHOWN):
                page = urlsplit(pages[person.ref]).path
                chosen = f"{facts['shop_url']}locale/set?locale={language}&next={quote(page)}entremise/"
                yield f"  a ticket in {name + ',':<11}{chosen}  ({escape(person.profile['name'])})"
                break
    yield "(pretix hears of its clock from a cache server. There is none here, so its pages say that cron does not run; it does.)"
    yield f"entremise itself is at [bold]{congress.service.url}[/]."
