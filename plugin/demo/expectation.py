"""What the receiving host must hold at the end, worked out from the messages alone.

Written apart from entremise's own handling of deliveries, on purpose: two readings of the same rules that agree
are worth more than one. The latest registration or cancellation, the highest profile version and the latest word
on presence decide; an erasure ends everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .lives import Message


@dataclass(frozen=True, slots=True)
class Expected:
    """One person as the results must reflect them.

    ``holds``: gets suggestions and may be suggested. ``mentoring``: may be paired. ``grouping``: may be put into
    circles and at tables. ``here``: others may be told
    that the person is in the building. ``name``, ``organisation`` and ``title`` are what others may read.
    """

    ref: str
    holds: bool
    mentoring: bool = False
    grouping: bool = False
    here: bool = False
    language: str = ""
    name: str = ""
    organisation: str | None = None
    title: str | None = None

    def agrees_to(self, feature: str) -> bool:
        """Whether the person may have a place in this feature's plan."""
        return {"mentorship": self.mentoring, "meetings": self.holds}.get(feature, self.grouping)


def expect(messages: Iterable[Message]) -> Mapping[str, Expected]:
    """Return what is expected of every person that the messages speak of."""
    heard: dict[str, list[Message]] = {}
    for message in messages:
        if message.kind != "host_event_updated":
            heard.setdefault(message.subject, []).append(message)
    return {ref: _person(ref, said) for ref, said in heard.items()}


def decisive(messages: Iterable[Message]) -> list[Message]:
    """Return the messages without which the expected end would be another one."""
    by_person: dict[str, list[Message]] = {}
    for message in messages:
        by_person.setdefault(message.subject, []).append(message)
    return [
        message
        for ref, said in by_person.items()
        for message in said
        if message.kind != "host_event_updated"
        and _person(ref, said) != _person(ref, [other for other in said if other is not message])
    ]


def _person(ref: str, said: Iterable[Message]) -> Expected:
    ordered = sorted(said, key=lambda message: message.time)
    status = [message.kind for message in ordered if message.kind in ("registered", "cancelled", "erased")]
    profiles = [message.data for message in ordered if message.data is not None]
    if not status or status[-1] != "registered" or not profiles:
        return Expected(ref, holds=False)
    profile = max(profiles, key=lambda data: data["version"])
    consent = profile["consent"]
    if not consent["matching"]:
        return Expected(ref, holds=False)
    presence = [
        message.kind for message in ordered if message.kind in ("checked_in", "check_in_reversed", "left")
    ]
    return Expected(
        ref,
        holds=True,
        mentoring=consent["mentoring"] and profile["mentoring"]["role"] != "none",
        grouping=consent["groups"],
        here=bool(presence) and presence[-1] == "checked_in" and consent["presence"],
        language=next(language for language in profile["languages"] if language in ("fr", "en")),
        name=profile["name"],
        organisation=_shown(profile, "organisation"),
        title=_shown(profile, "title"),
    )


def _shown(profile: Mapping[str, Any], field: str) -> str | None:
    return profile.get(field) if field in profile["visible"] else None
