"""Mentorship pairings: mentors with their capacities, mentees with their needs, assigned all at once.

A group of this plan is a mentor with their mentees, and its key is the mentor's ref. Pairs that are there already
have a small bonus, so that a late registration does not move everybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ...domain.errors import InvalidPayload
from ...domain.plans import Group, LeftOver, Member, Plan
from ..dataset import Dataset
from ..grounds import find_grounds
from .adjusting import all_adjusted
from .computation import Occasion
from .letters import Letter, Letters, Ranked, Wanted
from .planning import Task, Written, apart_in

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...engine.likeness import Block
    from ...engine.scoring import Scorer
    from ..ports import RosterRow

_PAIRED = 1.0
"""What a pair is worth before its score: two pairs are better than one good one."""
_KEPT = 0.1
"""What a pair that is there already is worth on top."""
_MENTORS = "mentors"
_MENTEES = "mentees"


class Mentorship:
    """The planner; see ``planning.Planner``."""

    key: Literal["mentorship"] = "mentorship"
    version = 3
    settings = ("mentorship.seniority_gap", "mentorship.most_mentees")
    by_presence = False

    def takes(self, person: RosterRow) -> bool:
        return person.mentoring and person.role != "none"

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
        self._found = self._scores(self._scorer)

    def plan(self, task: Task) -> Plan:
        pairs = self._pairs(self._found, task)
        mentees: dict[str, list[tuple[str, float]]] = {}
        for mentee, mentor in pairs.tolist():
            refs = self._people.people[mentee].ref, self._people.people[mentor].ref
            mentees.setdefault(refs[1], []).append((refs[0], float(self._found[mentee, mentor])))
        groups = tuple(_group(mentor, _best_first(ranked)) for mentor, ranked in sorted(mentees.items()))
        placed = {member.person for group in groups for member in group.members if member.role == "mentee"}
        seeking = (one.ref for one in self._people.people if one.role in {"mentee", "both"})
        return Plan(
            groups=groups,
            left_over=tuple(LeftOver(ref, "no_mentor") for ref in seeking if ref not in placed),
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

    def _scores(self, scorer: Scorer) -> Block:
        """Return shape (n, n): what the person of the column has for that of the row; negative where ruled out."""
        import numpy as np

        from ...engine.scoring import IMPOSSIBLE

        people = self._people.people
        rank = np.array([np.nan if person.seniority is None else person.seniority for person in people])
        mentee = self._people.flags(lambda person: person.role in {"mentee", "both"})
        mentor = self._people.flags(lambda person: person.role in {"mentor", "both"} and person.capacity > 0)

        rows = np.arange(len(people))
        scores, _ = scorer.directed(rows)
        ahead = rank[None, :] - rank[:, None]
        # Two who would both be either: the one who has more to give is the mentor, of equals the earlier one.
        both = (mentor & mentee)[:, None] & (mentor & mentee)[None, :]
        known = ~np.isnan(ahead) & (ahead != 0)
        gives = np.where(
            known, ahead > 0, (scores > scores.T) | ((scores == scores.T) & (rows[None, :] < rows[:, None]))
        )
        impossible = scorer.ruled_out(rows) | ~(mentee[:, None] & mentor[None, :])
        impossible |= ahead < self._settings["mentorship.seniority_gap"]
        impossible |= both & ~gives
        scores = np.where(impossible, IMPOSSIBLE, scores)
        if not self._occasion.implementers("entremise_adjust_scores"):
            return scores
        # Plugins see each possible pair from both sides, and may veto it from either.
        seen = np.maximum(scores, scores.T)
        told = all_adjusted(self._occasion, "mentorship", self._people, lambda rows: seen[rows])
        agreed = (scores >= 0) & (told >= 0) & (told.T >= 0)
        return np.where(agreed, (told + told.T) / np.float32(2), IMPOSSIBLE)

    def _pairs(self, scores: Block, task: Task) -> NDArray[np.intp]:
        """Return (pairs, 2) rows of mentee and mentor."""
        import numpy as np

        from ...engine.assignment import assign

        row_of = self._people.row_of
        weights = np.where(scores >= 0, scores + _PAIRED, 0.0)
        most = self._settings["mentorship.most_mentees"]
        capacities = [min(person.capacity, most) for person in self._people.people]
        for one, other in task.brief.apart:
            if one in row_of and other in row_of:
                weights[row_of[one], row_of[other]] = weights[row_of[other], row_of[one]] = 0.0
        fixed = []
        for mentor, mentee in _pairs_of(task.near, row_of):
            weights[mentee, mentor] += _KEPT * (weights[mentee, mentor] > 0)
            if self._people.people[mentor].ref in task.settled:
                fixed.append((mentee, mentor))
        for pin in task.brief.pins:
            if pin.person in row_of and pin.group in row_of:
                mentee, mentor = row_of[pin.person], row_of[pin.group]
                if weights[mentee, mentor] > 0:
                    weights[mentee, :] *= np.arange(len(row_of)) == mentor
                    weights[mentee, mentor] += len(row_of)
        for ref in {*task.brief.paused, *task.settled} & row_of.keys():
            weights[:, row_of[ref]] = 0.0
        for ref in set(task.brief.paused) & row_of.keys():
            weights[row_of[ref]] = 0.0
        for mentee, _ in fixed:
            weights[mentee] = 0.0
        settled = np.array(fixed, dtype=np.intp).reshape(-1, 2)
        return np.concatenate([settled, assign(weights, capacities)])

    def _wanted(self, plan: Plan) -> Wanted:
        wanted: dict[str, dict[str, list[tuple[str, float]]]] = {}
        row_of = self._people.row_of
        for mentor, mentee in _pairs_of(plan, row_of):
            score = max(float(self._found[mentee, mentor]), 0.0)
            refs = self._people.people[mentee].ref, self._people.people[mentor].ref
            wanted.setdefault(refs[0], {}).setdefault(_MENTORS, []).append((refs[1], score))
            wanted.setdefault(refs[1], {}).setdefault(_MENTEES, []).append((refs[0], score))
        return {
            ref: {name: _best_first(ranked) for name, ranked in lists.items()}
            for ref, lists in wanted.items()
        }


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
