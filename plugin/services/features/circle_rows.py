"""The people of a circles plan as rows of the engine, and its answers as groups of people again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ...domain.model import FACETS, Profile
from ...domain.plans import Group, LeftOver, Member, Pin, Plan, Problem
from ..dataset import Dataset
from ..vectors import scored_texts
from .planning import Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...engine.circles import Circles, Wanted
    from ...engine.partition import Flags, Worth

HOST = "host"
_FIRST_ROUND = re.compile("1/([1-9][0-9]{0,3})")
"""The keys that a pin may name: circles of further rounds come of the first, and those on the spot of who is here."""
_SECONDS = 5.0
"""How long circles of those who are here are searched for at most."""


class Rows:
    """Those of a task's people who take part."""

    def __init__(self, task: Task, people: Dataset) -> None:
        from ...engine.circles import traits
        from ...engine.circles_worth import circle_scorer

        self.people = people
        self.refs = [person.ref for person in people.people]
        self._task = task
        items, counts = task.occasion.vectors.of(people.people)
        self._crowd = people.crowd(items, counts)
        self._scorer = circle_scorer(self._crowd)
        self._traits = traits(self._crowd)
        self.hosts = {host["person"] for host in task.brief.frame.get("hosts", ())}

    @cached_property
    def _profiles(self) -> Sequence[Profile]:
        where = self._task.occasion.host_event
        found = self._task.occasion.uow.attendees.get_many(where.installation_id, where.ref, self.refs)
        return [found[ref].profile for ref in self.refs]

    @cached_property
    def _worth(self) -> Worth:
        from ...engine.circles_worth import words_of, worth

        said = [
            {facet: scored_texts(profile, facet) for facet in (*FACETS, "title")}
            for profile in self._profiles
        ]
        words = words_of(self._task.occasion.vectors.space, said)
        return worth(self._scorer, words, mixed=self._task.settings["circles.mixing"] != "any")

    @cached_property
    def _apart(self) -> NDArray[np.intp]:
        """Pairs of rows who may not be in one circle, (k, 2)."""
        import numpy as np

        briefed = self._pairs(self._task.brief.apart)
        return np.concatenate([self.people.vetoes, np.array(briefed, dtype=np.intp).reshape(-1, 2)])

    def wanted(self, *, rounds: int, near: Plan | None) -> Wanted:
        """Return what is asked of the engine, by the settings and the brief."""
        import numpy as np

        from ...engine.circles import Wanted
        from ...engine.circles_hosts import expert_scorer, with_help

        sizes = np.array(self._task.brief.frame.get("sizes", []), dtype=np.intp)
        hosts = np.array([ref in self.hosts for ref in self.refs], dtype=np.bool_) if self.hosts else None
        worth = self._worth if hosts is None else with_help(self._worth, expert_scorer(self._crowd), hosts)
        together = [
            [self.people.row_of[ref] for ref in refs if ref in self.people.row_of]
            for refs in self._task.brief.together
        ]
        return Wanted(
            worth=worth, traits=self._traits, least=sizes, most=sizes, organisations=self._crowd.organisations,
            mixing=self._task.settings["circles.mixing"], together=[rows for rows in together if len(rows) > 1],
            apart=self._apart, pins=self._pins(), hosts=hosts, before=self._before(near, rounds), rounds=rounds,
            leave_over=True,
        )  # fmt: skip

    def plan(self, formed: Circles) -> Plan:
        """Return the engine's circles as a plan."""
        groups = []
        for number in range(len(formed.groups)):
            for circle in range(int(formed.groups[number].max(initial=-1)) + 1):
                members = formed.members(number, circle).tolist()
                if members:
                    place = {"round": number + 1, "circle": circle + 1}
                    groups.append(
                        self.group(f"{number + 1}/{circle + 1}", [self.refs[row] for row in members], place)
                    )
        if formed.causes:
            left = [LeftOver(ref, f"circle_{formed.causes[0].why}") for ref in self.refs]
        else:
            left = [LeftOver(self.refs[row], f"circle_{reason}") for row, reason in formed.left.items()]
        problems = [
            Problem(f"circle_{cause.why}", tuple(self.refs[row] for row in cause.people))
            for cause in formed.causes
        ]
        problems += self._ignored_pins()
        figures = {"worth": round(float(formed.worth), 4), "repeats": float(formed.repeats)}
        return Plan(tuple(groups), tuple(left), tuple(problems), figures)

    def group(
        self, key: str, refs: Sequence[str], place: Mapping[str, object], *, host: str | None = None
    ) -> Group:
        """Return a circle of these people, its host marked: the one given, or whoever it should be."""
        host = host or self._host(refs)
        members = tuple(Member(ref, HOST if ref == host else "") for ref in refs)
        return Group(key, members, place, round(self._nearness(refs), 4))

    def formed_now(self, free: Flags) -> list[list[str]]:
        """Return circles of those who are free now, as many as can be made."""
        from ...engine.circles_here import form_now

        least, most = self.bounds()
        made = form_now(
            self.wanted(rounds=1, near=None), free, least=least, most=most, aim=min(most, max(least, 5)),
            seconds=_SECONDS,
        )  # fmt: skip
        numbers = range(int(made.groups[0].max(initial=-1)) + 1)
        circles = [[self.refs[row] for row in made.members(0, number).tolist()] for number in numbers]
        return [circle for circle in circles if circle]

    def sharing(self, free: Flags, people: int) -> list[list[str]]:
        """Return circles of so many free people, at least, who all share a challenge."""
        from ...engine.circles_here import Rule, sharing

        _, most = self.bounds()
        rule = Rule(people=people, most=max(most, people))
        found = sharing(self._scorer, free, self._apart, self._traits, rule)
        return [[self.refs[row] for row in rows.tolist()] for rows in found]

    def agreeing(self, refs: Iterable[str]) -> list[str]:
        """Return those of these people who may be in one circle; of two who may not, the first stays."""
        kept: list[str] = []
        for ref in refs:
            row = self.people.row_of.get(ref)
            if row is not None and not any(self._are_apart(row, self.people.row_of[one]) for one in kept):
                kept.append(ref)
        return kept

    def fits(self, ref: str, members: Sequence[str]) -> bool:
        """Whether no rule keeps somebody out of a circle of these people."""
        rows = [self.people.row_of[one] for one in (ref, *members)]
        if any(self._are_apart(rows[0], row) for row in rows[1:]):
            return False
        if self._task.settings["circles.mixing"] == "hard":
            known = [number for number in self._crowd.organisations[rows].tolist() if number >= 0]
            if len(known) != len(set(known)):
                return False
        return not self._traits.shape[1] or bool(self._traits[rows].all(axis=0).any())

    def gain(self, ref: str, members: Sequence[str]) -> float:
        """Return what somebody and these people are worth to each other."""
        rows = [self.people.row_of[one] for one in members]
        return float(self._worth[self.people.row_of[ref], rows].sum())

    def _are_apart(self, one: int, other: int) -> bool:
        return bool(((self._apart == (one, other)) | (self._apart == (other, one))).all(axis=1).any())

    def _host(self, refs: Sequence[str]) -> str | None:
        """Return the named host of a circle; else, where the setting asks for one, who offers most of what is sought."""
        named = [ref for ref in refs if ref in self.hosts]
        if named or not self._task.settings["circles.with_host"]:
            return named[0] if named else None
        import numpy as np

        from ...engine.circles_hosts import expert_scorer

        rows = np.array([self.people.row_of[ref] for ref in refs], dtype=np.intp)
        scores = np.asarray(expert_scorer(self._crowd).scores(rows))[:, rows]
        offered = np.maximum(scores, 0.0).sum(axis=0)
        return refs[int(offered.argmax())] if offered.max(initial=0.0) > 0 else None

    def _nearness(self, refs: Sequence[str]) -> float:
        """Return the mean circle score of all pairs, in [0, 1]."""
        import numpy as np

        rows = np.array([self.people.row_of[ref] for ref in refs], dtype=np.intp)
        scores = np.maximum(np.asarray(self._scorer.scores(rows))[:, rows], 0.0)
        pairs = len(rows) * (len(rows) - 1)
        return float((scores.sum() - np.trace(scores)) / pairs) if pairs else 0.0

    def bounds(self) -> tuple[int, int]:
        """Return of how few and of how many people a circle may be, by the settings."""
        least = self._task.settings["circles.least"]
        return least, max(least, self._task.settings["circles.most"])

    def _pins(self) -> NDArray[np.intp]:
        import numpy as np

        pins = [
            (self.people.row_of[pin.person], circle)
            for pin in self._task.brief.pins
            if (circle := self._pinned_to(pin)) is not None
        ]
        return np.array(pins, dtype=np.intp).reshape(-1, 2)

    def _pinned_to(self, pin: Pin) -> int | None:
        """Return the circle that a pin names, from 0 on; ``None`` for one that cannot be followed."""
        found = _FIRST_ROUND.fullmatch(pin.group)
        return int(found[1]) - 1 if found and pin.person in self.people.row_of else None

    def _ignored_pins(self) -> list[Problem]:
        return [
            Problem("circle_pin_ignored", (pin.person,), (pin.group,))
            for pin in self._task.brief.pins
            if self._pinned_to(pin) is None
        ]

    def _pairs(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[int, int]]:
        row_of = self.people.row_of
        return [(row_of[one], row_of[other]) for one, other in pairs if one in row_of and other in row_of]

    def _before(self, near: Plan | None, rounds: int) -> NDArray[np.int32] | None:
        """Return the circle of each person in each round of the plan to stay near to, (rounds, n); -1 for none."""
        import numpy as np

        if near is None:
            return None
        found = np.full((rounds, len(self.refs)), -1, dtype=np.int32)
        for group in near.groups:
            number = group.place.get("round", 0)
            for ref in group.people & self.people.row_of.keys():
                if 1 <= number <= rounds:
                    found[number - 1, self.people.row_of[ref]] = group.place["circle"] - 1
        return found if (found >= 0).any() else None
