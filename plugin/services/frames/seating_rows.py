"""A table plan in rows of guests, as the engine takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .seating import Rule, SeatingPlan, whom_they_know

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...engine.seating import Seating

Before = Mapping[tuple[str, int], int]
"""The table of a guest at a meal, both by their places in the plan."""


def apart_of(plan: SeatingPlan) -> list[tuple[str, str, Rule]]:
    """Return every pair to be kept apart with the rule that says so."""
    return [
        (one, other, rule)
        for rule in plan.apart
        for at, one in enumerate(rule.guests)
        for other in rule.guests[at + 1 :]
    ]


def asked(
    plan: SeatingPlan, ids: Sequence[str], worth: NDArray[np.float32], before: Before | None
) -> Seating:
    """Return the plan in rows of guests, all of whom it names are among ``ids``; ``worth`` (n, n). Raises ``Wrong``."""
    import numpy as np

    from ...engine.seating import Apart, Pin, Seating, Together

    row_of = {person: row for row, person in enumerate(ids)}
    n, tables, meals = len(ids), len(plan.tables), len(plan.meals)
    present = np.ones((meals, n), dtype=bool)
    for rule in plan.absent:
        present[slice(None) if rule.meal is None else rule.meal, row_of[rule.guests[0]]] = False
    needs = np.array([[person in ids for ids in plan.needs.values()] for person in ids], dtype=bool)
    offers = np.array([[table.offers(need) for need in plan.needs] for table in plan.tables], dtype=bool)
    known = None
    told = whom_they_know(plan)
    if told is not None:
        known = np.zeros((n, n), dtype=bool)
        for rule in told:
            who = [row_of[person] for person in rule.guests]
            known[np.ix_(who, who)] = True
    old = None
    if before is not None:
        old = np.full((meals, n), -1, dtype=np.int32)
        for (person, meal), table in before.items():
            if person in row_of:
                old[meal, row_of[person]] = table
    return Seating(
        worth=worth,
        seats=np.array([table.seats for table in plan.tables], dtype=np.intp),
        least=np.array([table.least for table in plan.tables], dtype=np.intp),
        meals=meals,
        present=present,
        optional=np.array([person in plan.optional for person in ids], dtype=bool),
        needs=needs.reshape(n, -1) if plan.needs else None,
        offers=offers.reshape(tables, -1) if plan.needs else None,
        together=[Together(tuple(row_of[p] for p in rule.guests), rule.meal) for rule in plan.together],
        apart=[Apart(row_of[one], row_of[other], rule.meal) for one, other, rule in apart_of(plan)],
        pins=[Pin(row_of[rule.guests[0]], rule.table, rule.meal) for rule in plan.pins],
        hosts=None if plan.hosts is None else np.array([person in plan.hosts for person in ids], dtype=bool),
        known=known,
        minimum=np.full(n, plan.minimum, dtype=np.intp),
        repeats="never" if plan.repeats == "never" else "any" if plan.repeats == "any" else "few",
        before=old,
    )
