"""Which meetings a schedule is made of: those that were asked for, with those that pins add, and what each is called."""

from __future__ import annotations

from collections.abc import Sequence

from ..calendars import meeting_uid
from .documents import Wrong
from .meetings import SchedulePlan, Wish

CHOICE = 3
"""Suggestions are made for so many times the meetings that each may have: not all of them find a slot."""
_APART = "vetoes keep these people apart"


def with_pins(plan: SchedulePlan, wishes: Sequence[Wish]) -> Sequence[Wish]:
    """Return the wishes without vetoed ones, with a wish for each pin that has none.

    Raises ``Wrong`` for a wish of the plan or a pin that cannot be.
    """
    kept = [wish for wish in wishes if not plan.keeps_apart(wish.people)]
    for wish in wishes:
        if wish.field and plan.keeps_apart(wish.people):
            raise Wrong(wish.field, _APART)
    known = {wish.people for wish in kept}
    pinned: dict[tuple[str, ...], str] = {}
    greatest = max((wish.worth for wish in kept), default=1.0)
    for pin in plan.pins:
        if plan.keeps_apart(pin.people):
            raise Wrong(pin.field, _APART)
        if pin.people in pinned:
            raise Wrong(pin.field, f"these people are pinned already, at {pinned[pin.people]}")
        pinned[pin.people] = pin.field
        if pin.people not in known:
            known.add(pin.people)
            kept.append(Wish(people=pin.people, worth=greatest))
    return kept


def uids_of(wishes: Sequence[Wish], *space: str) -> Sequence[str]:
    """Return identifiers, the same for the same ``space``; people who shall meet several times have several."""
    count: dict[tuple[str, ...], int] = {}
    found = []
    for wish in wishes:
        count[wish.people] = number = count.get(wish.people, 0) + 1
        found.append(meeting_uid(*space, *wish.people, *([f"#{number}"] if number > 1 else [])))
    return found
