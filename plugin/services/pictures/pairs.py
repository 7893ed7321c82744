"""Draws pairs as A4 pages that an organiser can print: each mentor beside their mentees, and who has no mentor.

Labels are in French and English. Texts are wrapped by a width that no usual sans-serif font exceeds, so that nothing
is cut off whatever font a printer has.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ...domain.model import Profile
from ..wording import say_why
from .lettering import Line, wrapped

WIDTH, HEIGHT = 210.0, 297.0
"""An A4 page, in millimetres, as all that follows."""
_MARGIN, _TOP, _BOTTOM = 14.0, 36.0, 280.0
_CARD = 82.0
_RIGHT = WIDTH - _MARGIN - _CARD
_PADDING, _GAP, _BETWEEN = 2.6, 1.8, 4.2
_NAME, _SMALL = 3.6, 2.9
"""Heights of letters."""
_LEADING = 1.3
_INK, _SOFT, _LINE, _MENTOR, _PAPER = "#1d2733", "#4a5766", "#6b7a8c", "#e6eef7", "#ffffff"
_FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
# French first, then English, wherever both stand.
_TITLE = "Mentors et mentorés · Mentors and mentees"
_MENTOR_COLUMN, _MENTEE_COLUMN = "Mentor", "Mentorés · Mentees"
_ALONE = "Encore sans mentor · Still without a mentor"
_PINNED = "fixé par l’organisation · set by the organiser"
_READ = ("fr", "en")
_TALLEST = 110.0
"""Of a card of people without a mentor."""


@dataclass(frozen=True, slots=True)
class Couple:
    """A mentor with one mentee; ``pinned``: the organiser said so."""

    mentor: str
    mentee: str
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Alone:
    """Somebody without a mentor, and what stopped it, as a code that ``plugin/locales`` words."""

    mentee: str
    because: str


@dataclass(frozen=True, slots=True)
class _Card:
    lines: Sequence[Line]
    dashed: bool = False

    @property
    def height(self) -> float:
        return 2 * _PADDING + sum(line.size * _LEADING for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Block:
    """A mentor and mentees, or people without a mentor under a heading; never parted between pages unless too tall."""

    mentor: _Card | None
    mentees: Sequence[_Card]

    @property
    def height(self) -> float:
        right = sum(card.height for card in self.mentees) + _GAP * (len(self.mentees) - 1)
        return max(right, self.mentor.height if self.mentor else 0.0)


def pages(couples: Sequence[Couple], alone: Sequence[Alone], profiles: Mapping[str, Profile]) -> list[str]:
    """Return one SVG document a page. ``profiles`` holds everybody who is named."""
    found = list(_pages(_blocks(couples, alone, profiles)))
    return [
        _page(blocks, number, len(found), len(couples), len(alone))
        for number, blocks in enumerate(found, start=1)
    ]


def _blocks(
    pairs: Sequence[Couple], left: Sequence[Alone], profiles: Mapping[str, Profile]
) -> Iterator[_Block]:
    of_mentor: dict[str, list[Couple]] = {}
    for pair in pairs:
        of_mentor.setdefault(pair.mentor, []).append(pair)

    def shown(person: str) -> str:
        """Return by what people are sorted: É stands with E."""
        return unicodedata.normalize("NFKD", profiles[person].name or person).casefold()

    for mentor in sorted(of_mentor, key=shown):
        cards = [
            _Card(_person(profiles[one.mentee], one.mentee, pinned=one.pinned))
            for one in sorted(of_mentor[mentor], key=lambda one: shown(one.mentee))
        ]
        yield _Block(_Card(_person(profiles[mentor], mentor)), cards)
    of_reason: dict[str, list[Alone]] = {}
    for one in sorted(left, key=lambda one: shown(one.mentee)):
        of_reason.setdefault(one.because, []).append(one)
    for alike in of_reason.values():
        start = 0
        while start < len(alike):
            end = start + 1
            while end < len(alike) and _alone(alike[start : end + 1], profiles).height <= _TALLEST:
                end += 1
            yield _Block(None, [_alone(alike[start:end], profiles)])
            start = end


def _person(profile: Profile, id_: str, *, pinned: bool = False) -> list[Line]:
    """Return the name and what the person lets others read of where they work."""
    room = _CARD - 2 * _PADDING
    lines = wrapped(profile.name or id_, room, _NAME, bold=True) + wrapped(_place(profile), room, _SMALL)
    return lines + (wrapped(_PINNED, room, _SMALL) if pinned else [])


def _alone(alike: Sequence[Alone], profiles: Mapping[str, Profile]) -> _Card:
    """Return a card of people whom the same constraint stopped."""
    room = WIDTH - 2 * _MARGIN - 2 * _PADDING
    lines = [
        line
        for language in _READ
        for line in wrapped(say_why(language, alike[0].because), room, _NAME, bold=True, language=language)
    ]
    for one in alike:
        profile = profiles[one.mentee]
        place = _place(profile)
        lines += wrapped(f"{profile.name or one.mentee}{' – ' if place else ''}{place}", room, _NAME)
    return _Card(lines, dashed=True)


def _place(profile: Profile) -> str:
    stated = (("title", profile.title), ("organisation", profile.organisation))
    return " · ".join(text for field, text in stated if text and field in profile.visible)


def _pages(blocks: Iterator[_Block]) -> Iterator[list[_Block]]:
    page: list[_Block] = []
    used = 0.0
    alone = False
    for block in blocks:
        for part in _parted(block):
            heading = 8.0 if part.mentor is None and not alone else 0.0
            if page and used + heading + part.height > _BOTTOM - _TOP:
                yield page
                page, used = [], 0.0
                alone = False
                heading = 8.0 if part.mentor is None else 0.0
            alone = part.mentor is None
            page.append(part)
            used += heading + part.height + _BETWEEN
    yield page


def _parted(block: _Block) -> Iterator[_Block]:
    """Yield a mentor with more mentees than a page takes in several parts, the mentor on each."""
    part: list[_Card] = []
    for card in block.mentees:
        if part and _Block(block.mentor, [*part, card]).height > _BOTTOM - _TOP:
            yield _Block(block.mentor, part)
            part = []
        part.append(card)
    yield _Block(block.mentor, part)


def _page(blocks: Sequence[_Block], number: int, of: int, pairs: int, left: int) -> str:
    counted = f"{pairs} binômes · {pairs} pairs"
    if left:
        counted += f" — {left} sans mentor · {left} without a mentor"
    spoken = "; ".join(_spoken(block) for block in blocks)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}mm" height="{HEIGHT:g}mm" '
            f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-labelledby="title desc" font-family="{_FONT}">'
        ),
        f'<title id="title">{escape(_TITLE)} ({number}/{of})</title>',
        f'<desc id="desc">{escape(spoken)}</desc>',
        f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="{_PAPER}"/>',
    ]
    parts += _text(_MARGIN, 19.0, wrapped(_TITLE, WIDTH - 2 * _MARGIN, 5.6, bold=True), _INK)
    parts += _text(_MARGIN, 27.0, wrapped(counted, WIDTH - 2 * _MARGIN, _SMALL), _SOFT)
    if any(block.mentor for block in blocks):
        for x, heading in ((_MARGIN, _MENTOR_COLUMN), (_RIGHT, _MENTEE_COLUMN)):
            parts += _text(x, _TOP - 1.6, wrapped(heading, _CARD, _SMALL, bold=True), _SOFT)
    y = _TOP + 1.4
    alone = False
    for block in blocks:
        if block.mentor is None and not alone:
            parts += _text(_MARGIN, y + 4.4, wrapped(_ALONE, WIDTH - 2 * _MARGIN, 4.2, bold=True), _INK)
            y += 8.0
        alone = block.mentor is None
        parts += _drawn(block, y)
        y += block.height + _BETWEEN
    if not blocks:
        parts += _text(_MARGIN, y + 4.4, wrapped("Aucun binôme · No pair", WIDTH, 4.2), _INK)
    foot = f"{number} / {of}"
    parts.append(
        f'<text x="{WIDTH / 2:g}" y="289" font-size="{_SMALL:g}" text-anchor="middle" fill="{_SOFT}">{foot}</text>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _spoken(block: _Block) -> str:
    if block.mentor is None:
        return f"{_ALONE}: {' '.join(line.text for line in block.mentees[0].lines)}"
    names = ", ".join(" ".join(line.text for line in card.lines if line.bold) for card in block.mentees)
    return f"{' '.join(line.text for line in block.mentor.lines if line.bold)} → {names}"


def _drawn(block: _Block, y: float) -> Iterator[str]:
    if block.mentor is None:
        yield from _card(_MARGIN, y, WIDTH - 2 * _MARGIN, block.mentees[0], _PAPER)
        return
    height = block.height
    middle = y + height / 2
    top = middle - block.mentor.height / 2
    stem = (_MARGIN + _CARD + _RIGHT) / 2
    right = sum(card.height for card in block.mentees) + _GAP * (len(block.mentees) - 1)
    at = middle - right / 2
    for card in block.mentees:
        centre = at + card.height / 2
        yield (
            f'<path d="M{_MARGIN + _CARD:g} {middle:.2f}H{stem:g}V{centre:.2f}H{_RIGHT:g}" fill="none" '
            f'stroke="{_LINE}" stroke-width="0.5"/>'
        )
        yield from _card(_RIGHT, at, _CARD, card, _PAPER)
        at += card.height + _GAP
    yield from _card(_MARGIN, top, _CARD, block.mentor, _MENTOR)


def _card(x: float, y: float, wide: float, card: _Card, fill: str) -> Iterator[str]:
    dashes = ' stroke-dasharray="1.4 1"' if card.dashed else ""
    yield (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{wide:g}" height="{card.height:.2f}" rx="1.6" fill="{fill}" '
        f'stroke="{_LINE}" stroke-width="0.35"{dashes}/>'
    )
    yield from _text(x + _PADDING, y + _PADDING + card.lines[0].size, card.lines, _INK)


def _text(x: float, y: float, lines: Sequence[Line], colour: str) -> Iterator[str]:
    for line in lines:
        weight = ' font-weight="700"' if line.bold else ""
        language = f' xml:lang="{line.language}"' if line.language else ""
        ink = colour if line.bold else _SOFT
        yield (
            f'<text x="{x:.2f}" y="{y:.2f}" font-size="{line.size:g}"{weight}{language} fill="{ink}">'
            f"{escape(line.text)}</text>"
        )
        y += line.size * _LEADING
