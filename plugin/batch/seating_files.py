"""The files of ``seat``: who sits at which table, written as CSV or JSON, and read again as the plan of before."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import orjson

from ..domain.errors import ConfigurationError
from ..services.frames.documents import Wrong
from ..services.frames.seating import SeatingPlan, seating_plan
from .documents import read_document
from .lines import shown, written
from .problems import Problems
from .tables import rows_of
from .watching import Phase, unwatched

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Placed = Sequence[tuple[str, int, int]]
"""Id, meal and table (-1: nowhere), by their places in the plan."""


def read_seating_plan(path: str) -> SeatingPlan:
    """Read PLAN.json. Raises ``ConfigurationError`` that names the field that cannot be used."""
    try:
        return seating_plan(shown(path), read_document(path))
    except Wrong as error:
        raise ConfigurationError(f"{shown(path)}: {error}") from error


def placed(tables: NDArray[np.int32], ids: Sequence[str]) -> Placed:
    """Return everybody's seats, guest by guest."""
    return [
        (person, meal, int(tables[meal, row]))
        for row, person in enumerate(ids)
        for meal in range(len(tables))
    ]


def write_seats(path: str, plan: SeatingPlan, seats: Placed) -> None:
    """Write ``id,meal,table``, without ``meal`` where there is one only; as JSON where the name says so.

    Who sits nowhere has no table. Nothing but seats is written: needs are the organiser's business.
    """
    single = len(plan.meals) == 1
    rows = [
        {"id": person, **({} if single else {"meal": plan.meals[meal]}), "table": plan.tables[table].name if table >= 0 else ""}
        for person, meal, table in seats
    ]  # fmt: skip
    with written(path) as stream:
        if path.removesuffix(".gz").endswith(".json"):
            stream.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
            return
        table = csv.DictWriter(
            stream, ("id", "table") if single else ("id", "meal", "table"), lineterminator="\n"
        )
        table.writeheader()
        table.writerows(rows)


def read_seats(
    path: str, plan: SeatingPlan, ids: Collection[str], problems: Problems, phase: Phase = unwatched
) -> Mapping[tuple[str, int], int]:
    """Read what ``write_seats`` wrote as CSV; seats of guests, meals or tables that are no more become problems."""
    known, single = set(ids), len(plan.meals) == 1
    table_at = {table.name: at for at, table in enumerate(plan.tables)}
    meal_at = {name: at for at, name in enumerate(plan.meals)}
    seats: dict[tuple[str, int], int] = {}
    columns = ("id", "table") if single else ("id", "meal", "table")
    for number, row in rows_of(path, columns, problems, phase, may_be_empty=("table",)):
        meal = 0 if single else meal_at.get(row["meal"], -1)
        if row["id"] not in known:
            problems.add(shown(path), number, f"{row['id'][:100]!r} is no guest", field="id")
        elif meal < 0:
            problems.add(shown(path), number, "is no meal of this plan", field="meal")
        elif row["table"] and row["table"] not in table_at:
            problems.add(shown(path), number, "is no table of this plan", field="table")
        elif row["table"]:
            seats[row["id"], meal] = table_at[row["table"]]
    if not seats:
        raise ConfigurationError(f"{shown(path)}: no seat of this plan")
    return seats
