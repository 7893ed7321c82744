"""What pretix sends: webhooks, and the answers of its REST API, in its own words. Unknown fields are left out."""

from __future__ import annotations

import re

from marshmallow import EXCLUDE, Schema, fields, validate

SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,99}")
"""Organizers and events as they stand in addresses of pretix; nothing that could lead elsewhere in a path."""
CODE = re.compile(r"[A-Za-z0-9]{1,16}")
"""An order code."""
PLACE_IN_ORDER = 2**31 - 1


class _Lenient(Schema):
    class Meta:
        unknown = EXCLUDE


class WebhookSchema(_Lenient):
    """The body of a webhook: only names of things, never their content."""

    action = fields.Str(required=True, validate=validate.Length(min=1, max=200))
    organizer = fields.Str(required=True, validate=validate.Regexp(re.compile(SLUG.pattern + r"\Z")))
    event = fields.Str(validate=validate.Regexp(re.compile(SLUG.pattern + r"\Z")))
    code = fields.Str(validate=validate.Regexp(re.compile(CODE.pattern + r"\Z")))


class AnswerSchema(_Lenient):
    """One answer to a question. ``options`` are pretix's numbers, ``option_identifiers`` survive cloning."""

    question = fields.Int(required=True)
    answer = fields.Str(load_default="", allow_none=True)
    question_identifier = fields.Str(required=True)
    options = fields.List(fields.Int(), load_default=list)
    option_identifiers = fields.List(fields.Str(), load_default=list)


class CheckInSchema(_Lenient):
    """A scan that succeeded; those that were annulled are not listed."""

    id = fields.Int(required=True)
    datetime = fields.AwareDateTime(required=True)
    list = fields.Int(required=True)
    type = fields.Str(load_default="entry", validate=validate.OneOf(("entry", "exit")))


class PositionSchema(_Lenient):
    """A ticket within an order."""

    id = fields.Int(required=True)
    order = fields.Str(load_default="")
    positionid = fields.Int(required=True, validate=validate.Range(1, PLACE_IN_ORDER))
    item = fields.Int(load_default=None, allow_none=True)
    addon_to = fields.Raw(load_default=None, allow_none=True)
    attendee_name = fields.Str(load_default=None, allow_none=True)
    attendee_name_parts = fields.Dict(load_default=dict, allow_none=True)
    company = fields.Str(load_default=None, allow_none=True)
    canceled = fields.Bool(load_default=False)
    blocked = fields.Raw(load_default=None, allow_none=True)
    checkins = fields.List(fields.Nested(CheckInSchema), load_default=list)
    answers = fields.List(fields.Nested(AnswerSchema), load_default=list)


class OrderSchema(_Lenient):
    """An order with its tickets. ``status``: n pending, p paid, e expired, c cancelled."""

    code = fields.Str(required=True, validate=validate.Regexp(re.compile(CODE.pattern + r"\Z")))
    status = fields.Str(required=True, validate=validate.OneOf("npec"))
    testmode = fields.Bool(load_default=False)
    locale = fields.Str(load_default="", allow_none=True)
    datetime = fields.AwareDateTime(required=True)
    last_modified = fields.AwareDateTime(required=True)
    require_approval = fields.Bool(load_default=False)
    valid_if_pending = fields.Bool(load_default=False, allow_none=True)
    api_meta = fields.Dict(keys=fields.Str(), load_default=dict, allow_none=True)
    positions = fields.List(fields.Nested(PositionSchema), required=True)


class EventSchema(_Lenient):
    """What people attend; ``name`` by language."""

    slug = fields.Str(required=True, validate=validate.Regexp(re.compile(SLUG.pattern + r"\Z")))
    name = fields.Raw(required=True)
    date_from = fields.AwareDateTime(load_default=None, allow_none=True)
    date_to = fields.AwareDateTime(load_default=None, allow_none=True)
    has_subevents = fields.Bool(load_default=False)


class OptionSchema(_Lenient):
    id = fields.Int(required=True)
    identifier = fields.Str(required=True)
    answer = fields.Raw(required=True)


class QuestionSchema(_Lenient):
    """A question. ``type``: S and T text, B yes or no, C one of, M several of, F file, and others."""

    id = fields.Int(required=True)
    identifier = fields.Str(required=True)
    type = fields.Str(required=True)
    items = fields.List(fields.Int(), load_default=list)
    hidden = fields.Bool(load_default=False)
    options = fields.List(fields.Nested(OptionSchema), load_default=list)


class AnnulledSchema(_Lenient):
    """A line of the list of check-ins; ``position`` is pretix's number of a ticket."""

    id = fields.Int(required=True)
    position = fields.Int(load_default=None, allow_none=True)
