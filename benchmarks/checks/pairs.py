"""Checks plans of mentee and mentor from outside: plain loops over what went in and what came out, no engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What rules look at. ``languages``, ``ways``: of talking and of meeting; ``seniority``: ``None`` where unknown;
    ``vetoes``: numbers of people whom this one must not meet; ``here``: not paused and not gone.
    """

    number: int
    roles: frozenset[str]
    languages: frozenset[int]
    ways: frozenset[str]
    seniority: int | None
    vetoes: frozenset[int]
    here: bool = True


def in_the_way(mentee: Person, mentor: Person, *, gap: int) -> list[str]:
    """Return which rules forbid a pair; ``gap``: steps that a mentor has to be ahead where both are known."""
    found = []
    if mentee.number == mentor.number:
        found.append("one person")
    if "mentee" not in mentee.roles or "mentor" not in mentor.roles:
        found.append("roles")
    if not mentee.here or not mentor.here:
        found.append("pause")
    if mentor.number in mentee.vetoes or mentee.number in mentor.vetoes:
        found.append("veto")
    if not mentee.languages & mentor.languages:
        found.append("language")
    if not mentee.ways & mentor.ways:
        found.append("way to meet")
    if (
        mentee.seniority is not None
        and mentor.seniority is not None
        and mentor.seniority - mentee.seniority < gap
    ):
        found.append("seniority")
    return found


def disagreeing(
    mentees: Iterable[int],
    people: Sequence[Person],
    mentors: Sequence[Person],
    allowed: Callable[[int, int], bool],
    *,
    gap: int,
) -> list[str]:
    """Return of the pairs of these ``mentees`` with all ``mentors`` those that ``allowed`` judges otherwise than rules do."""
    return [
        f"mentee {mentee} and mentor {place}: allowed is not what the rules say ({', '.join(why) or 'none forbids'})"
        for mentee in mentees
        for place, mentor in enumerate(mentors)
        if allowed(mentee, place) == bool(why := in_the_way(people[mentee], mentor, gap=gap))
    ]


def broken(
    pairs: Sequence[Pair],
    *,
    capacities: Sequence[int],
    allowed: Callable[[int, int], bool],
    pins: Collection[Pair] = (),
    vetoes: Collection[Pair] = (),
) -> list[str]:
    """Return what is wrong with a plan, in words; nothing when every rule holds.

    ``allowed`` says whether a pair that was not pinned may be. ``vetoes`` are pairs of mentee and mentor.
    """
    wrong = []
    for mentee, count in Counter(mentee for mentee, _ in pairs).items():
        if count > 1:
            wrong.append(f"mentee {mentee} has {count} mentors")
    for mentor, count in Counter(mentor for _, mentor in pairs).items():
        if count > capacities[mentor]:
            wrong.append(f"mentor {mentor} has {count} mentees and takes {capacities[mentor]}")
    made = set(pairs)
    wrong += [f"pin {pin} is not made" for pin in pins if pin not in made]
    for pair in pairs:
        if pair in vetoes:
            wrong.append(f"pair {pair} is vetoed")
        if pair not in pins and not allowed(*pair):
            wrong.append(f"pair {pair} is ruled out")
    return wrong


def worth(pairs: Iterable[Pair], score: Callable[[int, int], float], *, load: float = 0.0) -> float:
    """Return what a plan is worth: its pairs' scores, less what the second, third … mentee of a mentor costs."""
    total = 0.0
    filled: Counter[int] = Counter()
    for mentee, mentor in pairs:
        total += score(mentee, mentor) - load * filled[mentor]
        filled[mentor] += 1
    return total


def blocking(
    pairs: Sequence[Pair],
    *,
    capacities: Sequence[int],
    of_mentee: Mapping[int, Mapping[int, float]],
    of_mentor: Mapping[int, Mapping[int, float]],
) -> list[Pair]:
    """Return the pairs that would rather have each other; preferences are worth by mentee and mentor, possible ones only."""
    mentor_of = dict(pairs)
    mentees_of: dict[int, list[int]] = {}
    for mentee, mentor in pairs:
        mentees_of.setdefault(mentor, []).append(mentee)
    found = []
    for mentee, worths in of_mentee.items():
        for mentor, value in worths.items():
            if mentor_of.get(mentee) == mentor or not capacities[mentor]:
                continue
            if mentee in mentor_of and value <= worths[mentor_of[mentee]]:
                continue
            held = mentees_of.get(mentor, [])
            given = of_mentor[mentor]
            if len(held) < capacities[mentor] or any(given[mentee] > given[other] for other in held):
                found.append((mentee, mentor))
    return sorted(found)


def staying(before: Iterable[Pair], now: Iterable[Pair], possible: Callable[[int, int], bool]) -> float:
    """Return the part of the pairs of before, as far as they are still possible, that are in the plan of now."""
    still = [pair for pair in before if possible(*pair)]
    made = set(now)
    return sum(pair in made for pair in still) / len(still) if still else 1.0
