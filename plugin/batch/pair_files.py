"""The files of ``pair``: pins, vetoes and the plan of before in, pairs and who is left over out."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..services.wording import LANGUAGES, say_why
from .attendees import People
from .lines import shown, written
from .problems import Problems
from .tables import rows_of
from .watching import Phase, unwatched

COLUMNS = ("mentee", "mentor", "score", "pinned", "kept")


@dataclass(frozen=True, slots=True)
class Pinned:
    """A pair that the organiser wants, and the line that says so."""

    mentee: str
    mentor: str
    line: int


@dataclass(frozen=True, slots=True)
class Paired:
    """One pair of a plan; ``kept``: the plan of before had it, too."""

    mentee: str
    mentor: str
    score: float
    pinned: bool
    kept: bool


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A mentee without a mentor. ``reason`` as the engine has it; ``mentors``: how many would be possible without it."""

    mentee: str
    reason: str
    mentors: int

    def said(self, language: str) -> str:
        """Return the reason in words."""
        return say_why(language, f"no_mentor_{self.reason}")


def read_pins(path: str, people: People, problems: Problems, phase: Phase = unwatched) -> Sequence[Pinned]:
    """Read the columns ``mentee`` and ``mentor``; a row that names no two attendees becomes a problem."""
    return [
        Pinned(row["mentee"], row["mentor"], number)
        for number, row in rows_of(path, ("mentee", "mentor"), problems, phase)
        if _two(row, ("mentee", "mentor"), number, path, people, problems)
    ]


def read_vetoes(
    path: str, people: People, problems: Problems, phase: Phase = unwatched
) -> Sequence[tuple[str, str]]:
    """Read the columns ``a`` and ``b``: two who must not be paired, whoever of them is the mentor."""
    return [
        (row["a"], row["b"])
        for number, row in rows_of(path, ("a", "b"), problems, phase)
        if _two(row, ("a", "b"), number, path, people, problems)
    ]


def read_plan(path: str, problems: Problems, phase: Phase = unwatched) -> Sequence[tuple[str, str]]:
    """Read the pairs of mentee and mentor that ``pair`` wrote before; people who are gone since are no problem."""
    return [(row["mentee"], row["mentor"]) for _, row in rows_of(path, ("mentee", "mentor"), problems, phase)]


def write_plan(path: str, pairs: Iterable[Paired]) -> None:
    """Write ``mentee,mentor,score,pinned,kept``."""
    with written(path) as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(
            (one.mentee, one.mentor, f"{one.score:.9g}", int(one.pinned), int(one.kept)) for one in pairs
        )


def write_left_over(path: str, left: Iterable[LeftOver]) -> None:
    """Write ``mentee,reason,mentors`` and the reason in words in each language."""
    with written(path) as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(("mentee", "reason", "mentors", *LANGUAGES))
        rows.writerows(
            (one.mentee, one.reason, one.mentors, *(one.said(language) for language in LANGUAGES))
            for one in left
        )


def write_circles(path: str, circle_of: Mapping[str, int]) -> None:
    """Write ``id,group``, circle after circle."""
    with written(path) as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(("id", "group"))
        placed = sorted((circle, person) for person, circle in circle_of.items())
        rows.writerows([person, circle] for circle, person in placed)


def _two(
    row: Mapping[str, str],
    columns: tuple[str, str],
    number: int,
    path: str,
    people: People,
    problems: Problems,
) -> bool:
    """Whether a row names two different attendees in these columns; if not, that is a problem."""
    for column in columns:
        if row[column] not in people.profiles:
            problems.add(shown(path), number, f"{row[column][:100]!r} is not in {people.file}", field=column)
            return False
    if row[columns[0]] == row[columns[1]]:
        problems.add(shown(path), number, f"is the same person as {columns[0]}", field=columns[1])
        return False
    return True
