"""Whether two things that people wrote are so alike that quoting them side by side convinces.

The engine's nearness counts every text a little like every other; a reader does not. Shared telling words and
concepts of the glossary make sure; without them only a nearness that chance and set phrases do not reach will do.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..engine.glossary import concepts
from ..engine.words import fold, is_telling, stems

LEAST = 0.15
"""Texts farther apart than this are never quoted together, whatever words they share."""
_SHARED = 0.5
"""Texts are alike when at least this part of their telling words is shared (Dice) ..."""
_COVERED = 0.75
"""... or this part of the shorter one's: a tag that stands in a sentence."""
_NEAR_WITH_WORDS = 0.55
"""So near must texts be that share some telling words, yet not that many ..."""
_NEAR_WITHOUT = 0.65
"""... and so near those that share one or none."""
_TAG = 4
"""Words; what is longer is a sentence, and sentences resemble each other by their set phrases."""
_SENTENCES_SHARE = 2
"""So many telling words two sentences must share, a tag one."""
_CONCEPT = "§"


@dataclass(frozen=True, slots=True)
class Item:
    """One tag or sentence: as written, as compared, and what it tells: stems of telling words, and concepts."""

    text: str
    key: str
    stems: frozenset[str]
    telling: frozenset[str]
    concepts: frozenset[str]
    is_tag: bool

    @classmethod
    def of(cls, text: str) -> Item:
        words = stems(text)
        named = frozenset(f"{_CONCEPT}{concept}" for concept in concepts(text))
        return cls(
            text=text,
            key=" ".join(fold(text).split()).rstrip(" .!?;"),
            stems=frozenset(words),
            telling=frozenset(stem for stem in words if is_telling(stem)) | named,
            concepts=named,
            is_tag=len(text.split()) <= _TAG,
        )

    def shared(self, other: Item) -> frozenset[str]:
        """Return what both tell."""
        return self.telling & other.telling


def is_same(one: Item, other: Item) -> bool:
    """Whether the two are the same tag, but for case, accents and the full stop."""
    return one.key == other.key


def is_alike(one: Item, other: Item, nearness: float) -> bool:
    """Whether somebody who reads both would agree that they are about the same.

    >>> is_alike(Item.of("machine learning"), Item.of("Apprentissage automatique"), 0.6)
    True
    >>> is_alike(Item.of("apprentissage en ligne"), Item.of("apprentissage automatique"), 0.7)
    False
    """
    if is_same(one, other):
        return True
    shared = one.shared(other)
    if not shared:
        return nearness >= _NEAR_WITHOUT and one.stems.isdisjoint(other.stems)
    if one.is_tag and other.is_tag and one.concepts and other.concepts and not one.concepts & other.concepts:
        return False
    if _names(one, other) or _names(other, one):
        return nearness >= LEAST
    count = _count(shared)
    if count < (1 if one.is_tag or other.is_tag else _SENTENCES_SHARE):
        return False
    dice = 2 * len(shared) / (len(one.telling) + len(other.telling))
    covered = len(shared) / min(len(one.telling), len(other.telling))
    if dice >= _SHARED or covered >= _COVERED:
        return nearness >= LEAST
    return nearness >= (_NEAR_WITH_WORDS if count > 1 else _NEAR_WITHOUT)


def _names(tag: Item, other: Item) -> bool:
    """Whether all concepts of a tag are in the other text, whatever words or language name them there."""
    return tag.is_tag and bool(tag.concepts) and tag.concepts <= other.concepts


def _count(shared: frozenset[str]) -> int:
    """Return how many things are shared: a word and the concept that it names are one."""
    named = sum(telling.startswith(_CONCEPT) for telling in shared)
    return max(named, len(shared) - named)
