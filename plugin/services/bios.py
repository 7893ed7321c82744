"""What two biographies have in common that is worth quoting: a run of words that both have, or a concept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ..engine.glossary import concepts
from ..engine.words import FUNCTION_WORDS, fold, is_telling, stems

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_STOPS = frozenset(".;:!?,()\n")
_TELLING = 2
"""So many telling words make a run worth quoting."""
_LONGEST = 12
"""Words of a run that are quoted."""
_LEAD_IN = frozenset(
    [
        "aide",
        "aider",
        "aime",
        "cherche",
        "essaie",
        "help",
        "helping",
        "like",
        "looking",
        "love",
        "now",
        "travaille",
        "travailler",
        "try",
        "trying",
        "veux",
        "want",
        "work",
        "working",
    ]
)
"""Words with which a quotation does not begin: what was tried or worked at is what matters."""
_COMMONPLACE = frozenset(
    {"budgeting", "coaching", "languages", "leadership", "project management", "teamwork"}
)
"""Concepts that any biography may mention in passing."""


@dataclass(frozen=True, slots=True)
class Common:
    """``run``: the words as each of the two spells them. ``topic``: a concept of the glossary, on both sides."""

    how: Literal["run", "topic"]
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word, where it stands in its text, and whether a sentence or a part of one begins with it."""

    folded: str
    start: int
    end: int
    is_telling: bool
    joins: bool
    begins: bool


@dataclass(frozen=True, slots=True)
class Bio:
    """A biography ready to be compared. ``pairs`` says where each two neighbours stand that no stop parts."""

    text: str
    words: Sequence[Word]
    pairs: Mapping[tuple[str, str], Sequence[int]]
    concepts: frozenset[str]

    @classmethod
    def of(cls, text: str, names: Sequence[str] = ()) -> Bio:
        """Leave out these names, of the person, their organisation and their title: they are nobody's topic."""
        text = _without(text, names)
        words = _words(text)
        pairs: dict[tuple[str, str], list[int]] = {}
        for place, (one, other) in enumerate(pairwise(words)):
            if not other.begins:
                pairs.setdefault((one.folded, other.folded), []).append(place)
        return cls(text, words, pairs, frozenset(concepts(text)) - _COMMONPLACE)


def in_common(one: Bio, other: Bio) -> Common | None:
    """Return what the two biographies have in common, a run of words rather than a concept; ``None``: nothing.

    >>> in_common(Bio.of("My days: saving bees in cities."), Bio.of("I study how we are saving bees in cities"))
    Common(how='run', mine='saving bees in cities', theirs='saving bees in cities')
    """
    run = _longest_run(one, other)
    if run is not None:
        return Common("run", *run)
    both = one.concepts & other.concepts
    return Common("topic", topic := min(both), topic) if both else None


def _without(text: str, names: Sequence[str]) -> str:
    """Put stops in the place of names; everything else stays where it is."""
    folded = fold(text)
    for name in names:
        if not name.strip() or fold(name) not in folded:
            continue
        wanted = [fold(word) for word in _WORD.findall(name)]
        found = list(_WORD.finditer(text))
        spelled = [fold(match.group()) for match in found]
        for place in range(len(found) - len(wanted) + 1):
            if wanted and spelled[place : place + len(wanted)] == wanted:
                start, end = found[place].start(), found[place + len(wanted) - 1].end()
                text = text[:start] + "." + " " * (end - start - 1) + text[end:]
    return text


def _words(text: str) -> Sequence[Word]:
    found: list[Word] = []
    for match in _WORD.finditer(text):
        word = fold(match.group())
        gap = text[found[-1].end if found else 0 : match.start()]
        telling = any(is_telling(stem) for stem in stems(word))
        begins = not _STOPS.isdisjoint(gap)
        joins = len(word) == 1 or word in FUNCTION_WORDS
        found.append(Word(word, match.start(), match.end(), telling, joins, begins))
    return found


def _longest_run(one: Bio, other: Bio) -> tuple[str, str] | None:
    """Return the longest run of words that both have, as each of them has it, if it tells enough."""
    best = (0, 0, 0, 0)
    for pair in one.pairs.keys() & other.pairs.keys():
        for here in one.pairs[pair]:
            for there in other.pairs[pair]:
                length = _common(one.words[here:], other.words[there:])
                tells = sum(word.is_telling for word in one.words[here : here + length])
                best = max(best, (tells, length, -here, -there))
    length, here, there = best[1], -best[2], -best[3]
    while length and (one.words[here].joins or one.words[here].folded in _LEAD_IN):
        here, there, length = here + 1, there + 1, length - 1
    length = min(length, _LONGEST)
    while length and one.words[here + length - 1].joins:
        length -= 1
    if sum(word.is_telling for word in one.words[here : here + length]) < _TELLING:
        return None
    return _spelled(one, here, length), _spelled(other, there, length)


def _spelled(bio: Bio, start: int, length: int) -> str:
    return bio.text[bio.words[start].start : bio.words[start + length - 1].end]


def _common(ours: Sequence[Word], others: Sequence[Word]) -> int:
    length = 0
    for mine, yours in zip(ours, others, strict=False):
        if mine.folded != yours.folded or (length and (mine.begins or yours.begins)):
            break
        length += 1
    return length
