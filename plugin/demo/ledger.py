"""Compares the two ledgers that are kept outside entremise: what was sent, and what the receiving host holds.

Every difference is put down to the person whose state it fails to reflect, never to those in whose lists it shows:
one delivery that goes missing is therefore one loss, however many people it was to be shown to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .expectation import Expected, expect
from .lives import Message

Held = Mapping[tuple[str, str], Mapping[str, Any]]
"""(subject, feature) → the payload that the receiving host holds."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it. ``losses`` maps each person who is not reflected to the reasons, in plain words."""

    expected: Mapping[str, Expected]
    losses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unshown: tuple[str, ...] = ()

    def with_losses(self, more: Mapping[str, tuple[str, ...]]) -> Comparison:
        """Return the same with further losses."""
        everybody = sorted(self.losses.keys() | more.keys())
        joined = {ref: (*self.losses.get(ref, ()), *more.get(ref, ())) for ref in everybody}
        return replace(self, losses=joined)

    @property
    def lost(self) -> int:
        """How many people the host does not hold as it should."""
        return len(self.losses)

    @property
    def holding(self) -> int:
        """How many people are to hold suggestions."""
        return sum(person.holds for person in self.expected.values())


def compare(
    messages: Iterable[Message],
    sent: Iterable[str],
    held: Held,
    current: Held | None = None,
) -> Comparison:
    """Compare what must be with what is.

    ``messages`` is the truth, ``sent`` the ids that the senders noted as taken, ``held`` what the receiving host holds.
    ``current`` is what entremise itself shows by REST now; without it that check is left out.
    """
    truth = list(messages)
    expected = expect(truth)
    found: dict[str, list[str]] = defaultdict(list)
    known = set(sent)
    for message in truth:
        if message.id not in known:
            found[message.subject].append(f"delivery {message.id} was never taken by a door")
    shown = _shown(held)
    for ref, person in expected.items():
        found[ref] += _own(person, held)
        found[ref] += _in_the_eyes_of_others(person, shown[ref])
    for ref in shown.keys() - expected.keys():
        found[ref].append("is shown, and was never registered")
    if current is not None:
        for subject, feature in held.keys() | current.keys():
            if held.get((subject, feature)) != current.get((subject, feature)):
                found[subject].append(f"{feature} differs from what entremise shows now")
    return Comparison(
        expected=expected,
        losses={ref: tuple(reasons) for ref, reasons in sorted(found.items()) if reasons},
        unshown=tuple(ref for ref, person in expected.items() if person.holds and not shown[ref]),
    )


def _own(person: Expected, held: Held) -> Iterator[str]:
    """Check what the person gets."""
    connections = held.get((person.ref, "connections"))
    if not person.holds:
        if connections is not None or (person.ref, "mentorship") in held:
            yield "holds results and should hold none"
        return
    if connections is None:
        yield "holds no suggestions"
        return
    if not connections.get("suggestions"):
        yield "holds an empty list"
    if connections.get("language") != person.language:
        yield f"is addressed in {connections.get('language')}, not in {person.language}"
    if ("here_now" in connections) != person.here:
        yield (
            "is here, and the list of who is here is missing"
            if person.here
            else "is not here, and has that list"
        )
    if (person.ref, "mentorship") in held and not person.mentoring:
        yield "is paired without having agreed"


@dataclass(frozen=True, slots=True)
class _Mention:
    """One person in somebody's result, as that reader sees them."""

    part: str
    name: str
    organisation: str | None
    title: str | None


def _shown(held: Held) -> defaultdict[str, list[_Mention]]:
    shown: defaultdict[str, list[_Mention]] = defaultdict(list)
    for payload in held.values():
        for part in ("suggestions", "here_now", "pairings"):
            for item in payload.get(part, ()):
                mention = _Mention(part, item["name"], item.get("organisation"), item.get("title"))
                shown[item["person"]].append(mention)
    return shown


def _in_the_eyes_of_others(person: Expected, mentions: Iterable[_Mention]) -> Iterator[str]:
    """Check how the person is shown to others; each reason once, not once a reader."""
    problems = dict.fromkeys(_problem(person, mention) for mention in mentions)
    yield from (problem for problem in problems if problem)


def _problem(person: Expected, mention: _Mention) -> str:
    if not person.holds:
        return "is shown to others without consent or registration"
    if mention.part == "pairings" and not person.mentoring:
        return "is paired with somebody without having agreed"
    if mention.part == "here_now" and not person.here:
        return "is shown as being here, and is not"
    if (mention.name, mention.organisation, mention.title) != (
        person.name,
        person.organisation,
        person.title,
    ):
        return "is shown to others as an earlier profile said"
    return ""
