"""What happened, in the past tense. An adapter turns a delivery into these; nothing else changes our state.

Each carries the ``stamp`` at which the host says that it became true: ``model.stamp`` with version 0, since a
check-in and a cancellation must compare by time. Only profiles may be ordered by the host's own version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .model import Profile

Verdict = Literal["accepted", "declined", "met", "blocked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """Root of all that can happen at a host event."""

    host_event: str
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeeEvent(DomainEvent):
    """Something that concerns one attendee, by the host's own key."""

    attendee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeeRegistered(AttendeeEvent):
    """A registration is valid; the profile is the whole one (a missing field is unknown, not unchanged).

    ``profile_stamp`` orders profiles among themselves where the host numbers them; empty means "by ``stamp``".
    """

    profile: Profile
    profile_stamp: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileUpdated(AttendeeEvent):
    """The whole profile as it is now; says nothing about whether the registration is valid."""

    profile: Profile
    profile_stamp: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeeCheckedIn(AttendeeEvent):
    """The person is in the building."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInReversed(AttendeeEvent):
    """The check-in was a mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeeLeft(AttendeeEvent):
    """The person went out again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationCancelled(AttendeeEvent):
    """The registration is no longer valid; the data may be kept, the person is shown to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeeErased(AttendeeEvent):
    """The host erased the person: so do we, everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutChanged(AttendeeEvent):
    """The person left (or came back to) everything on their own page."""

    opted_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackGiven(AttendeeEvent):
    """What ``attendee`` said about having ``other`` suggested."""

    other: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class HostEventUpdated(DomainEvent):
    """Facts about what people attend. ``ends_at`` is in seconds since 1970."""

    name: str = ""
    organisation: str | None = None
    languages: tuple[str, ...] = ()
    ends_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostEventCancelled(DomainEvent):
    """Nothing is suggested for it any more."""


@dataclass(frozen=True, slots=True)
class Hint:
    """An unsigned host says that an object changed: look it up with our own credential.

    ``object`` is the adapter's own key for what to fetch (``order:demo/K3P9Q``); hints for one object coalesce.
    """

    object: str
