"""The shapes of connections in the REST API: what a host says of itself, and what it is given to keep."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from .schemas import Moment

_ADDRESS = validate.Length(1, 2_000)
_WORD = [
    validate.Length(1, 64),
    validate.Predicate("isprintable", error="must hold printable characters only"),
]


def _said(text: str) -> dict[str, Any]:
    return {"description": text}


class _Strict(Schema):
    class Meta:
        """A mistyped key is an error, not something to pass over."""

        unknown = RAISE


class HostSoftwareSchema(_Strict):
    """What connects; kept for the operator to read."""

    kind = fields.String(required=True, validate=_WORD, metadata=_said("Such as pretix."))
    version = fields.String(required=True, validate=_WORD)
    extension = fields.String(required=True, validate=_WORD, metadata=_said("The extension's version."))


class ConnectSchema(_Strict):
    code = fields.String(
        required=True, validate=validate.Length(1, 200), metadata=_said("As `entremise installation invite` said.")
    )  # fmt: skip
    name = fields.String(
        required=True, validate=validate.Length(1, 255), metadata=_said("What the operator reads.")
    )
    callback_url = fields.String(
        required=True, validate=_ADDRESS, metadata=_said("Where results are posted to; below the invitation's address.")
    )  # fmt: skip
    settings_page = fields.String(
        required=True, validate=_ADDRESS, metadata=_said("Where organisers find the switches; below it, too.")
    )  # fmt: skip
    host = fields.Nested(HostSoftwareSchema, required=True)


class RenewSchema(_Strict):
    rotate = fields.List(
        fields.String(validate=validate.OneOf(("secrets", "token"))),
        load_default=list,
        validate=validate.Length(max=2),
        metadata=_said("What to make anew: former secrets stay good for 24 h, a former token ends at once."),
    )
    resume = fields.Boolean(
        load_default=False, truthy={True}, falsy={False},
        metadata=_said("Go on after the host has left, or after a pause."),
    )  # fmt: skip
    callback_url = fields.String(validate=_ADDRESS)
    settings_page = fields.String(validate=_ADDRESS)


class ConnectedSchema(Schema):
    """Everything that the host has to keep, as secrets."""

    installation = fields.String(required=True)
    name = fields.String(required=True)
    api = fields.String(required=True, metadata=_said("Where this API is, for the installation."))
    deliveries = fields.String(required=True, metadata=_said("Where deliveries are posted to."))
    signing_secret = fields.String(
        required=True, metadata=_said("The host signs deliveries and renewals with it.")
    )
    callback_secret = fields.String(required=True, metadata=_said("Results are signed with it."))
    token = fields.String(
        required=True, allow_none=True,
        metadata=_said("Of the scopes settings, plans and read_results; null unless it was made just now."),
    )  # fmt: skip
    fingerprint = fields.String(required=True, metadata=_said("Changes with secrets and addresses."))


class FaresSchema(Schema):
    status = fields.String(required=True, metadata=_said("active, paused or disabled"))
    paused_because = fields.String(required=True)
    fingerprint = fields.String(
        required=True, metadata=_said("Another one than you keep: fetch what is new by the signed POST.")
    )
    backlog = fields.Integer(required=True, metadata=_said("Deliveries not processed yet."))
    waiting = fields.Integer(required=True, metadata=_said("Results not written back yet."))
    dead_letters = fields.Integer(
        required=True, metadata=_said("What could not be used; the operator can look.")
    )
    last_delivery_at = Moment(required=True, allow_none=True)
    last_result_at = Moment(
        required=True,
        allow_none=True,
        metadata=_said("When the newest result that you have taken was made."),
    )
    version = fields.String(required=True, metadata=_said("The service's."))


class LeaveQuery(Schema):
    erase = fields.String(
        load_default="false",
        validate=validate.OneOf(("true", "false")),
        metadata=_said("true: everybody of the installation is erased."),
    )


class PageSchema(Schema):
    address = fields.String(required=True, metadata=_said("The attendee's own page; give it to nobody else."))
