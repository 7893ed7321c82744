"""Texts of people as vectors: the space of a host event, fitted when it is due, and everybody's stored rows.

A person's vectors are made once for each version of their profile and kept under the name of the space. A space is
fitted anew when the encoder is another one or the texts have become many more; that makes everybody's vectors anew,
in the worker that recomputes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pluggy import PluginManager

from ..domain.errors import ConfigurationError
from ..domain.model import HostEvent, Profile
from .ports import RosterRow, UnitOfWork
from .state import pack, unpack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..engine.space import FittedSpace

SPACE = "space"
"""The key under which a host event's space is kept beside the features' states."""
_OUTGROWN = 1.5
"""A space is outgrown by this many times the texts that it was fitted on ..."""
_AT_LEAST = 40
"""... and so many more."""
MOST_ITEMS = 32
"""Texts of one facet that enter a score: a list may be long, nobody reads it to the end."""


class TextEncoder:
    """The dense encoder that the plugins provide, if any does. ``name`` is what vectors are cached under."""

    def __init__(self, plugins: PluginManager) -> None:
        self._plugins = plugins
        answer = plugins.hook.entremise_encode_texts(texts=[])
        self.name: str = "words" if answer is None else answer.encoder
        self._is_there = answer is not None

    def __call__(self, texts: Sequence[str]) -> NDArray[Any] | None:
        """Return (n, e) rows, or ``None`` where words alone must do."""
        import numpy as np

        if not self._is_there:
            return None
        vectors = np.asarray(self._plugins.hook.entremise_encode_texts(texts=texts).vectors, dtype=np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts):  # noqa: PLR2004
            raise ConfigurationError(
                f"encoder {self.name!r} gave an array of shape {vectors.shape} for {len(texts)} texts"
            )
        return vectors


class Vectors:
    """The vectors of one host event in one pass. ``fresh`` and ``space_blob`` are what is worth keeping of it."""

    def __init__(self, uow: UnitOfWork, host_event: HostEvent, plugins: PluginManager) -> None:
        self._uow = uow
        self._where = (host_event.installation_id, host_event.ref)
        self._encoder = TextEncoder(plugins)
        self.fresh: dict[int, bytes] = {}
        self.space_blob: bytes | None = None
        self._space, self._fitted_on = self._stored_space()
        self._known: dict[int, bytes] = {}

    @property
    def encoder(self) -> str:
        """The name of the space and with it of every vector."""
        return "" if self._space is None else self._space.name

    @property
    def text_encoder(self) -> str:
        return self._encoder.name

    def prepare(self, people: Sequence[RosterRow]) -> None:
        """Make sure that everybody's vectors are there; fit a new space first where that is due."""
        stored = {} if self._space is None else self._load(people)
        missing = [person for person in people if person.id not in stored]
        profiles = self._profiles(missing)
        texts = sum(blob[0] for blob in map(_sizes, stored.values())) + sum(map(_count, profiles.values()))
        if self._space is None or texts > max(_OUTGROWN * self._fitted_on, self._fitted_on + _AT_LEAST):
            missing, profiles, stored = list(people), self._profiles(people), {}
            self._fit(list(profiles.values()), texts)
        made = self._encode([profiles[person.ref] for person in missing])
        self.fresh.update({person.id: blob for person, blob in zip(missing, made, strict=True)})
        self._known = {**stored, **self.fresh}

    def of(self, people: Sequence[RosterRow]) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
        """Return the items (m, d) of these people and their counts (n, facets); call ``prepare`` first."""
        return joined([self._known[person.id] for person in people])

    def _stored_space(self) -> tuple[FittedSpace | None, int]:
        from ..engine.space import FittedSpace

        kept = self._uow.host_events.state(*self._where, SPACE)
        if kept is None or kept[1] != self._encoder.name:
            return None, 0
        facts, arrays = unpack(kept[2])
        return FittedSpace.restored(facts, arrays), facts["items"]

    def _load(self, people: Sequence[RosterRow]) -> Mapping[int, bytes]:
        ids = [person.id for person in people] if len(people) <= _ASK_BY_ID else None
        return self._uow.attendees.vectors(ids, *self._where, self.encoder)

    def _profiles(self, people: Sequence[RosterRow]) -> dict[str, Profile]:
        if not people:
            return {}
        found = self._uow.attendees.get_many(*self._where, [person.ref for person in people])
        return {person.ref: found[person.ref].profile for person in people}

    def _fit(self, profiles: Sequence[Profile], items: int) -> None:
        self._space = fitted(profiles, self._encoder)
        self._fitted_on = items
        self.space_blob = pack({**self._space.facts(), "items": items}, self._space.arrays())

    def _encode(self, profiles: Sequence[Profile]) -> list[bytes]:
        assert self._space is not None
        return encoded(profiles, self._space, self._encoder)


_ASK_BY_ID = 1000
"""Up to how many people are asked for by id; beyond, all vectors of the host event are loaded."""


def fitted(profiles: Sequence[Profile], encoder: TextEncoder) -> FittedSpace:
    """Fit a space on all that these people wrote and let be scored; the order of people does not matter."""
    from ..engine.space import fit

    texts = sorted({text for profile in profiles for facet in _facets() for text in scored_texts(profile, facet)})
    return fit(texts, encoder(texts) if texts else None, encoder=encoder.name)


def encoded(profiles: Sequence[Profile], space: FittedSpace, encoder: TextEncoder) -> list[bytes]:
    """Return each person's items as bytes: how many of each facet, then their int8 vectors in that order."""
    import numpy as np

    from ..engine.encoding import as_whole_numbers

    told = [[scored_texts(profile, facet) for facet in _facets()] for profile in profiles]
    place = {text: row for row, text in enumerate(dict.fromkeys(t for one in told for texts in one for t in texts))}
    texts = list(place)
    rows = as_whole_numbers(space.vectors(texts, encoder(texts) if texts else None))
    blobs = []
    for one in told:
        counts = np.array([len(texts) for texts in one], dtype=np.uint8)
        chosen = [place[text] for texts in one for text in texts]
        blobs.append(counts.tobytes() + rows[chosen].tobytes() if chosen else b"")
    return blobs


def joined(blobs: Sequence[bytes]) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
    """Return the items (m, d) and counts (n, facets) that ``encoded`` wrote."""
    import numpy as np

    from ..engine.space import DIMENSIONS

    facets = len(_facets())
    heads = b"".join([blob[:facets] or bytes(facets) for blob in blobs])
    counts = np.frombuffer(heads, dtype=np.uint8).reshape(len(blobs), facets).astype(np.int32)
    items = np.frombuffer(b"".join([blob[facets:] for blob in blobs]), dtype=np.int8).reshape(-1, DIMENSIONS)
    return items, counts


def scored_texts(profile: Profile, facet: str) -> tuple[str, ...]:
    """Return the texts of a facet (or of sector and title) that may enter a score, without the empty ones."""
    if not profile.may_score(facet):
        return ()
    value = getattr(profile, facet)
    texts = (value,) if isinstance(value, str) else value or ()
    return tuple(text for text in texts if text.strip())[:MOST_ITEMS]


def _facets() -> Sequence[str]:
    from ..engine.crowd import FACETS

    return FACETS


def _sizes(blob: bytes) -> tuple[int]:
    return (sum(blob[: len(_facets())]),)


def _count(profile: Profile) -> int:
    return sum(len(scored_texts(profile, facet)) for facet in _facets())
