"""Guestbook's words become ours, by one table. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from entremise.hooks import (
    AttendeeCheckedIn,
    AttendeeRegistered,
    Consent,
    DomainEvent,
    InvalidPayload,
    Profile,
    RegistrationCancelled,
    UnsupportedDelivery,
    stamp,
)

_short = validate.Regexp(r"^[A-Za-z0-9-]{1,64}\Z", error="must be a short key")
_line = validate.And(validate.Length(max=200), validate.ContainsNoneOf("\x00", error="must not hold NUL"))


class GuestSchema(Schema):
    """One guest, as a webhook carries it."""

    class Meta:
        """Guestbook may add fields whenever it likes."""

        unknown = EXCLUDE

    id = fields.String(required=True, validate=_short)
    full_name = fields.String(load_default="", validate=_line)
    looking_for = fields.List(
        fields.String(validate=_line), load_default=list, validate=validate.Length(max=50)
    )
    share_with_guests = fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class WebhookSchema(Schema):
    """The envelope."""

    class Meta:
        """As above."""

        unknown = EXCLUDE

    what = fields.String(required=True, validate=validate.Length(max=64))
    when = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=4_000_000_000))
    gathering = fields.String(required=True, validate=_short)
    guest = fields.Nested(GuestSchema, required=True)


def translate(body: bytes, *, tie: str) -> Sequence[DomainEvent]:
    """Return what the webhook says; raises ``InvalidPayload`` or ``UnsupportedDelivery``."""
    try:
        webhook = WebhookSchema().load(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise InvalidPayload("not JSON") from error
    except ValidationError as error:
        place = next(iter(error.normalized_messages()))
        raise InvalidPayload("is missing or malformed", field=str(place)) from error
    meaning = MEANINGS.get(webhook["what"])
    if meaning is None:
        raise UnsupportedDelivery("Guestbook announces something that nobody here needs")
    return [meaning(webhook, stamp(at=float(webhook["when"]), tie=tie))]


def _registered(webhook: Mapping[str, Any], when: str) -> DomainEvent:
    guest = webhook["guest"]
    agreed = guest["share_with_guests"]
    profile = Profile(
        name=guest["full_name"],
        needs=tuple(guest["looking_for"]),
        consent=Consent(matching=agreed, presence=agreed),
        visible=("needs",),
    )
    return AttendeeRegistered(
        host_event=webhook["gathering"], attendee=guest["id"], stamp=when, profile=profile
    )


def _arrived(webhook: Mapping[str, Any], when: str) -> DomainEvent:
    return AttendeeCheckedIn(host_event=webhook["gathering"], attendee=webhook["guest"]["id"], stamp=when)


def _declined(webhook: Mapping[str, Any], when: str) -> DomainEvent:
    return RegistrationCancelled(host_event=webhook["gathering"], attendee=webhook["guest"]["id"], stamp=when)


MEANINGS: Mapping[str, Callable[[Mapping[str, Any], str], DomainEvent]] = {
    "guest.said_yes": _registered,
    "guest.changed": _registered,
    "guest.arrived": _arrived,
    "guest.said_no": _declined,
}
