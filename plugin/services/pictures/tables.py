"""Draws a table plan as A4 pages that an organiser can print: round tables with the names around, hosts marked.

Nothing but seats is shown: neither diets nor who needs a step-free place, since such pages hang on walls. Labels are in
French and English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, pi, sin, sqrt

from .lettering import width, wrapped

WIDTH, HEIGHT = 297.0, 210.0
"""An A4 page on its side, in millimetres, as all that follows."""
_MARGIN, _TOP, _BOTTOM = 12.0, 30.0, 192.0
_COLUMNS, _GAP = 3, 5.0
_CELL = (WIDTH - 2 * _MARGIN - (_COLUMNS - 1) * _GAP) / _COLUMNS
_NAME, _SMALL, _HEAD, _TITLE = 2.9, 2.8, 3.6, 5.6
_LEADING, _BETWEEN = 1.25, 1.3
_SEAT, _REACH = 1.3, 5.0
"""Half of a seat's width, and how far from a table names begin."""
_INK, _SOFT, _LINE, _TABLE, _HOST, _PAPER = "#1d2733", "#4a5766", "#6b7a8c", "#e6eef7", "#1d4e89", "#ffffff"
_FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
# French first, then English, wherever both stand.
_PLAN = "Plan de table · Table plan"
_LEGEND_HOST, _LEGEND_GUEST, _LEGEND_FREE = (
    "hôte de la table · table host",
    "convive · guest",
    "place libre · free seat",
)
_NOWHERE = "Sans place · Without a seat"


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody at a table, as people there may read it."""

    name: str
    host: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table at one meal."""

    name: str
    seats: int
    people: Sequence[Guest]


