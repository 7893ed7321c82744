"""Plans as pages to print: pairs of mentors and mentees, and tables with their guests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..domain.errors import NotFound
from ..domain.model import Profile
from ..domain.plans import Brief, Plan, PlanFeature
from .pictures import pairs, tables
from .ports import Services


def pages(
    services: Services, installation_id: str, host_event: str, feature: PlanFeature, plan: Plan, brief: Brief
) -> list[str]:
    """Return one SVG document a page; raises ``NotFound`` where nobody has drawn what such a plan looks like."""
    refs = sorted(plan.people | {one.person for one in plan.left_over})
    with services.store.snapshot() as unit:
        known = unit.attendees.get_many(installation_id, host_event, refs)
    profiles = {ref: known[ref].profile if ref in known else Profile() for ref in refs}
    if feature == "mentorship":
        return pairs.pages(_couples(plan, brief), _alone(plan), profiles)
    if feature == "seating":
        names = {ref: profile.name or ref for ref, profile in profiles.items()}
        return tables.pages(_meals(plan, _seats(brief.frame), names))
    raise NotFound("there is no picture of such a plan")


def _couples(plan: Plan, brief: Brief) -> list[pairs.Couple]:
    pinned = {(pin.group, pin.person) for pin in brief.pins}
    return [
        pairs.Couple(group.key, member.person, (group.key, member.person) in pinned)
        for group in plan.groups
        for member in group.members
        if member.role == "mentee" and group.key in group.people
    ]


def _alone(plan: Plan) -> list[pairs.Alone]:
    return [pairs.Alone(one.person, one.because) for one in plan.left_over]


def _meals(plan: Plan, seats: Mapping[str, int], names: Mapping[str, str]) -> list[tables.Meal]:
    """Return the meals in the order in which groups name them; who has no seat at all stands on the last page."""
    found: dict[str, list[tables.Table]] = {}
    for group in plan.groups:
        name = str(group.place.get("table", group.key))
        guests = [tables.Guest(names[one.person], host=one.role == "host") for one in group.members]
        table = tables.Table(name, max(seats.get(name, 0), len(guests)), guests)
        found.setdefault(str(group.place.get("meal", "")), []).append(table)
    left = [names[one.person] for one in plan.left_over]
    last = list(found)[-1] if found else ""
    return [
        tables.Meal(meal, laid, left if meal == last else ()) for meal, laid in (found or {"": []}).items()
    ]


def _seats(frame: Mapping[str, Any]) -> dict[str, int]:
    """Return how many seats each table has, by its name; tables without one are called by their number from 1."""
    told = frame.get("tables")
    if isinstance(told, int):
        return {str(number): int(frame.get("capacity", 0)) for number in range(1, told + 1)}
    listed: Sequence[Mapping[str, Any]] = told or ()
    return {
        str(table.get("name") or number): int(table["seats"]) for number, table in enumerate(listed, start=1)
    }
