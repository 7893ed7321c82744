"""Who is here now: people who are in the building and said that others may know, ranked among themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..dataset import Dataset

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...engine.lists import Lists, ScoreRows
    from ...engine.scoring import Scorer


class HereNow:
    """``flags`` (n,) says who of the people is here, ``ids`` (h,) who they are, ``place`` (n,) where they stand among them."""

    def __init__(self, people: Dataset, length: int) -> None:
        self._people = people
        self._length = length
        # Who takes part from afar has checked in, too: the rules on ways of meeting keep them among themselves.
        self.flags: NDArray[np.bool_] = people.flags(lambda person: person.here)
        self.ids: NDArray[np.int64] = people.ids[self.flags]
        self.place: NDArray[np.intp] = self.flags.cumsum() - 1

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
        return patch(before, self.ids, np.zeros(len(self.ids), dtype=np.bool_), there.scores)

    def touched(self, before: Lists, now: Lists, changed: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whose letter (n,) differs: who came or left, whose list changed, or whose list names the ``changed``."""
        import numpy as np

        from ...engine.lists import differing

        touched = np.isin(self._people.ids, before.owners) != self.flags
        touched[self.flags] |= differing(before, now) | np.isin(now.members, changed).any(axis=1)
        return touched

    def _inside(self, score: ScoreRows) -> ScoreRows:
        import numpy as np

        place = np.flatnonzero(self.flags)
        return lambda rows: score(place[rows])[:, self.flags]
