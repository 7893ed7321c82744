"""What organisers arrange: people in groups, each group at a place, and of everybody left over the reason why.

A plan is computed as a draft, changed by what the organiser says of it (the brief), and published; only what is
published reaches attendees.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

PlanFeature = Literal["mentorship", "circles", "seating", "meetings"]
PLAN_FEATURES: tuple[PlanFeature, ...] = ("mentorship", "circles", "seating", "meetings")


@dataclass(frozen=True, slots=True)
class Member:
    """One person in a group; ``role`` is the plan's own word (``mentor``, ``mentee``, ``host``, or nothing)."""

    person: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """People who are together. ``key`` stays from draft to draft, so that pins can name it.

    ``place`` says where and when, in the plan's own words (``{"meal": "Lunch", "table": "3"}``); ``score`` is what
    they have to say to each other, in [0, 1] where it is known. ``lost`` counts members who are gone since the group
    was last made whole.
    """

    key: str
    members: tuple[Member, ...]
    place: Mapping[str, Any] = field(default_factory=dict)
    score: float = 0.0
    lost: int = 0

    @property
    def people(self) -> frozenset[str]:
        return frozenset(member.person for member in self.members)

    def without(self, gone: frozenset[str]) -> Group:
        """Return the group with these people out of it and counted as lost."""
        left = tuple(one for one in self.members if one.person not in gone)
        # A group that is called after one of its people (a mentor) has no name once they are gone.
        key = "" if self.key in gone & self.people else self.key
        return replace(self, key=key, members=left, lost=self.lost + len(self.members) - len(left))


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Somebody without a place, and the constraint that stopped it, as a code that ``plugin/locales`` words."""

    person: str
    because: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a plan cannot be what was asked for. ``people`` and ``rules`` are the smallest set found that conflicts."""

    code: str
    people: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    def without(self, gone: frozenset[str]) -> Problem:
        people = tuple(person for person in self.people if person not in gone)
        return replace(self, people=people, rules=tuple(rule for rule in self.rules if rule not in gone))


