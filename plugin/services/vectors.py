"""Texts of people as vectors: the space of a host event, fitted when it is due, and everybody's stored rows.

A person's vectors are made once for each version of their profile and kept under the name of the space. A space is
fitted anew when the encoder is another one or many profiles are new or changed; that makes everybody's vectors anew,
in the worker that recomputes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
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
_OUTGROWN = 0.5
"""A space is outgrown by so many new or changed profiles, as a part of those that it was fitted on ..."""
_AT_LEAST = 15
"""... and at least this many."""
ALWAYS_UP_TO = 40
"""So few people are fitted anew at every change: each of them tells a lot about what is rare, and it takes no time."""
MOST_ITEMS = 32
"""Texts of one facet that enter a score: a list may be long, nobody reads it to the end."""


class TextEncoder:
    """The dense encoder that the plugins provide, if any does. ``name`` is what vectors are cached under."""

    def __init__(self, plugins: PluginManager) -> None:
        self._plugins = plugins
        answer = plugins.hook.entremise_encode_texts(texts=[])
        self.name: str = "words" if answer is None else answer.encoder
        self.words: float = 1.0 if answer is None else answer.words
        self.common: float = 0.0 if answer is None else answer.common
        self._is_there = answer is not None
        # A space is fitted and used in one pass: what takes long is asked for once.
        self._rows: dict[str, NDArray[Any]] = {}

    def __call__(self, texts: Sequence[str]) -> NDArray[Any] | None:
        """Return (n, e) rows, or ``None`` where words alone must do."""
        import numpy as np

        if not self._is_there:
            return None
        unknown = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if unknown:
            rows = self._asked(unknown)
            self._rows.update(zip(unknown, rows, strict=True))
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        return np.stack([self._rows[text] for text in texts])

    def _asked(self, texts: Sequence[str]) -> NDArray[Any]:
        import numpy as np

        answer = self._plugins.hook.entremise_encode_texts(texts=texts)
        if answer is None or answer.encoder != self.name:
            other = None if answer is None else answer.encoder
            raise ConfigurationError(f"{self.name!r} was to encode texts, and {other!r} answered")
        vectors = np.asarray(answer.vectors, dtype=np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise ConfigurationError(
                f"encoder {self.name!r} gave shape {vectors.shape} or endless numbers for {len(texts)} texts"
            )
        return vectors


class Vectors:
    """The vectors of one host event in one pass. ``fresh`` and ``fitted`` are what is worth keeping of it."""

    def __init__(
        self, uow: UnitOfWork, host_event: HostEvent, everybody: Sequence[RosterRow], plugins: PluginManager
    ) -> None:
        """``everybody`` is who may be scored at all; a space that they have outgrown is fitted anew."""
        self._uow = uow
        self._where = (host_event.installation_id, host_event.ref)
        self._version = host_event.dirty_version
        self._text_encoder = TextEncoder(plugins)
        self.fresh: dict[int, bytes] = {}
        self.fitted: Fitted | None = None
        self._known: dict[int, bytes] = {}
        self._space = self._stored_space(everybody) or self._fit(everybody)

    @property
    def encoder(self) -> str:
        """The name of the space, under which all vectors are kept."""
        return self._space.name

    @property
    def space(self) -> FittedSpace:
        """The space that the vectors are of."""
        return self._space

    def of(self, people: Sequence[RosterRow]) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
        """Return the items (m, d) of these people and their counts (n, facets); make those that are missing."""
        unknown = [person for person in people if person.id not in self._known]
        if unknown:
            ids = [person.id for person in unknown] if len(unknown) <= _ASK_BY_ID else None
            if self.fitted is None:
                self._known.update(self._uow.attendees.vectors(ids, *self._where, self.encoder))
            self._make([person for person in unknown if person.id not in self._known])
        return joined([self._known[person.id] for person in people])

    def _stored_space(self, everybody: Sequence[RosterRow]) -> FittedSpace | None:
        from ..engine.space import FittedSpace

        kept = self._uow.host_events.state(*self._where, SPACE)
        if kept is None or kept[1] != self._text_encoder.name:
            return None
        facts, arrays = unpack(kept[2])
        if len(everybody) <= ALWAYS_UP_TO:
            outgrown = facts["of"] != _state_of(everybody)
        else:
            new = sum(person.profile_version > facts["version"] for person in everybody)
            outgrown = new > max(_OUTGROWN * facts["people"], _AT_LEAST)
        return None if outgrown else FittedSpace.restored(facts, arrays)

    def _fit(self, everybody: Sequence[RosterRow]) -> FittedSpace:
        space = fitted(list(self._profiles(everybody).values()), self._text_encoder)
        facts = {"people": len(everybody), "version": self._version, "of": _state_of(everybody)}
        blob = pack({**space.facts(), **facts}, space.arrays())
        self.fitted = Fitted(self._text_encoder.name, blob)
        return space

    def _make(self, people: Sequence[RosterRow]) -> None:
        profiles = self._profiles(people)
        made = encoded([profiles[person.ref] for person in people], self._space, self._text_encoder)
        self.fresh.update({person.id: blob for person, blob in zip(people, made, strict=True)})
        self._known.update(self.fresh)

    def _profiles(self, people: Sequence[RosterRow]) -> dict[str, Profile]:
        found = self._uow.attendees.get_many(*self._where, [person.ref for person in people])
        return {person.ref: found[person.ref].profile for person in people}


def _state_of(people: Sequence[RosterRow]) -> str:
    """Return what differs when anybody came, left or changed their profile."""
    seen = sorted((person.id, person.profile_version) for person in people)
    return hashlib.blake2b(repr(seen).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Fitted:
    """A space that was fitted in this pass: for which text encoder, and as bytes."""

    text_encoder: str
    blob: bytes


_ASK_BY_ID = 1000
"""Up to how many people are asked for by id; beyond, all vectors of the host event are loaded."""


def fitted(profiles: Sequence[Profile], encoder: TextEncoder) -> FittedSpace:
    """Fit a space on all that these people wrote and let be scored; the order of people does not matter."""
    from ..engine.space import fit, sample

    texts = sorted(
        {text for profile in profiles for facet in _facets() for text in scored_texts(profile, facet)}
    )
    chosen = sample(texts)
    rows = encoder(chosen) if chosen else None
    return fit(chosen, rows, encoder=encoder.name, words=encoder.words, common=encoder.common)


def encoded(profiles: Sequence[Profile], space: FittedSpace, encoder: TextEncoder) -> list[bytes]:
    """Return each person's items as bytes: how many of each facet, then their int8 vectors in that order."""
    import numpy as np

    from ..engine.encoding import as_whole_numbers

    told = [[scored_texts(profile, facet) for facet in _facets()] for profile in profiles]
    place = {
        text: row for row, text in enumerate(dict.fromkeys(t for one in told for texts in one for t in texts))
    }
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
