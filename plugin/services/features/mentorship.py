"""Mentorship pairings: mentors with their capacities, mentees with their needs, assigned all at once.

A group of this plan is a mentor with their mentees, and its key is the mentor's ref. Pairs that are there already
have a small bonus, so that a late registration does not move everybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ...domain.errors import InvalidPayload
from ...domain.plans import Group, LeftOver, Member, Plan, PlanFeature, Problem
from ..dataset import Dataset
from ..grounds import find_grounds
from .computation import Occasion
from .letters import Letter, Letters, Ranked, Wanted
from .mentorship_pool import MentorshipPool
from .planning import Task, Written, apart_in

if TYPE_CHECKING:
    from ...engine.mentorship import Plan as Made
    from ...engine.mentorship import Refused
    from ...engine.scoring import Scorer
    from ..ports import RosterRow

_LOAD = 0.1
"""What a mentor's second mentee costs where the load is to be shared out; the third costs twice as much."""
_MENTORS = "mentors"
_MENTEES = "mentees"


class Mentorship:
    """The planner; see ``planning.Planner``."""

    key: Literal["mentorship"] = "mentorship"
    version = 5
    settings = (
        "mentorship.seniority_gap", "mentorship.most_mentees", "mentorship.organisations", "mentorship.sectors",
        "mentorship.balance",
    )  # fmt: skip
    follows: tuple[PlanFeature, ...] = ()
    by_presence = False

    def takes(self, person: RosterRow) -> bool:
        return person.mentoring and person.role != "none"

    def helps(self, person: RosterRow) -> bool:
        return person.role == "mentor"

    def holds(self, people: Dataset, group: Group) -> bool:
        mentor = people.people[people.row_of[group.key]] if group.key in people.row_of else None
        if (
            mentor is None
            or mentor.role not in {"mentor", "both"}
            or mentor.capacity < len(group.members) - 1
        ):
            return False
        return not any(group.key in pair for pair in apart_in(people, group))

    def check(self, frame: Mapping[str, Any]) -> None:
        for name in frame:
            raise InvalidPayload("a mentorship plan has no frame", field=f"frame.{name}")

    def plan(self, task: Task) -> Plan:
        return _Pairing(task.occasion, task.people).plan(task)

    def write(self, occasion: Occasion, people: Dataset, plan: Plan) -> Written:
        return _Pairing(occasion, people).write(plan)


class _Pairing:
    """These people as the engine sees them."""

    def __init__(self, occasion: Occasion, people: Dataset) -> None:
        self._occasion = occasion
        self._settings = occasion.settings
        self._people = people
        self._scorer = self._score()

    def plan(self, task: Task) -> Plan:
        import numpy as np

        from ...engine.mentorship import Wishes, pair

        row_of = self._people.row_of
        before = [(mentee, mentor) for mentor, mentee in _pairs_of(task.near, row_of)]
        settled = {row_of[ref] for ref in task.settled if ref in row_of}
        fixed = [(mentee, mentor) for mentee, mentor in before if mentor in settled]
        pool = MentorshipPool(
            self._occasion, self._people, self._scorer, apart=task.brief.apart, paused=task.brief.paused,
            placed=[mentee for mentee, _ in fixed],
        )  # fmt: skip
        most = self._settings["mentorship.most_mentees"]
        # Whoever is in a settled group stays; its mentor may take more where there is room.
        taken = Counter(mentor for _, mentor in fixed)
        capacities = [
            max(0, min(self._people.people[row].capacity, most) - taken[row]) for row in pool.mentors.tolist()
        ]
        pins = [
            (row_of[pin.person], row_of[pin.group])
            for pin in task.brief.pins
            if pin.person in row_of and pin.group in row_of
        ]
        load = _LOAD if self._settings["mentorship.balance"] else 0.0
        wishes = Wishes(pins=pool.places(pins), kept=pool.places(before), load=load)
        made = pair(pool, len(pool.mentees), np.array(capacities, dtype=np.intp), wishes)
        new = np.stack([pool.mentees[made.pairs[:, 0]], pool.mentors[made.pairs[:, 1]]], axis=1).tolist()
        refs = [person.ref for person in self._people.people]
        scored = [(*rows, worth) for rows, worth in zip(new, made.worth.tolist(), strict=True)]
        mentees: dict[str, list[tuple[str, float]]] = {}
        for mentee, mentor, score in [*self._scored(fixed), *scored]:
            mentees.setdefault(refs[mentor], []).append((refs[mentee], score))
        return Plan(
            groups=tuple(_group(mentor, _best_first(ranked)) for mentor, ranked in sorted(mentees.items())),
            problems=_refused(task, made.refused, pool, refs),
            figures=_figures(made),
            left_over=tuple(
                LeftOver(refs[pool.mentees[one.mentee]], f"no_mentor_{one.reason}") for one in made.lacking
            ),
        )

    def write(self, plan: Plan) -> Written:
        letters = Letters(
            self._occasion.uow,
            self._occasion.host_event,
            "mentorship",
            self._occasion.plugins,
            lambda named, attendees: find_grounds(self._people.row_of, self._scorer, named, attendees),
            {_MENTORS: "mentee", _MENTEES: "mentor"},
        ).write(self._wanted(plan), keep=False, changed=())
        told = {recipient: letter for recipient, letter in letters.items() if letter.mentions}
        return Written(
            payloads={recipient: _payload(letter) for recipient, letter in told.items()},
            mentions={recipient: letter.mentions for recipient, letter in told.items()},
        )

    def _score(self) -> Scorer:
        from ...engine.kinds import KINDS
        from ...engine.scoring import Scorer

        items, counts = self._occasion.vectors.of(self._people.people)
        return Scorer(self._people.crowd(items, counts), KINDS["mentorship"])

    def _scored(self, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int, float]]:
        """Return rows of mentee and mentor with what the mentor is worth to the mentee, whatever the rules say by now."""
        pool = MentorshipPool(self._occasion, self._people, self._scorer)
        places = pool.places(pairs)
        rows = zip(pool.mentees[places[:, 0]].tolist(), pool.mentors[places[:, 1]].tolist(), strict=True)
        worth = dict(zip(rows, pool.worth(places[:, 0], places[:, 1]).tolist(), strict=True))
        return [(mentee, mentor, worth.get((mentee, mentor), 0.0)) for mentee, mentor in pairs]

    def _wanted(self, plan: Plan) -> Wanted:
        wanted: dict[str, dict[str, list[tuple[str, float]]]] = {}
        row_of = self._people.row_of
        pairs = [(mentee, mentor) for mentor, mentee in _pairs_of(plan, row_of)]
        for mentee, mentor, score in self._scored(pairs):
            refs = self._people.people[mentee].ref, self._people.people[mentor].ref
            wanted.setdefault(refs[0], {}).setdefault(_MENTORS, []).append((refs[1], score))
            wanted.setdefault(refs[1], {}).setdefault(_MENTEES, []).append((refs[0], score))
        return {
            ref: {name: _best_first(ranked) for name, ranked in lists.items()}
            for ref, lists in wanted.items()
        }


