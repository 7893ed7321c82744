"""``entremise schedule``: puts meetings into slots and spots, from files."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import click

from ..batch.attendees import read_attendees
from ..batch.problems import Problems
from ..batch.schedules import read_schedule, write_schedule
from ..batch.scheduling import make_schedule
from ..batch.scheduling_calendars import write_calendars
from ..batch.scheduling_plan import naming, read_plan
from ..batch.scheduling_wishes import keeping, suggested
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
    with_encoder,
    with_file,
    with_languages,
)

EXAMPLES = """\b
Examples:
  entremise schedule people.jsonl --plan plan.json -o schedule.csv
  entremise schedule people.jsonl --plan plan.json -o schedule.json --calendar calendars
  entremise schedule people.jsonl --plan plan.json -o today.json --previous yesterday.json --calendar calendars
"""


@click.command("schedule", epilog=EXAMPLES)
@in_file("ATTENDEES")
@click.option(
    "--plan", required=True, metavar="PLAN.json", type=click.Path(dir_okay=False, allow_dash=True),
    help="Slots, spots, ways between them, and which meetings (without: the best suggestions for everybody).",
)  # fmt: skip
@out_file("SCHEDULE.csv")
@with_file("--previous", "OLD.csv", "A schedule that was announced: what can stay where it was, does.")
@click.option(
    "--calendar", metavar="FOLDER", type=click.Path(file_okay=False),
    help="Write everybody's meetings as iCalendar, one file a person, and what is called off as another.",
)  # fmt: skip
@click.option(
    "--effort", type=click.FloatRange(0.1, 100.0), default=1.0, show_default=True,
    help="How long a better schedule is looked for, in multiples.",
)  # fmt: skip
@with_languages
@with_encoder
@as_json
def command(
    attendees: str, plan: str, out: str, previous: str | None, calendar: str | None, effort: float,
    languages: tuple[str, ...], encoder: str, json: bool,
) -> None:  # fmt: skip
    """Put meetings of two or more people into slots and spots; write who meets whom, when and where.

    Nobody is in two places at once, has more meetings than `per_person`, or is planned when not available; who is
    remote meets in spots for them; people have the time to walk. What is worth most takes place, and each meeting
    that is left over has what stopped it. OUT is CSV, or JSON where its name ends in .json. Only people with
    `consent.matching` (three and more: `consent.groups`) are in meetings. Exit code 3: written, but something in the
    file of attendees could not be read (standard error says what).
    """
    only_one_from_standard_input(attendees, plan, previous)
    problems = Problems()
    with watching(json=json) as phase:
        asked = read_plan(plan)
        people = read_attendees(attendees, problems, phase)
        before = read_schedule(previous) if previous else ()
        wishes = asked.meetings
        if wishes is None:
            agreed = people.suggestible()
            if len(agreed) < 2:
                raise ConfigurationError(
                    f"{people.file}: {len(agreed)} of {len(people)} people agreed to be suggested (consent.matching true)"
                )
            from ..batch.engine import Engine

            wishes = suggested(Engine(agreed, encoder=encoder, phase=phase), asked, phase=phase)
            wishes = keeping(wishes, before, asked)
        with naming(plan):
            made = make_schedule(
                asked, people, wishes, problems, previous=before, now=time.time(), effort=effort, phase=phase
            )
        report: dict[str, Any] = {"attendees": len(people), **made.report}
        write_schedule(out, made.meetings, report)
        if calendar:
            with naming(plan):
                report["calendars"] = write_calendars(
                    calendar, asked, people, made.meetings, languages=languages
                )
    if asked.meetings is None:
        tell_unscored(people, json=json)
    end(report, lambda: _print(report, out, calendar), problems, json=json, out=out)


def _print(report: Mapping[str, Any], out: str, calendar: str | None) -> None:
    click.echo(f"{report['planned']} of {report['wished']} meetings have a slot and a spot: {out}")
    for cause, count in sorted(report["unplaced"].items(), key=lambda item: (-item[1], item[0])):
        click.echo(f"  {count} left over: {WHY[cause]}")
    if report["optimal"]:
        click.echo(f"  worth {figure(report['worth'])}: no schedule is worth more")
    else:
        more = figure(100 * report["gap"] / (1 - report["gap"]), 2)
        click.echo(f"  worth {figure(report['worth'])}: no schedule is worth over {more} % more")
    if "kept" in report:
        click.echo(
            f"  of those announced: {report['kept']} stay, {report['moved']} are moved, {report['cancelled']} called off"
        )
    if calendar:
        click.echo(f"  calendars of {report['calendars']} people: {calendar}")


WHY = {
    "not_attending": "somebody is not attending",
    "no_consent": "somebody did not agree to be brought together with others",
    "no_common_slot": "no slot in which all of them are available",
    "no_suitable_spot": "no spot admits these people (on site and by video)",
    "spots_too_small": "spots are too small",
    "spots_closed": "spots are closed whenever all of them are available",
    "pinned": "a pin asks for what they cannot have",
    "person_at_limit": "somebody has as many meetings as they may have",
    "people_busy": "somebody is in another meeting whenever they could meet",
    "spots_full": "spots are full whenever all of them are free",
    "too_far": "somebody could not walk there in time",
}
"""What stopped a meeting, as an organiser reads it."""
