"""Which meetings a plan could hold, by whom they are wished for, and which of them cannot be, whatever the slots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ...domain.plans import Group, Member
from ..calendars import meeting_uid
from ..dataset import Dataset
from ..frames.meeting_arrays import Place
from ..frames.meetings import SchedulePlan, Slot
from ..frames.wishes import CHOICE, uids_of
from ..requests import agreed_on
from .adjusting import adjusted
from .computation import Occasion
from .planning import Task
from .ranking import Ranking
from .scored import scorer_of

if TYPE_CHECKING:
    from ...engine.scoring import Scorer

WEIGHED = ("same_organisation", "sectors", "needs_weight", "common_weight")
"""Settings of connections that say what two people are worth to each other, here as there."""
_MOST_LISTED = 100
AGREED = "agreed"
"""What the place of a meeting says that two people agreed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """One meeting that could be. ``people`` are those of it who can come, ascending.

    ``pin`` is the slot and the spot that it must have (-1: any), ``rule`` where the organiser says so; ``before`` is
    where it was so far; ``group`` is the meeting as it stands where it has to stay,
    ``without_spot`` what two agreed on takes place as where no spot is free.
    """

    key: str
    people: tuple[str, ...]
    worth: float
    pin: tuple[int, int] | None = None
    rule: str = ""
    before: Place | None = None
    group: Group | None = None
    without_spot: Group | None = None

    @property
    def stays(self) -> bool:
        """Whether it takes place when it does, with a spot or without."""
        return self.group is not None or self.without_spot is not None


def connection_scorer(occasion: Occasion, people: Dataset) -> Scorer:
    """Return what these people are worth to each other."""
    settings = {name: occasion.settings[f"connections.{name}"] for name in WEIGHED}
    return scorer_of("connection", settings, occasion, people)


