"""Turns a generic delivery into what happened: one table from CloudEvents types to domain events. Pure.

Profiles are ordered by ``data.version`` where there is one, everything else by the event's time: a check-in and a
cancellation must compare with each other whatever a profile's counter says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from ....plugin.domain.errors import InvalidPayload, UnsupportedDelivery
from ....plugin.domain.events import (
    AttendeeCheckedIn,
    AttendeeErased,
    AttendeeEvent,
    AttendeeLeft,
    AttendeeRegistered,
    CheckInReversed,
    DomainEvent,
    FeedbackGiven,
    HostEventCancelled,
    HostEventUpdated,
    OptOutChanged,
    ProfileUpdated,
    RegistrationCancelled,
    Verdict,
)
from ....plugin.domain.model import Consent, Mentoring, Profile, stamp
from ...cloudevents import CloudEvent
from .bounded import LONGEST_NAME
from .schemas import FeedbackSchema, HostEventSchema, ProfileSchema, load

AHEAD_SECONDS = 86400.0
"""How far a sender's clock may be ahead: time zones that were mixed up, and no more."""

_PROFILES, _FEEDBACK, _HOST_EVENTS = ProfileSchema(), FeedbackSchema(), HostEventSchema()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a delivery said, and the names of keys in it that mean nothing here."""

    domain_events: tuple[DomainEvent, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Moment:
    """Where and when: what every translation needs besides the data."""

    host_event: str
    at: float
    tie: str
    received_at: float = 0.0

    def stamp(self, *, version: int = 0, at: float | None = None) -> str:
        return stamp(version=version, at=self.at if at is None else at, tie=self.tie)


def translate(cloudevent: CloudEvent, *, tie: str, received_at: float) -> Heard:
    """Return what happened. ``tie`` is stable over redelivery; ``received_at`` stands in for a missing time.

    Raises ``InvalidPayload`` naming the field, or ``UnsupportedDelivery`` for a type that is not in ``TYPES``.
    """
    translation = TYPES.get(cloudevent.type)
    if translation is None:
        raise UnsupportedDelivery(f"no meaning for events of type {cloudevent.type[:100]!r}")
    _not_ahead(cloudevent.time, received_at, "time")
    moment = _Moment(
        host_event=reference(cloudevent.extensions.get("hostevent"), "hostevent"),
        at=received_at if cloudevent.time is None else cloudevent.time,
        tie=tie,
        received_at=received_at,
    )
    return translation(cloudevent, moment)


def _not_ahead(at: float | None, received_at: float, field: str) -> None:
    """Refuse what has not happened yet: nothing that is true today could ever be newer."""
    if at is not None and at > received_at + AHEAD_SECONDS:
        raise InvalidPayload(
            "lies more than a day ahead; say when it became true, not when it will matter", field=field
        )


def reference(value: Any, field: str) -> str:
    """Return a key of the host's own; raises ``InvalidPayload`` unless it is 1 to 255 printable characters."""
    if not isinstance(value, str) or not value:
        raise InvalidPayload("a non-empty string is required", field=field)
    if len(value) > LONGEST_NAME:
        raise InvalidPayload(f"longer than {LONGEST_NAME} characters", field=field)
    if not value.isprintable():
        raise InvalidPayload("must hold printable characters only", field=field)
    return value


def _registered(cloudevent: CloudEvent, moment: _Moment) -> Heard:
    return _profile(cloudevent, moment, registers=True)


def _updated(cloudevent: CloudEvent, moment: _Moment) -> Heard:
    return _profile(cloudevent, moment, registers=False)


def _profile(cloudevent: CloudEvent, moment: _Moment, *, registers: bool) -> Heard:
    attendee = reference(cloudevent.subject, "subject")
    data, unknown = load(_PROFILES, cloudevent.data)
    if data.get("id", attendee) != attendee:
        raise InvalidPayload("is not the event's subject", field="data.id")
    if cloudevent.time is None and "updated_at" in data:
        _not_ahead(data["updated_at"], moment.received_at, "data.updated_at")
        moment = replace(moment, at=data["updated_at"])
    presence = data.get("presence")
    common: dict[str, Any] = {"host_event": moment.host_event, "attendee": attendee, "stamp": moment.stamp()}
    kind = AttendeeRegistered if registers and presence != "cancelled" else ProfileUpdated
    told: list[DomainEvent] = [
        kind(
            **common,
            profile=profile(data),
            profile_stamp=moment.stamp(version=data["version"]) if data.get("version") else "",
        )
    ]
    if presence is not None and presence in _PRESENCE:
        told.append(_PRESENCE[presence](**common))
    return Heard(tuple(told), unknown)


