"""Reads attendees from JSON Lines: who there is, what of the file was not used, and what was kept out of scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from ...hooks.hosts.generic.schemas import load
from ...hooks.hosts.generic.translate import profile, reference
from ..domain.errors import ConfigurationError, InvalidPayload
from ..domain.model import Profile
from .lines import numbered, shown
from .problems import Problems
from .profiles import FileProfileSchema
from .watching import Phase, unwatched

_SCHEMA = FileProfileSchema()


@dataclass(frozen=True, slots=True)
class People:
    """The attendees of one file, in its order.

    ``profiles`` by id. ``gone`` are those who cancelled. ``unscored`` counts the people who have each key that is
    kept out of every score: ``extra``, and keys that mean nothing here. ``lines`` says where in the file each stands.
    """

    file: str
    profiles: Mapping[str, Profile]
    gone: frozenset[str]
    unscored: Mapping[str, int]
    lines: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.profiles)

    def suggestible(self) -> Mapping[str, Profile]:
        """Return those who may be suggested to others: who agreed to it and did not cancel."""
        return {
            person: stated
            for person, stated in self.profiles.items()
            if stated.consent.matching and person not in self.gone
        }

    def grouping(self) -> Mapping[str, Profile]:
        """Return those who may be put into groups: who agreed to it and did not cancel."""
        return {
            person: stated
            for person, stated in self.profiles.items()
            if stated.consent.groups and person not in self.gone
        }


def read_attendees(path: str, problems: Problems, phase: Phase = unwatched) -> People:
    """Read a file of attendees; lines that cannot be used become problems.

    Where ``hidden_for_matching`` is not stated, facets are scored whether others may read them or not, and quoted
    only if they may: a file without ``visible`` would otherwise hold nothing to score. Raises
    ``ConfigurationError`` when nobody is left.
    """
    profiles: dict[str, Profile] = {}
    seen: dict[str, int] = {}
    gone: set[str] = set()
    unscored: Counter[str] = Counter()
    for number, line in numbered(path, problems, phase):
        if not line.strip():
            continue
        try:
            person, data, unknown = _loaded(line, seen)
        except InvalidPayload as error:
            field = (error.field or "").removeprefix("data").removeprefix(".")
            problems.add(shown(path), number, str(error), field=field)
            continue
        seen[person] = number
        stated = profile(data)
        profiles[person] = replace(
            stated, hidden_for_matching=data.get("hidden_for_matching", True), extra={}
        )
        if data.get("presence") == "cancelled":
            gone.add(person)
        unscored.update(dict.fromkeys(unknown, 1))
        unscored.update({"extra": 1} if data.get("extra") else {})
    if not profiles:
        raise ConfigurationError(f"{shown(path)}: no line of it is an attendee{_first(problems)}")
    return People(shown(path), profiles, frozenset(gone), dict(unscored), seen)


def require_known(wanted: Sequence[str], people: People, *, line: int, file: str, problems: Problems) -> bool:
    """Whether all these ids are attendees; the first that is not becomes a problem in its column (a, then b)."""
    for column, person in zip(("a", "b"), wanted, strict=False):
        if person not in people.profiles:
            problems.add(file, line, f"{person[:100]!r} is not in {people.file}", field=column)
            return False
    return True


def _loaded(line: str, seen: Mapping[str, int]) -> tuple[str, Mapping[str, Any], Sequence[str]]:
    """Return the id, the validated data, and the names of keys that mean nothing."""
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidPayload(f"is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise InvalidPayload("is no JSON object")
    loaded, unknown = load(_SCHEMA, data)
    person = reference(loaded.get("id"), "id")
    if person in seen:
        raise InvalidPayload(f"stands on line {seen[person]} already", field="id")
    return person, loaded, unknown


def _first(problems: Problems) -> str:
    return f" ({problems.found[0].reason})" if len(problems) else ""
