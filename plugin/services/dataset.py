"""The one place where attendees become rows of arrays, and rows become attendees again.

numpy is imported when a data set is made, so that the core can load this without ``entremise[engine]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pluggy import PluginManager

from ..domain.errors import ConfigurationError
from ..domain.events import FeedbackGiven
from ..domain.model import HostEvent, Profile
from .ports import RosterRow, UnitOfWork

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..engine.scoring import Crowd

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

    def crowd(self, vectors: NDArray[np.int8]) -> Crowd:
        """Return what the engine needs of these people; ``vectors`` has shape (n, facets, d)."""
        import numpy as np

        from ..engine.scoring import Crowd

        return Crowd(
            ids=self.ids,
            vectors=vectors,
            languages=_language_bits(self.people),
            organisations=np.array(_codes(person.organisation for person in self.people), dtype=np.int32),
            vetoes=self.vetoes,
        )


class Vectors:
    """Loads the vectors of people, and makes those that are missing; ``fresh`` collects the latter."""

    def __init__(self, uow: UnitOfWork, host_event: HostEvent, plugins: PluginManager) -> None:
        self._uow = uow
        self._host_event = host_event
        self._plugins = plugins
        answer = plugins.hook.entremise_encode_texts(texts=[])
        self.fresh: dict[int, bytes] = {}
        if answer is None:
            from ..engine.encoding import ENCODER

            self.encoder: str = ENCODER
        else:
            self.encoder = answer.encoder

    def of(self, people: Sequence[RosterRow]) -> NDArray[np.int8]:
        """Return shape (len(people), facets, d)."""
        import numpy as np

        from ..engine.scoring import FACETS

        where = (self._host_event.installation_id, self._host_event.ref)
        ids = [person.id for person in people] if len(people) <= _ASK_BY_ID else None
        stored = {**self._uow.attendees.vectors(ids, *where, self.encoder), **self.fresh}
        missing = [person for person in people if person.id not in stored]
        if missing:
            attendees = self._uow.attendees.get_many(*where, [person.ref for person in missing])
            profiles = [attendees[person.ref].profile for person in missing]
            for person, vector in zip(missing, self._encode(profiles), strict=True):
                # Nothing to say takes no room, whatever the encoder.
                self.fresh[person.id] = stored[person.id] = vector.tobytes() if vector.any() else b""
        size = max((len(stored[person.id]) for person in people), default=0)
        if any(len(stored[person.id]) not in {0, size} for person in people):
            raise ConfigurationError(
                f"encoder {self.encoder!r} gives vectors of different lengths under one name"
            )
        joined = b"".join([stored[person.id] or bytes(size) for person in people])
        return np.frombuffer(joined, dtype=np.int8).reshape(len(people), len(FACETS), size // len(FACETS))

    def _encode(self, profiles: Sequence[Profile]) -> NDArray[np.int8]:
        import numpy as np

        from ..engine.encoding import pool
        from ..engine.scoring import FACETS

        items = [scored_texts(profile, facet) for profile in profiles for facet in FACETS]
        texts = {
            text: place for place, text in enumerate(dict.fromkeys(text for item in items for text in item))
        }
        if not texts:
            return np.zeros((len(profiles), len(FACETS), 0), dtype=np.int8)
        vectors = self._encode_texts(list(texts))
        pooled = pool(
            vectors[[texts[text] for item in items for text in item]], [len(item) for item in items]
        )
        return pooled.reshape(len(profiles), len(FACETS), -1)

    def _encode_texts(self, texts: Sequence[str]) -> NDArray[Any]:
        import numpy as np

        from ..engine.encoding import encode

        answer = self._plugins.hook.entremise_encode_texts(texts=texts)
        return encode(texts) if answer is None else np.asarray(answer.vectors, dtype=np.float32)


_ASK_BY_ID = 1000
"""Up to how many people are asked for by id; beyond, all vectors of the host event are loaded."""


def scored_texts(profile: Profile, facet: str) -> tuple[str, ...]:
    """Return the texts of a facet (or of the sector) that may enter a score."""
    if not profile.may_score(facet):
        return ()
    if facet == "sector":
        return (profile.sector,) if profile.sector else ()
    return profile.texts(facet)


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