class Wishes:
    """The wishes of one task. ``stopped`` says of people in meetings that cannot be which code stopped the first."""

    def __init__(self, task: Task, asked: SchedulePlan, people: Dataset) -> None:
        """``people`` are those who may be in new meetings."""
        self._task = task
        self._asked = asked
        self._people = people
        self._space = (task.occasion.host_event.installation_id, task.occasion.host_event.ref)
        vetoed = ((people.people[a].ref, people.people[b].ref) for a, b in people.vetoes.tolist())
        self._apart = {frozenset(pair) for pair in (*vetoed, *task.brief.apart, *asked.vetoes)}
        self._grouping = {person.ref for person in people.people if person.grouping}
        self.stopped: dict[str, str] = {}

    def all(self, scorer: Scorer) -> Sequence[Wished]:
        """Return every meeting that could be, each group of people once: of the brief, or of the engine; then pins."""
        named = self._named() if self._asked.meetings is not None else self._found(scorer)
        wishes = {one.people: one for one in reversed(list(named))}
        greatest = max((one.worth for one in wishes.values()), default=1.0)
        for rule, asked, pin in self._must():
            people = self._coming(asked)
            if people is not None:
                known = wishes.get(people)
                key = known.key if known else meeting_uid(*self._space, *asked)
                worth = known.worth if known else greatest
                wishes[people] = Wished(key=key, people=people, worth=worth, pin=pin, rule=rule)
        agreed = self.agreed(greatest)
        met = {one.people for one in agreed}
        others = (one for one in wishes.values() if one.rule or one.people not in met)
        return sorted((*others, *agreed), key=lambda one: one.key)

    def agreed(self, worth: float = 1.0) -> list[Wished]:
        """Return what people agreed on between themselves, in slots to come."""
        occasion = self._task.occasion
        requests = occasion.uow.requests.of_host_event(*self._space)
        slot_of = {slot.time: at for at, slot in enumerate(self._asked.slots)}
        found = []
        for one in agreed_on(requests, now=occasion.now):
            people, at = tuple(sorted(one.people)), slot_of.get((one.starts_at, one.ends_at))
            if at is None or one.starts_at <= occasion.now or self.why_not(people):
                continue
            place = {**place_of(self._asked.slots[at]), "spot": "", "remote": False, AGREED: True}
            group = Group(one.ref, tuple(map(Member, people)), place)
            found.append(Wished(key=one.ref, people=people, worth=worth, pin=(at, -1), without_spot=group))
        return found

    def why_not(self, people: Sequence[str]) -> str:
        """Return the code of what forbids these people to meet; nothing where nothing does."""
        if any(person not in self._people.row_of for person in people):
            return "not_attending"
        if len(people) > 2 and not self._grouping.issuperset(people):
            return "no_consent"
        return "apart" if any(pair <= set(people) for pair in self._apart) else ""

    def impossible(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield what the organiser asks for and cannot be: where it is said, the code, and the people."""
        for rule, asked, _ in self._must():
            if self._coming(asked) is None:
                here = tuple(person for person in asked if person in self._people.row_of)
                yield rule, self.why_not(here if len(here) > 1 else asked), here

    def _named(self) -> Iterator[Wished]:
        meetings = self._asked.meetings or ()
        for key, wish in zip(uids_of(meetings, *self._space), meetings, strict=True):
            people = self._coming(wish.people)
            if people is not None:
                yield Wished(key=key, people=people, worth=wish.worth)
            else:
                here = [person for person in wish.people if person in self._people.row_of]
                for person in here:
                    self.stopped.setdefault(person, self.why_not(here if len(here) > 1 else wish.people))

    def _found(self, scorer: Scorer) -> Iterator[Wished]:
        """Yield circles that have no place yet, and pairs who would both gain; and what stands already."""
        pairs = self._pairs(scorer)
        greatest = max(pairs.values(), default=1.0)
        circles = (
            self._task.occasion.published("circles") if self._task.settings["meetings.circles"] else None
        )
        for group in circles.groups if circles else ():
            people = tuple(sorted(group.people))
            if not group.place.get("now") and len(people) > 1 and not self.why_not(people):
                key = meeting_uid(*self._space, "", "circle", group.key)
                yield Wished(key=key, people=people, worth=greatest * len(people) / 2)
        for pair, score in pairs.items():
            if not self.why_not(pair):
                yield Wished(key=meeting_uid(*self._space, *pair), people=pair, worth=score)
        for group in self._task.near.groups if self._task.near else ():
            pair = tuple(sorted(group.people))
            if len(pair) == 2 and group.key == meeting_uid(*self._space, *pair) and not self.why_not(pair):
                yield Wished(key=group.key, people=pair, worth=group.score or greatest / 2)

    def _pairs(self, scorer: Scorer) -> Mapping[tuple[str, ...], float]:
        from ...engine.exposure import Exposure

        most = max(1, self._asked.per_person)
        if len(self._people) < 2:
            return {}
        occasion, length = self._task.occasion, min(_MOST_LISTED, CHOICE * most)
        wishes = Exposure(length=length, floor=min(most, length), cap=2 * CHOICE * most)
        score = worth = None
        if occasion.implementers("entremise_adjust_scores"):
            score, worth = adjusted(occasion, "connections", self._people, scorer)
        lists = Ranking(self._people, scorer, wishes, score=score, worth=worth).full().lists
        ref_of = {person.id: person.ref for person in self._people.people}
        found: dict[tuple[str, ...], float] = {}
        for owner, members, scores in zip(
            lists.owners.tolist(), lists.members.tolist(), lists.scores.tolist(), strict=True
        ):
            for member, points in zip(members, scores, strict=True):
                if member >= 0 and points > 0:
                    found[tuple(sorted((ref_of[owner], ref_of[member])))] = points
        return found

    def _must(self) -> Iterator[tuple[str, tuple[str, ...], tuple[int, int]]]:
        """Yield what the organiser says must take place: where it is said, who, and when and where."""
        for pin in self._asked.pins:
            yield f"frame.{pin.field}", pin.people, (pin.slot, pin.spot)
        for at, people in enumerate(self._task.brief.together):
            yield f"together.{at}", tuple(sorted(set(people))), (-1, -1)

    def _coming(self, asked: Sequence[str]) -> tuple[str, ...] | None:
        """Return those of a meeting who are here; ``None`` where fewer than two are, or they must not meet."""
        people = tuple(person for person in asked if person in self._people.row_of)
        return people if len(people) > 1 and not self.why_not(people) else None


def place_of(slot: Slot) -> dict[str, Any]:
    """Return when a slot is, as a plan says it."""
    starts, ends = (datetime.fromtimestamp(moment, slot.zone).isoformat() for moment in slot.time)
    return {"starts": starts, "ends": ends, "slot": slot.text}


def placed_before(wish: Wished, before: Mapping[str, Group]) -> Wished:
    """Return the wish with where it was so far."""
    group = before.get(wish.key)
    if group is None:
        return wish
    return replace(wish, before=(group.place["slot"], group.place["spot"]))
