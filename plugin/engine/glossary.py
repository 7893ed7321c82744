"""Which professional concepts a text mentions: "ML", "machine learning" and "apprentissage automatique" are one.

The names lie in ``glossary.txt``, French and English side by side. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from .words import fold, stems

DATA = Path(__file__).with_name("glossary.txt")
LANGUAGES = ("en", "fr")
"""In the order in which a line of the glossary has them."""

_SINGLE_LETTERS = re.compile(r"\b(\w)[&/](\w)\b")
_SHORT_PARTS = re.compile(r"\b(\w{1,2})-(?=\w)|(?<=\w)-(?=(?:ups?|outs?|offs?|in)\b)", re.IGNORECASE)
_DECIMALS = re.compile(r"(?<=\d)[.,](?=\d)")
_SEPARATORS = re.compile(r"[,;:.!?()\[\]{}\"«»“”\n\r\t|/•·…–—]+|\s-\s")
_WORD = re.compile(r"[^\W_]+")
_JOINING = frozenset(
    _WORD.findall("""
and at for in of on the to with my our your their his her
a au aux avec d dans de des du en et l la le les mon ma mes notre nos votre vos leur leurs sa ses sur un une
""")
)
"""Words that a name may have or lack, without accents. Others stay: "one health" is not "health"."""
_HERE: Any = None
"""The key under which a node of the trie holds the concept whose name ends there."""
_LONGEST_TAG = 3
"""Words; a text of longer pieces is a sentence, in which "it" is no technology."""
_LONGEST_ABBREVIATION = 5
"""Letters; a text in capitals with longer words is shouting, in which "IT" is no technology either."""


@dataclass(frozen=True, slots=True)
class Glossary:
    """The names, ready for look-up. ``trie`` maps word to word to concept; ``tags`` are names that stand alone."""

    labels: dict[str, tuple[str, str]]
    """Concept → its English and French name, as shown."""
    trie: dict[Any, Any] = field(default_factory=dict)
    tags: dict[tuple[str, ...], str] = field(default_factory=dict)


def concepts(text: str) -> tuple[str, ...]:
    """Return the concepts that the text mentions, each once, in order of first mention; the longest name wins.

    >>> concepts("Cherche un data scientist pour du ML, et des gens des RH")
    ('data science', 'machine learning', 'human resources')
    """
    pieces = [_WORD.findall(piece) for piece in _SEPARATORS.split(_joined(text))]
    is_tags = max(map(len, pieces)) <= _LONGEST_TAG
    shouted = text.isupper() and any(len(word) > _LONGEST_ABBREVIATION for words in pieces for word in words)
    found: dict[str, None] = {}
    for words in pieces:
        found.update(dict.fromkeys(_mentions(words, is_tag=is_tags, shouted=shouted)))
    return tuple(found)


def label(concept: str, language: str) -> str:
    """Return what the concept is called in English (``en``) or French (``fr``); ``KeyError`` for another language.

    >>> label("machine learning", "fr")
    'apprentissage automatique'
    """
    return glossary().labels[concept][dict(zip(LANGUAGES, (0, 1), strict=True))[language]]


@cache
def glossary() -> Glossary:
    """Read and compile the glossary, once per process; ``ValueError`` names the line that cannot be used."""
    return compiled(DATA.read_text(encoding="utf-8").splitlines())


def compiled(lines: Iterable[str]) -> Glossary:
    """Compile lines of the form ``name, name = nom, nom``; a name that two concepts claim is refused."""
    made = Glossary(labels={})
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        english, _, french = ([name.strip() for name in side.split(",")] for side in line.partition("="))
        if not all((*english, *french)):
            raise ValueError(f"line {number} of the glossary must be `name, name = nom, nom`: {line!r}")
        concept = english[0].rstrip("*")
        made.labels[concept] = (concept, french[0].rstrip("*"))
        for name in (*english, *french):
            if _claim(made, name, concept) != concept:
                raise ValueError(f"line {number} of the glossary: {name!r} is claimed by two concepts")
    return made


def _claim(made: Glossary, name: str, concept: str) -> str:
    """Enter a name; return the concept that has it."""
    words = _WORD.findall(_joined(name.rstrip("*")))
    is_abbreviation = len(words) == 1 and words[0].isupper() and words[0].isalpha()
    if is_abbreviation or name.endswith("*"):
        owner = made.tags.setdefault(_tag(words), concept)
        if not is_abbreviation or owner != concept:
            return owner
    node = made.trie
    for word in words:
        edge = _capitals(word) if is_abbreviation else _stem(word)
        if edge:
            node = node.setdefault(edge, {})
    if node is made.trie:
        raise ValueError(f"{name!r} has no word that carries meaning")
    return str(node.setdefault(_HERE, concept))


def _mentions(words: list[str], *, is_tag: bool, shouted: bool) -> Iterator[str]:
    known = glossary()
    if is_tag and words and (alone := known.tags.get(_tag(words))):
        yield alone
        return
    edges = [both for word in words if any(both := (_stem(word), "" if shouted else _capitals(word)))]
    place = 0
    while place < len(edges):
        length, concept = _longest(known.trie, edges, place)
        if concept is not None:
            yield concept
        place += max(1, length)


def _longest(node: dict[Any, Any], edges: list[tuple[str, str]], place: int) -> tuple[int, str | None]:
    """Return how many words from ``place`` on make the longest name, and its concept."""
    best: tuple[int, str | None] = (0, node.get(_HERE))
    if place == len(edges):
        return best
    for edge in edges[place]:
        below = node.get(edge) if edge else None
        if below is not None:
            length, concept = _longest(below, edges, place + 1)
            if concept is not None and length + 1 > best[0]:
                best = (length + 1, concept)
    return best


def _joined(text: str) -> str:
    """Join what is one word though its parts are too short to be: R&D, e-learning, start-up, 4.0."""
    text = _SINGLE_LETTERS.sub(r"\1\2", text)
    text = _SHORT_PARTS.sub(r"\1", text)
    return _DECIMALS.sub("", text)


def _tag(words: list[str]) -> tuple[str, ...]:
    return tuple(_stem(word) or fold(word) for word in words)


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    """Return the word without plural and accents; empty for one that only joins others."""
    folded = fold(word)
    return "" if len(word) == 1 or folded in _JOINING else " ".join(stems(word)) or folded


@lru_cache(maxsize=1 << 12)
def _capitals(word: str) -> str:
    """Return what an abbreviation is entered under; empty for a word that is not in capitals."""
    return f"^{fold(word)}" if len(word) > 1 and word.isupper() and word.isalpha() else ""
