"""Circles: a few people around a shared challenge; planned for everybody, or formed among those who are here now.

A group's key is ``<round>/<number>``; circles that formed on the fly are ``now/<number>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from ...domain.errors import InvalidPayload
from ...domain.plans import Brief, Group, Plan, PlanFeature
from ..dataset import Dataset
from ..grounds import find_grounds
from ..wording import say
from .circle_mending import FORMED_NOW, Mending
from .circle_rows import Rows
from .computation import Occasion
from .letters import Letter, Letters, Wanted
from .planning import NOW, Task, Written, apart_in

if TYPE_CHECKING:
    from ..ports import RosterRow

MOST_CIRCLES = 2_000
FEWEST = 3
"""No circle forms on its own of fewer people."""
_SECONDS = 10.0
"""How long each attempt at a draft is searched for at most."""


class Circles:
    """The planner; see ``planning.Planner`` and ``planning.Spontaneous``."""

    key: Literal["circles"] = "circles"
    version = 2
    settings = (
        "circles.least", "circles.most", "circles.mixing", "circles.rounds", "circles.with_host", "circles.when_share",
    )  # fmt: skip
    follows: tuple[PlanFeature, ...] = ()
    by_presence = True

    def takes(self, person: RosterRow) -> bool:
        return person.grouping

    def helps(self, person: RosterRow) -> bool:
        return False

    def holds(self, people: Dataset, group: Group) -> bool:
        return not apart_in(people, group)

    def check(self, frame: Mapping[str, Any]) -> None:
        for name in frame:
            if name not in {"sizes", "hosts", NOW}:
                raise InvalidPayload("is not part of a circles frame (sizes, hosts)", field=f"frame.{name}")
        sizes = frame.get("sizes", [])
        if not isinstance(sizes, list) or len(sizes) > MOST_CIRCLES:
            raise InvalidPayload("must be a list of circle sizes, like [4, 4, 5]", field="frame.sizes")
        for place, size in enumerate(sizes):
            if not isinstance(size, int) or isinstance(size, bool) or not 2 <= size <= 50:
                raise InvalidPayload("must be a whole number from 2 to 50", field=f"frame.sizes.{place}")
        hosts = frame.get("hosts", [])
        if not isinstance(hosts, list):
            raise InvalidPayload('must be a list like [{"person": "a1"}]', field="frame.hosts")
        for place, host in enumerate(hosts):
            if not isinstance(host, dict) or not isinstance(host.get("person"), str) or len(host) != 1:
                raise InvalidPayload('must be like {"person": "a1"}', field=f"frame.hosts.{place}")
        if not isinstance(frame.get(NOW, False), bool):
            raise InvalidPayload("must be true or false", field=f"frame.{NOW}")

    def plan(self, task: Task) -> Plan:
        from ...engine.circles import form
        from ...engine.circles_free import form_free

        if task.repair and task.near is not None:
            return Mending(Rows(task, task.people), task, task.near).plan()
        rows = Rows(task, _takes_part(task))
        wanted = rows.wanted(rounds=task.settings["circles.rounds"], near=task.near)
        if task.brief.frame.get("sizes"):
            formed = form(wanted, seconds=_SECONDS)
        else:
            least, most = (
                task.settings["circles.least"],
                max(task.settings["circles.most"], task.settings["circles.least"]),
            )
            formed = form_free(wanted, least=least, most=most, aim=min(most, max(least, 5)), seconds=_SECONDS)
        return rows.plan(formed)

    def may_form(self, settings: Mapping[str, Any], brief: Brief) -> bool:
        """Whether circles form on their own among those who are here."""
        return bool(brief.frame.get(NOW)) or _when_share(settings) > 0

    def form(self, task: Task, published: Plan) -> Plan:
        """Return what is published with the circles that form now among those who are here and in none."""
        wished, enough = bool(task.brief.frame.get(NOW)), _when_share(task.settings)
        if not wished and not enough:
            return published
        rows = Rows(task, _takes_part(task))
        busy = published.people
        free = rows.people.flags(lambda person: person.here and person.ref not in busy)
        formed = rows.formed_now(free) if wished else rows.sharing(free, enough)
        if not formed:
            return published
        first = 1 + _last_formed(published)
        groups = tuple(
            rows.group(f"{NOW}/{number}", members, {"circle": number, "now": True})
            for number, members in enumerate(formed, start=first)
        )
        left = tuple(
            one for one in published.left_over if one.person not in {p for g in groups for p in g.people}
        )
        figures = {**published.figures, FORMED_NOW: float(first + len(groups) - 1)}
        return replace(published, groups=(*published.groups, *groups), left_over=left, figures=figures)

    def done(self, brief: Brief) -> Brief:
        """Return the brief without the wish that has just been met."""
        return replace(brief, frame={name: held for name, held in brief.frame.items() if name != NOW})

    def write(self, occasion: Occasion, people: Dataset, plan: Plan) -> Written:
        from ...engine.circles_worth import circle_scorer

        items, counts = occasion.vectors.of(people.people)
        scorer = circle_scorer(people.crowd(items, counts))
        wanted: dict[str, dict[str, list[tuple[str, float]]]] = {}
        groups = {group.key: group for group in plan.groups}
        for group in plan.groups:
            for one in group.members:
                others = [(other.person, group.score) for other in group.members if other is not one]
                wanted.setdefault(one.person, {})[group.key] = others
        told = _write(occasion, people, scorer, wanted)
        return Written(
            payloads={ref: _payload(ref, letter, groups) for ref, letter in told.items() if letter.mentions},
            mentions={ref: letter.mentions for ref, letter in told.items() if letter.mentions},
        )


def _when_share(settings: Mapping[str, Any]) -> int:
    """Return of how many people who share a challenge a circle forms on its own; 0 where none does."""
    people = int(settings["circles.when_share"])
    return people if people >= FEWEST else 0


def _last_formed(published: Plan) -> int:
    """Return the highest number that a circle on the spot has had; of one that is gone, too, so that none has it again."""
    numbers = [int(group.place["circle"]) for group in published.groups if group.place.get(NOW)]
    return max(int(published.figures.get(FORMED_NOW, 0)), *numbers, 0)


def _takes_part(task: Task) -> Dataset:
    paused = set(task.brief.paused)
    return task.people.among(task.people.flags(lambda person: person.ref not in paused))


def _write(occasion: Occasion, people: Dataset, scorer: Any, wanted: Wanted) -> Mapping[str, Letter]:
    return Letters(
        occasion.uow,
        occasion.host_event,
        "circles",
        occasion.plugins,
        lambda named, attendees: find_grounds(people.row_of, scorer, named, attendees),
    ).write(wanted, keep=False, changed=())


def _payload(ref: str, letter: Letter, groups: Mapping[str, Group]) -> dict[str, Any]:
    circles = []
    for key, items in letter.lists.items():
        group = groups[key]
        role = next(member.role for member in group.members if member.person == ref)
        roles = {member.person: member.role for member in group.members}
        circles.append(
            {
                "circle": key,
                "round": group.place.get("round", 1),
                "label": say(
                    letter.language,
                    "circle_now" if group.place.get(NOW) else "circle",
                    mine=str(group.place["circle"]),
                ),
                "role": role,
                "people": [{**item, "role": roles[item["person"]]} for item in items],
            }
        )
    return {"language": letter.language, "circles": circles}
