"""Lines of text for pictures, broken where they have no room: nobody measures fonts, all widths are upper bounds."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_NARROW = frozenset("iljtfrI.,:;!'’|()[] ·-\u00a0\u202f")
_WIDE = frozenset("mwMW@%—…œŒæÆ→⚑")
_UNSEEN = frozenset(("Cc", "Cs", "Cn"))
_BOLD = 1.1
"""How much wider bold letters are."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of letters ``size`` high."""

    text: str
    size: float
    bold: bool = False
    language: str = ""


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return a width that this text does not exceed in any usual sans-serif font."""
    return sum(map(_em, text)) * size * (_BOLD if bold else 1.0)


def wrapped(text: str, room: float, size: float, *, bold: bool = False, language: str = "") -> list[Line]:
    """Break a text into lines that are no wider than ``room``; words that are wider are broken, too."""
    lines: list[str] = []
    now = ""
    # What XML has no way to hold is nothing that anybody sees.
    seen = "".join(
        letter for letter in text if letter.isspace() or unicodedata.category(letter) not in _UNSEEN
    )
    for word in seen.split():
        for piece in _broken(word, room, size, bold=bold):
            longer = f"{now} {piece}" if now else piece
            if now and width(longer, size, bold=bold) > room:
                lines.append(now)
                now = piece
            else:
                now = longer
    if now:
        lines.append(now)
    return [Line(line, size, bold, language) for line in lines]


def _broken(word: str, room: float, size: float, *, bold: bool) -> Iterator[str]:
    part = ""
    for letter in word:
        if part and width(part + letter, size, bold=bold) > room:
            yield part
            part = ""
        part += letter
    yield part


def _em(letter: str) -> float:
    """Return the width of a letter, in sizes."""
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    if letter in _NARROW:
        return 0.45
    if letter in _WIDE:
        return 1.02
    return 0.8 if letter.isupper() else 0.66
