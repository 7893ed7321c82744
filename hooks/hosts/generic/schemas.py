"""What the ``data`` of each delivery may hold, and how much of it: the border beyond which sizes are known.

``null`` means the same as a missing field: unknown. Unknown keys are allowed and come back apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from ....plugin.domain.errors import InvalidPayload
from ....plugin.domain.model import FACETS, PURPOSES
from ...cloudevents import parse_time

LONGEST_NAME = 255
LONGEST_ITEM = 500
LONGEST_BIO = 10_000
MOST_ITEMS = 100
MOST_LANGUAGES = 20
MOST_INTERVALS = 200
LARGEST_VERSION = 10**18
MOST_EXTRA_VALUES = 500
LONGEST_EXTRA = 20_000
DEEPEST_EXTRA = 5

SHOWABLE = ("name", "languages", "organisation", "sector", "title", "seniority", "mode", *FACETS)
"""What ``visible`` may name."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")
_INTERVAL = re.compile(r"[0-9T:.+Z-]{10,40}/[0-9A-Z:.+-]{2,40}")


def storable(text: str) -> str:
    """Return the text without white space around it; NUL and lone surrogates fit in no database and are refused."""
    if "\x00" in text:
        raise ValidationError("must not hold NUL characters")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValidationError("must not hold lone surrogates")
    return text.strip()


class Text(fields.Field[str]):
    """One text of at most so many characters."""

    def __init__(self, longest: int, **options: Any) -> None:
        super().__init__(allow_none=True, **options)
        self.longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("must be a text")
        if len(value) > self.longest:
            raise ValidationError(f"longer than {self.longest} characters")
        return storable(value)


class Texts(fields.Field[tuple[str, ...]]):
    """A text or a list of texts; empty ones and repetitions are left out."""

    def __init__(self, longest: int = LONGEST_ITEM, most: int = MOST_ITEMS, **options: Any) -> None:
        super().__init__(allow_none=True, **options)
        self.longest = longest
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> tuple[str, ...]:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list):
            raise ValidationError("must be a text or a list of texts")
        if len(items) > self.most:
            raise ValidationError(f"more than {self.most} items")
        kept: dict[str, None] = {}
        for position, item in enumerate(items):
            try:
                kept[self._item(item)] = None
            except ValidationError as error:
                raise ValidationError({position: error.messages}) from error
        kept.pop("", None)
        return tuple(kept)

    def _item(self, item: Any) -> str:
        if not isinstance(item, str):
            raise ValidationError("must be a text")
        if len(item) > self.longest:
            raise ValidationError(f"longer than {self.longest} characters")
        return storable(item)


class Languages(Texts):
    """Language tags; only the language itself is kept (``en-GB`` is ``en``)."""

    def _item(self, item: Any) -> str:
        text = super()._item(item)
        if text and not _LANGUAGE.fullmatch(text):
            raise ValidationError("must be a language tag such as fr or en-GB")
        return re.split("[-_]", text, maxsplit=1)[0].lower()


class Intervals(Texts):
    """ISO 8601 intervals, start and end."""

    def _item(self, item: Any) -> str:
        text = super()._item(item)
        if text and not _INTERVAL.fullmatch(text):
            raise ValidationError("must be an interval such as 2026-05-04T10:00/10:30")
        return text


class Names(Texts):
    """Some of a closed set of names."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        super().__init__(longest=40)
        self.choices = frozenset(choices)

    def _item(self, item: Any) -> str:
        text = super()._item(item)
        if text not in self.choices:
            raise ValidationError(f"must be one of: {', '.join(sorted(self.choices))}")
        return text


class Bio(Texts):
    """One text; paragraphs may come as a list."""

    def __init__(self) -> None:
        super().__init__(longest=LONGEST_BIO)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        text = "\n".join(super()._deserialize(value, attr, data, **options))
        if len(text) > LONGEST_BIO:
            raise ValidationError(f"longer than {LONGEST_BIO} characters")
        return text


class Flag(fields.Field[bool]):
    """JSON ``true`` or ``false``. ``"yes"`` and ``1`` are refused: consent is nothing to guess about."""

    def __init__(self) -> None:
        super().__init__(allow_none=True)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value


class Whole(fields.Field[int]):
    """A whole number in a range."""

    def __init__(self, lowest: int, highest: int) -> None:
        super().__init__(allow_none=True)
        self.lowest = lowest
        self.highest = highest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not self.lowest <= value <= self.highest:
            raise ValidationError(f"must be a whole number from {self.lowest} to {self.highest}")
        return value


class Moment(fields.Field[float]):
    """An RFC 3339 time, as seconds since 1970."""

    def __init__(self) -> None:
        super().__init__(allow_none=True)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> float:
        if not isinstance(value, str):
            raise ValidationError("must be an RFC 3339 time")
        try:
            return parse_time(value, field="")
        except InvalidPayload as error:
            raise ValidationError(str(error)) from error


class Extra(fields.Field[dict[str, Any]]):
    """Anything the host wants to keep with a person, within bounds of depth and size."""

    def __init__(self) -> None:
        super().__init__(allow_none=True)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("must be an object")
        _measure(value)
        return value


def _choice(*values: str) -> fields.String:
    return fields.String(allow_none=True, validate=validate.OneOf(values, error=f"must be one of: {', '.join(values)}"))


class _Tolerant(Schema):
    class Meta:
        unknown = EXCLUDE


class MentoringSchema(_Tolerant):
    """What somebody wants of mentoring."""

    role = _choice("mentor", "mentee", "both", "none")
    capacity = Whole(0, 100)


class ConsentSchema(_Tolerant):
    """Purposes, each false unless given."""


ConsentSchema._declared_fields.update({purpose: Flag() for purpose in PURPOSES})


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
        field, message = _first(error.normalized_messages())
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


def _measure(value: dict[str, Any]) -> None:
    """Walk without recursion, so that depth itself can do no harm."""
    waiting: list[tuple[Any, int]] = [(value, 1)]
    values = characters = 0
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, (dict, list)):
            if depth > DEEPEST_EXTRA:
                raise ValidationError(f"nested deeper than {DEEPEST_EXTRA} levels")
            below = [*item.keys(), *item.values()] if isinstance(item, dict) else item
            values += len(below)
            if values > MOST_EXTRA_VALUES:
                raise ValidationError(f"more than {MOST_EXTRA_VALUES} values")
            waiting += [(one, depth + 1) for one in below]
        elif isinstance(item, str):
            characters += len(item)
            if characters > LONGEST_EXTRA:
                raise ValidationError(f"more than {LONGEST_EXTRA} characters")
            storable(item)
