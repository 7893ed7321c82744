"""``entremise circle``: puts people into small groups around what they share, from files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import click

from ..batch.attendees import read_attendees
from ..batch.circle_files import (
    MOST_ROUNDS,
    Ruled,
    read_placed,
    read_range,
    read_rules,
    read_sizes,
    write_placed,
    write_topics,
)
from ..batch.problems import Problems
from ..domain.errors import ConfigurationError
from .on_files import (
    FILE,
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
)

if TYPE_CHECKING:
    from ..engine.circles import Mixing

EXAMPLES = """\b
Examples:
  entremise circle people.jsonl -o circles.csv
  entremise circle people.jsonl.gz --sizes sizes.json -o circles.csv --topics topics.jsonl
  entremise circle people.jsonl --size 4:6 --rounds 3 --mixed hard -o rotation.csv
  entremise circle people.jsonl --previous circles.csv --rules rules.json -o circles2.csv --json
"""
_SHOWN = 20


def _bounds(_context: click.Context, _option: click.Parameter, given: str | None) -> tuple[int, int] | None:
    try:
        return None if given is None else read_range(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command("circle", epilog=EXAMPLES)
@in_file("ATTENDEES")
@out_file("CIRCLES.csv")
@with_file("--sizes", "SIZES.json", "A list of group sizes: as many groups, of these sizes, for everybody.")
@click.option(
    "--size", "bounds", metavar="LEAST:MOST", callback=_bounds,
    help="Groups of any size between the two, as many as it takes. Without --sizes: 3:8.",
)  # fmt: skip
@click.option(
    "--aim",
    type=click.IntRange(2, 1000),
    default=None,
    help="With --size: about so many in each. Default: 5, or what fits.",
)
@click.option(
    "--rounds", type=click.IntRange(1, MOST_ROUNDS), default=1, show_default=True,
    help="So many rounds, in which nobody is in a group with anybody twice.",
)  # fmt: skip
@click.option(
    "--mixed", type=click.Choice(("soft", "hard", "any")), default="soft", show_default=True,
    help="Organisations: soft mixes where it costs little, hard never puts two of one into a group.",
)  # fmt: skip
@with_file(
    "--rules",
    "RULES.json",
    "Who is to be together, apart, in which group, and who can host (see file formats).",
)
@with_file(
    "--previous", "OLD.csv", "Groups that people have: they stay unless another one is clearly better."
)
@click.option(
    "--leave-over", is_flag=True, help="With --sizes: who has no place, or fits nowhere, is left over."
)
@click.option(
    "--topics", metavar="TOPICS.jsonl", type=FILE, help="Write what each group could talk about, and why."
)
@click.option(
    "--effort", type=click.FloatRange(0.1, 100), default=1.0, show_default=True, help="How long to search."
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Another seed, another search."
)
@with_encoder
@as_json
def command(
    attendees: str, out: str, sizes: str | None, bounds: tuple[int, int] | None, aim: int | None, rounds: int,
    mixed: str, rules: str | None, previous: str | None, leave_over: bool, topics: str | None, effort: float, seed: int,
    encoder: str, json: bool,
) -> None:  # fmt: skip
    """Put the people of a JSON Lines file into small groups around a challenge that they share; write id,group.

    Challenges and goals lead, all else that people wrote follows. Only people with `consent.groups` true are put into
    a group; who cancelled is left out, too. Everybody of a group has a language and a way to meet in common: that is a
    rule. With --sizes, everybody has a place, or the command says why not; with --size, who fits nowhere is left over
    (an empty group). `extra` and unknown keys never count. Exit code 3: written, but some lines were left out
    (standard error says which and why).
    """
    only_one_from_standard_input(attendees, sizes, rules, previous)
    if sizes and (bounds or aim):
        raise click.UsageError("--sizes says how large groups are: --size and --aim go without it")
    least, most = bounds or (3, 8)
    if aim is not None and not least <= aim <= most:
        raise click.UsageError(f"--aim must be between {least} and {most}")
    from ..batch.circling import Wish, circle, figures, placed, talk
    from ..batch.engine import Engine

    problems = Problems()
    with watching(json=json) as phase:
        people = read_attendees(attendees, problems, phase)
        agreed = people.grouping()
        if len(agreed) < 2:
            raise ConfigurationError(
                f"{people.file}: {len(agreed)} of {len(people)} people agreed to groups (consent.groups true)"
            )
        wish = Wish(
            sizes=read_sizes(sizes) if sizes else None, bounds=(least, most), aim=aim or min(max(5, least), most),
            rounds=rounds, mixing=cast("Mixing", mixed), leave_over=leave_over or not sizes, seed=seed, effort=effort,
            rules=read_rules(rules, people) if rules else Ruled(),
            before=read_placed(previous, people, problems, phase) if previous else None,
        )  # fmt: skip
        engine = Engine(agreed, encoder=encoder, phase=phase)
        made = circle(engine, agreed, wish, phase)
        write_placed(out, placed(engine, made, list(agreed)), rounds=rounds)
        if topics:
            write_topics(topics, talk(engine, made, agreed, phase))
    tell_unscored(people, json=json)
    left_over = {engine.matcher.ids[row]: why for row, why in made.left_over.items()}
    report: dict[str, Any] = {
        "encoder": encoder, "space": engine.space, "attendees": len(people), "agreed": len(agreed),
        "without_consent": len(people) - len(agreed) - len(people.gone), "cancelled": len(people.gone),
        "unscored_keys": people.unscored, "rounds": rounds, **figures(made), "left_over": left_over,
    }  # fmt: skip
    end(report, lambda: _print(report, out), problems, json=json, out=out)


def _print(report: Mapping[str, Any], out: str) -> None:
    circles = ", ".join(map(str, report["circles"]))
    rounds = f" in {report['rounds']} rounds" if report["rounds"] > 1 else ""
    click.echo(
        f"{report['agreed'] - len(report['left_over'])} people are in {circles} circles of {report['smallest']} to "
        f"{report['largest']}{rounds}: {out}"
    )
    if report["without_consent"] or report["cancelled"]:
        click.echo(
            f"  left out: {report['without_consent']} without consent to groups, {report['cancelled']} cancelled"
        )
    click.echo(
        f"  how near two in a circle are: {figure(report['worth'], 2)}; any two: {figure(report['worth_of_strangers'], 2)}"
    )
    if "kept" in report:
        click.echo(
            f"  stayed: {figure(100 * report['kept']['people'], 1)} % of people, "
            f"{figure(100 * report['kept']['pairs'], 1)} % of pairs"
        )
    for why, count in Counter(report["left_over"].values()).items():
        named = [person for person, reason in report["left_over"].items() if reason == why][:_SHOWN]
        click.echo(f"  left over ({_LEFT[why]}): {', '.join(named)}{' …' if count > _SHOWN else ''}")


_LEFT = {
    "language": "too few share a language and a way to meet",
    "sizes": "more people than places",
    "people": "too few people",
    "rules": "no circle could take them",
}
