"""What a text could be a topic of: runs of telling words, and concepts of the glossary, each with where it stands."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from .glossary import concepts
from .words import fold, is_telling, stems

_WORD = re.compile(r"[^\W_]+")

CONCEPT = "§"
"""A term that starts so is a concept; others are stems, separated by spaces."""
_LONGEST = 3
"""Words of a run, not counting those that only join."""
_WIDEST = 6
"""Words in which a concept may be named, counting all."""
_STOPS = re.compile(r"[.;:!?,()\[\]{}\n\r|/•·…–—«»“”\"]|\s-\s")
_JOINING = frozenset({"of", "de", "du", "des", "d", "l", "la", "le", "les"})
"""Words over which a run goes on, without accents: "politique de santé" is one thing, "learning for energy" two."""
_COURTESY = frozenset(
    _WORD.findall("""
ailleurs afin cependant certain certaine certains davantage ensemble lorsque malgre mieux notamment parmi pendant plupart
plusieurs plutot quant selon sinon surtout tandis tellement toutefois vraiment
able actually additionally argue based clear clearly different especially explore focus focused furthermore hence highly
including instead introduce likely mainly matter matters mostly namely often particular particularly present rather
really recently respectively several show shows simply specific specifically suggest therefore thus typically unclear unlike
various widely
""")
)
"""Words of writers rather than of subjects, without accents."""
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|www\.\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text: from ``start`` up to ``end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Word:
    stem: str
    at: Span
    telling: bool
    begins: bool


def terms_of(text: str, ignored: Collection[str] = ()) -> dict[str, Span | None]:
    """Return the terms of a text with where each stands first; ``None`` for concepts, which ``mention`` finds.

    A run with one of the ``ignored`` stems is none.

    >>> list(terms_of("Réseaux de chaleur, et le coaching"))
    ['chaleur', 'coaching', '§coaching', '§heat networks']
    """
    found: dict[str, Span | None] = {}
    words = list(_words(_masked(text), ignored))
    for place, first in enumerate(words):
        if not first.telling:
            continue
        run = [first]
        found.setdefault(first.stem, first.at)
        for word in words[place + 1 : place + _LONGEST]:
            if word.begins:
                break
            run.append(word)
            if word.telling:
                found.setdefault(" ".join(one.stem for one in run), Span(first.at.start, word.at.end))
    found.update(dict.fromkeys(f"{CONCEPT}{concept}" for concept in sorted(concepts(text))))
    return found


def mention(text: str, concept: str) -> Span | None:
    """Return the shortest part of a text that names the concept by itself, ``None`` where only the whole does.

    >>> mention("We use ML for wind farms", "machine learning")
    Span(start=7, end=9)
    """
    words = [match.span() for match in _WORD.finditer(text)]
    for length in range(1, _WIDEST + 1):
        for (start, _), (_, end) in zip(words, words[length - 1 :], strict=False):
            if concept in concepts(text[start:end]):
                return Span(start, end)
    return None


def stems_of(term: str) -> frozenset[str]:
    """Return the stems that a term is made of: of a concept, those of its name."""
    return frozenset(stems(term[len(CONCEPT) :])) if term.startswith(CONCEPT) else frozenset(term.split())


def _words(text: str, ignored: Collection[str]) -> Iterator[_Word]:
    """Yield words that carry meaning; ``begins`` where a stop, or somebody's name, stands before."""
    end, begins = 0, True
    for match in _WORD.finditer(text):
        begins = begins or bool(_STOPS.search(text, end, match.start()))
        end = match.end()
        said = [] if fold(match.group()) in _joins() else stems(match.group())[:1]
        begins = begins or (not said and fold(match.group()) not in _JOINING)
        for stem in said:
            if stem in ignored:
                begins = True
                continue
            yield _Word(stem, Span(*match.span()), is_telling(stem), begins)
            begins = False


@cache
def _joins() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    english: frozenset[str] = ENGLISH_STOP_WORDS
    return _COURTESY | english


def _masked(text: str) -> str:
    """Put stops in the place of addresses: they are nobody's topic, and nobody else's business."""
    return _ADDRESS.sub(lambda found: "." * len(found.group()), text)
