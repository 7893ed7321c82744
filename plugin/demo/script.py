"""What the host of the generated conference says, and in which order it reaches the doors.

The *lives* are what really happened to each person, in order of time. The *sendings* are how it arrives: split
over two doors, batched, repeated, delayed behind what happened later, with broken deliveries in between. Only the
lives decide what the receiving host must hold at the end (``expectation``).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .broken import broken_sendings
from .conference import Conference
from .lives import Message, life_of, opening
from .sendings import Door, Mode, Outcome, Sending

BATCH = 20
"""Attendees that one HTTP batch carries when an organiser imports a list."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the conference; ``per_second`` paces the sendings, ``None`` = as fast as they go."""

    name: str
    sendings: tuple[Sending, ...]
    per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """The whole conference. ``messages`` are the distinct valid ones: the truth, whatever the order of arrival."""

    conference: Conference
    phases: tuple[Phase, ...]
    messages: tuple[Message, ...]
    opens_at: float

    def sendings(self) -> Iterator[Sending]:
        """Yield every sending in the order in which it goes out."""
        for phase in self.phases:
            yield from phase.sendings

    def count(self, outcome: Outcome) -> int:
        """Return how many single deliveries must end like this (a batch counts its messages)."""
        return sum(max(1, len(item.messages)) for item in self.sendings() if item.outcome == outcome)


def write_script(conference: Conference, *, opens_at: float, rush_per_second: float = 40.0) -> Script:
    """Return the script of this conference, whose doors open at ``opens_at`` (seconds since 1970).

    The same conference and opening give the same script, to the byte.
    """
    chance = random.Random(f"{conference.seed}/script")
    lives = [life_of(person, conference, opens_at=opens_at) for person in conference.people]
    first, late = [opening(conference, opens_at)], list[Message]()
    middle, doors = list[Message](), list[Message]()
    for life in lives:
        for message in life:
            if message.kind == "registered" and message.data and message.data["version"] == 1:
                # Some first registrations arrive after what they started: the later profile must stay.
                (late if len(life) > 1 and chance.random() < 0.08 else first).append(message)
            elif message.kind in ("checked_in", "check_in_reversed", "left"):
                (late if chance.random() < 0.02 else doors).append(message)
            elif message.kind == "erased":
                late.append(message)
            else:
                (late if chance.random() < 0.1 else middle).append(message)
    doors.sort(key=lambda message: message.time)
    _swap_some(chance, doors)
    chance.shuffle(middle)
    chance.shuffle(late)
    spoilt = broken_sendings(conference, opens_at=opens_at)
    third = (len(spoilt) + 2) // 3
    phases = (
        Phase("registrations", _mix(chance, _send(chance, first, batches=True), spoilt[:third])),
        Phase("profiles", _mix(chance, _send(chance, middle), spoilt[third : 2 * third])),
        Phase(
            "doors open", _mix(chance, _send(chance, doors), spoilt[2 * third :]), per_second=rush_per_second
        ),
        Phase("stragglers", tuple(_send(chance, late))),
    )
    messages = (opening(conference, opens_at), *(message for life in lives for message in life))
    return Script(conference, tuple(_repeat_some(chance, phases)), messages, opens_at)


def _swap_some(chance: random.Random, messages: list[Message]) -> None:
    """Let some neighbours in time overtake each other, a person's own messages most of all."""
    places: dict[str, int] = {}
    for place, message in enumerate(messages):
        before = places.get(message.subject)
        if before is not None and chance.random() < 0.3:
            messages[before], messages[place] = messages[place], messages[before]
        places[message.subject] = place


def _send(chance: random.Random, messages: Sequence[Message], *, batches: bool = False) -> list[Sending]:
    """Choose a door and a mode for each; imported lists travel as HTTP batches."""
    sent: list[Sending] = []
    rest = list(messages)
    while rest:
        door: Door = "webhook" if chance.random() < 0.55 else "kafka"
        if batches and door == "webhook" and len(rest) >= BATCH and chance.random() < 0.08:
            taken, rest = rest[:BATCH], rest[BATCH:]
            sent.append(Sending("webhook", "batch", tuple(taken)))
        else:
            # Over HTTP a signature covers the body alone, so only Kafka carries anything in headers.
            mode: Mode = "binary" if chance.random() < 0.3 and door == "kafka" else "structured"
            sent.append(Sending(door, mode, (rest.pop(0),)))
    return sent


def _mix(chance: random.Random, sound: Sequence[Sending], spoilt: Sequence[Sending]) -> tuple[Sending, ...]:
    mixed = list(sound)
    for sending in spoilt:
        mixed.insert(chance.randint(0, len(mixed)), sending)
    return tuple(mixed)


def _repeat_some(chance: random.Random, phases: Sequence[Phase]) -> Iterator[Phase]:
    """Send about one in twelve again: at once or in a later phase, at times through the other door."""
    owed: list[Sending] = []
    for number, phase in enumerate(phases):
        again: list[Sending] = list(owed)
        owed = []
        for sending in phase.sendings:
            if sending.outcome != "accepted" or len(sending.messages) != 1 or chance.random() >= 0.08:
                continue
            repeat = replace(sending, outcome="duplicate")
            if chance.random() < 0.25:
                other: Door = "kafka" if sending.door == "webhook" else "webhook"
                repeat = replace(repeat, door=other, mode="structured")
            (owed if number + 1 < len(phases) and chance.random() < 0.4 else again).append(repeat)
        # Behind everything of the phase: which of two copies is "the duplicate" is then beyond doubt.
        yield replace(phase, sendings=(*phase.sendings, *again))
