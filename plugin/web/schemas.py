"""The shapes of the REST API; the OpenAPI document is made from them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, fields, validate


class Moment(fields.DateTime):
    """Seconds since 1970 in our stores, ISO 8601 in UTC outside."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _said(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


class ProblemSchema(Schema):
    """RFC 9457."""

    type = fields.String(required=True)
    title = fields.String(required=True, metadata=_said("For people, by Accept-Language (en, fr)."))
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata=_said("For programs; never changes."))
    detail = fields.String()
    field = fields.String(metadata=_said("The field or parameter that is to blame."))
    keys = fields.List(fields.String(), metadata=_said("The settings that are locked."))
    see = fields.String(metadata=_said("The page where it can be done instead."))


class HostEventSchema(Schema):
    ref = fields.String(required=True, metadata=_said("The host's own key."))
    name = fields.String(required=True)
    organisation = fields.String(required=True, allow_none=True)
    languages = fields.List(fields.String(), required=True)
    ends_at = Moment(required=True, allow_none=True)
    cancelled = fields.Boolean(required=True)
    dirty_version = fields.Integer(required=True, metadata=_said("Rises with every change."))
    computed_version = fields.Integer(
        required=True, metadata=_said("The version that results were made from.")
    )


class HostEventsSchema(Schema):
    host_events = fields.List(fields.Nested(HostEventSchema), required=True)


class ResultSchema(Schema):
    attendee = fields.String(required=True, attribute="recipient", metadata=_said("Whose result it is."))
    feature = fields.String(required=True, metadata=_said("connections, mentorship"))
    revision = fields.Integer(
        required=True, metadata=_said("Apply a result when its revision is the greater one.")
    )
    payload = fields.Dict(
        required=True, allow_none=True, metadata=_said("As it is written to the host; null = withdrawn.")
    )


class AttendeeResultsSchema(Schema):
    host_event = fields.String(required=True)
    attendee = fields.String(required=True)
    results = fields.List(fields.Nested(ResultSchema), required=True)


class ResultsPageSchema(Schema):
    host_event = fields.String(required=True)
    results = fields.List(fields.Nested(ResultSchema), required=True)
    next = fields.String(
        required=True,
        allow_none=True,
        metadata=_said("Give it as `after` to get the next page; null = the last."),
    )


class ResultsQuery(Schema):
    after = fields.String(load_default="", metadata=_said("`next` of the page before."))
    limit = fields.Integer(
        load_default=100, validate=validate.Range(1, 500), metadata=_said("Attendees on a page, 1 to 500.")
    )


class EffectiveSchema(Schema):
    value = fields.Raw(required=True)
    source = fields.String(required=True, metadata=_said("host_event, organisation, system or default"))
    locked_by = fields.String(required=True, allow_none=True)
    label = fields.String(required=True, metadata=_said("By Accept-Language (en, fr)."))
    help = fields.String(required=True, metadata=_said("By Accept-Language (en, fr)."))


class SettingsSchema(Schema):
    scope = fields.String(required=True)
    ref = fields.String(
        required=True, metadata=_said("The organisation or host event; empty for the system.")
    )
    version = fields.Integer(required=True)
    owner = fields.String(
        required=True, metadata=_said("service, or host: then only the host itself may PUT.")
    )
    page = fields.String(
        required=True, allow_none=True, metadata=_said("The host's page, where it owns the switches.")
    )
    values = fields.Dict(keys=fields.String(), required=True, metadata=_said("What this scope sets."))
    locked = fields.List(
        fields.String(), required=True, metadata=_said("Keys that lower scopes may not change.")
    )
    effective = fields.Dict(keys=fields.String(), values=fields.Nested(EffectiveSchema), required=True)


class SettingsChangeSchema(Schema):
    """The whole of what the scope sets: a key that is left out is set no more."""

    class Meta:
        """A mistyped key is an error, not something to pass over."""

        unknown = RAISE

    values = fields.Dict(keys=fields.String(), required=True)
    locked = fields.List(fields.String(), load_default=list)


class StatusSchema(Schema):
    id = fields.String(required=True)
    host = fields.String(required=True)
    name = fields.String(required=True)
    status = fields.String(required=True, metadata=_said("active, paused or disabled"))
    paused_because = fields.String(required=True)
    settings_owner = fields.String(required=True)
    backlog = fields.Integer(required=True, metadata=_said("Deliveries not processed yet."))
    waiting = fields.Integer(required=True, metadata=_said("Results not written back yet."))
    behind = fields.Integer(required=True, metadata=_said("Host events whose results are being computed."))
    last_delivery_at = Moment(required=True, allow_none=True)
    counters = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class DeadLetterSchema(Schema):
    id = fields.String(required=True)
    kind = fields.String(
        required=True, metadata=_said("delivery (could not be used) or result (the host refused it)")
    )
    reason = fields.String(required=True)
    field = fields.String(required=True, allow_none=True)
    at = Moment(required=True)
    attempts = fields.Integer(required=True)


class DeadLettersSchema(Schema):
    dead_letters = fields.List(fields.Nested(DeadLetterSchema), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata=_said("Give it as `before`; null = the last page.")
    )


class DeadLettersQuery(Schema):
    before = fields.String(load_default=None, allow_none=True, metadata=_said("`next` of the page before."))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))


class KeptDeliverySchema(Schema):
    door = fields.String(required=True)
    received_at = Moment(required=True)
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    body = fields.String(required=True, allow_none=True, metadata=_said("Where the raw bytes are UTF-8."))
    body_base64 = fields.String(required=True)


class OneDeadLetterSchema(DeadLetterSchema):
    delivery = fields.Nested(KeptDeliverySchema, required=True, allow_none=True)


class ReplayedSchema(Schema):
    deliveries = fields.Integer(required=True, metadata=_said("Taken back into the inbox."))
    results = fields.Integer(required=True, metadata=_said("To be written back again."))


class ReceiptSchema(Schema):
    accepted = fields.Integer(required=True)
    duplicates = fields.Integer(required=True)


class AuditLineSchema(Schema):
    id = fields.Integer(required=True)
    at = Moment(required=True)
    actor = fields.String(required=True)
    action = fields.String(required=True)
    details = fields.Dict(required=True)


class AuditSchema(Schema):
    audit = fields.List(fields.Nested(AuditLineSchema), required=True)


class AuditQuery(Schema):
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))
