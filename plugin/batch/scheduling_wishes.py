"""Which meetings a schedule is made of: those of the plan, or the best suggestions, with pins and what was announced."""

from __future__ import annotations

from collections.abc import Sequence

from ..services.calendars import meeting_uid
from .engine import Engine
from .recommending import Limits, recommend
from .schedules import Scheduled
from .scheduling_plan import SchedulePlan, Wish
from .watching import Phase, unwatched

CHOICE = 3
"""Suggestions are made for so many times the meetings that each may have: not all of them find a slot."""


def suggested(engine: Engine, plan: SchedulePlan, *, phase: Phase = unwatched) -> Sequence[Wish]:
    """Return pairs who would both gain, worth their reciprocal score; everybody is suggested to somebody."""
    most = max(1, plan.per_person)
    limits = Limits(length=min(100, CHOICE * most), floor=most, cap=2 * CHOICE * most)
    lists = recommend(engine, "connection", limits, phase=phase).lists
    ids = engine.matcher.ids
    worth: dict[tuple[str, ...], float] = {}
    for row, (members, scores) in enumerate(zip(lists.members.tolist(), lists.scores.tolist(), strict=True)):
        for other, score in zip(members, scores, strict=True):
            if other >= 0 and score > 0:
                worth[tuple(sorted((ids[row], ids[other])))] = score
    wishes = [Wish(people=people, worth=score) for people, score in sorted(worth.items())]
    return [wish for wish in wishes if not vetoed(wish.people, plan)]


def keeping(wishes: Sequence[Wish], previous: Sequence[Scheduled], plan: SchedulePlan) -> Sequence[Wish]:
    """Return the wishes with those added that were announced before and are not among them."""
    known = {wish.people for wish in wishes}
    return [
        *wishes,
        *(
            Wish(people=one.people, worth=one.worth)
            for one in previous
            if one.status == "planned" and one.people not in known and not vetoed(one.people, plan)
        ),
    ]


def vetoed(people: Sequence[str], plan: SchedulePlan) -> bool:
    """Whether the plan keeps some of these people apart."""
    return any(set(pair) <= set(people) for pair in plan.vetoes)


def with_pins(plan: SchedulePlan, wishes: Sequence[Wish]) -> Sequence[Wish]:
    """Return the wishes without vetoed ones, with a wish for each pin that has none. Raises for pins that cannot be."""
    kept = [wish for wish in wishes if not vetoed(wish.people, plan)]
    for wish in wishes:
        if wish.field and vetoed(wish.people, plan):
            raise plan.wrong(wish.field, "vetoes keep these people apart")
    known = {wish.people for wish in kept}
    pinned: dict[tuple[str, ...], str] = {}
    greatest = max((wish.worth for wish in kept), default=1.0)
    for pin in plan.pins:
        if vetoed(pin.people, plan):
            raise plan.wrong(pin.field, "vetoes keep these people apart")
        if pin.people in pinned:
            raise plan.wrong(pin.field, f"these people are pinned already, at {pinned[pin.people]}")
        pinned[pin.people] = pin.field
        if pin.people not in known:
            known.add(pin.people)
            kept.append(Wish(people=pin.people, worth=greatest))
    return kept


def uids_of(plan: SchedulePlan, wishes: Sequence[Wish]) -> Sequence[str]:
    """Return identifiers; people who shall meet several times have several."""
    count: dict[tuple[str, ...], int] = {}
    found = []
    for wish in wishes:
        count[wish.people] = number = count.get(wish.people, 0) + 1
        found.append(meeting_uid(plan.name, *wish.people, *([f"#{number}"] if number > 1 else [])))
    return found
