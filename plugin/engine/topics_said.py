"""What the people of a crowd made visible, item by item, and how each of its terms can be quoted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .topics_terms import CONCEPT, Span, mention, stems_of, terms_of

Rows = NDArray[np.intp]


class Kind(StrEnum):
    """What a topic is made of."""

    COMMON = "common"
    """Several write about it."""
    ASKED_AND_OFFERED = "asked_and_offered"
    """Some seek what others offer."""
    ANGLES = "angles"
    """Several write about it, each from a side of their own."""
    EACH = "each"
    """Nothing that they share could be quoted: what each brings that the others do not."""


@dataclass(frozen=True, slots=True)
class Said:
    """One item that a person wrote in one facet. Only what its owner made visible may be given here."""

    row: int
    facet: str
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who, in which facet, wrote which words, to the letter."""

    row: int
    facet: str
    words: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: ``concept`` is its name in the glossary; where it is ``None``, ``words`` of one of the people must do.

    Of kinds that are about a difference, they say what it is about (for ``EACH``: nothing), and ``evidence`` is the
    sides. ``weight`` compares topics of one group.
    """

    kind: Kind
    concept: str | None
    words: str
    evidence: tuple[Evidence, ...]
    weight: float

    @property
    def people(self) -> frozenset[int]:
        """The rows of those whom it quotes."""
        return frozenset(one.row for one in self.evidence)


LONGEST_QUOTE = 120
"""Characters; of a longer item, a part is quoted."""
_ORDER = ("challenges", "goals", "needs", "interests", "offers", "title", "sector", "bio")
"""Where a person says something in several facets, which one is quoted."""
_CONCEPT_COUNTS = 1.4
"""A concept has a name in every language."""
_LENGTH_COUNTS = (0.6, 1.0, 1.1)
"""One word says little about what is meant; two or three say it."""


class Quotes:
    """Items by number, those of each person, and the terms of each.

    ``rarity`` (terms,) says how much each of ``names`` (ascending) tells; ``has`` (people, terms) who wrote it.
    """

    def __init__(self, said: Sequence[Said], people: int, ignored: Mapping[int, Collection[str]]) -> None:
        from sklearn.feature_extraction.text import CountVectorizer

        self.said, self.people = tuple(said), people
        self.terms = [terms_of(one.text, ignored.get(one.row, ())) for one in said]
        of_person: list[dict[str, None]] = [{} for _ in range(people)]
        items: list[list[int]] = [[] for _ in range(people)]
        for number, one in enumerate(self.said):
            of_person[one.row].update(dict.fromkeys(self.terms[number]))
            items[one.row].append(number)
        self._items = [sorted(numbers, key=self._place) for numbers in items]
        # A term that nobody has keeps the vocabulary from being empty.
        counter = CountVectorizer(analyzer=list, binary=True, dtype=np.float32)
        self.has = counter.fit_transform([*of_person, [""]]).tocsr()[:people]
        self.names: list[str] = counter.get_feature_names_out().tolist()
        self._column: dict[str, int] = counter.vocabulary_
        self._often: NDArray[np.float64] = np.asarray(self.has.sum(axis=0), dtype=np.float64).ravel()
        clear = np.array([_clarity(name) for name in self.names])
        self.rarity: NDArray[np.float64] = np.log1p(people / np.maximum(self._often, 1.0)) * clear

    def items(self, row: int) -> Sequence[int]:
        """Return the numbers of a person's items, those that are best quoted first."""
        return self._items[row]

    def tells(self, term: str) -> float:
        """Return how much it tells that somebody wrote this term."""
        return float(self.rarity[self._column[term]])

    def often(self, term: str) -> int:
        """Return how many people wrote this term."""
        return int(self._often[self._column[term]])

    def quoted(self, number: int, term: str) -> Evidence | None:
        """Return the words in which an item has a term; ``None`` where it has not, or the words cannot be told."""
        if term not in self.terms[number]:
            return None
        one = self.said[number]
        span = self.terms[number][term]
        if span is None:
            span = mention(one.text, term[len(CONCEPT) :])
        if span is None and len(one.text) <= LONGEST_QUOTE:
            span = Span(0, len(one.text))
        return None if span is None else Evidence(one.row, one.facet, one.text[span.start : span.end])

    def first(self, row: int, term: str, facets: Collection[str] | None = None) -> Evidence | None:
        """Return the best words in which a person has a term, in one of the facets; ``None`` where there are none."""
        for number in self._items[row]:
            if facets is None or self.said[number].facet in facets:
                found = self.quoted(number, term)
                if found is not None:
                    return found
        return None

    def _place(self, number: int) -> tuple[int, int]:
        facet = self.said[number].facet
        return _ORDER.index(facet) if facet in _ORDER else len(_ORDER), number


def subject_of(topic: Topic) -> frozenset[str]:
    """Return the stems of what a topic is about and of all words that it quotes for it."""
    named = stems_of(CONCEPT + topic.concept) if topic.concept else frozenset[str]()
    return named.union(*(frozenset(_plain(one.words)) for one in topic.evidence))


def _plain(words: str) -> list[str]:
    return [stem for term in terms_of(words) if not term.startswith(CONCEPT) for stem in term.split()]


def _clarity(term: str) -> float:
    if term.startswith(CONCEPT):
        return _CONCEPT_COUNTS
    return _LENGTH_COUNTS[min(len(term.split()), len(_LENGTH_COUNTS)) - 1] if term else 0.0
