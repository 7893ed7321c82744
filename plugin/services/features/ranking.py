"""Who is listed for whom: wide rankings by score, made in full or patched, and the lists that exposure makes of them.

Rankings are what a full pass would make, to the bit, however they came about, as long as everybody is scored with
everybody; beyond that size a full pass knows only what retrieval proposes. The lists that people see follow from
them and from what was shown before, so that little changes between runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..dataset import Dataset

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...engine.exposure import Candidates, Exposure, Group
    from ...engine.lists import Lists, ScoreRows
    from ...engine.scoring import Scorer

_WIDTH = 4
"""Candidates beyond the length of a list, as a multiple: from these exposure chooses."""
_AT_LEAST = 32
_AT_ONCE = 20_000_000
KEPT = 0.03
"""So much better a newly found person must be to replace one who was shown before."""
_NEWCOMER_UP_TO = 1
"""Seniority of early careers (0: student) ..."""
_EXPERIENCED_FROM = 3
"""... and of those who know their way around."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Rankings and lists of one pass, by attendee id. ``back`` ranks seekers for each person in a kind with a direction."""

    wide: Lists
    back: Lists | None
    lists: Lists

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what ``read`` makes the same of."""
        named = {"wide": self.wide, "back": self.back, "lists": self.lists}
        return {
            f"{name}_{part}": getattr(lists, part)
            for name, lists in named.items()
            if lists is not None
            for part in ("owners", "members", "scores")
        }

    @classmethod
    def read(cls, arrays: Mapping[str, NDArray[Any]]) -> Ranked:
        """Return what ``arrays`` was made of."""
        from ...engine.lists import Lists

        found = {
            name: Lists(arrays[f"{name}_owners"], arrays[f"{name}_members"], arrays[f"{name}_scores"])
            for name in ("wide", "back", "lists")
            if f"{name}_owners" in arrays
        }
        return cls(wide=found["wide"], back=found.get("back"), lists=found["lists"])


class Ranking:
    """Ranks the people of one data set for each other."""

    def __init__(
        self,
        people: Dataset,
        scorer: Scorer,
        wishes: Exposure,
        *,
        score: ScoreRows | None = None,
        worth: ScoreRows | None = None,
    ) -> None:
        """``score`` and ``worth`` replace the scorer's own, where plugins have changed them."""
        self._people = people
        self._scorer = scorer
        self._wishes = wishes
        self._adjusted = score is not None
        self.score: ScoreRows = score or scorer.scores
        self.worth: ScoreRows = worth or scorer.worth_of
        self._is_mutual = scorer.weights.mutual and score is None

    def full(self, shown: Lists | None = None) -> Ranked:
        """Rank everybody for everybody; ``shown`` are lists that people have seen."""
        from ...engine.lists import make
        from ...engine.matching import rank
        from ...engine.retrieval import EXACT_UP_TO

        ids, width = self._people.ids, self._width
        if self._adjusted or len(ids) <= EXACT_UP_TO:
            wide = make(ids, self.score, width)
            back = None if self._is_mutual else make(ids, self.worth, width)
            return self._allocated(wide, back, shown)
        ranked = rank(self._scorer, width)
        wide = _by_id(ids, ranked.candidates.members, ranked.candidates.scores)
        found = ranked.audiences
        return self._allocated(
            wide, None if found is None else _by_id(ids, found.members, found.scores), shown
        )

    def patched(self, before: Ranked, stale: NDArray[np.bool_]) -> Ranked:
        """Bring the last pass up to date for the people marked as ``stale`` (n,), those who came and those who went."""
        from ...engine.lists import patch

        ids = self._people.ids
        # Patching compares all who changed with everybody at once; of very many, a full pass is quicker and smaller.
        if before.wide.length != self._width or stale.sum() * len(ids) > _AT_ONCE:
            return self.full(before.lists)
        if self._is_mutual:
            return self._allocated(patch(before.wide, ids, stale, self.score), None, before.lists)
        assert before.back is not None
        wide = patch(before.wide, ids, stale, self.score, self.worth)
        back = patch(before.back, ids, stale, self.worth, self.score)
        return self._allocated(wide, back, before.lists)

    @property
    def _width(self) -> int:
        return max(_AT_LEAST, _WIDTH * self._wishes.length)

    def _allocated(self, wide: Lists, back: Lists | None, shown: Lists | None) -> Ranked:
        from ...engine.exposure import allocate
        from ...engine.matching import with_experienced

        ids = self._people.ids
        who = group(self._people, self._scorer)
        candidates = _by_row(ids, wide)
        audiences = None if back is None else _by_row(ids, back)
        before = None if shown is None else _rows_shown(ids, shown, self._wishes.length)
        made = allocate(candidates, self._wishes, who, audiences=audiences, previous=before)
        if len(made.alone):
            candidates = with_experienced(self.score, candidates, who, made.alone)
            made = allocate(candidates, self._wishes, who, audiences=audiences, previous=before)
        return Ranked(wide=wide, back=back, lists=_by_id(ids, made.members, made.scores))


def group(people: Dataset, scorer: Scorer) -> Group:
    """Return who people are as far as exposure has to know."""
    from ...engine.exposure import Group

    return Group(
        ids=people.ids,
        here=people.flags(lambda _: True),
        organisations=scorer.crowd.organisations,
        newcomer=people.flags(
            lambda person: (
                bool(person.first_time)
                or (person.seniority is not None and person.seniority <= _NEWCOMER_UP_TO)
            )
        ),
        experienced=people.flags(
            lambda person: person.seniority is not None and person.seniority >= _EXPERIENCED_FROM
        ),
    )


def _by_id(ids: NDArray[np.int64], members: NDArray[Any], scores: NDArray[Any]) -> Lists:
    """Return lists of rows (n, length) as lists of ids."""
    import numpy as np

    from ...engine.lists import NOBODY, Lists

    named = np.where(members >= 0, ids[members] if len(ids) else NOBODY, NOBODY).astype(np.int64)
    return Lists(ids, named, np.where(members >= 0, scores, 0).astype(np.float32))


def _by_row(ids: NDArray[np.int64], lists: Lists) -> Candidates:
    import numpy as np

    from ...engine.exposure import Candidates

    rows = np.where(lists.members >= 0, np.searchsorted(ids, lists.members), -1).astype(np.int32)
    return Candidates(members=rows, scores=np.where(rows >= 0, lists.scores, -1).astype(np.float32))


def _rows_shown(ids: NDArray[np.int64], shown: Lists, length: int) -> NDArray[np.int32]:
    """Return what each was shown, as rows (n, length); those who are gone left out."""
    import numpy as np

    rows = np.full((len(ids), length), -1, dtype=np.int32)
    if not len(ids) or not len(shown.owners):
        return rows
    place = np.minimum(np.searchsorted(shown.owners, ids), len(shown.owners) - 1)
    known = np.flatnonzero(shown.owners[place] == ids)
    members = shown.members[place[known], :length]
    found = np.minimum(np.searchsorted(ids, members), len(ids) - 1)
    rows[known, : members.shape[1]] = np.where(ids[found] == members, found, -1)
    return rows
