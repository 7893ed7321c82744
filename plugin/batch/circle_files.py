"""The files of ``circle``: sizes and rules in, who is in which circle out, and what each could talk about."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from ..domain.errors import ConfigurationError
from .attendees import People
from .lines import numbered, shown, written
from .problems import Problems
from .tables import rows_of
from .watching import Phase, unwatched

LARGEST = 1000
"""People in one group, by whatever is asked for."""
MOST_GROUPS, MOST_ROUNDS = 100_000, 50
_RANGE = re.compile(r"(\d{1,4})(?::(\d{1,4}))?")


@dataclass(frozen=True, slots=True)
class Ruled:
    """The organiser's rules by id. ``pins`` say in which group, by its number, somebody is."""

    together: Sequence[Sequence[str]] = ()
    apart: Sequence[tuple[str, str]] = ()
    pins: Mapping[str, int] = field(default_factory=dict)
    hosts: frozenset[str] | None = None


Placed = Mapping[tuple[str, int], int]
"""The group of a person in a round; both are counted from 1."""


def read_sizes(path: str) -> Sequence[int]:
    """Read a JSON list of group sizes. Raises ``ConfigurationError`` that names the entry that cannot be used."""
    sizes = _json(path)
    if not isinstance(sizes, list) or not sizes:
        raise ConfigurationError(f"{shown(path)}: must be a list of group sizes, like [4, 4, 5]")
    for place, size in enumerate(sizes):
        if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= LARGEST:
            raise ConfigurationError(f"{shown(path)}: [{place}]: must be a whole number from 1 to {LARGEST}")
    return sizes


def read_range(text: str) -> tuple[int, int]:
    """Return the bounds in ``3:8``, or twice the number in ``4``; ``ValueError`` for anything else.

    >>> read_range("3:8"), read_range("4")
    ((3, 8), (4, 4))
    """
    found = _RANGE.fullmatch(text.strip())
    least, most = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 2 <= least <= most <= LARGEST:
        raise ValueError("must be two numbers like 3:8, the smallest and the largest group, or one")
    return least, most


def read_rules(path: str, people: People) -> Ruled:
    """Read a JSON object with ``together``, ``apart``, ``pins`` and ``hosts``; raises ``ConfigurationError``."""
    data = _json(path)
    if not isinstance(data, dict):
        raise ConfigurationError(f"{shown(path)}: must be an object with together, apart, pins or hosts")
    unknown = sorted(set(data) - {"together", "apart", "pins", "hosts"})
    if unknown:
        raise ConfigurationError(
            f"{shown(path)}: {unknown[0][:100]}: is no rule (together, apart, pins, hosts)"
        )
    together = _sets(path, "together", data.get("together", []), people)
    apart = _sets(path, "apart", data.get("apart", []), people)
    pins = data.get("pins", {})
    if not isinstance(pins, dict):
        raise ConfigurationError(f"{shown(path)}: pins: must be an object of id to group")
    for person, group in pins.items():
        _require(path, f"pins.{person}", [person], people)
        if not isinstance(group, int) or isinstance(group, bool) or not 1 <= group <= MOST_GROUPS:
            raise ConfigurationError(
                f"{shown(path)}: pins.{person[:100]}: must be the number of a group, from 1"
            )
    hosts = data.get("hosts")
    if hosts is not None:
        hosts = frozenset(_require(path, "hosts", hosts, people))
    return Ruled(
        together=together,
        apart=[(one, other) for ids in apart for at, one in enumerate(ids) for other in ids[at + 1 :]],
        pins=pins,
        hosts=hosts,
    )


def read_placed(path: str, people: People, problems: Problems, phase: Phase = unwatched) -> Placed:
    """Read what ``circle`` wrote: ``id,group``, and ``round`` where there are several.

    Who is no attendee any more, or stands twice in a round, becomes a problem; an empty group is passed over.
    """
    placed: dict[tuple[str, int], int] = {}
    for number, row in rows_of(
        path, ("id", "group"), problems, phase, optional=("round",), may_be_empty=("group",)
    ):
        round_ = row["round"] or "1"
        if row["id"] not in people.profiles:
            problems.add(shown(path), number, f"{row['id'][:100]!r} is not in {people.file}", field="id")
        elif not _is_number(round_, MOST_ROUNDS):
            problems.add(shown(path), number, "must be a number from 1", field="round")
        elif (row["id"], int(round_)) in placed:
            problems.add(shown(path), number, "stands on an earlier line already", field="id")
        elif row["group"] and not _is_number(row["group"], MOST_GROUPS):
            problems.add(shown(path), number, "must be the number of a group, from 1", field="group")
        elif row["group"]:
            placed[row["id"], int(round_)] = int(row["group"])
    return placed


def write_placed(path: str, placed: Iterable[tuple[str, int, str]], *, rounds: int) -> None:
    """Write ``id,group``, or ``id,round,group`` where there are several rounds; an empty group: left over."""
    with written(path) as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(("id", "group") if rounds == 1 else ("id", "round", "group"))
        rows.writerows(
            (person, group) if rounds == 1 else (person, round_, group) for person, round_, group in placed
        )


def write_topics(path: str, circles: Iterable[Mapping[str, Any]]) -> None:
    """Write one circle a line, as JSON."""
    with written(path) as stream:
        for circle in circles:
            stream.write(orjson.dumps(circle, option=orjson.OPT_APPEND_NEWLINE).decode())


def _is_number(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 8 and 1 <= int(text) <= most


def _json(path: str) -> Any:
    problems = Problems()
    text = "\n".join(line for _, line in numbered(path, problems))
    for problem in problems:
        raise ConfigurationError(str(problem))
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(f"{shown(path)}: is not JSON: {error}") from error


def _sets(path: str, name: str, given: Any, people: People) -> Sequence[Sequence[str]]:
    if not isinstance(given, list):
        raise ConfigurationError(f"{shown(path)}: {name}: must be a list of lists of ids")
    found = []
    for place, ids in enumerate(given):
        found.append(_require(path, f"{name}.{place}", ids, people))
        if len(set(ids)) < max(len(ids), 2):
            raise ConfigurationError(
                f"{shown(path)}: {name}.{place}: must name two people or more, each once"
            )
    return found


def _require(path: str, name: str, ids: Any, people: People) -> Sequence[str]:
    if not isinstance(ids, list) or not all(isinstance(person, str) for person in ids):
        raise ConfigurationError(f"{shown(path)}: {name[:100]}: must be a list of ids")
    for person in ids:
        if person not in people.profiles:
            raise ConfigurationError(f"{shown(path)}: {name[:100]}: {person[:100]!r} is not in {people.file}")
        if person not in people.grouping():
            raise ConfigurationError(
                f"{shown(path)}: {name[:100]}: {person[:100]!r} did not agree to groups (consent.groups), or cancelled"
            )
    return ids
