"""Compares what the receiving host holds of plans with what the organiser published, person by person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .expectation import Expected
from .ledger import Held

Published = Mapping[str, Mapping[str, Any]]
"""What is published by feature, as REST shows it."""


def differences(
    published: Published, held: Held, expected: Mapping[str, Expected]
) -> Mapping[str, tuple[str, ...]]:
    """Return what is wrong, by person: everybody placed holds exactly the others of their groups, nobody else does."""
    found: dict[str, list[str]] = defaultdict(list)
    for feature, plan in published.items():
        partners = _partners(plan["groups"])
        for ref in partners:
            found[ref] += _own(ref, feature, partners[ref], held, expected.get(ref))
        for group in plan["groups"]:
            if group["lost"]:
                for member in group["members"]:
                    found[member["person"]].append(f"is in a group of {feature} that was not made whole")
        for ref, what in held:
            if what == feature and ref not in partners:
                found[ref].append(f"holds {feature} without a place in what is published")
    return {ref: tuple(reasons) for ref, reasons in found.items() if reasons}


def _own(
    ref: str, feature: str, partners: frozenset[str], held: Held, person: Expected | None
) -> Iterator[str]:
    if person is None or not person.agrees_to(feature):
        yield f"has a place in {feature} without having agreed"
    payload = held.get((ref, feature))
    if payload is None:
        yield f"has a place in {feature} and holds nothing of it"
    elif set(_named(payload)) != partners:
        yield f"holds other people of {feature} than the plan says"


def _partners(groups: Iterable[Mapping[str, Any]]) -> Mapping[str, frozenset[str]]:
    """Return whom each placed person is to be told of; mentees of one mentor are not told of each other."""
    found: dict[str, set[str]] = defaultdict(set)
    for group in groups:
        for one in group["members"]:
            found[one["person"]] |= {
                other["person"]
                for other in group["members"]
                if other is not one and not one["role"] == other["role"] == "mentee"
            }
    return {ref: frozenset(others) for ref, others in found.items()}


def _named(payload: Any) -> Iterator[str]:
    """Yield everybody whom a payload names."""
    if isinstance(payload, Mapping):
        if "person" in payload:
            yield payload["person"]
        payload = list(payload.values())
    if isinstance(payload, list):
        for held in payload:
            yield from _named(held)


def arranged(published: Published, held: Held) -> dict[str, int]:
    """Return how much of each plan reached people."""
    groups = {feature: len(plan["groups"]) for feature, plan in published.items()}
    mentees = sum(len(group["members"]) - 1 for group in published["mentorship"]["groups"])
    topics = sum(
        len(one["items"])
        for (_, what), payload in held.items()
        if what == "topics"
        for one in payload["topics"]
    )
    return {
        "mentees": mentees,
        "circles": groups["circles"],
        "tables": groups["seating"],
        "meetings": groups["meetings"],
        "topics": topics,
    }
