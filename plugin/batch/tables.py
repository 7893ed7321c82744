"""Reads pairs and decisions from CSV, and writes scores: rows name people by id, columns are found by their names."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..domain.errors import ConfigurationError
from .attendees import People, require_known
from .lines import numbered, shown, written
from .problems import Problems
from .watching import Phase, unwatched

YES = frozenset({"1", "true", "yes", "oui"})
NO = frozenset({"0", "false", "no", "non"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What ``a`` said to the suggestion of ``b``."""

    a: str
    b: str
    yes: bool


def read_pairs(
    path: str, people: People, problems: Problems, phase: Phase = unwatched
) -> Sequence[tuple[str, str]]:
    """Read pairs of two different attendees, in the order of the file; other rows become problems.

    Raises ``ConfigurationError`` when no column is called ``a`` or ``b``, or no pair is left.
    """
    pairs = [(row["a"], row["b"]) for _, row in _people_rows(path, ("a", "b"), people, problems, phase)]
    if not pairs:
        raise ConfigurationError(f"{shown(path)}: no pair of people in {people.file}")
    return pairs


def read_decisions(
    path: str, people: People, problems: Problems, phase: Phase = unwatched
) -> Sequence[Decision]:
    """Read decisions, in the order of the file; where somebody decided about the same person again, the last counts.

    Raises ``ConfigurationError`` when a column is missing, or no decision is left.
    """
    decided: dict[tuple[str, str], bool] = {}
    for number, row in _people_rows(path, ("a", "b", "decision"), people, problems, phase):
        word = row["decision"].lower()
        if word not in YES | NO:
            problems.add(shown(path), number, "must be 1 or 0, true or false, yes or no", field="decision")
            continue
        pair = row["a"], row["b"]
        decided.pop(pair, None)
        decided[pair] = word in YES
    if not decided:
        raise ConfigurationError(f"{shown(path)}: no decision about people in {people.file}")
    return [Decision(a, b, yes) for (a, b), yes in decided.items()]


def write_scores(path: str, pairs: Sequence[tuple[str, str]], scores: Iterable[float]) -> None:
    """Write ``a,b,score``; the nine digits tell any two float32 apart, so that none are tied by writing them."""
    with written(path) as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(("a", "b", "score"))
        rows.writerows((a, b, f"{score:.9g}") for (a, b), score in zip(pairs, scores, strict=True))


def _people_rows(
    path: str, columns: Sequence[str], people: People, problems: Problems, phase: Phase
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield rows of two different attendees with their line."""
    for number, row in rows_of(path, columns, problems, phase):
        if not require_known((row["a"], row["b"]), people, line=number, file=shown(path), problems=problems):
            continue
        if row["a"] == row["b"]:
            problems.add(shown(path), number, "is the same person as a", field="b")
            continue
        yield number, row


def rows_of(
    path: str,
    columns: Sequence[str],
    problems: Problems,
    phase: Phase = unwatched,
    *,
    optional: Sequence[str] = (),
    may_be_empty: Sequence[str] = (),
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the wanted columns of each row, stripped, with its line; ``optional`` ones are empty where there are none.

    Raises ``ConfigurationError`` when one of the ``columns`` is missing.
    """
    lines = numbered(path, problems, phase)
    heading = next(lines, (1, ""))[1]
    # Spreadsheets of half of Europe write semicolons.
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    names = [name.strip().lower() for name in next(csv.reader([heading], delimiter=delimiter), [])]
    missing = [column for column in columns if column not in names]
    if missing:
        raise ConfigurationError(
            f"{shown(path)}:1: no column {' and no column '.join(missing)} (the first line names the columns)"
        )
    place = {column: names.index(column) for column in (*columns, *optional) if column in names}
    for number, line in lines:
        if not line.strip():
            continue
        try:
            cells = next(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error as error:
            problems.add(shown(path), number, f"is not CSV: {error}")
            continue
        row = dict.fromkeys(optional, "")
        row |= {column: cells[at].strip() if at < len(cells) else "" for column, at in place.items()}
        empty = next((column for column in columns if not row[column] and column not in may_be_empty), None)
        if empty:
            problems.add(shown(path), number, "is empty", field=empty)
            continue
        yield number, row
