"""Writes the pages on which a table plan is drawn into files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..services.frames.seating import SeatingPlan
from ..services.pictures.tables import Guest, Meal, Table, pages
from .lines import write_pages
from .seating_files import Placed


def draw(path: str, plan: SeatingPlan, seats: Placed, names: Mapping[str, str]) -> Sequence[str]:
    """Write one SVG file a page, ``plan.svg``, ``plan-2.svg`` and so on, and return their names.

    On standard output it is the first page alone.
    """
    meals = [
        Meal(name, list(_tables(plan, seats, names, meal)),
             [names.get(person) or person for person, at, table in seats if at == meal and table < 0])
        for meal, name in enumerate(plan.meals)
    ]  # fmt: skip
    return write_pages(path, pages(meals))


def _tables(plan: SeatingPlan, seats: Placed, names: Mapping[str, str], meal: int) -> Iterator[Table]:
    hosts = plan.hosts or frozenset()
    people: list[list[Guest]] = [[] for _ in plan.tables]
    for person, when, where in seats:
        if when == meal and where >= 0:
            people[where].append(Guest(names.get(person) or person, host=person in hosts))
    for table, guests in zip(plan.tables, people, strict=True):
        yield Table(table.name, table.seats, guests)
