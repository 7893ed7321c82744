"""Which meetings a schedule is made of where its plan names none: the best suggestions, with what was announced."""

from __future__ import annotations

from collections.abc import Sequence

from ..services.frames.meetings import SchedulePlan, Wish
from ..services.frames.wishes import CHOICE
from .engine import Engine
from .recommending import Limits, recommend
from .schedules import Scheduled
from .watching import Phase, unwatched


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
    return [wish for wish in wishes if not plan.keeps_apart(wish.people)]


def keeping(wishes: Sequence[Wish], previous: Sequence[Scheduled], plan: SchedulePlan) -> Sequence[Wish]:
    """Return the wishes with those added that were announced before and are not among them."""
    known = {wish.people for wish in wishes}
    return [
        *wishes,
        *(
            Wish(people=one.people, worth=one.worth)
            for one in previous
            if one.status == "planned" and one.people not in known and not plan.keeps_apart(one.people)
        ),
    ]