@dataclass(frozen=True, slots=True)
class Meal:
    """All tables of one meal, and the names of who has no seat at it."""

    name: str
    tables: Sequence[Table]
    nowhere: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Label:
    """One name, on as many lines as it takes."""

    lines: Sequence[str]
    host: bool

    @property
    def height(self) -> float:
        return len(self.lines) * _NAME * _LEADING


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One table: the names on its left and right, from top to bottom."""

    name: str
    seats: int
    left: Sequence[_Label]
    right: Sequence[_Label]
    radius: float

    @property
    def people(self) -> int:
        return len(self.left) + len(self.right)

    @property
    def height(self) -> float:
        sides = (sum(one.height + _BETWEEN for one in side) for side in (self.left, self.right))
        return max(*sides, 2 * (self.radius + 2 * _SEAT)) + _HEAD * 2 + 4.0


def pages(meals: Sequence[Meal]) -> list[str]:
    """Return one SVG document a page, each meal on pages of its own."""
    sheets = [(meal, rows) for meal in meals for rows in _sheets(map(_drawn, meal.tables))]
    found = []
    for number, (meal, rows) in enumerate(sheets, start=1):
        last = number == len(sheets) or sheets[number][0] is not meal
        found.append(_page(meal.name, rows, number, len(sheets), meal.nowhere if last else ()))
    return found


def _drawn(table: Table) -> _Drawn:
    people = sorted(table.people, key=lambda one: not one.host)
    radius = max(7.0, sqrt(table.seats) * 3.4 if table.seats <= 24 else 16.0)
    room = _CELL / 2 - radius - _SEAT - _REACH
    labels = [
        _Label([line.text for line in wrapped(one.name, room, _NAME, bold=one.host)] or [""], one.host)
        for one in people
    ]
    # Clockwise from the top: down the right side, up the left one.
    half = (len(labels) + 1) // 2
    return _Drawn(table.name, table.seats, labels[half:][::-1], labels[:half], radius)


def _sheets(tables: Iterator[_Drawn]) -> Iterator[list[list[_Drawn]]]:
    """Yield pages of rows of tables."""
    page: list[list[_Drawn]] = []
    used = 0.0
    row: list[_Drawn] = []
    for table in [*tables, None]:
        if table is not None:
            row.append(table)
        if row and (table is None or len(row) == _COLUMNS):
            height = max(one.height for one in row)
            if page and used + height > _BOTTOM - _TOP:
                yield page
                page, used = [], 0.0
            page.append(row)
            used += height + _GAP
            row = []
    yield page


def _page(meal: str, rows: Sequence[Sequence[_Drawn]], number: int, of: int, left: Sequence[str]) -> str:
    title = f"{_PLAN} – {meal}" if meal else _PLAN
    tables = [table for row in rows for table in row]
    spoken = "; ".join(f"table {table.name}: {', '.join(_read(table)) or '–'}" for table in tables)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}mm" height="{HEIGHT:g}mm" '
            f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-labelledby="title desc" font-family="{_FONT}">'
        ),
        f'<title id="title">{escape(title)} ({number}/{of})</title>',
        f'<desc id="desc">{escape(spoken)}</desc>',
        f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="{_PAPER}"/>',
    ]
    heading = wrapped(title, WIDTH - 2 * _MARGIN, _TITLE, bold=True)[:1]
    parts += [_text(_MARGIN, 17.0, line.text, _TITLE, _INK, bold=True) for line in heading]
    parts += _legend()
    y = _TOP
    for row in rows:
        tallest = max(one.height for one in row)
        for column, table in enumerate(row):
            parts += _table(table, _MARGIN + column * (_CELL + _GAP), y, tallest)
        y += tallest + _GAP
    if left:
        told = wrapped(f"{_NOWHERE} ({len(left)}): {', '.join(left)}", WIDTH - 2 * _MARGIN, _SMALL)
        if len(told) > 2:  # the files name them all
            told = wrapped(f"{_NOWHERE}: {len(left)}", WIDTH - 2 * _MARGIN, _SMALL)
        parts += [_text(_MARGIN, 196.5 + 3.6 * at, line.text, _SMALL, _SOFT) for at, line in enumerate(told)]
    parts.append(_text(WIDTH / 2, 205.0, f"{number} / {of}", _SMALL, _SOFT, anchor="middle"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _read(table: _Drawn) -> list[str]:
    """Return the names in the order of seats, for who listens."""
    labels = [*table.right, *reversed(table.left)]
    return [" ".join(one.lines) + (" (hôte · host)" if one.host else "") for one in labels]


def _legend() -> Iterator[str]:
    x = _MARGIN + _SEAT
    for fill, line, said in (
        (_HOST, _HOST, _LEGEND_HOST), (_LINE, _LINE, _LEGEND_GUEST), (_PAPER, _LINE, _LEGEND_FREE),
    ):  # fmt: skip
        yield _dot(x, 23.0, fill, line)
        yield _text(x + 3.0, 24.0, said, _SMALL, _SOFT)
        x += 9.0 + width(said, _SMALL)


def _table(table: _Drawn, x: float, y: float, tall: float) -> Iterator[str]:
    middle, centre = x + _CELL / 2, y + _HEAD * 2 + (tall - _HEAD * 2) / 2
    yield f'<g role="group" aria-label="{escape(f"table {table.name}: {len(_read(table))}/{table.seats}")}">'
    yield (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{_CELL:.2f}" height="{tall:.2f}" rx="2" fill="none" '
        f'stroke="{_LINE}" stroke-width="0.2" stroke-dasharray="0.8 0.8"/>'
    )
    said = f"Table {table.name}" if table.name.isdigit() else table.name
    name = wrapped(said, _CELL - 24.0, _HEAD, bold=True)[0].text
    yield _text(x + 3.0, y + _HEAD + 2.0, name, _HEAD, _INK, bold=True)
    count = f"{table.people}/{table.seats}"
    yield _text(x + _CELL - 3.0, y + _HEAD + 2.0, count, _SMALL, _SOFT, anchor="end")
    yield (
        f'<circle cx="{middle:.2f}" cy="{centre:.2f}" r="{table.radius:.2f}" fill="{_TABLE}" stroke="{_LINE}" '
        f'stroke-width="0.35"/>'
    )
    # Both sides have as many seats as can be; those that are free are at the bottom.
    for side, labels, seats in ((1, table.right, (table.seats + 1) // 2), (-1, table.left, table.seats // 2)):
        yield from _side(table, middle, centre, side, labels, seats - len(labels))
    yield "</g>"


def _side(
    table: _Drawn, middle: float, centre: float, side: int, labels: Sequence[_Label], free: int
) -> Iterator[str]:
    """Draw half of a table: seats on its edge, names beside it with a line to their seats."""
    seats = len(labels) + free
    reach = table.radius + _SEAT + 0.6
    # Names stand as high as their seats do, as far as there is room.
    level = sum(-cos(pi * (place + 0.5) / seats) for place in range(len(labels))) / max(len(labels), 1)
    tall = sum(one.height + _BETWEEN for one in labels)
    room = max((table.height - _HEAD * 2 - 4.0 - tall) / 2, 0.0)
    at = centre - tall / 2 + max(-room, min(room, reach * level))
    for place in range(seats):
        angle = pi * (place + 0.5) / seats - pi / 2
        x, y = middle + side * reach * cos(angle), centre + reach * sin(angle)
        if place >= len(labels):
            yield _dot(x, y, _PAPER, _LINE)
            continue
        label = labels[place]
        beside, level = middle + side * (table.radius + _REACH), at + (label.height + _BETWEEN) / 2
        yield (
            f'<path d="M{x:.2f} {y:.2f}L{beside:.2f} {level:.2f}" stroke="{_LINE}" stroke-width="0.2" fill="none"/>'
        )
        yield _dot(x, y, _HOST if label.host else _LINE, _HOST if label.host else _LINE)
        top = level - label.height / 2 + _NAME
        for number, line in enumerate(label.lines):
            yield _text(
                beside + side * 0.8, top + number * _NAME * _LEADING, line, _NAME, _HOST if label.host else _INK,
                bold=label.host, anchor="start" if side > 0 else "end",
            )  # fmt: skip
        at += label.height + _BETWEEN


def _dot(x: float, y: float, fill: str, line: str) -> str:
    return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{_SEAT}" fill="{fill}" stroke="{line}" stroke-width="0.3"/>'


def _text(
    x: float, y: float, text: str, size: float, ink: str, *, bold: bool = False, anchor: str = "start"
) -> str:
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:g}"{weight} text-anchor="{anchor}" fill="{ink}">'
        f"{escape(text)}</text>"
    )
