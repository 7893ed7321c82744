"""What the demo shows on a terminal: progress, a few people with whom they should meet and why, and the counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from .conference import STAR, Person
from .run import Outcome, Watcher
from .script import Phase

SHOWN_PEOPLE = 5
SHOWN_SUGGESTIONS = 3


@contextmanager
def watching(console: Console) -> Iterator[Watcher]:
    """Give a watcher that draws a progress bar per phase and a line per step."""
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:

        def phase(playing: Phase) -> Callable[[], None]:
            task = progress.add_task(playing.name, total=len(playing.sendings))
            return lambda: progress.advance(task)

        yield Watcher(step=lambda text: progress.console.print(f"[dim]{escape(text)} …[/]"), phase=phase)


def show(console: Console, outcome: Outcome) -> None:
    """Print the people, the counts and, if there are any, the losses."""
    console.print(people_table(outcome))
    if outcome.published:
        console.print(plans_table(outcome))
    console.print(counts_table(outcome))
    for ref, reasons in list(outcome.comparison.losses.items())[:10]:
        console.print(f"[red]lost[/] {escape(ref)}: {escape('; '.join(reasons))}")


def people_table(outcome: Outcome) -> Table:
    """Return a table of a few people in both languages, with the first reasons in their own language."""
    table = Table(title=escape(outcome.script.conference.name), show_lines=True)
    table.add_column("attendee", ratio=2)
    table.add_column("should meet", ratio=2)
    table.add_column("because", ratio=5)
    for person in chosen(outcome):
        items = _items(outcome, person.ref)
        for place, (label, item) in enumerate(items[:SHOWN_SUGGESTIONS]):
            who = (
                f"[bold]{escape(person.profile['name'])}[/]\n[dim]{person.main_language}[/]"
                if not place
                else ""
            )
            table.add_row(who, f"{escape(item['name'])}{label}", escape("\n".join(_reasons(item))))
    return table


def plans_table(outcome: Outcome) -> Table:
    """Return a table of one group of each plan, as one of its people is told of it."""
    table = Table(title="Published plans, one group of each", show_lines=True)
    for name in ("plan", "where and when", "who", "topics"):
        table.add_column(name)
    names = {person.ref: person.profile["name"] for person in outcome.script.conference.people}
    for feature, plan in outcome.published.items():
        if not plan["groups"]:
            continue
        group = max(plan["groups"], key=lambda group: (group["score"], group["key"]))
        who = [_member(names[one["person"]], one["role"]) for one in group["members"]]
        table.add_row(
            feature,
            escape(_where(group["place"])),
            "\n".join(who),
            escape("\n".join(_topics(outcome, group))),
        )
    return table


_TOLD_OF_PLACES = ("meal", "table", "round", "circle", "starts", "spot")


def _member(name: str, role: str) -> str:
    return f"{escape(name)} [dim]({role})[/]" if role else escape(name)


def _where(place: Mapping[str, Any]) -> str:
    return "\n".join(f"{name} {place[name]}" for name in _TOLD_OF_PLACES if name in place)


def _topics(outcome: Outcome, group: Mapping[str, Any]) -> list[str]:
    topics = outcome.held.get((group["members"][0]["person"], "topics"), {}).get("topics", ())
    return [item["text"] for of in topics if of["key"] == group["key"] for item in of["items"]]


def counts_table(outcome: Outcome) -> Table:
    """Return the counts, one a row."""
    table = Table(title="Counts", show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for name, value in outcome.counts.items():
        bad = name in ("lost", "doubled", "unshown") and value
        table.add_row(name.replace("_", " "), f"[red]{value}[/]" if bad else str(value))
    return table


def chosen(outcome: Outcome) -> list[Person]:
    """Return whom to show: the mentor whom everybody wants, then people of both languages in turn."""
    people = outcome.script.conference.people
    holding = [person for person in people if (person.ref, "connections") in outcome.held]
    by_language = [
        [person for person in holding if person.main_language == language] for language in ("fr", "en")
    ]
    mixed = [person for pair in zip(*by_language, strict=False) for person in pair]
    star = [person for person in holding if person is people[STAR]]
    return [*star, *(person for person in mixed if person not in star)][:SHOWN_PEOPLE]


def _items(outcome: Outcome, ref: str) -> list[tuple[str, dict[str, Any]]]:
    connections = outcome.held[ref, "connections"].get("suggestions", ())
    mentorship = outcome.held.get((ref, "mentorship"), {})
    role = " [dim](mentor)[/]" if mentorship.get("role") == "mentee" else " [dim](mentee)[/]"
    pairings = [(role, item) for item in mentorship.get("pairings", ())]
    return [*pairings[:2], *(("", item) for item in connections)]


def _reasons(item: dict[str, Any]) -> list[str]:
    texts = [reason["text"] for side in ("for_you", "for_them") for reason in item.get(side, ())[:1]]
    return list(dict.fromkeys(texts))