def profile(data: Mapping[str, Any]) -> Profile:
    """Build a profile of validated data; what is missing is unknown, a missing consent is a no."""
    known = {key: value for key, value in data.items() if key in _COPIED}
    mentoring = {key: value for key, value in data.get("mentoring", {}).items() if value is not None}
    consent = {purpose: value is True for purpose, value in data.get("consent", {}).items()}
    return Profile(
        **known,
        organisation=data.get("organisation") or None,
        sector=data.get("sector") or None,
        title=data.get("title") or None,
        mentoring=Mentoring(**mentoring),
        consent=Consent(**consent),
    )


def _about_attendee(kind: type[AttendeeEvent]) -> Callable[[CloudEvent, _Moment], Heard]:
    def translation(cloudevent: CloudEvent, moment: _Moment) -> Heard:
        attendee = reference(cloudevent.subject, "subject")
        return Heard((kind(host_event=moment.host_event, attendee=attendee, stamp=moment.stamp()),))

    return translation


def _opting(*, out: bool) -> Callable[[CloudEvent, _Moment], Heard]:
    def translation(cloudevent: CloudEvent, moment: _Moment) -> Heard:
        attendee = reference(cloudevent.subject, "subject")
        changed = OptOutChanged(
            host_event=moment.host_event, attendee=attendee, stamp=moment.stamp(), opted_out=out
        )
        return Heard((changed,))

    return translation


def _feedback(verdict: Verdict) -> Callable[[CloudEvent, _Moment], Heard]:
    def translation(cloudevent: CloudEvent, moment: _Moment) -> Heard:
        attendee = reference(cloudevent.subject, "subject")
        data, unknown = load(_FEEDBACK, cloudevent.data)
        other = reference(data.get("other"), "data.other")
        if other == attendee:
            raise InvalidPayload("must be somebody else", field="data.other")
        said = FeedbackGiven(
            host_event=moment.host_event,
            attendee=attendee,
            stamp=moment.stamp(),
            other=other,
            verdict=verdict,
        )
        return Heard((said,), unknown)

    return translation


def _host_event_updated(cloudevent: CloudEvent, moment: _Moment) -> Heard:
    data, unknown = load(_HOST_EVENTS, cloudevent.data)
    updated = HostEventUpdated(
        host_event=moment.host_event,
        stamp=moment.stamp(),
        name=data.get("name", ""),
        organisation=data.get("organisation") or None,
        languages=data.get("languages", ()),
        ends_at=data.get("ends_at"),
    )
    return Heard((updated,), unknown)


def _host_event_cancelled(_: CloudEvent, moment: _Moment) -> Heard:
    return Heard((HostEventCancelled(host_event=moment.host_event, stamp=moment.stamp()),))


# "registered" is not here: a profile sent after the door would otherwise undo a check-in that it knows nothing of.
_PRESENCE: Mapping[str, type[AttendeeEvent]] = {
    "checked_in": AttendeeCheckedIn,
    "left": AttendeeLeft,
    "cancelled": RegistrationCancelled,
}

_COPIED = frozenset(
    (
        "name",
        "languages",
        "seniority",
        "first_time",
        "bio",
        "interests",
        "challenges",
        "goals",
        "offers",
        "needs",
        "mode",
        "visible",
        "hidden_for_matching",
        "availability",
        "extra",
    )
)

_Translation: TypeAlias = Callable[[CloudEvent, _Moment], Heard]

TYPES: Mapping[str, _Translation] = {
    "org.entremise.attendee.registered.v1": _registered,
    "org.entremise.attendee.updated.v1": _updated,
    "org.entremise.attendee.checked_in.v1": _about_attendee(AttendeeCheckedIn),
    "org.entremise.attendee.check_in_reversed.v1": _about_attendee(CheckInReversed),
    "org.entremise.attendee.left.v1": _about_attendee(AttendeeLeft),
    "org.entremise.attendee.cancelled.v1": _about_attendee(RegistrationCancelled),
    "org.entremise.attendee.opted_out.v1": _opting(out=True),
    "org.entremise.attendee.opted_in.v1": _opting(out=False),
    "org.entremise.attendee.erased.v1": _about_attendee(AttendeeErased),
    "org.entremise.hostevent.updated.v1": _host_event_updated,
    "org.entremise.hostevent.cancelled.v1": _host_event_cancelled,
    "org.entremise.feedback.accepted.v1": _feedback("accepted"),
    "org.entremise.feedback.declined.v1": _feedback("declined"),
    "org.entremise.feedback.met.v1": _feedback("met"),
    "org.entremise.feedback.blocked.v1": _feedback("blocked"),
}
"""Every type that the generic host understands."""
