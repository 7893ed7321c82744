"""``entremise seat``: a table plan, from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ..batch.attendees import read_attendees
from ..batch.problems import Problems
from ..batch.seating_files import placed, read_seating_plan, read_seats, write_seats
from ..batch.watching import Phase
from ..domain.errors import ConfigurationError
from ..services.dataset import require_engine
from ..services.frames.seating import SeatingPlan
from .on_files import (
    FILE,
    as_json,
    end,
    figure,
    only_one_from_standard_input,
    out_file,
    tell_unscored,
    watching,
    with_encoder,
    with_file,
)

if TYPE_CHECKING:
    from ..batch.attendees import People
    from ..batch.seating import Guests

EXAMPLES = """\b
Examples:
  entremise seat people.jsonl --plan plan.json -o seats.csv --picture tables.svg
  entremise seat --plan instance.json --minimum-acquaintances 1 -o seats.csv
  entremise seat people.jsonl --plan plan.json --previous seats.csv -o seats2.csv --json
"""


@click.command("seat", epilog=EXAMPLES)
@click.argument("attendees", metavar="[ATTENDEES]", type=FILE, required=False)
@click.option(
    "--plan", "asked", required=True, metavar="PLAN.json", type=FILE,
    help="Tables, meals and rules (see file formats).",
)  # fmt: skip
@out_file("SEATS.csv")
@click.option(
    "--minimum-acquaintances", "minimum", type=click.IntRange(0, 1000), default=None,
    help="So many acquaintances at the table for everybody; instead of what the plan says.",
)  # fmt: skip
@with_file(
    "--previous", "OLD.csv", "Seats that guests have: they stay unless another plan is clearly better."
)
@click.option(
    "--picture", metavar="TABLES.svg", type=FILE,
    help="Draw the tables with the names around, on A4 pages: TABLES.svg, TABLES-2.svg and so on.",
)  # fmt: skip
@click.option(
    "--effort", type=click.FloatRange(0.1, 100), default=1.0, show_default=True, help="How long to search."
)
@click.option(
    "--seconds", type=click.FloatRange(1, 3600), default=60.0, show_default=True, help="How long at most."
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Another seed, another search."
)
@with_encoder
@as_json
def command(
    attendees: str | None, asked: str, out: str, minimum: int | None, previous: str | None, picture: str | None,
    effort: float, seconds: float, seed: int, encoder: str, json: bool,
) -> None:  # fmt: skip
    """Seat guests at tables so that they have most to say to each other; write id,table or id,meal,table.

    Guests are the attendees who did not cancel; what two of them have to say to each other counts if both have
    `consent.groups` true. With an `affinity` matrix in the plan no attendees are needed: guests are then 0, 1, 2 …

    Rules (together, apart, pins, hosts, seats, diets, step-free places, acquaintances) are never broken: where they
    contradict each other, nothing is written, the message names them, and the exit code is 2. Diets and step-free
    needs appear in no output but that message. Exit code 3: written, but some lines were left out.
    """
    only_one_from_standard_input(attendees, asked, previous)
    require_engine()
    from ..batch.seating import seat_guests

    problems = Problems()
    plan = read_seating_plan(asked)
    if minimum is not None:
        plan = replace(plan, minimum=minimum)
    with watching(json=json) as phase:
        people = read_attendees(attendees, problems, phase) if attendees else None
        guests = _guests(plan, people, encoder, phase)
        before = read_seats(previous, plan, guests.ids, problems, phase) if previous else None
        found = seat_guests(
            plan, guests, before=before, effort=effort, seconds=seconds, seed=seed, phase=phase
        )
        seats = placed(found.tables, guests.ids)
        write_seats(out, plan, seats)
    pictures = _draw(picture, plan, seats, people) if picture else ()
    if people is not None:
        tell_unscored(people, json=json)
    report: dict[str, Any] = {
        "guests": len(guests.ids), "tables": len(plan.tables), "meals": len(plan.meals),
        "worth": found.worth, "repeats": found.repeats,
        "seated": int((found.tables >= 0).any(axis=0).sum()), "without_seat": int((found.tables < 0).sum()),
        "pictures": list(pictures),
    }  # fmt: skip
    if before is not None:
        report |= {"moved": found.moved, "kept": 1.0 - found.moved / max(len(before), 1)}
    if people is not None:
        report |= {"unscored_keys": people.unscored, "cancelled": len(people.gone)}
    end(report, lambda: _print(report, out), problems, json=json, out=out)


def _guests(plan: SeatingPlan, people: People | None, encoder: str, phase: Phase) -> Guests:
    """Return who is to be seated and what pairs are worth."""
    from ..batch.engine import Engine
    from ..batch.seating import guests_by_score, guests_of_plan, seatable

    told = guests_of_plan(plan)
    if people is None:
        if told is None:
            raise ConfigurationError(
                f"{plan.file}: has no affinity: name a file of attendees, whose profiles are compared"
            )
        return told
    ids, agreed = seatable(people.profiles, people.gone)
    if told is not None:
        return told.of(ids, plan.file)
    if plan.guests is not None:
        wanted = set(plan.guests)
        ids = [person for person in ids if person in wanted]
        agreed = {person: profile for person, profile in agreed.items() if person in wanted}
    if len(agreed) < 2:
        raise ConfigurationError(
            f"{people.file}: {len(agreed)} of {len(ids)} guests agreed to groups (consent.groups true): "
            "there is nothing to seat them by"
        )
    return guests_by_score(ids, Engine(agreed, encoder=encoder, phase=phase))


def _draw(picture: str, plan: SeatingPlan, seats: Any, people: People | None) -> tuple[str, ...]:
    from ..batch.tables_picture import draw

    names = {} if people is None else {person: told.name for person, told in people.profiles.items()}
    return tuple(draw(picture, plan, seats, names))


def _print(report: Mapping[str, Any], out: str) -> None:
    meals = f" over {report['meals']} meals" if report["meals"] > 1 else ""
    click.echo(f"{report['seated']} guests have seats at {report['tables']} tables{meals}: {out}")
    click.echo(f"  worth {figure(report['worth'])}; {report['repeats']} pairs sit together again")
    if report["without_seat"]:
        click.echo(f"  without a seat (absent or optional): {report['without_seat']}")
    if "moved" in report:
        click.echo(f"  {report['moved']} seats changed; kept: {figure(100 * report['kept'], 1)} %")
    if report["pictures"]:
        click.echo(f"  drawn: {', '.join(report['pictures'])}")
