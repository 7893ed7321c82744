"""Table plans: guests who agreed to groups, at the tables of each meal, beside those with whom they have most to say.

A group's key is ``<number of the meal>/<table>``. What a guest needs of a table stays in the organiser's brief: it is in
no payload.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from ...domain.errors import InvalidPayload
from ...domain.model import Attendee
from ...domain.plans import Group, LeftOver, Member, Plan, PlanFeature, Problem
from ..dataset import Dataset
from ..frames.documents import Wrong
from ..frames.seating import SeatingPlan, seating_plan, stored_seating_plan, whom_they_know
from ..present import Presenter
from .computation import Occasion
from .planning import Task, Written, apart_in
from .seating_rules import Rules, without_seat

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...engine.seating import Seats
    from ..ports import RosterRow

_SECONDS = 20.0
"""How long a draft is searched for at most."""
_NO_FRAME = ("affinity", "guests")
"""Parts of the files' format that name guests by their row: people of a host event have keys, and come and go."""


class Seating:
    """The planner; see ``planning.Planner``."""

    key: Literal["seating"] = "seating"
    version = 2
    settings = ("seating.repeats",)
    follows: tuple[PlanFeature, ...] = ()
    by_presence = False

    def takes(self, person: RosterRow) -> bool:
        return person.grouping

    def helps(self, person: RosterRow) -> bool:
        return False

    def holds(self, people: Dataset, group: Group) -> bool:
        return not apart_in(people, group)

    def check(self, frame: Mapping[str, Any]) -> None:
        if not frame:
            return
        for name in _NO_FRAME:
            if name in frame:
                raise InvalidPayload("is for files only", field=f"frame.{name}")
        try:
            whom_they_know(seating_plan("frame", frame))
        except Wrong as wrong:
            raise InvalidPayload(wrong.reason, field=f"frame.{wrong.field}") from wrong

    def plan(self, task: Task) -> Plan:
        if not task.brief.frame:
            return Plan(problems=(Problem("seating_no_tables"),))
        return _Table(task, stored_seating_plan("frame", task.brief.frame)).plan()

    def write(self, occasion: Occasion, people: Dataset, plan: Plan) -> Written:
        where = occasion.host_event
        attendees = occasion.uow.attendees.get_many(where.installation_id, where.ref, sorted(plan.people))
        presenter = Presenter(where, attendees)
        payloads: dict[str, dict[str, Any]] = {}
        mentions: dict[str, tuple[str, ...]] = {}
        for group in plan.groups:
            for one in group.members:
                others = [other.person for other in group.members if other is not one]
                seats = payloads.setdefault(
                    one.person, {"language": presenter.language(one.person), "seats": []}
                )
                seats["seats"].append(
                    {
                        "seat": group.key,
                        "meal": group.place["meal"],
                        "table": group.place["table"],
                        "role": one.role,
                        "people": [_guest(attendees[ref]) for ref in others],
                    }
                )
                mentions[one.person] = tuple(dict.fromkeys((*mentions.get(one.person, ()), *others)))
        return Written(payloads=payloads, mentions=mentions)


def _guest(attendee: Attendee) -> dict[str, str]:
    """Return what neighbours at a table read of a guest: the name, and what was made visible."""
    profile = attendee.profile
    shown = {"person": attendee.ref, "name": profile.name}
    for field in ("organisation", "title"):
        if field in profile.visible and (value := getattr(profile, field)):
            shown[field] = value
    return shown


class _Table:
    """One task in the words of the engine, and its answer as a plan."""

    def __init__(self, task: Task, frame: SeatingPlan) -> None:
        self._task = task
        self._rules = Rules(task, frame)
        self._refs = self._rules.refs
        self._frame = self._rules.frame

    def plan(self) -> Plan:
        """Return where everybody sits, or which rules contradict each other."""
        from ...engine.seating import seat

        for asked in self._rules.asked(self._worth):
            found = seat(asked, seconds=_SECONDS)
            if found.cause is None:
                break
        ignored = self._rules.ignored
        if found.cause is not None:
            problem = Problem(
                f"seating_{found.cause.rules[0].kind}",
                tuple(self._refs[row] for row in found.cause.guests),
                tuple(dict.fromkeys(rule.kind for rule in found.cause.rules)),
            )
            left = [LeftOver(ref, problem.code) for ref in self._refs if self._rules.expected(ref)]
            return Plan(left_over=tuple(left), problems=(problem, *ignored))
        groups = tuple(self._groups(found))
        figures = {
            "worth": round(found.worth, 4),
            "repeats": float(found.repeats),
            "moved": float(found.moved),
        }
        return Plan(groups, tuple(without_seat(self._rules, found.tables.tolist())), ignored, figures)

    def _groups(self, found: Seats) -> Sequence[Group]:
        import numpy as np

        worth = self._worth
        groups = []
        for meal, name in enumerate(self._frame.meals):
            for number, table in enumerate(self._frame.tables):
                rows = np.flatnonzero(found.tables[meal] == number)
                if not len(rows):
                    continue
                pairs = len(rows) * (len(rows) - 1)
                score = float(worth[np.ix_(rows, rows)].sum() / pairs) if pairs else 0.0
                hosts = self._frame.hosts or frozenset()
                members = tuple(
                    Member(self._refs[row], "host" if self._refs[row] in hosts else "")
                    for row in rows.tolist()
                )
                place = {"meal": name, "table": table.name}
                groups.append(Group(f"{meal + 1}/{table.name}", members, place, round(score, 4)))
        return groups

    @cached_property
    def _worth(self) -> NDArray[np.float32]:
        """Return what each pair has to say to each other, (n, n), by the scores of connections."""
        import numpy as np

        from ...engine.kinds import KINDS
        from ...engine.scoring import Scorer, blocks

        people = self._task.people
        items, counts = self._task.occasion.vectors.of(people.people)
        scorer = Scorer(people.crowd(items, counts), KINDS["connection"])
        found = np.empty((len(people), len(people)), dtype=np.float32)
        for rows in blocks(len(people)):
            found[rows] = scorer.scores(rows)
        np.maximum(found, 0.0, out=found)
        np.fill_diagonal(found, 0.0)
        return found
