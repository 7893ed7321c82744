"""Checks a table plan against what was asked, in plain loops that share no code with the engine.

Everything is plain Python. A problem is a mapping with ``guests`` (how many), ``seats`` (one number per table), ``meals``
(how many) and, where there are such rules, ``least`` (per table), ``together`` (lists of guests), ``apart`` (pairs), ``pins``
(guest, table), ``hosts`` (guests), ``minimum`` (acquaintances of everybody), ``affinity`` (rows of numbers), ``needs``
(guest → set of words), ``offers`` (table → set of words), ``absent`` (set of (meal, guest)), ``optional`` (guests). A plan is
one list per meal: the table of each guest, ``None`` for who sits nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

Problem = Mapping[str, Any]
Plan = Sequence[Sequence[int | None]]


def broken_rules(problem: Problem, plan: Plan) -> list[str]:
    """Return what the plan breaks, in words; nothing when it keeps every rule."""
    found = []
    for meal, tables in enumerate(plan):
        found += [f"meal {meal}: {what}" for what in _places(problem, meal, tables)]
        found += [f"meal {meal}: {what}" for what in _company(problem, tables)]
        found += [f"meal {meal}: {what}" for what in _tables(problem, tables)]
    if len(plan) != problem.get("meals", 1):
        found.append(f"{len(plan)} meals")
    return found


def worth(problem: Problem, plan: Plan) -> float:
    """Return the sum of affinities over meals and pairs at one table."""
    total = 0.0
    for tables in plan:
        for a, b in combinations(range(problem["guests"]), 2):
            if tables[a] is not None and tables[a] == tables[b]:
                total += problem["affinity"][a][b]
    return total


def repeats(plan: Plan) -> int:
    """Return how many pairs of meals have the same two people at one table."""
    total = 0
    for first, second in combinations(plan, 2):
        for a, b in combinations(range(len(first)), 2):
            if (
                first[a] is not None
                and first[a] == first[b]
                and second[a] is not None
                and second[a] == second[b]
            ):
                total += 1
    return total


def _places(problem: Problem, meal: int, tables: Sequence[int | None]) -> list[str]:
    """Check who has a place, who must not have one, and whether it is one that the guest can take."""
    found = []
    for guest in range(problem["guests"]):
        table = tables[guest]
        if (meal, guest) in problem.get("absent", ()):
            if table is not None:
                found.append(f"guest {guest} is absent and has a seat")
            continue
        if table is None:
            if guest not in problem.get("optional", ()):
                found.append(f"guest {guest} has no seat")
            continue
        lacking = problem.get("needs", {}).get(guest, set()) - problem.get("offers", {}).get(table, set())
        found += [f"guest {guest} needs {need} at table {table}" for need in sorted(lacking)]
    for guest, table in problem.get("pins", ()):
        if (meal, guest) not in problem.get("absent", ()) and tables[guest] not in (table, None):
            found.append(f"guest {guest} is not at table {table}")
    return found


def _company(problem: Problem, tables: Sequence[int | None]) -> list[str]:
    """Check who sits with whom."""
    found = []
    for rule in problem.get("together", ()):
        here = {tables[guest] for guest in rule if tables[guest] is not None}
        if len(here) > 1:
            found.append(f"guests {rule} are not together")
    for a, b in problem.get("apart", ()):
        if tables[a] is not None and tables[a] == tables[b]:
            found.append(f"guests {a} and {b} are at one table")
    least = problem.get("minimum", 0)
    for guest in range(problem["guests"] if least else 0):
        if tables[guest] is None:
            continue
        known = 0
        for other in range(problem["guests"]):
            if other != guest and tables[other] == tables[guest] and problem["affinity"][guest][other] > 0:
                known += 1
        if known < least:
            found.append(f"guest {guest} knows {known} at the table")
    return found


def _tables(problem: Problem, tables: Sequence[int | None]) -> list[str]:
    """Check sizes and hosts."""
    found = []
    for table, seats in enumerate(problem["seats"]):
        members = [guest for guest in range(problem["guests"]) if tables[guest] == table]
        least = problem["least"][table] if "least" in problem else 0
        if not least <= len(members) <= seats:
            found.append(f"{len(members)} guests at table {table}")
        hosts = [guest for guest in members if guest in problem.get("hosts", ())]
        if "hosts" in problem and members and not hosts:
            found.append(f"no host at table {table}")
    for guest, table in enumerate(tables):
        if table is not None and not 0 <= table < len(problem["seats"]):
            found.append(f"guest {guest} at a table that does not exist")
    return found
