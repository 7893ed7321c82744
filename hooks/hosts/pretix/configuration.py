"""What an operator sets for one pretix. README.md has a table of it, in more words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, validate

from ....plugin.domain.errors import ConfigurationError
from ...addresses import Reachable
from .questions import SHOWN, TARGETS, targets_of
from .schemas import SLUG

_slug = validate.Regexp(
    re.compile(SLUG.pattern + r"\Z"), error="must be a short name as in pretix's addresses"
)


def _plain_address(text: str) -> None:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValidationError("must be the plain http or https address of pretix")


def _reachable(text: str) -> None:
    try:
        Reachable([text])
    except ConfigurationError as error:
        raise ValidationError(str(error)) from error


class _Targets(fields.Field[Any]):
    """One target or a list of them; an empty list means that the question is ignored."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[str]:
        chosen = targets_of(value)
        if chosen is None or any(target not in TARGETS for target in chosen):
            raise ValidationError(f"must be one or several of: {', '.join(sorted(TARGETS))}")
        return list(chosen)


def _says(text: str) -> dict[str, str]:
    return {"description": text}


class PretixConfiguration(Schema):
    """Where pretix is, and how its forms are read."""

    url = fields.Str(
        required=True,
        validate=_plain_address,
        metadata=_says("Address of pretix, without /api: https://pretix.eu"),
    )
    organizer = fields.Str(
        required=True,
        validate=_slug,
        metadata=_says("Short name of the organizer; webhooks of another are refused."),
    )
    events = fields.List(
        fields.Str(validate=_slug),
        load_default=list,
        metadata=_says("Short names of events; all, if none is given."),
    )
    questions = fields.Dict(
        keys=fields.Str(),
        values=_Targets(),
        load_default=dict,
        metadata=_says('What your own questions say, by identifier: {"ROLE7": "title", "DIET": []}'),
    )
    options = fields.Dict(
        keys=fields.Str(),
        values=fields.Str(),
        load_default=dict,
        metadata=_says('What options stand for, by identifier: {"X7KQ2": "FR"}'),
    )
    tag_language = fields.Str(
        load_default="en",
        validate=validate.Length(2, 20),
        metadata=_says("Language in which choices become tags, the same for everybody."),
    )
    language_from_order = fields.Bool(
        load_default=True,
        metadata=_says("Whether the order's language counts as the attendee's. Default: true."),
    )
    visible = fields.List(
        fields.Str(validate=validate.OneOf(SHOWN)),
        load_default=list,
        metadata=_says(
            "Answers of which your form says that others will read them: organisation, interests, …"
        ),
    )
    pending_counts = fields.Bool(
        load_default=False, metadata=_says("Whether orders that are not paid yet count. Default: false.")
    )
    test_orders = fields.Bool(
        load_default=False, metadata=_says("Whether orders placed in test mode count. Default: false.")
    )
    items = fields.List(
        fields.Int(),
        load_default=list,
        metadata=_says("Numbers of the products that make an attendee; all, if none."),
    )
    checkin_lists = fields.List(
        fields.Int(),
        load_default=list,
        metadata=_says("Numbers of the check-in lists that say who is in the building; all, if none."),
    )
    link_question = fields.Str(
        load_default="ENTREMISE",
        validate=validate.Length(max=190),
        metadata=_says("Identifier of the question that receives the personal link; empty for none."),
    )
    allow_private = fields.List(
        fields.Str(validate=[validate.Length(max=255), _reachable]),
        load_default=list,
        metadata=_says("Private addresses that may be reached: host:port, or networks such as 10.1.0.0/16."),
    )


class PretixSecrets(Schema):
    """The credential."""

    token = fields.Str(
        required=True,
        validate=validate.Regexp(
            re.compile(r"[\x21-\x7e]{8,200}\Z"), error="must be a token as pretix shows it"
        ),
        metadata=_says("API token of a team that may view and change orders."),
    )
