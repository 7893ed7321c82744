"""People and what they attend.

A host says things about an attendee in any order, some twice. Each part of an attendee's state is therefore a
*register*: a value with a ``Stamp``, where the greater stamp wins. Joining registers is commutative, associative
and idempotent, which is why deliveries may be repeated and shuffled without changing where they end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, Self

Role = Literal["mentor", "mentee", "both", "none"]
Mode = Literal["on_site", "remote", "both"]
Presence = Literal["registered", "checked_in", "left", "cancelled"]
Purpose = Literal["matching", "mentoring", "groups", "presence", "follow_up", "memory", "learning"]

FACETS = ("interests", "challenges", "goals", "offers", "needs", "bio")
"""Facets whose words are matched. ``bio`` is one text, the others are lists of tags or sentences."""

PURPOSES: tuple[Purpose, ...] = (
    "matching", "mentoring", "groups", "presence", "follow_up", "memory", "learning",
)  # fmt: skip


def stamp(*, version: int = 0, at: float, tie: str) -> str:
    """Return a sortable text for the moment a host said something.

    ``version`` is the host's own counter for the object (0 where it has none), ``at`` its time in seconds since
    1970, ``tie`` anything stable over redelivery. Greater text means later. Example:

    >>> stamp(version=7, at=1.5, tie="b") > stamp(version=7, at=1.5, tie="a")
    True
    """
    return f"{version:019d}.{max(0, round(at * 1_000_000)):019d}.{tie}"


def just_after(when: str, *, tie: str) -> str:
    """Return a stamp one microsecond later than another one, whatever clock that one was made by.

    >>> just_after(stamp(at=1.5, tie="b"), tie="a") > stamp(at=1.5, tie="b")
    True
    """
    version, microseconds, _ = when.split(".", 2)
    return f"{version}.{int(microseconds) + 1:019d}.{tie}"


def _moment(when: str) -> str:
    """Return a stamp without the version in front."""
    return when.partition(".")[2]


NEVER = ""
"""The stamp that every other one beats."""


@dataclass(frozen=True, slots=True)
class Mentoring:
    """What somebody wants of mentoring; ``capacity`` is how many mentees a mentor takes."""

    role: Role = "none"
    capacity: int = 1


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person said yes to, purpose by purpose. Everything is a no until said otherwise."""

    matching: bool = False
    mentoring: bool = False
    groups: bool = False
    presence: bool = False
    follow_up: bool = False
    memory: bool = False
    learning: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person tells about themselves. ``None`` and empty mean "unknown", never "no".

    ``seniority`` runs from 0 (student) to 5 (executive). ``visible`` names the fields that others may read; a
    facet outside it is scored only when ``hidden_for_matching`` is true, and never quoted. ``availability`` holds
    ISO 8601 intervals. ``extra`` is kept for the host and never scored.
    """

    name: str = ""
    languages: tuple[str, ...] = ()
    organisation: str | None = None
    sector: str | None = None
    title: str | None = None
    seniority: int | None = None
    first_time: bool | None = None
    bio: str = ""
    interests: tuple[str, ...] = ()
    challenges: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    mentoring: Mentoring = Mentoring()
    mode: Mode | None = None
    consent: Consent = Consent()
    visible: tuple[str, ...] = ()
    hidden_for_matching: bool = False
    availability: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; ``from_dict`` is its inverse."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild a profile that ``to_dict`` wrote; keys from a newer version are ignored."""
        known = {key: data[key] for key in _PROFILE_FIELDS & data.keys()}
        for key, value in known.items():
            if isinstance(value, list):
                known[key] = tuple(value)
        if "mentoring" in known:
            known["mentoring"] = Mentoring(**known["mentoring"])
        if "consent" in known:
            known["consent"] = Consent(**known["consent"])
        return cls(**known)

    def texts(self, facet: str) -> tuple[str, ...]:
        """Return the facet's items; a bio counts as one item."""
        value = getattr(self, facet)
        return ((value,) if value else ()) if isinstance(value, str) else value

    def may_score(self, facet: str) -> bool:
        """Whether the facet may enter a score at all."""
        return facet in self.visible or self.hidden_for_matching


_PROFILE_FIELDS = {item.name for item in fields(Profile)}


@dataclass(frozen=True, slots=True)
class Attendee:
    """One person at one host event, as far as heard: registers side by side.

    ``ref`` is the host's own key (a ticket or position, never an e-mail address). ``registered`` is the status
    register, ``presence`` says who is in the building, ``opted_out`` is the person's own switch on their page and
    beats the host's consent until they switch it back.
    """

    installation_id: str
    host_event: str
    ref: str
    profile: Profile = Profile()
    profile_stamp: str = NEVER
    registered: bool = False
    registered_stamp: str = NEVER
    presence: Literal["registered", "checked_in", "left"] = "registered"
    presence_stamp: str = NEVER
    opted_out: bool = False
    opted_out_stamp: str = NEVER

    def agrees_to(self, purpose: Purpose) -> bool:
        """Whether the person may be used for this purpose now."""
        return self.registered and not self.opted_out and getattr(self.profile.consent, purpose)

    def registered_since(self, when: str) -> bool:
        """Whether the person was registered, and told about themselves with consent, later than that.

        A profile's stamp starts with the host's own version for it: the moment behind it is what tells.
        """
        told = self.profile.consent.matching and _moment(self.profile_stamp) > _moment(when)
        return told and self.registered_stamp > when

    def since(self, when: str) -> Attendee:
        """Return the same registration with nothing in it of before that: neither presence nor opting out."""
        person = self
        if person.presence_stamp <= when:
            person = replace(person, presence="registered", presence_stamp=NEVER)
        if person.opted_out_stamp <= when:
            person = replace(person, opted_out=False, opted_out_stamp=NEVER)
        return person

    @property
    def here(self) -> bool:
        """Whether others may be told that this person is in the building."""
        return self.presence == "checked_in" and self.agrees_to("presence")

    def with_profile(self, profile: Profile, when: str) -> Attendee:
        """Join a later profile in; an earlier one changes nothing."""
        return replace(self, profile=profile, profile_stamp=when) if when > self.profile_stamp else self

    def with_registration(self, registered: bool, when: str) -> Attendee:
        """Join a later registration or cancellation in."""
        if when <= self.registered_stamp:
            return self
        return replace(self, registered=registered, registered_stamp=when)

    def with_presence(self, presence: Literal["registered", "checked_in", "left"], when: str) -> Attendee:
        """Join a later check-in, reversal or departure in."""
        return replace(self, presence=presence, presence_stamp=when) if when > self.presence_stamp else self

    def with_opt_out(self, opted_out: bool, when: str) -> Attendee:
        """Join the person's own later choice in."""
        if when <= self.opted_out_stamp:
            return self
        return replace(self, opted_out=opted_out, opted_out_stamp=when)


@dataclass(frozen=True, slots=True)
class HostEvent:
    """What people attend, with the version counters that drive recomputing.

    Every change raises ``dirty_version``; ``computed_version`` is the one the current results were made from.
    """

    installation_id: str
    ref: str
    name: str = ""
    organisation: str | None = None
    languages: tuple[str, ...] = ()
    ends_at: float | None = None
    cancelled: bool = False
    stamp: str = NEVER
    dirty_version: int = 0
    computed_version: int = 0
