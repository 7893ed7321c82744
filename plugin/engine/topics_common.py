"""What several people of a group write about, and others rarely do, each subject once.

Class-based TF-IDF (Grootendorst, 2022) with people as what is counted, so that nobody is louder for writing more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .topics_alike import alike_items
from .topics_said import LONGEST_QUOTE, Evidence, Kind, Quotes, Rows, Topic, subject_of
from .topics_terms import CONCEPT

_COVERED = 0.5
"""A further topic counts so much for those whom an earlier one is about."""
_LOOKED_AT = 60
"""Terms of a group that are looked at, best first: nobody talks about the sixtieth."""
_SURE = 3
"""One word of longer texts is a subject only if so many have it."""
_CROWD, _EVERYDAY = 40, 0.15
"""In a crowd of so many, one word that so large a part of it writes is no subject of a few."""
_TAG = 3
"""Words."""
_SAME = 0.5
"""Two topics are one when so much of the smaller one's words and people are the other's, too."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic and the term that it was found by, empty where items met by what they mean."""

    term: str
    topic: Topic


def subjects(quotes: Quotes, rows: Rows, vectors: NDArray[np.int8] | None) -> list[Subject]:
    """Return what at least two of these people write about, the most telling first."""
    counts = np.asarray(quotes.has[rows].sum(axis=0)).ravel()
    terms = np.flatnonzero(counts > 1)
    weights = counts[terms] * quotes.rarity[terms]
    ranked = sorted(zip((-weights).tolist(), (quotes.names[term] for term in terms), strict=True))
    found = [
        Subject(term, topic)
        for less, term in ranked[:_LOOKED_AT]
        if (topic := _topic(quotes, rows, term, -less)) is not None
    ]
    if vectors is not None:
        found += [Subject("", topic) for topic in _alike(quotes, rows, vectors)]
    found.sort(key=lambda one: (-one.topic.weight, one.term, one.topic.words))
    return _once(found)


def spread(found: Sequence[Subject], most: int) -> list[Topic]:
    """Return up to ``most`` topics, so that they are about as many of the people as can be."""
    left = [one.topic for one in found]
    covered: Counter[int] = Counter()
    chosen: list[Topic] = []
    while left and len(chosen) < most:
        worth = [
            topic.weight * sum(_COVERED ** covered[row] for row in topic.people) / len(topic.people)
            for topic in left
        ]
        best = left.pop(int(np.argmax(worth)))
        covered.update(best.people)
        chosen.append(best)
    return chosen


def _topic(quotes: Quotes, rows: Rows, term: str, weight: float) -> Topic | None:
    quoted = (quotes.first(row, term) for row in rows.tolist())
    evidence = tuple(one for one in quoted if one is not None)
    if len(evidence) < 2:
        return None
    if term.startswith(CONCEPT):
        return Topic(Kind.COMMON, term[len(CONCEPT) :], "", evidence, weight)
    if " " not in term:
        everyday = quotes.people >= _CROWD and quotes.often(term) > _EVERYDAY * quotes.people
        sure = len(evidence) >= _SURE or any(_is_tag(quotes, one, term) for one in evidence)
        if everyday or not sure:
            return None
    spelled = Counter(one.words for one in evidence)
    return Topic(Kind.COMMON, None, spelled.most_common(1)[0][0], evidence, weight)


def _is_tag(quotes: Quotes, one: Evidence, term: str) -> bool:
    """Whether somebody wrote the word by itself, or nearly so."""
    return any(
        term in quotes.terms[number] and len(quotes.said[number].text.split()) <= _TAG
        for number in quotes.items(one.row)
    )


def _alike(quotes: Quotes, rows: Rows, vectors: NDArray[np.int8]) -> list[Topic]:
    """Return topics of short items that mean nearly the same."""
    short = [
        number
        for row in rows.tolist()
        for number in quotes.items(row)
        if quotes.said[number].facet != "bio" and len(quotes.said[number].text) <= LONGEST_QUOTE
    ]
    found = []
    for cluster in alike_items(vectors[short]):
        of_person: dict[int, Evidence] = {}
        for place in cluster:
            one = quotes.said[short[place]]
            of_person.setdefault(one.row, Evidence(one.row, one.facet, one.text))
        if len(of_person) > 1:
            evidence = tuple(of_person[row] for row in sorted(of_person))
            weight = len(evidence) * float(np.log1p(quotes.people / len(evidence)))
            shortest = min((one.words for one in evidence), key=lambda words: (len(words), words))
            found.append(Topic(Kind.COMMON, None, shortest, evidence, weight))
    return found


def _once(found: Sequence[Subject]) -> list[Subject]:
    """Leave out what says the same as something before it."""
    kept: list[Subject] = []
    about: list[frozenset[str]] = []
    for one in found:
        subject = subject_of(one.topic)
        if not any(
            _overlap(subject, other) >= _SAME and _overlap(one.topic.people, before.topic.people) > _SAME
            for before, other in zip(kept, about, strict=True)
        ):
            kept.append(one)
            about.append(subject)
    return kept


def _overlap(one: frozenset[str] | frozenset[int], other: frozenset[str] | frozenset[int]) -> float:
    return len(one & other) / max(min(len(one), len(other)), 1)
