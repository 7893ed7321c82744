"""Plans as features: drafts are computed when they are asked for, what is published is kept true, and written out."""

from __future__ import annotations

import hashlib
import logging
import traceback
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from ...domain.plans import Brief, LeftOver, Plan, PlanFeature, Planning, Problem
from ..dataset import Dataset, require_engine
from ..state import pack, unpack
from .computation import Computation, Occasion
from .planning import AUTOMATIC, PUBLICATION, Planner, Spontaneous, Task, Written, apart_in, as_published

log = logging.getLogger(__name__)

_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What a mistake of ours raises. A database that is away or a missing engine is no fault of a plan, and is tried again."""


class Planned:
    """A planner as a feature; see ``FeatureComputation``."""

    def __init__(self, planner: Planner) -> None:
        self.planner = planner

    @property
    def key(self) -> PlanFeature:
        return self.planner.key

    def fingerprint(self, settings: Mapping[str, Any]) -> str:
        names = (*self.planner.settings, f"{self.key}.{PUBLICATION}")
        chosen = orjson.dumps([settings[name] for name in names])
        digest = hashlib.blake2b(chosen, digest_size=8).hexdigest()
        return f"{self.key}-{self.planner.version}-{digest}"

    def compute(self, occasion: Occasion, previous: tuple[int, bytes] | None) -> Computation | None:
        require_engine()
        installation, ref = occasion.host_event.installation_id, occasion.host_event.ref
        planning = occasion.uow.plans.get(installation, ref, self.key)
        people = Dataset(
            (person for person in occasion.roster if self.planner.takes(person)), occasion.feedback
        )
        automatic = occasion.settings[f"{self.key}.{PUBLICATION}"] == AUTOMATIC
        facts = self._facts(occasion, planning, people, automatic=automatic)
        if previous is not None and unpack(previous[1])[0] == facts:
            occasion.arranged[self.key] = planning.published
            return None
        arranged = self._arranged(occasion, planning, people, automatic=automatic)
        occasion.arranged[self.key] = arranged.published
        written = (
            self.planner.write(occasion, people, arranged.published) if arranged.published else Written()
        )
        # What this pass makes of the plan is what the next one will find: not a reason to look again.
        left = self._facts(occasion, _as_saved(planning, arranged), people, automatic=automatic)
        return Computation(
            payloads=written.payloads,
            mentions=written.mentions,
            state=pack(left, {}),
            full=True,
            planning=None if arranged == planning else arranged,
        )

    def _facts(
        self, occasion: Occasion, planning: Planning, people: Dataset, *, automatic: bool
    ) -> dict[str, Any]:
        """Return what the last pass must have seen for this one to have nothing to do."""
        idle = planning.published is None and not planning.is_due and not automatic
        if idle and not self._may_form(occasion, planning):
            return {"plan": planning.version}
        followed = [occasion.published(feature) for feature in self.planner.follows]
        return {
            **occasion.facts(),
            "plan": planning.version,
            "people": self._digest(
                people, present=self.planner.by_presence and self._may_form(occasion, planning)
            ),
            "follows": [
                [[group.key, sorted(group.people)] for group in plan.groups] for plan in followed if plan
            ],
        }

    def _digest(self, people: Dataset, *, present: bool) -> str:
        """Return a digest of everything that the plan may depend on of its people."""
        here = [person.here for person in people.people] if present else []
        seen = [
            people.ids.tolist(), [person.profile_version for person in people.people], here,
            people.vetoed_ids().tolist(),
        ]  # fmt: skip
        return hashlib.blake2b(orjson.dumps(seen), digest_size=16).hexdigest()

    def _may_form(self, occasion: Occasion, planning: Planning) -> bool:
        planner = self.planner
        return isinstance(planner, Spontaneous) and planner.may_form(occasion.settings, planning.brief)

    def _arranged(
        self, occasion: Occasion, planning: Planning, people: Dataset, *, automatic: bool
    ) -> Planning:
        planning = self._drafted(occasion, planning, people, automatic=automatic)
        planner = self.planner
        if not isinstance(planner, Spontaneous) or not planner.may_form(occasion.settings, planning.brief):
            return planning
        published = planning.published or Plan()
        task = Task(occasion=occasion, people=people, brief=planning.brief, near=published)
        formed = planner.form(task, published)
        planning = replace(planning, brief=planner.done(planning.brief))
        if formed is published:
            return planning
        return replace(planning, published=formed, published_at=occasion.now)

    def _drafted(
        self, occasion: Occasion, planning: Planning, people: Dataset, *, automatic: bool
    ) -> Planning:
        if automatic or planning.is_due:
            near = planning.draft or planning.published
            task = Task(
                occasion=occasion,
                people=people,
                brief=planning.brief,
                near=near and near.without(near.people - people.row_of.keys()),
            )
            draft = self._plan(task)
            planning = replace(planning, draft=draft, drafted=planning.asked)
        if automatic:
            if planning.published == planning.draft:
                return planning
            if planning.published is None or not _is_contradiction(planning.draft):
                return as_published(planning, now=occasion.now)
            # It takes nobody's place away.
        if planning.published is None:
            return planning
        return replace(
            planning, published=self._repaired(occasion, _in_force(planning), planning.published, people)
        )

    def _repaired(self, occasion: Occasion, brief: Brief, published: Plan, people: Dataset) -> Plan:
        """Return what is published without those who left, and their groups made whole again.

        Only people of broken groups, and those who had no place, are moved; whoever has registered since waits for
        the next draft.
        """
        gone = published.people - people.row_of.keys()
        remaining = published.without(gone)
        whole = frozenset(
            group.key for group in remaining.groups if not group.lost and self.planner.holds(people, group)
        )
        if len(whole) == len(published.groups):
            return published
        known = published.people | {one.person for one in published.left_over}
        helping = (person for person in people.people if person.ref in known or self.planner.helps(person))
        task = Task(
            occasion=occasion,
            people=Dataset(helping, occasion.feedback),
            brief=brief,
            near=remaining,
            settled=whole,
            repair=True,
        )
        repaired = self._plan(task)
        if not _is_contradiction(repaired):
            return repaired
        # Rules that cannot all hold any more take nobody's place away; but nobody stays with whom they must not.
        parted = frozenset(
            other
            for group in remaining.groups
            for one, other in (*apart_in(people, group), *brief.apart)
            if {one, other} <= group.people
        )
        kept = remaining.without(parted)
        left = (*kept.left_over, *(LeftOver(ref, "apart") for ref in sorted(parted)))
        # Not to be tried again until somebody else leaves: the search for what cannot be takes its full time.
        groups = tuple(replace(group, lost=0) for group in kept.groups)
        return replace(kept, groups=groups, left_over=left, problems=repaired.problems)

    def _plan(self, task: Task) -> Plan:
        """Have the planner plan; a fault of ours must not keep a host event's other results from being computed."""
        try:
            return self.planner.plan(task)
        except _FAULTS as fault:
            # The message may name people: what it is and where it happened are enough.
            where = traceback.extract_tb(fault.__traceback__)[-1]
            log.error(
                "a plan of %s could not be computed: %s at %s:%s",
                self.key, type(fault).__name__, where.filename, where.lineno,
            )  # fmt: skip
            return Plan(problems=(Problem("fault"),))


def _is_contradiction(plan: Plan | None) -> bool:
    """Whether there is no group because rules contradict each other."""
    return plan is not None and not plan.groups and bool(plan.problems)


def _as_saved(planning: Planning, arranged: Planning) -> Planning:
    return planning if arranged == planning else replace(arranged, version=planning.version + 1)


def _in_force(planning: Planning) -> Brief:
    """Return under what a published plan is made whole: its own brief, and whom the organiser holds back since."""
    made, now = planning.published_brief, planning.brief
    return replace(made, apart=(*made.apart, *now.apart), paused=(*made.paused, *now.paused))
