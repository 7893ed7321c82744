"""The file of lists that ``recommend`` writes and ``evaluate`` reads: one person a line, whom to meet and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ..domain.errors import ConfigurationError, InvalidPayload
from .attendees import People
from .lines import numbered, shown, written
from .problems import Problems
from .watching import Phase, unwatched

Ranked = Sequence[tuple[str, float]]
"""People on one list with their scores, best first."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Lists by owner, in the order of the file."""

    file: str
    lists: Mapping[str, Ranked]

    def length(self) -> int:
        """Return how long the longest list is."""
        return max((len(ranked) for ranked in self.lists.values()), default=0)


def write_recommendations(path: str, letters: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object a line."""
    with written(path) as stream:
        for letter in letters:
            stream.write(orjson.dumps(letter, option=orjson.OPT_APPEND_NEWLINE).decode())


def read_recommendations(path: str, people: People, problems: Problems, phase: Phase = unwatched) -> Listing:
    """Read lists; a line that names somebody who is not an attendee becomes a problem.

    Raises ``ConfigurationError`` when no list is left.
    """
    lists: dict[str, Ranked] = {}
    for number, line in numbered(path, problems, phase):
        if not line.strip():
            continue
        try:
            owner, ranked = _loaded(line)
            _check(owner, ranked, people, lists)
        except InvalidPayload as error:
            problems.add(shown(path), number, str(error), field=error.field or "")
            continue
        lists[owner] = ranked
    if not lists:
        raise ConfigurationError(f"{shown(path)}: no list of people in {people.file}")
    return Listing(shown(path), lists)


def _loaded(line: str) -> tuple[str, Ranked]:
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidPayload(f"is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise InvalidPayload("is no JSON object")
    owner, suggestions = data.get("id"), data.get("suggestions")
    if not isinstance(owner, str):
        raise InvalidPayload("must be a text", field="id")
    if not isinstance(suggestions, list):
        raise InvalidPayload("must be a list", field="suggestions")
    return owner, [_suggestion(item, place) for place, item in enumerate(suggestions)]


def _suggestion(item: Any, place: int) -> tuple[str, float]:
    where = f"suggestions.{place}"
    if not isinstance(item, dict) or not isinstance(item.get("person"), str):
        raise InvalidPayload("must be an object with a person", field=where)
    score = item.get("score")
    if not isinstance(score, int | float) or isinstance(score, bool) or not 0 <= score <= 1:
        raise InvalidPayload("must be a number from 0 to 1", field=f"{where}.score")
    return item["person"], float(score)


def _check(owner: str, ranked: Ranked, people: People, lists: Mapping[str, Ranked]) -> None:
    _require_attendee(owner, "id", people)
    for place, (person, _) in enumerate(ranked):
        _require_attendee(person, f"suggestions.{place}.person", people)
    if owner in lists:
        raise InvalidPayload("has a list on an earlier line", field="id")
    if owner in dict(ranked) or len(dict(ranked)) < len(ranked):
        raise InvalidPayload("names the owner, or somebody twice", field="suggestions")


def _require_attendee(person: str, field: str, people: People) -> None:
    if person not in people.profiles:
        raise InvalidPayload(f"{person[:100]!r} is not in {people.file}", field=field)
