"""What the two demos with a real pretix share: what is to be played, what came of it, and one thing that is not done."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from aloud import Say
from box_office import BoxOffice

from entremise.plugin.demo.conference import Conference, Person
from entremise.plugin.demo.expectation import decisive
from entremise.plugin.demo.lives import Message
from entremise.plugin.demo.run import Outcome
from entremise.plugin.demo.script import Script

Lives = Iterable[tuple[Person, list[Message]]]


@dataclass(frozen=True)
class Stage:
    """Where to play, with whom, and who watches. What has to end is entered into ``opened``."""

    home: Path
    attendees: int
    seed: int
    plant_loss: bool
    say: Say
    opened: ExitStack

    def planted(self, lives: Lives) -> str:
        """Return the id of a message that decides where somebody ends, other than having a ticket at all; or nothing."""
        if not self.plant_loss:
            return ""
        messages = [message for _, life in lives for message in life]
        later = [
            message
            for message in decisive(messages)
            if message.kind in {"cancelled", "checked_in", "updated"}
        ]
        return random.Random(f"{self.seed}/loss").choice(later).id


@dataclass(frozen=True)
class Played:
    """What came of it. ``where_to_look`` is for whoever stays: lines with rich's marks."""

    outcome: Outcome
    where_to_look: tuple[str, ...]


def script_of(conference: Conference, office: BoxOffice, *, opens_at: float) -> Script:
    """Return what was played, under pretix's keys for the people."""
    people = tuple(replace(person, ref=office.tickets[person.ref].ref) for person in conference.people)
    return Script(
        conference=replace(conference, people=people),
        phases=(),
        messages=tuple(office.done),
        opens_at=opens_at,
    )
