"""Mentorship pairings: mentors with their capacities, mentees with their needs, assigned all at once.

Made anew only when somebody in the programme changed; pairs of the last pass have a small bonus, so that a late
registration does not move everybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson

from ..dataset import Dataset, require_engine
from ..grounds import find_grounds
from ..state import pack, unpack
from .adjusting import all_adjusted
from .computation import Computation, Occasion
from .letters import Letter, Letters, Ranked, Wanted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...engine.likeness import Block
    from ...engine.scoring import Scorer

VERSION = 2
"""Raise it whenever the same people would get other pairs or other sentences."""
_SETTINGS = ("mentorship.seniority_gap", "mentorship.most_mentees")
_PAIRED = 1.0
"""What a pair is worth before its score: two pairs are better than one good one."""
_KEPT = 0.1
"""What a pair of the last pass is worth on top."""
_MENTORS = "mentors"
_MENTEES = "mentees"


class Mentorship:
    """The feature; see ``FeatureComputation``."""

    key: Literal["mentorship"] = "mentorship"

    def fingerprint(self, settings: Mapping[str, Any]) -> str:
        chosen = orjson.dumps([settings[name] for name in _SETTINGS])
        return f"mentorship-{VERSION}-{hashlib.blake2b(chosen, digest_size=8).hexdigest()}"

    def compute(self, occasion: Occasion, previous: tuple[int, bytes] | None) -> Computation | None:
        require_engine()
        return _Pass(occasion).run(previous)


@dataclass(frozen=True, slots=True)
class _Before:
    """What the last pass left: its version, who took part, who was kept apart, who was paired (all by id)."""

    version: int
    facts: Mapping[str, Any]
    people: NDArray[np.int64]
    vetoes: NDArray[np.int64]
    pairs: NDArray[np.int64]


class _Pass:
    """One pass over one host event."""

    def __init__(self, occasion: Occasion) -> None:
        self._occasion = occasion
        self._settings = occasion.settings
        self._people = Dataset(
            (person for person in occasion.roster if person.mentoring and person.role != "none"),
            occasion.feedback,
        )
        self._facts = occasion.facts()

    def run(self, previous: tuple[int, bytes] | None) -> Computation | None:
        before = _read(previous)
        if before is not None and self._is_same(before):
            return None
        scorer = self._score()
        scores = self._scores(scorer)
        pairs = self._pairs(scores, before)
        wanted = self._wanted(pairs, scores)
        letters = Letters(
            self._occasion.uow,
            self._occasion.host_event,
            "mentorship",
            self._occasion.plugins,
            lambda named, attendees: find_grounds(self._people.row_of, scorer, named, attendees),
            {_MENTORS: "mentee", _MENTEES: "mentor"},
        ).write(wanted, keep=False, changed=())
        arrays = {
            "people": self._people.ids,
            "vetoes": self._people.vetoed_ids(),
            "pairs": self._people.ids[pairs],
        }
        return Computation(
            payloads={
                recipient: _payload(letter) for recipient, letter in letters.items() if letter.mentions
            },
            mentions={recipient: letter.mentions for recipient, letter in letters.items() if letter.mentions},
            state=pack(self._facts, arrays),
            full=True,
        )

    def _is_same(self, before: _Before) -> bool:
        import numpy as np

        return (
            before.facts == self._facts
            and np.array_equal(before.people, self._people.ids)
            and np.array_equal(before.vetoes, self._people.vetoed_ids())
            and all(person.profile_version <= before.version for person in self._people.people)
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
        if not self._facts["adjusted_by"]:
            return scores
        # Plugins see each possible pair from both sides, and may veto it from either.
        seen = np.maximum(scores, scores.T)
        told = all_adjusted(self._occasion, "mentorship", self._people, lambda rows: seen[rows])
        agreed = (scores >= 0) & (told >= 0) & (told.T >= 0)
        return np.where(agreed, (told + told.T) / np.float32(2), IMPOSSIBLE)

    def _pairs(self, scores: Block, before: _Before | None) -> NDArray[np.intp]:
        """Return (pairs, 2) rows of mentee and mentor."""
        import numpy as np

        from ...engine.assignment import assign

        weights = np.where(scores >= 0, scores + _PAIRED, 0.0)
        if before is not None and len(before.pairs) and len(self._people):
            place = np.minimum(np.searchsorted(self._people.ids, before.pairs), len(self._people) - 1)
            kept = place[(self._people.ids[place] == before.pairs).all(axis=1)]
            mentees, mentors = kept[:, 0], kept[:, 1]
            weights[mentees, mentors] += _KEPT * (weights[mentees, mentors] > 0)
        most = self._settings["mentorship.most_mentees"]
        return assign(weights, [min(person.capacity, most) for person in self._people.people])

    def _wanted(self, pairs: NDArray[np.intp], scores: Block) -> Wanted:
        wanted: dict[str, dict[str, list[tuple[str, float]]]] = {}
        people = self._people.people
        for mentee, mentor in pairs.tolist():
            score = float(scores[mentee, mentor])
            wanted.setdefault(people[mentee].ref, {}).setdefault(_MENTORS, []).append(
                (people[mentor].ref, score)
            )
            wanted.setdefault(people[mentor].ref, {}).setdefault(_MENTEES, []).append(
                (people[mentee].ref, score)
            )
        return {
            ref: {name: _best_first(ranked) for name, ranked in lists.items()}
            for ref, lists in wanted.items()
        }


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


def _read(previous: tuple[int, bytes] | None) -> _Before | None:
    if previous is None:
        return None
    facts, arrays = unpack(previous[1])
    return _Before(previous[0], facts, arrays["people"], arrays["vetoes"], arrays["pairs"])
