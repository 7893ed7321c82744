"""What a few people could talk about: what they have in common, and where they differ, in words that they wrote.

Nothing is claimed about anybody: a topic is a concept of the glossary or somebody's own words, with the evidence of
who wrote what, to the letter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .topics_common import spread, subjects
from .topics_said import Evidence, Kind, Quotes, Rows, Said, Topic
from .topics_sides import differences

__all__ = ["Evidence", "Kind", "Said", "Topic", "Topics"]


class Topics:
    """What a whole crowd made visible, ready to find the topics of some of its people."""

    def __init__(
        self,
        said: Sequence[Said],
        people: int,
        *,
        vectors: NDArray[np.int8] | None = None,
        ignored: Mapping[int, Collection[str]] | None = None,
    ) -> None:
        """``said`` holds only what its owners made visible. ``vectors`` (len(said), d) are those items' in one space:
        with them, what means the same meets under other words. ``ignored`` are stems by row that are nobody's
        topic where that person writes them: their own name.
        """
        self._quotes = Quotes(said, people, ignored or {})
        self._vectors = vectors

    def of(self, rows: Rows, *, common: int = 3, differing: int = 2) -> tuple[Topic, ...]:
        """Return up to so many topics that people have in common, and then that they differ about.

        ``rows`` are the people of a circle, a table or a session. People who made nothing visible are in no topic, and
        fewer than two others have none.
        """
        found = subjects(self._quotes, rows, self._vectors)
        shared = spread(found, common)
        return (*shared, *differences(self._quotes, rows, found, shared, differing))