def _refused(
    task: Task, refused: Sequence[Refused], pool: MentorshipPool, refs: Sequence[str]
) -> tuple[Problem, ...]:
    """Return a problem for each pin that is not kept, and for who is to be kept together: pairs are pinned here."""
    mentees = {refs[row] for row in pool.mentees.tolist()}
    mentors = {refs[row] for row in pool.mentors.tolist()}
    found = [
        Problem("pin_refused", (refs[pool.mentees[one.mentee]],), (refs[pool.mentors[one.mentor]],))
        for one in refused
    ]
    absent = (pin for pin in task.brief.pins if pin.person not in mentees or pin.group not in mentors)
    found += [Problem("pin_refused", (pin.person,), (pin.group,)) for pin in absent if not task.repair]
    found += [Problem("pin_refused", people) for people in task.brief.together if not task.repair]
    return tuple(found)


def _figures(made: Made) -> Mapping[str, float]:
    """Return what the pairs are worth, how far that may be from the best, and what keeping pairs cost of it."""
    found = {"pairs": float(len(made.pairs)), "worth": round(made.total, 4)}
    if made.proof is not None:
        found["gap"] = round(float(made.proof.gap), 6)
    if made.stability is not None:
        found |= {
            "kept": float(made.stability.kept),
            "price_of_keeping": round(float(made.stability.worth), 4),
        }
    return found


def _group(mentor: str, ranked: Ranked) -> Group:
    members = (Member(mentor, "mentor"), *(Member(ref, "mentee") for ref, _ in ranked))
    return Group(mentor, members, score=round(sum(score for _, score in ranked) / len(ranked), 4))


def _pairs_of(plan: Plan | None, row_of: Mapping[str, int]) -> Sequence[tuple[int, int]]:
    """Return the rows of mentor and mentee of each pair of whom both are among the rows."""
    return [
        (row_of[group.key], row_of[member.person])
        for group in (plan.groups if plan else ())
        for member in group.members
        if member.role == "mentee" and group.key in row_of and member.person in row_of
    ]


def _best_first(ranked: Ranked) -> list[tuple[str, float]]:
    return sorted(ranked, key=lambda one: -one[1])


def _payload(letter: Letter) -> dict[str, Any]:
    """Put both sides of somebody who has a mentor and mentees into one list; each item says which it is."""
    pairings = [
        {**item, "rank": 0, "role": role}
        for name, role in ((_MENTEES, "mentor"), (_MENTORS, "mentee"))
        for item in letter.lists.get(name, ())
    ]
    for rank, item in enumerate(pairings, start=1):
        item["rank"] = rank
    role = "mentor" if letter.lists.get(_MENTEES) else "mentee"
    return {"language": letter.language, "role": role, "pairings": pairings}
