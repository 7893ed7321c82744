"""What two biographies have in common that is worth quoting: a run of words that both have, or a concept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..engine.words import FUNCTION_WORDS, fold, is_telling, stems
from .likeness import Item

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_STOPS = frozenset(".;:!?,()\n")
_TELLING = 2
"""So many telling words make a run worth quoting."""
_LONGEST = 12
"""Words of a run that are quoted."""
_COMMONPLACE = frozenset(
    f"§{name}" for name in ("budgeting", "coaching", "languages", "leadership", "project management", "teamwork")
)
"""Concepts that any biography may mention in passing."""


@dataclass(frozen=True, slots=True)
class Common:
    """``run``: the words as each of the two spells them. ``topic``: a concept of the glossary, on both sides."""

    how: Literal["run", "topic"]
    mine: str
    theirs: str


def in_common(one: Item, other: Item, names: Sequence[str] = ()) -> Common | None:
    """Return what the two biographies have in common, leaving out these names (of organisations and titles).

    >>> in_common(Item.of("My days: saving bees in cities."), Item.of("I study how we are saving bees in cities"))
    Common(how='run', mine='saving bees in cities', theirs='saving bees in cities')
    """
    if one.telling.isdisjoint(other.telling):
        return None
    apart = frozenset(word for name in names for word in _WORD.findall(fold(name)))
    run = _longest_run(one.text, other.text, apart)
    if run is not None:
        return Common("run", *run)
    for topic in sorted(one.concepts & other.concepts - _COMMONPLACE):
        if apart.isdisjoint(fold(topic[1:]).split()):
            return Common("topic", topic[1:], topic[1:])
    return None


@dataclass(frozen=True, slots=True)
class _Word:
    """A word, where it stands in its text, and whether a sentence or a part of one begins with it."""

    folded: str
    start: int
    end: int
    is_telling: bool
    joins: bool
    begins: bool


@lru_cache(maxsize=20_000)
def _words(text: str) -> tuple[tuple[_Word, ...], dict[tuple[str, str], tuple[int, ...]]]:
    """Return the words of a text, and where each two neighbours stand that are not parted by a stop."""
    found: list[_Word] = []
    pairs: dict[tuple[str, str], tuple[int, ...]] = {}
    for match in _WORD.finditer(text):
        word = fold(match.group())
        gap = text[found[-1].end if found else 0 : match.start()]
        telling = any(is_telling(stem) for stem in stems(word))
        begins = not found or any(sign in gap for sign in _STOPS)
        found.append(
            _Word(word, match.start(), match.end(), telling, len(word) == 1 or word in FUNCTION_WORDS, begins)
        )
        if not begins:
            pair = found[-2].folded, word
            pairs[pair] = (*pairs.get(pair, ()), len(found) - 2)
    return tuple(found), pairs


def _longest_run(one: str, other: str, apart: frozenset[str]) -> tuple[str, str] | None:
    """Return the longest run of words that both have, as each of them has it, if it tells enough."""
    ours, starts = _words(one)
    others, theirs = _words(other)
    best: tuple[int, int, int] = (0, 0, 0)
    for pair in starts.keys() & theirs.keys():
        for here in starts[pair]:
            for there in theirs[pair]:
                length = _common(ours[here:], others[there:], apart)
                best = max(best, (length, -here, -there))
    length, here, there = best[0], -best[1], -best[2]
    while length and ours[here].joins:
        here, there, length = here + 1, there + 1, length - 1
    length = min(length, _LONGEST)
    while length and ours[here + length - 1].joins:
        length -= 1
    if sum(word.is_telling for word in ours[here : here + length]) < _TELLING:
        return None
    return (
        one[ours[here].start : ours[here + length - 1].end],
        other[others[there].start : others[there + length - 1].end],
    )


def _common(ours: Sequence[_Word], others: Sequence[_Word], apart: frozenset[str]) -> int:
    length = 0
    for mine, yours in zip(ours, others, strict=False):
        stopped = length and (mine.begins or yours.begins)
        if mine.folded != yours.folded or mine.folded in apart or stopped:
            break
        length += 1
    return length
