"""Reads what organisers write by hand, in files and in the frames of plans: whatever is wrong names its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

LARGEST = 1_000_000
Item = TypeVar("Item")


class Wrong(ValueError):
    """A field of a document cannot be as it is."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field[:100]}: {reason}" if field else reason)
        self.field = field[:100]
        self.reason = reason


def unique(names: Sequence[str], field: str) -> Mapping[str, int]:
    """Return the place of each name; raises where one is there twice."""
    found: dict[str, int] = {}
    for at, name in enumerate(names):
        if name in found:
            raise Wrong(f"{field}.{at}", f"{name[:60]!r} is there already, at {field}.{found[name]}")
        found[name] = at
    return found


def each(data: Any, field: str, read: Callable[[Any, str], Item]) -> list[Item]:
    """Return what ``read`` makes of every item of a list and its field."""
    return [read(one, f"{field}.{at}") for at, one in enumerate(a_list(data, field))]


def an_object(data: Any, field: str, keys: frozenset[str] | None = None) -> Mapping[str, Any]:
    """Return an object that has no other keys than these."""
    if not isinstance(data, dict):
        raise Wrong(field, "must be an object")
    for key in data:
        if keys is not None and key not in keys:
            where = f"{field}.{key}" if field else key
            raise Wrong(where[:100], f"there is no such key; there are: {', '.join(sorted(keys))}")
    return data


def a_list(data: Any, field: str) -> list[Any]:
    """Return a list."""
    if not isinstance(data, list):
        raise Wrong(field, "must be a list")
    return data


def a_text(data: Any, field: str) -> str:
    """Return a text without the white space around it."""
    if not isinstance(data, str):
        raise Wrong(field, "must be a text")
    return data.strip()


def an_address(data: Any, field: str) -> str:
    """Return a URI, or nothing."""
    text = a_text(data, field)
    if text and ":" not in text:
        raise Wrong(field, "must be an address such as mailto:team@example.org")
    return text


def a_whole_number(data: Any, field: str) -> int:
    """Return a whole number of at least 0."""
    if not isinstance(data, int) or isinstance(data, bool) or not 0 <= data <= LARGEST:
        raise Wrong(field, f"must be a whole number from 0 to {LARGEST}")
    return data


def a_number(data: Any, field: str, *, most: float = LARGEST) -> float:
    """Return a number of at least 0."""
    if not isinstance(data, int | float) or isinstance(data, bool) or not 0 <= data <= most:
        raise Wrong(field, f"must be a number from 0 to {most:.0f}")
    return float(data)


def a_positive_number(data: Any, field: str) -> float:
    """Return a number above 0."""
    if a_number(data, field) <= 0:
        raise Wrong(field, "must be above 0")
    return float(data)
