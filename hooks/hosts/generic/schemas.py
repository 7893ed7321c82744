"""What the ``data`` of each delivery may hold. Unknown keys are allowed and come back apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from ....plugin.domain.errors import InvalidPayload
from ....plugin.domain.model import FACETS, PURPOSES
from .bounded import (
    LARGEST_VERSION,
    LONGEST_NAME,
    MOST_INTERVALS,
    MOST_LANGUAGES,
    Bio,
    Extra,
    Flag,
    Intervals,
    Languages,
    Moment,
    Names,
    Text,
    Texts,
    Whole,
)

SHOWABLE = ("name", "languages", "organisation", "sector", "title", "seniority", "mode", *FACETS)
"""What ``visible`` may name."""


def _choice(*values: str) -> fields.String:
    return fields.String(
        allow_none=True, validate=validate.OneOf(values, error=f"must be one of: {', '.join(values)}")
    )


class _Tolerant(Schema):
    class Meta:
        unknown = EXCLUDE


class MentoringSchema(_Tolerant):
    """What somebody wants of mentoring."""

    role = _choice("mentor", "mentee", "both", "none")
    capacity = Whole(0, 100)


ConsentSchema = _Tolerant.from_dict({purpose: Flag() for purpose in PURPOSES}, name="ConsentSchema")
"""Purposes, each false unless given."""


class ProfileSchema(_Tolerant):
    """The profile of an attendee (docs/reference/deliveries.md)."""

    id = Text(LONGEST_NAME)
    version = Whole(0, LARGEST_VERSION)
    updated_at = Moment()
    name = Text(LONGEST_NAME)
    languages = Languages(longest=40, most=MOST_LANGUAGES)
    organisation = Text(LONGEST_NAME)
    sector = Text(LONGEST_NAME)
    title = Text(LONGEST_NAME)
    seniority = Whole(0, 5)
    first_time = Flag()
    bio = Bio()
    interests = Texts()
    challenges = Texts()
    goals = Texts()
    offers = Texts()
    needs = Texts()
    mentoring = fields.Nested(MentoringSchema, allow_none=True)
    mode = _choice("on_site", "remote", "both")
    presence = _choice("registered", "checked_in", "left", "cancelled")
    consent = fields.Nested(ConsentSchema, allow_none=True)
    visible = Names(SHOWABLE)
    hidden_for_matching = Flag()
    availability = Intervals(longest=81, most=MOST_INTERVALS)
    extra = Extra()


class FeedbackSchema(_Tolerant):
    """Whom the feedback is about."""

    other = Text(LONGEST_NAME, required=True)


class HostEventSchema(_Tolerant):
    """Facts about what people attend."""

    name = Text(LONGEST_NAME)
    organisation = Text(LONGEST_NAME)
    languages = Languages(longest=40, most=MOST_LANGUAGES)
    ends_at = Moment()


def load(schema: Schema, data: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the validated data without its nulls, and the dotted names of unknown keys.

    Raises ``InvalidPayload`` whose ``field`` is the dotted place under ``data``.
    """
    if not isinstance(data, dict):
        raise InvalidPayload("must be an object", field="data")
    try:
        loaded = schema.load(data)
    except ValidationError as error:
        field, message = _first(error.messages)
        raise InvalidPayload(message, field=field) from error
    return {key: value for key, value in loaded.items() if value is not None}, tuple(_unknown(schema, data))


def _unknown(schema: Schema, data: Mapping[str, Any]) -> list[str]:
    names = [key for key in data if key not in schema.fields]
    for key, field in schema.fields.items():
        if isinstance(field, fields.Nested) and isinstance(data.get(key), dict):
            names += [f"{key}.{name}" for name in _unknown(field.schema, data[key])]
    return names


def _first(messages: Any) -> tuple[str, str]:
    path = ["data"]
    while isinstance(messages, dict):
        key, messages = next(iter(messages.items()))
        if key != "_schema":
            path.append(str(key))
    return ".".join(path), str(messages[0] if isinstance(messages, list) else messages)
