"""Makes one plan of meetings: what has to stay stays, the rest goes where it is worth most, and who is left over hears why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from ...domain.plans import Group, LeftOver, Member, Plan, Problem
from ..frames.meeting_arrays import problem_of, slots_within
from ..frames.meetings import SchedulePlan, Wish
from .meeting_wishes import AGREED, Wished, Wishes, connection_scorer, place_of, placed_before
from .planning import Task

if TYPE_CHECKING:
    from ...engine.meetings import ImpossiblePins, MeetingPlan
    from ...engine.scoring import Scorer


class Making:
    """One task. Meetings that have begun, those that are settled and those that the organiser pinned stay."""

    def __init__(self, task: Task, asked: SchedulePlan) -> None:
        self._task = task
        self._asked = asked
        self._now = task.occasion.now
        paused = set(task.brief.paused)
        self._people = task.people.among(task.people.flags(lambda person: person.ref not in paused))
        self._wishes = Wishes(task, asked, self._people)
        self._near = {group.key: group for group in (task.near.groups if task.near else ())}
        self._slot_of = {slot.text: at for at, slot in enumerate(asked.slots)}
        self._spot_of = {spot.name: at for at, spot in enumerate(asked.spots)}
        self._problems: list[Problem] = []

    def plan(self, *, agreed_alone: bool = False) -> Plan:
        """Return the plan; ``agreed_alone`` adds nothing but what people agreed on between themselves."""
        staying = list(self._staying())
        aside = [group for group in staying if self._position(group) is None]
        wished = [self._held(group) for group in staying if self._position(group) is not None]
        if agreed_alone:
            known = {group.key for group in staying}
            wished += [one for one in self._wishes.agreed() if one.key not in known]
        else:
            wished += self._open({group.key for group in staying})
        self._problems += [
            Problem(f"meeting_{code}", people, (rule,)) for rule, code, people in self._wishes.impossible()
        ]
        made: MeetingPlan | None = None
        while wished:
            found = self._made(wished, aside)
            if not isinstance(found, Exception):
                made = found
                break
            rows = set(found.meetings)
            clashing = [wished[row] for row in sorted(rows)]
            aside += [group for one in clashing if (group := one.group or one.without_spot)]
            asked = [one for one in clashing if not one.stays]
            if asked:
                self._problems.append(_clash(found, asked))
                if not self._task.settled:
                    return self._nothing(f"meeting_{found.cause.name.lower()}")
            wished = [one for row, one in enumerate(wished) if row not in rows]
        return self._written(wished, made, aside)

    def _staying(self) -> Iterator[Group]:
        """Yield the meetings that have to stay as they are."""
        for key, group in self._near.items():
            begun = datetime.fromisoformat(group.place["starts"]).timestamp() <= self._now
            if key in self._task.settled or (begun and len(group.members) > 1) or self._is_pinned(group):
                yield group
        for pin in self._task.brief.pins:
            held = self._near.get(pin.group)
            if held is None or pin.person not in held.people:
                self._problems.append(Problem("meeting_unknown", (pin.person,), (pin.group,)))

    def _is_pinned(self, group: Group) -> bool:
        if not any(pin.group == group.key and pin.person in group.people for pin in self._task.brief.pins):
            return False
        why = self._wishes.why_not(sorted(group.people)) if len(group.members) > 1 else "not_attending"
        if why:
            self._problems.append(Problem(f"meeting_{why}", tuple(sorted(group.people)), (group.key,)))
        return not why

    def _held(self, group: Group) -> Wished:
        return Wished(
            key=group.key, people=tuple(sorted(group.people)), worth=max(group.score, 1e-3),
            pin=self._position(group), group=group,
        )  # fmt: skip

    def _open(self, staying: set[str]) -> list[Wished]:
        """Return the wishes for meetings that may go anywhere; in a repair, those of people who lost one or had none."""
        wishes = [one for one in self._wishes.all(self._scorer) if one.key not in staying]
        if self._task.settled:
            busy = {ref for key in self._task.settled if key in self._near for ref in self._near[key].people}
            broken = {ref for key in self._near.keys() - self._task.settled for ref in self._near[key].people}
            wishes = [
                one
                for one in wishes
                if one.stays or broken & set(one.people) or not busy.issuperset(one.people)
            ]
        return [placed_before(one, self._near) for one in wishes]

    @cached_property
    def _scorer(self) -> Scorer:
        return connection_scorer(self._task.occasion, self._people)

    def _made(self, wished: Sequence[Wished], aside: Sequence[Group]) -> MeetingPlan | ImpossiblePins:
        from ...engine.meetings import ImpossiblePins
        from ...engine.meetings_making import schedule

        problem, ids = problem_of(
            self._left(wished, aside),
            [Wish(people=one.people, worth=one.worth) for one in wished],
            {person.ref: person.mode for person in self._task.people.people},  # type: ignore[misc]
            lambda person: self._available(person, wished, aside),
            [one.before for one in wished],
            [(row, *one.pin) for row, one in enumerate(wished) if one.pin is not None],
        )
        self._ids = ids
        try:
            return schedule(problem)
        except ImpossiblePins as found:
            return found

    def _left(self, wished: Sequence[Wished], aside: Sequence[Group]) -> SchedulePlan:
        """Return what is left of the plan beside what stands outside of it, with room for what has to stay."""
        people = {ref for one in wished for ref in one.people}
        limits = {}
        for ref in people:
            staying = sum(one.stays and ref in one.people for one in wished)
            most = self._asked.limits.get(ref, self._asked.per_person)
            limits[ref] = max(most - sum(ref in group.people for group in aside), staying)
        taken: dict[str, set[int]] = {}
        for group in aside:
            taken.setdefault(group.place["spot"], set()).update(self._during(group))
        spots = [replace(spot, slots=spot.slots - taken.get(spot.name, set())) for spot in self._asked.spots]
        return replace(self._asked, limits=limits, spots=spots)

    def _available(self, person: str, wished: Sequence[Wished], aside: Sequence[Group]) -> list[bool]:
        """Return in which slots somebody may be in a meeting: none that has begun."""
        told = self._availability.get(person, ())
        within = slots_within(self._asked, told, lambda _at, _reason: None)
        busy = {at for group in aside if person in group.people for at in self._during(group)}
        staying = {one.pin[0] for one in wished if one.stays and one.pin and person in one.people}
        return [
            at in staying or (free and at not in busy and slot.time[0] > self._now)
            for at, (free, slot) in enumerate(zip(within, self._asked.slots, strict=True))
        ]

    @cached_property
    def _availability(self) -> Mapping[str, Sequence[str]]:
        where = self._task.occasion.host_event
        found = self._task.occasion.uow.attendees.get_many(
            where.installation_id, where.ref, [person.ref for person in self._task.people.people]
        )
        return {ref: person.profile.availability for ref, person in found.items()}

    def _during(self, group: Group) -> set[int]:
        """Return the slots that a meeting overlaps."""
        start, end = (datetime.fromisoformat(group.place[name]).timestamp() for name in ("starts", "ends"))
        return {
            at for at, slot in enumerate(self._asked.slots) if slot.time[0] < end and start < slot.time[1]
        }

    def _position(self, group: Group) -> tuple[int, int] | None:
        """Return the slot and spot of a meeting that stays; ``None`` where the plan does not have them (any more)."""
        slot = self._slot_of.get(group.place["slot"], -1)
        spot = self._spot_of.get(group.place["spot"], -1)
        if slot < 0 or spot < 0 or slot not in self._asked.spots[spot].slots:
            return None
        begins = datetime.fromisoformat(group.place["starts"]).timestamp()
        same = self._asked.slots[slot].time[0] == begins
        return (slot, spot) if same and begins > self._now else None

    def _written(self, wished: Sequence[Wished], made: MeetingPlan | None, aside: Sequence[Group]) -> Plan:
        groups, why = list(aside), dict(self._wishes.stopped)
        if made is not None:
            causes = {one.meeting: one.cause.name.lower() for one in made.left_over}
            for row in sorted(range(len(wished)), key=lambda row: -wished[row].worth):
                one, (slot, spot) = wished[row], made.places[row].tolist()
                if slot >= 0:
                    groups.append(one.group or self._group(one, slot, spot))
                for person in one.people if slot < 0 else ():
                    why.setdefault(person, causes[row])
        groups.sort(key=lambda group: (datetime.fromisoformat(group.place["starts"]), group.key))
        figures: dict[str, float] = {"meetings": len(groups)}
        if made is not None:
            figures |= {"worth": round(made.worth, 4), "gap": round(made.gap, 4)}
        if self._near:
            where = {group.key: (group.place["slot"], group.place["spot"]) for group in groups}
            stay = sum(
                where.get(key) == (group.place["slot"], group.place["spot"])
                for key, group in self._near.items()
            )
            figures |= {"kept": stay, "moved": len(self._near.keys() & where.keys()) - stay}
        return Plan(tuple(groups), self._left_over(groups, why), tuple(self._problems), figures)

    def _group(self, one: Wished, slot: int, spot: int) -> Group:
        time, there = self._asked.slots[slot], self._asked.spots[spot]
        place = {**place_of(time), "spot": there.name, "remote": there.mode == "remote"}
        if there.mode == "mixed":
            place["mixed"] = True
        if there.link:
            place["link"] = there.link
        if one.without_spot is not None:
            place[AGREED] = True
        return Group(one.key, tuple(map(Member, one.people)), place, self._score(one.people))

    def _score(self, people: Sequence[str]) -> float:
        """Return the mean worth of all pairs, in [0, 1]."""
        import numpy as np

        rows = np.array([self._people.row_of[ref] for ref in people], dtype=np.intp)
        scores = np.maximum(self._scorer.scores(rows, np.tile(rows, (len(rows), 1))), 0.0)
        return round(float((scores.sum() - np.trace(scores)) / (len(rows) * (len(rows) - 1))), 4)

    def _left_over(self, groups: Sequence[Group], why: Mapping[str, str]) -> tuple[LeftOver, ...]:
        met = {ref for group in groups for ref in group.people}
        nobody = "nobody" if self._asked.meetings is None else "not_asked"
        return tuple(
            LeftOver(
                person.ref,
                f"meeting_{why.get(person.ref, nobody)}" if person.ref in self._people.row_of else "paused",
            )
            for person in self._task.people.people
            if person.ref not in met
        )

    def _nothing(self, code: str) -> Plan:
        left = tuple(LeftOver(person.ref, code) for person in self._people.people)
        return Plan(left_over=left, problems=tuple(self._problems))


def _clash(found: ImpossiblePins, asked: Sequence[Wished]) -> Problem:
    people = tuple(sorted({ref for one in asked for ref in one.people}))
    return Problem(f"meeting_{found.cause.name.lower()}", people, tuple(one.rule for one in asked))
