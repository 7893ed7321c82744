"""What happens to each person of the generated conference, in order of time, as the host would announce it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from .conference import STAR, Conference, Person, last_name, organisation, say, title

Kind = Literal[
    "registered",
    "updated",
    "cancelled",
    "erased",
    "checked_in",
    "check_in_reversed",
    "left",
    "host_event_updated",
]
DAY = 86400.0
RUSH = 10.0
"""Seconds in which most people come in: the script is about order, its pace is set when it is sent."""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that the host says. ``time`` is in seconds since 1970; ``id`` is the same however often it is sent."""

    id: str
    kind: Kind
    host_event: str
    subject: str
    time: float
    data: Mapping[str, Any] | None = None

    @property
    def type(self) -> str:
        """The CloudEvents type."""
        if self.kind == "host_event_updated":
            return "org.entremise.hostevent.updated.v1"
        return f"org.entremise.attendee.{self.kind}.v1"

    def attributes(self) -> dict[str, Any]:
        """Return the CloudEvents context attributes."""
        return {
            "specversion": "1.0", "id": self.id, "source": "/demo-host", "type": self.type, "subject": self.subject,
            "time": rfc3339(self.time), "hostevent": self.host_event, "partitionkey": self.host_event,
            "datacontenttype": "application/json",
        }  # fmt: skip


def rfc3339(at: float) -> str:
    """Return the moment as CloudEvents write it, to the microsecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def opening(conference: Conference, opens_at: float) -> Message:
    """Return what the host says about the conference itself."""
    return Message(
        id="conference-1", kind="host_event_updated", host_event=conference.ref, subject=conference.ref,
        time=opens_at - 90 * DAY,
        data={
            "name": conference.name, "organisation": "Association des Rencontres",
            "languages": list(conference.languages), "ends_at": rfc3339(opens_at + 2 * DAY),
        },
    )  # fmt: skip


def life_of(person: Person, conference: Conference, *, opens_at: float) -> tuple[Message, ...]:
    """Return all that happens to this person, oldest first; times and versions only grow."""
    life = _Life(person, conference, opens_at)
    life.register(dict(person.profile), opens_at - life.chance.uniform(20, 60) * DAY)
    star = person is conference.people[STAR]
    for share in (0.3, 0.2):
        if life.chance.random() < share and not star:
            life.update(opens_at - life.chance.uniform(4, 18) * DAY * share)
    if life.chance.random() < 0.06 and not star:
        life.say("cancelled", opens_at - life.chance.uniform(1, 2) * DAY)
        if life.chance.random() < 0.3:
            life.register(dict(life.profile), opens_at - life.chance.uniform(0.2, 0.9) * DAY)
        else:
            return tuple(life.messages)
    if person.profile.get("mode") != "remote" and (star or life.chance.random() < 0.88):
        life.come_in(opens_at + life.chance.uniform(0, RUSH))
    if person.ref in _erased(conference):
        life.say("erased", opens_at + 3 * RUSH)
    return tuple(life.messages)


def withdrawal(said: Iterable[Message]) -> Message:
    """Return what follows all that was said of a person: the host reports that they agree to nothing any more."""
    messages = sorted(said, key=lambda message: message.time)
    last = max((one for one in messages if one.data is not None), key=lambda one: one.data["version"])  # type: ignore[index]
    at = round(messages[-1].time + 60.0, 6)
    assert last.data is not None
    profile = dict(last.data)
    changes = {
        "consent": dict.fromkeys(profile["consent"], False),
        "version": profile["version"] + 1,
        "updated_at": rfc3339(at),
    }
    return Message(
        f"{last.subject}-{len(messages) + 1}", "updated", last.host_event, last.subject, at, profile | changes
    )


def _erased(conference: Conference) -> Iterator[str]:
    for number in range(max(1, len(conference.people) // 200)):
        yield conference.people[STAR + 5 + number * 3].ref


class _Life:
    """A person's messages so far, and the profile as it stands."""

    def __init__(self, person: Person, conference: Conference, opens_at: float) -> None:
        self.person = person
        self.host_event = conference.ref
        self.opens_at = opens_at
        self.chance = random.Random(f"{conference.seed}/{person.ref}/life")
        self.messages: list[Message] = []
        self.profile: dict[str, Any] = {}
        self.version = 0

    def say(self, kind: Kind, at: float, data: Mapping[str, Any] | None = None) -> None:
        number = len(self.messages) + 1
        made = Message(
            f"{self.person.ref}-{number}", kind, self.host_event, self.person.ref, self._after(at), data
        )
        self.messages.append(made)

    def register(self, profile: dict[str, Any], at: float) -> None:
        at = self._after(at)
        self._hold(profile)
        self.say("registered", at, self._data(at))

    def update(self, at: float) -> None:
        at = self._after(at)
        self._hold(_changed(self.chance, self.person, dict(self.profile)))
        self.say("updated", at, self._data(at))

    def come_in(self, at: float) -> None:
        self.say("checked_in", at)
        if self.chance.random() < 0.04:
            self.say("check_in_reversed", at + 5)
            if self.chance.random() < 0.5:
                self.say("checked_in", at + 9)
        elif self.chance.random() < 0.05:
            self.say("left", at + 20)

    def _after(self, at: float) -> float:
        """Return a moment later than everything so far; times are whole microseconds, as the wire carries them."""
        last = self.messages[-1].time if self.messages else 0.0
        return round(at if at > last else last + 60.0, 6)

    def _hold(self, profile: dict[str, Any]) -> None:
        self.version += 1
        self.profile = profile

    def _data(self, at: float) -> dict[str, Any]:
        return {"id": self.person.ref, **self.profile, "version": self.version, "updated_at": rfc3339(at)}


def _changed(chance: random.Random, person: Person, profile: dict[str, Any]) -> dict[str, Any]:
    """Change what others, or the person, get to see: so whoever holds the results can tell that it arrived."""
    consent = dict(profile["consent"])
    if not consent["matching"]:
        return profile | {"consent": consent | {"matching": True, "presence": True}}
    if chance.random() < 0.1:
        return profile | {"consent": dict.fromkeys(consent, False)}
    if chance.random() < 0.15:
        return profile | {"languages": ["en", "fr"] if person.main_language == "fr" else ["fr", "en"]}
    language = person.main_language
    added = {"goals": [say(chance, "goal", language, (person.sector, chance.randrange(6)))]}
    visible = profile["visible"]
    if "title" in visible and profile.get("seniority", 5) < 5 and chance.random() < 0.6:
        level = profile["seniority"] + 1
        return (
            profile
            | added
            | {"seniority": level, "title": title(person.sector, language, level, person.feminine)}
        )
    if "organisation" in visible and "organisation" in profile and chance.random() < 0.7:
        while (employer := organisation(chance, person.sector, language)) == profile["organisation"]:
            pass
        return profile | added | {"organisation": employer}
    first, last = profile["name"].split(" ", 1)
    while (married := last_name(chance, language)) == last:
        pass
    return profile | added | {"name": f"{first} {married}"}
