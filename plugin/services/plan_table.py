"""A plan as a table for organisers: one line for each person in each group, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import orjson

from ..domain.plans import Plan

FIXED = ("group", "person", "name", "role")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet may take for a formula, whatever quotes stand around it in the file."""


def table(plan: Plan, names: Mapping[str, str]) -> str:
    """Return the plan as CSV (RFC 4180): ``group``, what says where and when, ``person``, ``name``, ``role``.

    Columns of the place are the plan's own words, in the order in which they come up; one that is called like a
    column there is already has ``place.`` before it. People whose name is not known have none.
    """
    places = list(dict.fromkeys(key for group in plan.groups for key in group.place))
    written = io.StringIO(newline="")
    # Every cell in quotes: a spreadsheet that parts cells at semicolons must not see new ones in a name.
    rows = csv.writer(written, quoting=csv.QUOTE_ALL)
    headings = [f"place.{key}" if key in FIXED else key for key in places]
    rows.writerow(plain(cell) for cell in ("group", *headings, "person", "name", "role"))
    for group in plan.groups:
        where = [_said(group.place.get(key)) for key in places]
        for member in group.members:
            cells = (group.key, *where, member.person, names.get(member.person, ""), member.role)
            rows.writerow(plain(cell) for cell in cells)
    return written.getvalue()


def plain(cell: str) -> str:
    """Return a cell that no spreadsheet computes: an apostrophe stands before what would begin a formula.

    >>> plain("=HYPERLINK(1)"), plain("Zoé"), plain("")
    ("'=HYPERLINK(1)", 'Zoé', '')
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _said(value: Any) -> str:
    """Return a value of a place in words; what is no text or number is written as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
