"""The one place where attendees become rows of arrays, and rows become attendees again.

numpy is imported when a data set is made, so that the core can load this without ``entremise[engine]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ..domain.errors import ConfigurationError
from ..domain.events import FeedbackGiven
from .ports import RosterRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..engine.crowd import Crowd

KEEPS_APART = frozenset({"blocked", "declined"})
"""Verdicts after which two people are not suggested to each other again."""


def require_engine() -> None:
    """Raise ``ConfigurationError`` that says what to install, unless results can be computed here."""
    missing = [name for name in ("numpy", "scipy", "sklearn") if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"computing results needs {', '.join(missing)}: install entremise[engine] where the workers run"
        )


class Dataset:
    """The people of one computation, in ascending order of attendee id: row i of every array is ``rows[i]``."""

    def __init__(self, people: Iterable[RosterRow], feedback: Iterable[FeedbackGiven]) -> None:
        import numpy as np

        self.people: Sequence[RosterRow] = sorted(people, key=lambda person: person.id)
        self.ids: NDArray[np.int64] = np.array([person.id for person in self.people], dtype=np.int64)
        self.row_of: Mapping[str, int] = {person.ref: row for row, person in enumerate(self.people)}
        apart = {
            (self.row_of[said.attendee], self.row_of[said.other])
            for said in feedback
            if said.verdict in KEEPS_APART and said.attendee in self.row_of and said.other in self.row_of
        }
        pairs = sorted({(min(pair), max(pair)) for pair in apart})
        self.vetoes: NDArray[np.intp] = np.array(pairs, dtype=np.intp).reshape(-1, 2)

    def __len__(self) -> int:
        return len(self.people)

    def flags(self, test: Callable[[RosterRow], bool]) -> NDArray[np.bool_]:
        """Return shape (n,): for whom the test holds."""
        import numpy as np

        return np.fromiter((test(person) for person in self.people), dtype=np.bool_, count=len(self.people))

    def vetoed_ids(self) -> NDArray[np.int64]:
        """Return the vetoed pairs by attendee id, shape (v, 2), ascending."""
        return self.ids[self.vetoes]

    def among(self, kept: NDArray[np.bool_]) -> Dataset:
        """Return the data set of some of these people."""
        part = object.__new__(Dataset)
        part.people = [person for person, keep in zip(self.people, kept.tolist(), strict=True) if keep]
        part.ids = self.ids[kept]
        part.row_of = {person.ref: row for row, person in enumerate(part.people)}
        inside = kept[self.vetoes].all(axis=1)
        part.vetoes = (kept.cumsum() - 1)[self.vetoes[inside]]
        return part

    def crowd(self, items: NDArray[np.int8], counts: NDArray[np.int32]) -> Crowd:
        """Return what the engine needs of these people; ``items`` (m, d) and ``counts`` (n, facets) as in ``Crowd``."""
        import numpy as np

        from ..engine.crowd import UNKNOWN, Crowd

        stated = (UNKNOWN if person.seniority is None else person.seniority for person in self.people)
        return Crowd(
            ids=self.ids,
            items=items,
            counts=counts,
            languages=_language_bits(self.people),
            channels=np.array([_CHANNELS[person.mode] for person in self.people], dtype=np.uint8),
            organisations=np.array(_codes(person.organisation for person in self.people), dtype=np.int32),
            sectors=np.array(_codes(person.sector for person in self.people), dtype=np.int32),
            seniority=np.fromiter(stated, dtype=np.int8, count=len(self.people)),
            vetoes=self.vetoes,
        )


_CHANNELS = {"on_site": 1, "remote": 2, "both": 3, None: 3}
"""Remote attendees meet each other and those who take part in both ways; unknown rules nothing out."""


def _language_bits(people: Sequence[RosterRow]) -> NDArray[np.uint64]:
    """Return bit sets of primary subtags (``fr-CA`` speaks ``fr``), all ones where nothing is stated."""
    import numpy as np

    stated = list({person.languages: None for person in people})
    spoken = [{tag.partition("-")[0].lower() for tag in tags} for tags in stated]
    bit = {tag: place for place, tag in enumerate(sorted(set().union(*spoken)))}
    sets = np.zeros((len(stated), max(1, -(-len(bit) // 64))), dtype=np.uint64)
    for row, tags in enumerate(spoken):
        for tag in tags:
            sets[row, bit[tag] // 64] |= np.uint64(1 << bit[tag] % 64)
    row_of = {tags: row for row, tags in enumerate(stated)}
    bits = sets[[row_of[person.languages] for person in people]]
    bits[~bits.any(axis=1)] = np.iinfo(np.uint64).max
    return bits


def _codes(names: Iterable[str]) -> list[int]:
    known: dict[str, int] = {}
    return [known.setdefault(name, len(known)) if name else -1 for name in names]
