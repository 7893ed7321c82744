"""Hard rules: who may not meet whom, whatever the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .crowd import Crowd

Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]
Columns = Rows | slice
"""With whom rows are looked at: rows (r, c) for each, or a part of everybody for all of them alike."""
Sectors = Literal["any", "other", "same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The organiser's rules on groups, besides those that always hold.

    ``sectors``: whether people meet whose sectors are known to be the same, or to be others. ``ahead``: in a kind
    with a direction, so many steps of seniority the other must be further, where both are known.
    """

    sectors: Sectors = "any"
    ahead: int | None = None


def ruled_out(crowd: Crowd, rules: Rules, rows: Rows, columns: Columns | None) -> Flags:
    """Return where ``rows`` (r,) may not meet ``columns`` (r, c), -1 where nobody, or everybody: (r, c) or (r, n).

    A slice stands for a part of everybody.

    Nobody meets themselves, anybody without a language or a way of meeting in common, or whom one of the two does
    not want to meet.
    """
    columns = slice(None) if columns is None else columns
    languages = crowd.languages
    out = np.ones((len(rows), width_of(len(crowd), columns)), dtype=np.bool_)
    for word in range(languages.shape[1]):
        mine, theirs = seen(languages[:, word], rows, columns)
        out &= (mine & theirs) == 0
    mine, theirs = seen(crowd.channels, rows, columns)
    out |= (mine & theirs) == 0
    if isinstance(columns, slice):
        out |= np.arange(len(crowd))[columns] == rows[:, None]
    else:
        out |= (columns == rows[:, None]) | (columns < 0)
    if rules.sectors != "any":
        mine, theirs = seen(crowd.sectors, rows, columns)
        same = mine == theirs
        out |= (mine >= 0) & (theirs >= 0) & (same if rules.sectors == "other" else ~same)
    if rules.ahead is not None:
        mine, theirs = seen(crowd.seniority, rows, columns)
        out |= (mine >= 0) & (theirs >= 0) & (theirs - mine < rules.ahead)
    _apply_vetoes(out, crowd, rows, columns)
    return out


def seen(values: NDArray[Any], rows: Rows, columns: Columns) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the values of rows and of columns, ready to be compared: (r, 1) and (1, n) or (r, c)."""
    return values[rows][:, None], values[None, columns] if isinstance(columns, slice) else values[columns]


def width_of(people: int, columns: Columns) -> int:
    """Return with how many of so many people each row is looked at."""
    return len(range(people)[columns]) if isinstance(columns, slice) else int(columns.shape[1])


def _apply_vetoes(out: Flags, crowd: Crowd, rows: Rows, columns: Columns) -> None:
    vetoes = crowd.vetoes
    if not len(vetoes):
        return
    both = np.concatenate([vetoes, vetoes[:, ::-1]])
    if isinstance(columns, slice):
        place = np.full((2, len(crowd)), -1, dtype=np.intp)
        place[0, rows] = np.arange(len(rows))
        place[1, columns] = np.arange(out.shape[1])
        row, column = place[0, both[:, 0]], place[1, both[:, 1]]
        there = (row >= 0) & (column >= 0)
        out[row[there], column[there]] = True
    else:
        keys = np.sort(both[:, 0] * len(crowd) + both[:, 1])
        wanted = rows[:, None] * len(crowd) + columns
        out |= keys[np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)] == wanted
