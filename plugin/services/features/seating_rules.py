"""What a table plan has to heed: the frame and the brief, who does not want to meet again, and who has a seat already."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from ...domain.plans import Group, LeftOver, Problem
from ..frames.seating import Rule, SeatingPlan
from ..frames.seating_rows import apart_of, asked
from .planning import Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...engine.seating import Seating

Seats = Mapping[tuple[str, int], int]
"""The table of a guest at a meal, both by their places in the frame."""


class Rules:
    """The rules of one task. ``refs`` are all guests; ``frame`` names nobody else and has the brief's rules in it.

    ``ignored`` tells of the brief's pins that pin nobody.
    """

    def __init__(self, task: Task, frame: SeatingPlan) -> None:
        self._task = task
        self._meals = range(len(frame.meals))
        self._tables = {table.name: number for number, table in enumerate(frame.tables)}
        self._names = {name: number for number, name in enumerate(frame.meals)}
        self.refs = [person.ref for person in task.people.people]
        self._had = self._seats(task.near.groups if task.near else ())
        self.frame = self._briefed(frame).among(self.refs)
        self._away = {
            (rule.guests[0], meal)
            for rule in frame.absent
            for meal in (self._meals if rule.meal is None else (rule.meal,))
        }
        self.ignored = tuple(self._ignored())

    def expected(self, ref: str) -> bool:
        """Whether the organiser counts on this guest at any meal."""
        return any((ref, meal) not in self._away for meal in self._meals)

    def missing(self, ref: str, meal: int, at: Sequence[Collection[str]]) -> str:
        """Return why a guest has no seat at a meal, or nothing where nobody expected them; ``at`` is who sits where."""
        if (ref, meal) in self._away:
            return ""
        if ref in self._task.brief.paused:
            return "paused"
        offered = [table for table in self._tables.values() if self.may_sit(ref, table)]
        if not offered:
            return "seating_needs"
        free = [table for table in offered if len(at[table]) < self.frame.tables[table].seats]
        foes: Collection[str] = self._foes.get((ref, meal), ())
        return (
            "seating_apart"
            if free and all(not set(at[table]).isdisjoint(foes) for table in free)
            else "seating_seats"
        )

    def may_sit(self, ref: str, table: int) -> bool:
        """Whether a table offers what a guest needs."""
        return all(
            self.frame.tables[table].offers(need)
            for need, guests in self.frame.needs.items()
            if ref in guests
        )

    def asked(self, worth: NDArray[np.float32]) -> Iterator[Seating]:
        """Return what the engine is asked, each time with fewer wishes, for as long as rules contradict each other.

        A repair first leaves everybody who may keep a seat in it, then only those of settled groups. A draft with too
        few seats first leaves over only who had none, then anybody who is not pinned.
        """
        if self._task.repair:
            parted = self._parted()
            near = self._task.near.groups if self._task.near else ()
            for groups in (near, [group for group in near if group.key in self._task.settled]):
                yield self._wanted(self._seated(groups, parted), worth, patient=True)
            return
        wanted = self._wanted(self.frame, worth, patient=False)
        fair = self._with_room(wanted, keeping=True)
        if fair is not None:
            yield fair
        if fair is not wanted:
            last = self._with_room(wanted, keeping=False)
            assert last is not None
            yield last

    def _wanted(self, frame: SeatingPlan, worth: NDArray[np.float32], *, patient: bool) -> Seating:
        """``patient``: whoever has no seat yet only gets one when there is one."""
        import numpy as np

        wanted = asked(frame, self.refs, worth, self._had or None)
        lost = [all(not self.may_sit(ref, table) for table in self._tables.values()) for ref in self.refs]
        optional = np.tile(wanted.optional | np.array(lost, dtype=bool), (wanted.meals, 1))
        return replace(wanted, optional=optional | self._newcomers(wanted) if patient else optional)

    def _with_room(self, wanted: Seating, *, keeping: bool) -> Seating | None:
        """Return the same with so many optional guests that the others have seats; itself where all have.

        ``keeping``: nobody is left over who had a seat; ``None`` where that cannot be.
        """
        room = int(wanted.seats.sum())
        assert wanted.present is not None
        assert wanted.optional is not None
        present, optional = wanted.present.copy(), wanted.optional.copy()
        newcomers = self._newcomers(wanted)
        full = (present & ~optional).sum(axis=1) > room
        if not full.any():
            return wanted
        optional[full] |= newcomers[full]
        over = (present & ~optional).sum(axis=1) > room
        if keeping:
            return None if over.any() else replace(wanted, optional=optional)
        optional[full] |= ~self._pinned(wanted)[full]
        present[over] &= ~newcomers[over]
        return replace(wanted, present=present, optional=optional)

    def _newcomers(self, wanted: Seating) -> NDArray[np.bool_]:
        """Return who has no seat to keep and is pinned nowhere, (meals, n)."""
        had = False if wanted.before is None else wanted.before >= 0
        found: NDArray[np.bool_] = ~(self._pinned(wanted) | had)
        return found

    def _pinned(self, wanted: Seating) -> NDArray[np.bool_]:
        import numpy as np

        found = np.zeros((wanted.meals, len(self.refs)), dtype=bool)
        for pin in wanted.pins:
            found[slice(None) if pin.meal is None else pin.meal, pin.guest] = True
        return found

    def _seats(self, groups: Sequence[Group]) -> Seats:
        return {
            (ref, self._names[group.place["meal"]]): self._tables[group.place["table"]]
            for group in groups
            if group.place["meal"] in self._names and group.place["table"] in self._tables
            for ref in group.people
        }

    @cached_property
    def _foes(self) -> Mapping[tuple[str, int], set[str]]:
        """Return with whom a guest must not sit at a meal."""
        found: dict[tuple[str, int], set[str]] = {}
        for one, other, rule in apart_of(self.frame):
            for meal in self._meals if rule.meal is None else (rule.meal,):
                found.setdefault((one, meal), set()).add(other)
                found.setdefault((other, meal), set()).add(one)
        return found

    def _parted(self) -> set[tuple[str, int]]:
        """Return whose seat at which meal cannot be kept by both of two who must not sit together."""
        return {
            (ref, meal)
            for (ref, meal), table in self._had.items()
            if any(self._had.get((foe, meal)) == table for foe in self._foes.get((ref, meal), ()))
        }

    def _seated(self, groups: Sequence[Group], parted: Collection[tuple[str, int]]) -> SeatingPlan:
        """Return the frame with the guests of these groups pinned to their seats, but for those who are parted."""
        kept = [
            Rule((ref,), "pins", meal, table)
            for (ref, meal), table in self._seats(groups).items()
            if (ref, meal) not in parted
        ]
        return replace(self.frame, pins=[*self.frame.pins, *kept]).among(self.refs)

    def _place(self, key: str) -> tuple[int, int] | None:
        """Return meal and table of a group's key, ``None`` where the frame has none such."""
        meal, _, table = key.partition("/")
        if table not in self._tables or not meal.isdecimal() or int(meal) - 1 not in self._meals:
            return None
        return int(meal) - 1, self._tables[table]

    def _ignored(self) -> Iterator[Problem]:
        """In a repair only places are looked at: that people leave is no mistake of the brief."""
        known = frozenset(self.refs) - frozenset(self._task.brief.paused)
        for pin in dict.fromkeys(self._task.brief.pins):
            place = self._place(pin.group)
            there = self._task.repair or (
                pin.person in known and place is not None and (pin.person, place[0]) not in self._away
            )
            if place is None or not there:
                yield Problem("seating_pin_ignored", people=(pin.person,), rules=(pin.group,))

    def _briefed(self, frame: SeatingPlan) -> SeatingPlan:
        """Return the frame with what the brief says and who does not want to meet again."""
        brief, people = self._task.brief, self._task.people
        apart = [
            *brief.apart,
            *((people.people[one].ref, people.people[other].ref) for one, other in people.vetoes.tolist()),
        ]
        placed = [
            Rule((ref,), "pins", *place)
            for ref, key in dict.fromkeys((pin.person, pin.group) for pin in brief.pins)
            if (place := self._place(key)) is not None
        ]
        paused = [
            Rule((ref,), "paused", meal)
            for ref in dict.fromkeys(brief.paused)
            for meal in self._meals
            if not (self._task.repair and (ref, meal) in self._had)
        ]
        return replace(
            frame,
            apart=[*frame.apart, *(Rule(pair, "apart") for pair in apart)],
            together=[*frame.together, *(Rule(refs, "together") for refs in brief.together)],
            pins=[*frame.pins, *placed],
            absent=[*frame.absent, *paused],
            repeats=frame.repeats if "repeats" in brief.frame else self._task.settings["seating.repeats"],
        )


def without_seat(rules: Rules, tables: Sequence[Sequence[int]]) -> Iterator[LeftOver]:
    """Return who lacks a seat at a meal they were expected at; ``tables`` (meals, n), -1 for who sits nowhere."""
    sitting: list[list[list[str]]] = [[[] for _ in rules.frame.tables] for _ in tables]
    for at, seats in zip(sitting, tables, strict=True):
        for ref, table in zip(rules.refs, seats, strict=True):
            if table >= 0:
                at[table].append(ref)
    for row, ref in enumerate(rules.refs):
        lacking = [
            rules.missing(ref, meal, sitting[meal]) for meal, seats in enumerate(tables) if seats[row] < 0
        ]
        if reasons := [reason for reason in lacking if reason]:
            yield LeftOver(ref, reasons[0])
