"""What a feature that arranges people brings: a ``Planner``; ``planned`` decides when it plans and what is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ...domain.plans import Brief, Group, Plan, PlanFeature, Planning
from ..dataset import Dataset
from .computation import Occasion

if TYPE_CHECKING:
    from ..ports import RosterRow

PUBLICATION = "publication"
AUTOMATIC = "automatic"
NOW = "now"
"""In a frame: the organiser's wish that groups form on the spot, taken back once they have."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a planner is asked: to arrange these people as the brief says, close to what there is.

    ``near`` is the plan to stay close to, with nobody in it who may not be placed; its groups named in ``settled`` have
    to stay exactly as they are. In a ``repair`` of what is published nobody is moved who can stay. The brief may name
    people who are not (or no longer) here. ``people`` are all who may be placed, in row order.
    """

    occasion: Occasion
    people: Dataset
    brief: Brief
    near: Plan | None = None
    settled: frozenset[str] = frozenset()
    repair: bool = False

    @property
    def settings(self) -> Mapping[str, Any]:
        """The effective settings by flat key."""
        return self.occasion.settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What recipients should hold of a published plan, and who is named in it."""

    payloads: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    mentions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Planner(Protocol):
    """How one feature arranges people. Objects hold no state between calls."""

    @property
    def key(self) -> PlanFeature: ...

    @property
    def version(self) -> int:
        """Rises whenever the same people would get another plan or other sentences."""

    @property
    def settings(self) -> Sequence[str]:
        """The settings that a plan depends on, by flat key."""

    @property
    def follows(self) -> Sequence[PlanFeature]:
        """Plans whose published groups this one is made from, too; they come earlier in a pass."""

    @property
    def by_presence(self) -> bool:
        """Whether a plan depends on who is in the building."""

    def takes(self, person: RosterRow) -> bool:
        """Whether the person agreed to be placed, and can be."""

    def helps(self, person: RosterRow) -> bool:
        """Whether somebody who is not in a published plan yet may come in to make a broken group of it whole."""

    def holds(self, people: Dataset, group: Group) -> bool:
        """Whether a published group may stay as it is; all its members are among the people."""

    def check(self, frame: Mapping[str, Any]) -> None:
        """Raise ``InvalidPayload`` naming the field where a frame is not in this feature's format."""

    def plan(self, task: Task) -> Plan:
        """Arrange people. Rules are never broken: what cannot be done stands in the plan's problems."""

    def write(self, occasion: Occasion, people: Dataset, plan: Plan) -> Written:
        """Put a published plan into each person's words."""


@runtime_checkable
class Spontaneous(Protocol):
    """A planner whose groups may also form on the fly, beside the draft, and are published at once."""

    def may_form(self, settings: Mapping[str, Any], brief: Brief) -> bool:
        """Whether groups may form now at all."""

    def form(self, task: Task, published: Plan) -> Plan:
        """Return what is published with the groups that form now; the same object when none does."""

    def done(self, brief: Brief) -> Brief:
        """Return the brief without the wish that has just been met."""


def as_published(planning: Planning, *, now: float) -> Planning:
    """Return the same with its draft published."""
    return replace(planning, published=planning.draft, published_brief=planning.brief, published_at=now)


def apart_in(people: Dataset, group: Group) -> list[tuple[str, str]]:
    """Return the pairs within a group who do not want to meet (again)."""
    rows = {people.row_of[ref] for ref in group.people if ref in people.row_of}
    return [
        (people.people[one].ref, people.people[other].ref)
        for one, other in people.vetoes.tolist()
        if one in rows and other in rows
    ]
