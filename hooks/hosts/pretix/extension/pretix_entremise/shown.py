"""What may be shown of a result at the moment of looking. Pure: results go in as they came, and come out without some people.

A result is data of somebody else's making: whatever is not shaped as expected is left out, never an error.
"""

from collections.abc import Iterator, Mapping
from typing import Any

PURPOSES = {"mentorship": "mentoring", "circles": "groups", "seating": "groups", "topics": "groups"}
"""What people agreed to when they are shown by this feature; ``matching`` by every other."""

KEYS = {"circle": ("circles", "circle"), "seat": ("seating", "seat")}
"""What topics are ``of``: the feature that holds the group, and the field that names it."""

LISTS = {"circles": "circles", "seating": "seats", "meetings": "meetings", "mentorship": "pairings", "topics": "topics"}  # fmt: skip
"""Where each feature keeps its list; ``suggestions`` in every other."""


def people_in(payload: Any) -> Iterator[str]:
    """Yield the refs of all people whom a result names, at whatever depth.

    >>> sorted(set(people_in({"circles": [{"people": [{"person": "A-1"}]}], "topics": [{"from": ["B-1"]}]})))
    ['A-1', 'B-1']
    """
    if isinstance(payload, Mapping):
        if isinstance(payload.get("person"), str):
            yield payload["person"]
        if isinstance(payload.get("from"), list):
            yield from (ref for ref in payload["from"] if isinstance(ref, str))
        payload = list(payload.values())
    if isinstance(payload, list):
        for value in payload:
            yield from people_in(value)


def names_in(payload: Any) -> Iterator[tuple[str, str]]:
    """Yield (ref, name) of all people whom a result names, at whatever depth."""
    if isinstance(payload, Mapping):
        if isinstance(payload.get("person"), str) and isinstance(payload.get("name"), str):
            yield payload["person"], payload["name"]
        payload = list(payload.values())
    if isinstance(payload, list):
        for value in payload:
            yield from names_in(value)


def strings_in(payload: Any) -> Iterator[str]:
    """Yield every text in a result, keys included."""
    if isinstance(payload, str):
        yield payload
    elif isinstance(payload, Mapping):
        for key, value in payload.items():
            yield key
            yield from strings_in(value)
    elif isinstance(payload, list):
        for value in payload:
            yield from strings_in(value)


def items(held: Mapping[str, Any], feature: str, name: str = "") -> list[dict]:
    """Return the list that a feature holds, or its list of that name; empty where there is none."""
    found = (held.get(feature) or {}).get(name or LISTS.get(feature, "suggestions"))
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def filtered(
    held: Mapping[str, dict], *, reader: str, may_see: Mapping[str, frozenset[str]]
) -> dict[str, dict]:
    """Return the results without the people who may not be seen, and without what quotes them.

    ``may_see`` gives for each purpose (``matching``, ``mentoring``, ``groups``, ``presence``) who may be seen for it. A
    circle or a meeting with nobody else in it goes; a seat stays, it is a place.
    """
    found = {
        feature: _without(payload, may_see[PURPOSES.get(feature, "matching")])
        for feature, payload in held.items()
        if feature != "topics"
    }
    for payload in found.values():
        if isinstance(payload.get("here_now"), list):
            payload["here_now"] = _without(payload["here_now"], may_see["presence"])
    for feature in ("circles", "meetings"):
        if feature in found:
            name = LISTS[feature]
            found[feature][name] = [item for item in items(found, feature) if item.get("people")]
    if "topics" in held:
        found["topics"] = {**held["topics"], "topics": list(_topics(held, found, reader))}
    return found


def key_of(feature: str, item: Mapping[str, Any]) -> str:
    """Return what topics call a circle or a seat."""
    if feature == "circles":
        return str(item.get("circle", ""))
    return str(item.get("seat") or f"{item.get('meal') or ''}/{item.get('table') or ''}")


def _topics(held: Mapping[str, dict], found: Mapping[str, dict], reader: str) -> Iterator[dict]:
    groups = {
        (of, key_of(feature, item)): {reader, *people_in(item)}
        for of, (feature, _) in KEYS.items()
        for item in items(found, feature)
    }
    for group in items(held, "topics"):
        present = groups.get((str(group.get("of")), str(group.get("key"))))
        if present is None or not isinstance(group.get("items"), list):
            continue
        kept = [
            item for item in group["items"] if isinstance(item, dict) and present.issuperset(people_in(item))
        ]
        if kept:
            yield {**group, "items": kept}


def _without(payload: Any, allowed: frozenset[str]) -> Any:
    if isinstance(payload, Mapping):
        return {key: _without(value, allowed) for key, value in payload.items()}
    if isinstance(payload, list):
        return [_without(value, allowed) for value in payload if not _names_another(value, allowed)]
    return payload


def _names_another(value: Any, allowed: frozenset[str]) -> bool:
    return isinstance(value, Mapping) and "person" in value and str(value["person"]) not in allowed
