"""Meetings: pairs, and circles that have no place yet, in slots and spots that the organiser names.

A group's key is the meeting's UID, the same for the same people in every plan and in every calendar. A meeting that
has begun, or that is published and whole, stays where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from ...domain.errors import InvalidPayload
from ...domain.plans import Brief, Group, Plan, PlanFeature, Problem
from ..dataset import Dataset
from ..frames.documents import Wrong
from ..frames.meetings import read_frame, read_stored
from ..frames.wishes import with_pins
from ..grounds import find_grounds
from ..requests import agreed_on
from .computation import Occasion
from .letters import Letter, Letters
from .meeting_making import Making
from .meeting_wishes import AGREED, WEIGHED, connection_scorer
from .planning import Task, Written, apart_in

if TYPE_CHECKING:
    from ...engine.scoring import Scorer
    from ..ports import RosterRow


class Meetings:
    """The planner; see ``planning.Planner``."""

    key: Literal["meetings"] = "meetings"
    version = 1
    settings = (
        "meetings.per_person",
        "meetings.circles",
        "meetings.requests",
        *(f"connections.{name}" for name in WEIGHED),
    )
    follows: tuple[PlanFeature, ...] = ("circles",)
    by_presence = False

    def takes(self, person: RosterRow) -> bool:
        return person.matching

    def helps(self, person: RosterRow) -> bool:
        return False

    def holds(self, people: Dataset, group: Group) -> bool:
        agree = len(group.members) == 2 or all(
            people.people[people.row_of[ref]].grouping for ref in group.people
        )
        return len(group.members) > 1 and agree and not apart_in(people, group)

    def check(self, frame: Mapping[str, Any]) -> None:
        if not frame:
            return
        try:
            plan = read_frame(frame)
            with_pins(plan, plan.meetings or ())
        except Wrong as wrong:
            field = f"frame.{wrong.field}" if wrong.field else "frame"
            raise InvalidPayload(wrong.reason, field=field) from wrong

    def plan(self, task: Task) -> Plan:
        if not task.brief.frame:
            settled = [
                group for group in (task.near.groups if task.near else ()) if group.key in task.settled
            ]
            return Plan(tuple(settled), problems=() if settled else (Problem("meeting_no_frame"),))
        asked = read_stored(task.brief.frame, per_person=task.settings["meetings.per_person"])
        return Making(task, asked).plan()

    def may_form(self, settings: Mapping[str, Any], brief: Brief) -> bool:
        """Whether people may agree on meetings between themselves."""
        return bool(settings["meetings.requests"] and brief.frame)

    def form(self, task: Task, published: Plan) -> Plan:
        """Return what is published with the meetings that people have agreed on, and without those called off."""
        where = task.occasion.host_event
        requests = task.occasion.uow.requests.of_host_event(where.installation_id, where.ref)
        agreed = {one.ref for one in agreed_on(requests, now=task.occasion.now)}
        kept = tuple(
            group for group in published.groups if not group.place.get(AGREED) or group.key in agreed
        )
        keys = frozenset(group.key for group in kept)
        if len(kept) == len(published.groups) and agreed <= keys:
            return published
        asked = read_stored(task.brief.frame, per_person=task.settings["meetings.per_person"])
        known = replace(task, near=replace(published, groups=kept), settled=keys)
        groups = Making(known, asked).plan(agreed_alone=True).groups
        if [group.key for group in groups] == [group.key for group in published.groups]:
            return published
        met = {member.person for group in groups for member in group.members}
        left = tuple(one for one in published.left_over if one.person not in met)
        return replace(published, groups=groups, left_over=left)

    def done(self, brief: Brief) -> Brief:
        return brief

    def write(self, occasion: Occasion, people: Dataset, plan: Plan) -> Written:
        if not plan.groups:
            return Written()
        scorer = connection_scorer(occasion, people)
        wanted: dict[str, dict[str, list[tuple[str, float]]]] = {}
        for group in plan.groups:
            for ref, others in _scored(scorer, people, group).items():
                wanted.setdefault(ref, {})[group.key] = others
        letters = Letters(
            occasion.uow,
            occasion.host_event,
            self.key,
            occasion.plugins,
            lambda named, attendees: find_grounds(people.row_of, scorer, named, attendees),
        ).write(wanted, keep=False, changed=())
        groups = {group.key: group for group in plan.groups}
        told = {ref: letter for ref, letter in letters.items() if letter.mentions}
        return Written(
            payloads={
                ref: _payload(letter, groups, remote=people.people[people.row_of[ref]].mode == "remote")
                for ref, letter in told.items()
            },
            mentions={ref: letter.mentions for ref, letter in told.items()},
        )


def _scored(scorer: Scorer, people: Dataset, group: Group) -> Mapping[str, list[tuple[str, float]]]:
    """Return for each of a meeting the others, best first."""
    import numpy as np

    refs = [member.person for member in group.members]
    rows = np.array([people.row_of[ref] for ref in refs], dtype=np.intp)
    scores = np.maximum(scorer.scores(rows, np.tile(rows, (len(rows), 1))), 0.0).tolist()
    return {
        ref: sorted(
            ((other, score) for other, score in zip(refs, mine, strict=True) if other != ref),
            key=lambda one: (-one[1], one[0]),
        )
        for ref, mine in zip(refs, scores, strict=True)
    }


def _payload(letter: Letter, groups: Mapping[str, Group], *, remote: bool) -> dict[str, Any]:
    meetings = []
    for key, items in letter.lists.items():
        place = groups[key].place
        joins = bool(place["remote"] or (place.get("mixed") and remote))
        meeting = {
            "meeting": key, "starts": place["starts"], "ends": place["ends"], "spot": place["spot"], "remote": joins,
            **({"link": place["link"]} if joins and "link" in place else {}), "people": items,
        }  # fmt: skip
        if items:
            meetings.append(meeting)
    meetings.sort(key=_when)
    return {"language": letter.language, "meetings": meetings}


def _when(meeting: Mapping[str, Any]) -> tuple[datetime, str]:
    return datetime.fromisoformat(meeting["starts"]), meeting["meeting"]
