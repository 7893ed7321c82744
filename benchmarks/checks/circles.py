"""Checks circles and their topics from outside, in plain loops over attendees as they stand in the file.

``people`` maps an id to the JSON object of its line; ``placed`` maps (id, round from 1) to a group, without those who
are left over. Nothing of the engine is imported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

People = Mapping[str, Mapping[str, Any]]
Placed = Mapping[tuple[str, int], int]


def members(placed: Placed) -> dict[tuple[int, int], list[str]]:
    """Return the people of each (round, group), in order of id."""
    found: dict[tuple[int, int], list[str]] = {}
    for (person, number), group in sorted(placed.items()):
        found.setdefault((number, group), []).append(person)
    return found


def broken_rules(
    people: People,
    placed: Placed,
    *,
    sizes: Sequence[int] | None = None,
    bounds: tuple[int, int] = (3, 8),
    hard: bool = False,
    together: Iterable[Sequence[str]] = (),
    apart: Iterable[Sequence[str]] = (),
    pins: Mapping[str, int] | None = None,
    hosts: Iterable[str] | None = None,
) -> list[str]:
    """Return what the circles break, in words; nothing when they keep every rule."""
    circles = members(placed)
    wrong = [*_consent(people, placed), *_sizes(circles, sizes, bounds), *_repeats(circles, together)]
    for (number, group), ids in circles.items():
        where = f"round {number}, group {group}"
        if not _can_talk([people[person] for person in ids]):
            wrong.append(f"{where}: no language and way to meet in common")
        names = Counter(name for person in ids if (name := people[person].get("organisation")))
        if hard and names and max(names.values()) > 1:
            wrong.append(f"{where}: two of one organisation")
        for one, other in apart:
            if one in ids and other in ids:
                wrong.append(f"{where}: {one} and {other} are to be apart")
        for wanted in together:
            inside = sum(person in ids for person in wanted)
            if 0 < inside < len(wanted):
                wrong.append(f"{where}: only a part of {list(wanted)}")
        if hosts is not None and not set(hosts) & set(ids):
            wrong.append(f"{where}: no host")
    for person, group in (pins or {}).items():
        wrong += [
            f"{person} is pinned to {group}"
            for (who, _), at in placed.items()
            if who == person and at != group
        ]
    return wrong


def untrue_topics(people: People, circle: Mapping[str, Any]) -> list[str]:
    """Return what a circle's topics claim that is not so: every quotation must stand in a facet its owner shows."""
    wrong = []
    for topic in circle["topics"]:
        quoted = {one["person"] for one in topic["evidence"]}
        if len(quoted) < 2:
            wrong.append("a topic of one person")
        if topic["kind"] != "each" and not topic["concept"] and not topic["words"]:
            wrong.append("a topic without a name")
        for one in topic["evidence"]:
            person = people[one["person"]]
            if one["person"] not in circle["people"]:
                wrong.append(f"{one['person']} is not in the circle")
            if one["facet"] not in person.get("visible", []):
                wrong.append(f"{one['person']} does not show {one['facet']}")
            told = person.get(one["facet"]) or []
            if not one["words"].strip() or not any(
                one["words"] in text for text in ([told] if isinstance(told, str) else told)
            ):
                wrong.append(f"{one['person']} did not write {one['words']!r} in {one['facet']}")
        names = [one["words"] for one in topic["evidence"]]
        if topic["kind"] == "common" and topic["words"] and topic["words"] not in names:
            wrong.append(f"nobody is quoted with {topic['words']!r}")
    return wrong


def worth(pairs: Sequence[Sequence[float]], groups: Sequence[Sequence[int]]) -> float:
    """Return the sum of what pairs in one group are worth, over rounds of the group of each row; negative is nowhere."""
    total = 0.0
    for one in groups:
        for a in range(len(one)):
            for b in range(a + 1, len(one)):
                if one[a] == one[b] and one[a] >= 0:
                    total += float(pairs[a][b])
    return total


def _consent(people: People, placed: Placed) -> list[str]:
    wrong = []
    for person, _ in placed:
        if person not in people:
            wrong.append(f"{person} is no attendee")
        elif not (people[person].get("consent") or {}).get("groups"):
            wrong.append(f"{person} did not agree to groups")
        elif people[person].get("presence") == "cancelled":
            wrong.append(f"{person} cancelled")
    return wrong


def _sizes(
    circles: Mapping[tuple[int, int], Sequence[str]], sizes: Sequence[int] | None, bounds: tuple[int, int]
) -> list[str]:
    wrong = []
    for number in {number for number, _ in circles}:
        made = sorted(len(ids) for (at, _), ids in circles.items() if at == number)
        if sizes is not None and made != sorted(size for size in sizes if size):
            wrong.append(f"round {number}: sizes are not as asked")
        if sizes is None and not all(bounds[0] <= size <= bounds[1] for size in made):
            wrong.append(f"round {number}: sizes {made} are not within {bounds}")
    return wrong


def _repeats(
    circles: Mapping[tuple[int, int], Sequence[str]], together: Iterable[Sequence[str]]
) -> list[str]:
    kept = {frozenset(pair) for ids in together for pair in combinations(ids, 2)}
    met = Counter(frozenset(pair) for ids in circles.values() for pair in combinations(ids, 2))
    return [
        f"{sorted(pair)} meet {count} times" for pair, count in met.items() if count > 1 and pair not in kept
    ]


def _can_talk(circle: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one way to meet and, where some state languages, one language is everybody's who states any."""
    ways = [{"on_site": {1}, "remote": {2}}.get(str(person.get("mode")), {1, 2}) for person in circle]
    stated = [
        {tag.partition("-")[0].lower() for tag in person["languages"]}
        for person in circle
        if person.get("languages")
    ]
    return bool(set.intersection(*ways)) and (not stated or bool(set.intersection(*stated)))
