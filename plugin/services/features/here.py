"""Who is here now: people who are in the building and said that others may know, ranked among themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..dataset import Dataset

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...engine.likeness import Block
    from ...engine.lists import Lists, ScoreRows
    from ...engine.scoring import Scorer


class HereNow:
    """``flags`` (n,) says who of the people is here, ``ids`` (h,) who they are, ``place`` (n,) where they stand among them."""

    def __init__(self, people: Dataset, length: int) -> None:
        self._people = people
        self._length = length
        self.flags: NDArray[np.bool_] = people.flags(lambda person: person.here)
        self.ids: NDArray[np.int64] = people.ids[self.flags]
        self.place: NDArray[np.intp] = self.flags.cumsum() - 1
        # Whoever says nothing of taking part from afar and has checked in stands in the hall.
        self._in_hall: NDArray[np.bool_] = people.flags(lambda person: person.mode != "remote")[self.flags]
        self._online: NDArray[np.bool_] = people.flags(lambda person: person.mode in {"remote", "both"})[
            self.flags
        ]

    @classmethod
    def of(cls, people: Dataset, settings: Mapping[str, Any]) -> HereNow | None:
        """Return it where the feature tells who is here."""
        return cls(people, settings["here_now_length"]) if settings.get("here_now") else None

    def ranked(self, score: ScoreRows) -> Lists:
        """Rank all who are here by the scores of everybody."""
        from ...engine.lists import make

        return make(self.ids, self._inside(score), self._length)

    def patched(self, before: Lists, stale: NDArray[np.bool_], score: ScoreRows) -> Lists:
        """Bring the last pass up to date for the people marked as ``stale`` (n,)."""
        from ...engine.lists import make, patch

        if before.length != self._length:
            return make(self.ids, self._inside(score), self._length)
        return patch(before, self.ids, stale[self.flags], self._inside(score))

    def patched_alone(self, before: Lists, score: Callable[[Dataset], Scorer]) -> Lists:
        """Bring it up to date where only presence changed; ``score`` makes a scorer of those who are here."""
        import numpy as np

        from ...engine.lists import patch

        there = score(self._people.among(self.flags))
        return patch(before, self.ids, np.zeros(len(self.ids), dtype=np.bool_), self._together(there.scores))

    def touched(self, before: Lists, now: Lists, changed: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whose letter (n,) differs: who came or left, whose list changed, or whose list names the ``changed``."""
        import numpy as np

        from ...engine.lists import differing

        touched: NDArray[np.bool_] = np.isin(self._people.ids, before.owners) != self.flags
        touched[self.flags] |= differing(before, now) | np.isin(now.members, changed).any(axis=1)
        return touched

    def _inside(self, score: ScoreRows) -> ScoreRows:
        import numpy as np

        place = np.flatnonzero(self.flags)
        return self._together(lambda rows: score(place[rows])[:, self.flags])

    def _together(self, score: ScoreRows) -> ScoreRows:
        """Keep those in the hall and those online apart; ``score`` is of those who are here."""
        import numpy as np

        from ...engine.scoring import IMPOSSIBLE

        in_hall, online = self._in_hall, self._online

        def together(rows: NDArray[np.intp]) -> Block:
            meet = (in_hall[rows, None] & in_hall) | (online[rows, None] & online)
            return np.where(meet, score(rows), IMPOSSIBLE)

        return together
