"""The mentors and mentees of a host event as the engine pairs them, with what plugins say of each pair."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..dataset import Dataset
from .adjusting import all_adjusted
from .computation import Occasion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...engine.likeness import Block
    from ...engine.mentorship_rules import Hindrances, Programme
    from ...engine.scoring import Scorer

    Rows = NDArray[np.intp]


class MentorshipPool:
    """Who seeks a mentor and who is one; see ``engine.mentorship.Pool``. People are told by row of the data set."""

    def __init__(
        self,
        occasion: Occasion,
        people: Dataset,
        scorer: Scorer,
        *,
        apart: Collection[tuple[str, str]] = (),
        paused: Collection[str] = (),
        placed: Collection[int] = (),
    ) -> None:
        """``apart`` are kept apart besides those who want it; ``placed`` are rows of mentees who seek no more."""
        import numpy as np

        from ...engine.mentorship_rules import GroupRules, Programme

        seeks = people.flags(lambda person: person.role in {"mentee", "both"})
        takes = people.flags(lambda person: person.role in {"mentor", "both"} and person.capacity > 0)
        either = seeks & takes
        seeks[list(placed)] = False
        self.mentees: Rows = np.flatnonzero(seeks)
        self.mentors: Rows = np.flatnonzero(takes)
        rows = [
            (people.row_of[a], people.row_of[b])
            for a, b in apart
            if a in people.row_of and b in people.row_of
        ]
        vetoes = np.concatenate([people.vetoes, np.array(rows, dtype=np.intp).reshape(-1, 2)])
        self._programme: Programme = Programme(
            scorer.of(replace(scorer.crowd, vetoes=vetoes), scorer.view), self.mentees, self.mentors,
            GroupRules(
                seniority_gap=occasion.settings["mentorship.seniority_gap"],
                organisations=occasion.settings["mentorship.organisations"],
                sectors=occasion.settings["mentorship.sectors"],
            ),
            paused=people.flags(lambda person: person.ref in paused), either=either,
        )  # fmt: skip
        self._adjusted = (
            self._as_adjusted(occasion, people) if occasion.implementers("entremise_adjust_scores") else None
        )

    def places(self, pairs: Sequence[tuple[int, int]]) -> Rows:
        """Return those of these pairs of rows of mentee and mentor who are so here, by their places."""
        import numpy as np

        mentee_at = {row: place for place, row in enumerate(self.mentees.tolist())}
        mentor_at = {row: place for place, row in enumerate(self.mentors.tolist())}
        found = [
            (mentee_at[mentee], mentor_at[mentor])
            for mentee, mentor in dict.fromkeys(pairs)
            if mentee in mentee_at and mentor in mentor_at
        ]
        return np.array(found, dtype=np.intp).reshape(-1, 2)

    def values(self, places: Rows) -> Block:
        """Return what the mentors are worth to these mentees; negative where a pair is ruled out."""
        return self._programme.values(places) if self._adjusted is None else self._adjusted[places]

    def hindrances(self, places: Rows) -> Hindrances:
        """Return what stops each pair of these mentees and all mentors."""
        return self._programme.hindrances(places)

    def worth(self, mentees: Rows, mentors: Rows) -> NDArray[np.float32]:
        """Return what each of these mentors is worth to the mentee beside them; never negative."""
        import numpy as np

        if self._adjusted is None:
            return self._programme.worth(mentees, mentors)
        worth: NDArray[np.float32] = np.maximum(self._adjusted[mentees, mentors], np.float32(0))
        return worth

    def _as_adjusted(self, occasion: Occasion, people: Dataset) -> Block:
        """Return all values as plugins leave them: they see each possible pair from both sides, and may veto it from either."""
        import numpy as np

        from ...engine.scoring import IMPOSSIBLE

        scores = np.full((len(people), len(people)), IMPOSSIBLE, dtype=np.float32)
        block = np.ix_(self.mentees, self.mentors)
        scores[block] = self._programme.values(np.arange(len(self.mentees)))
        seen = np.maximum(scores, scores.T)
        told = all_adjusted(occasion, "mentorship", people, lambda rows: seen[rows])
        agreed = (scores >= 0) & (told >= 0) & (told.T >= 0)
        values: Block = np.where(agreed, (told + told.T) / np.float32(2), IMPOSSIBLE)[block]
        return values
