"""``entremise pair``: pairs mentors and mentees, from files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ..batch.attendees import read_attendees
from ..batch.lines import shown
from ..batch.pair_files import read_pins, read_plan, read_vetoes, write_circles, write_left_over, write_plan
from ..batch.pairing import Asked, Group, Mentoring, Side, make_pairs, peer_groups
from ..batch.problems import Problems
from ..batch.weights import read_weights
from ..services.wording import say_why
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
    with_weights,
)

EXAMPLES = """\b
Examples:
  entremise pair people.jsonl -o pairs.csv
  entremise pair people.jsonl -o pairs.csv --picture pairs.svg --left-over alone.csv
  entremise pair people.jsonl -o new.csv --previous pairs.csv --pins pins.csv --vetoes vetoes.csv
  entremise pair people.jsonl -o pairs.csv --circles peers.csv
  entremise pair people.jsonl -o pairs.csv --stable mentees --seniority-gap 2 --organisations other
"""
_GROUPS = click.Choice(("any", "other", "same"))


@click.command("pair", epilog=EXAMPLES)
@in_file("ATTENDEES")
@out_file("PAIRS.csv")
@with_file("--previous", "OLD.csv", "Pairs that people have: they stay unless others are clearly better.")
@with_file("--pins", "PINS.csv", "Pairs to be made (mentee,mentor), whatever your group rules say.")
@with_file("--vetoes", "VETOES.csv", "Two people (a,b) who must not be paired, either way round.")
@click.option("--pause", "paused", multiple=True, metavar="ID", help="Takes nobody for now; may be repeated.")
@click.option(
    "--seniority-gap", type=click.IntRange(-1, 5), default=1, show_default=True,
    help="Steps that a mentor is ahead, where both are known; -1: it does not matter.",
)  # fmt: skip
@click.option(
    "--organisations", type=_GROUPS, default="any", show_default=True, help="Where the mentor comes from."
)
@click.option("--sectors", type=_GROUPS, default="any", show_default=True, help="The mentor's sector.")
@click.option(
    "--most-mentees", type=click.IntRange(1, 100), default=100, show_default=True,
    help="Mentees of one mentor at most, whatever they said.",
)  # fmt: skip
@click.option(
    "--balance", type=click.FloatRange(0, 1), default=0.0, show_default=True,
    help="What a mentor's second mentee costs in score; the third costs twice as much, and so on.",
)  # fmt: skip
@click.option(
    "--stable", type=click.Choice(("mentees", "mentors")),
    help="Pairs that nobody would leave for each other, best for this side, instead of the most worth altogether.",
)  # fmt: skip
@click.option(
    "--keep-bonus", "bonus", type=click.FloatRange(0, 1), default=0.1, show_default=True,
    help="What a pair of --previous is worth on top.",
)  # fmt: skip
@click.option(
    "--left-over", metavar="ALONE.csv", type=click.Path(dir_okay=False), help="Who has no mentor, and why."
)
@click.option(
    "--circles", metavar="CIRCLES.csv", type=click.Path(dir_okay=False),
    help="Circles of three to five peers around one challenge, of those without a mentor who agreed to groups.",
)  # fmt: skip
@click.option(
    "--picture", metavar="PAIRS.svg", type=click.Path(dir_okay=False),
    help="Pages to print, A4; the second one is PAIRS-2.svg.",
)  # fmt: skip
@with_weights
@with_encoder
@as_json
def command(
    attendees: str, out: str, previous: str | None, pins: str | None, vetoes: str | None, paused: tuple[str, ...],
    seniority_gap: int, organisations: Group, sectors: Group, most_mentees: int, balance: float,
    stable: Side | None, bonus: float, left_over: str | None, circles: str | None, picture: str | None, weights: str | None,
    encoder: str, json: bool,
) -> None:  # fmt: skip
    """Pair the mentors and mentees of a JSON Lines file; write mentee,mentor,score,pinned,kept.

    As many mentees as can be get a mentor; of all ways to do so, the one whose scores sum to the most. That it is
    the best is proved, and told with the report. Nobody gets more mentees than `mentoring.capacity`. Only people
    with `consent.mentoring` true take part, never with somebody whose language they do not share, or in a way (on
    site, remote) that does not fit.

    Exit code 3: written, but some lines were left out, or a pin cannot be (standard error says which and why).
    """
    only_one_from_standard_input(attendees, previous, pins, vetoes)
    from ..batch.pairs_picture import draw

    problems = Problems()
    with watching(json=json) as phase:
        people = read_attendees(attendees, problems, phase)
        strangers = sorted(set(paused) - set(people.profiles))
        if strangers:
            raise click.UsageError(f"--pause {strangers[0][:100]}: is not in {people.file}")
        asked = Asked(
            seniority_gap=None if seniority_gap < 0 else seniority_gap, organisations=organisations,
            sectors=sectors, most_mentees=most_mentees, balance=balance, stable=stable, bonus=bonus,
            pins=read_pins(pins, people, problems, phase) if pins else (), pins_file=pins or "",
            vetoes=read_vetoes(vetoes, people, problems, phase) if vetoes else (), paused=frozenset(paused),
            previous=read_plan(previous, problems, phase) if previous else (),
        )  # fmt: skip
        given = read_weights(weights) if weights else None
        mentoring = Mentoring(people, asked, encoder=encoder, weights=given, phase=phase)
        made = make_pairs(mentoring, problems, phase)
        write_plan(out, made.pairs)
        if left_over:
            write_left_over(left_over, made.left)
        peers = peer_groups(mentoring, [one.mentee for one in made.left], people, phase) if circles else {}
        if circles:
            write_circles(circles, peers)
        pages = draw(picture, made.pairs, made.left, mentoring.profiles) if picture else ()
    tell_unscored(people, json=json)
    report: dict[str, Any] = {
        "encoder": encoder, "space": mentoring.engine.space, "attendees": len(people),
        "stable": stable, **made.report, "peer_circles": len(set(peers.values())), "in_peer_circles": len(peers),
        "pictures": list(pages), "unscored_keys": people.unscored,
    }  # fmt: skip
    end(report, lambda: _print(report, out), problems, json=json, out=out)


def _print(report: Mapping[str, Any], out: str) -> None:
    click.echo(
        f"{report['pairs']} of {report['mentees']} mentees have a mentor ({report['mentors']} mentors with "
        f"{report['places']} places): {shown(out)}"
    )
    click.echo(f"  mean score {figure(report['mean_score'])}; {_proof(report)}")
    click.echo(
        f"  pairs that would rather have each other: {report['blocking_pairs']}; mentors without a mentee: "
        f"{report['mentors_without_mentees']}; most mentees of one mentor: {report['most_mentees']}"
    )
    if "previous" in report:
        before = report["previous"]
        click.echo(
            f"  of {before['still_possible']} pairs of before that are still possible, {before['kept']} stay "
            f"({before['kept_without_bonus']} would without the bonus); it costs {figure(before['score_given_up'])} in score"
        )
    for reason, count in report["left_over"].items():
        click.echo(f"  without a mentor: {count}. {say_why('en', f'no_mentor_{reason}')}")
    if report["peer_circles"]:
        click.echo(f"  {report['in_peer_circles']} of them in {report['peer_circles']} circles of peers")
    for page in report["pictures"]:
        click.echo(f"  picture: {page}")


def _proof(report: Mapping[str, Any]) -> str:
    if "proved_gap" not in report:
        return f"stable, best for {report['stable']}"
    gap = report["proved_gap"]
    return (
        "proved to be the best there is"
        if gap < 1e-9
        else f"proved to be within {100 * gap:.4f} % of the best"
    )