@dataclass(frozen=True, slots=True)
class Plan:
    """One arrangement. ``figures`` are what it is worth and what it cost, by name."""

    groups: tuple[Group, ...] = ()
    left_over: tuple[LeftOver, ...] = ()
    problems: tuple[Problem, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def people(self) -> frozenset[str]:
        """Who has a place."""
        return frozenset(member.person for group in self.groups for member in group.members)

    def of(self, person: str) -> tuple[Group, ...]:
        """Return the groups of one person."""
        return tuple(group for group in self.groups if person in group.people)

    def without(self, gone: frozenset[str]) -> Plan:
        """Return the plan with these people nowhere in it; groups that had only them are gone."""
        groups = (group.without(gone) for group in self.groups)
        return replace(
            self,
            groups=tuple(group for group in groups if group.members),
            left_over=tuple(one for one in self.left_over if one.person not in gone),
            problems=tuple(problem.without(gone) for problem in self.problems),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; ``from_dict`` is its inverse."""
        return {
            "groups": [
                {
                    "key": group.key,
                    "members": [{"person": one.person, "role": one.role} for one in group.members],
                    "place": dict(group.place),
                    "score": group.score,
                    "lost": group.lost,
                }
                for group in self.groups
            ],
            "left_over": [{"person": one.person, "because": one.because} for one in self.left_over],
            "problems": [
                {"code": one.code, "people": list(one.people), "rules": list(one.rules)}
                for one in self.problems
            ],
            "figures": dict(self.figures),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild a plan that ``to_dict`` wrote."""
        return cls(
            groups=tuple(
                Group(
                    group["key"],
                    tuple(Member(one["person"], one["role"]) for one in group["members"]),
                    group["place"],
                    group["score"],
                    group["lost"],
                )
                for group in data["groups"]
            ),
            left_over=tuple(LeftOver(one["person"], one["because"]) for one in data["left_over"]),
            problems=tuple(
                Problem(one["code"], tuple(one["people"]), tuple(one["rules"])) for one in data["problems"]
            ),
            figures=data["figures"],
        )


@dataclass(frozen=True, slots=True)
class Pin:
    """The organiser's word that this person belongs to this group."""

    person: str
    group: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What the organiser says of a plan. A move is a pin; a veto is a pair to keep apart.

    ``frame`` is what there is to fill, in the feature's own format (tables and meals, slots and spots, sizes), where
    people stand under ``person`` or in lists; ``paused`` people take part in no new group for now.
    """

    pins: tuple[Pin, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    paused: tuple[str, ...] = ()
    frame: Mapping[str, Any] = field(default_factory=dict)

    def without(self, gone: frozenset[str]) -> Brief:
        """Return the brief with no word of these people."""
        return replace(
            self,
            pins=tuple(pin for pin in self.pins if pin.person not in gone and pin.group not in gone),
            together=tuple(left for people in self.together if len(left := _others(people, gone)) > 1),
            apart=tuple(pair for pair in self.apart if not set(pair) & set(gone)),
            paused=_others(self.paused, gone),
            frame=_cut(self.frame, gone),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; ``from_dict`` is its inverse."""
        return {
            "pins": [{"person": pin.person, "group": pin.group} for pin in self.pins],
            "together": [list(people) for people in self.together],
            "apart": [list(pair) for pair in self.apart],
            "paused": list(self.paused),
            "frame": dict(self.frame),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild a brief that ``to_dict`` wrote."""
        return cls(
            pins=tuple(Pin(one["person"], one["group"]) for one in data["pins"]),
            together=tuple(tuple(people) for people in data["together"]),
            apart=tuple((one, other) for one, other in data["apart"]),
            paused=tuple(data["paused"]),
            frame=data["frame"],
        )


def _others(people: Iterable[str], gone: frozenset[str]) -> tuple[str, ...]:
    return tuple(person for person in people if person not in gone)


_PLACES = frozenset({"meals", "tables", "slots", "spots", "sizes"})
"""Lists of a frame that hold places, not people: texts and numbers in them stay; objects are looked into."""
_OF_PLACES = frozenset({"slots", "diets"})
"""Lists of one table or spot that hold no people."""


def _cut(value: Any, gone: frozenset[str], *, places: frozenset[str] = _PLACES) -> Any:
    """Return the frame without these people: as ``person`` of an object, and as text or number in lists that name people.

    >>> _cut({"hosts": [{"person": "a", "table": "b"}], "meals": ["a"], "diets": {"vegan": ["a", 1]}}, frozenset("a1"))
    {'hosts': [], 'meals': ['a'], 'diets': {'vegan': []}}
    """
    if isinstance(value, Mapping):
        return {
            key: [_cut(one, gone, places=_OF_PLACES) if isinstance(one, Mapping) else one for one in held]
            if key in places and isinstance(held, list)
            else _cut(held, gone, places=frozenset())
            for key, held in value.items()
        }
    if isinstance(value, list):
        return [_cut(held, gone, places=frozenset()) for held in value if not _names(held, gone)]
    return value


def _names(held: Any, gone: frozenset[str]) -> bool:
    """Whether one thing in a list is, or is about, one of these people. Keys may be written as numbers."""
    about = held.get("person") if isinstance(held, Mapping) else held
    return isinstance(about, str | int) and str(about).strip() in gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """How far the plan of one feature is.

    ``asked`` rises with every wish for a new draft, ``drafted`` is the wish that ``draft`` answers, and ``published``
    is what attendees see (``None`` = nothing), made under ``published_brief``; ``version`` rises with every change of any of them.
    """

    feature: PlanFeature
    brief: Brief = Brief()
    asked: int = 0
    drafted: int = 0
    draft: Plan | None = None
    published: Plan | None = None
    published_brief: Brief = Brief()
    published_at: float | None = None
    version: int = 0

    @property
    def is_due(self) -> bool:
        """Whether a draft was asked for that is not there yet."""
        return self.asked > self.drafted

    def without(self, gone: frozenset[str], *, everywhere: bool) -> Planning:
        """Return the same with these people in no plan; ``everywhere`` also takes them out of the brief."""
        return replace(
            self,
            brief=self.brief.without(gone) if everywhere else self.brief,
            published_brief=self.published_brief.without(gone) if everywhere else self.published_brief,
            draft=self.draft and self.draft.without(gone),
            published=self.published and self.published.without(gone),
        )
