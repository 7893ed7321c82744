"""Kinds of fields that know their bounds: what passes fits in a database, and its size is known.

``null`` means the same as a missing field: unknown.
"""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, fields

from ....plugin.domain.errors import InvalidPayload
from ...cloudevents import parse_time, storable

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

_UNSTORABLE = "holds characters that cannot be stored"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")
_INTERVAL = re.compile(r"[0-9T:.+Z-]{10,40}/[0-9A-Z:.+-]{2,40}")


class Text(fields.Field[str]):
    """One text of at most so many characters."""

    def __init__(self, longest: int, **options: Any) -> None:
        super().__init__(allow_none=True, **options)
        self.longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        return _bounded(value, self.longest)


class Texts(fields.Field[tuple[str, ...]]):
    """A text or a list of texts; empty ones and repetitions are left out."""

    def __init__(self, longest: int = LONGEST_ITEM, most: int = MOST_ITEMS, **options: Any) -> None:
        super().__init__(allow_none=True, **options)
        self.longest = longest
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            return tuple(text for text in [self._item(value)] if text)
        if not isinstance(value, list):
            raise ValidationError("must be a text or a list of texts")
        if len(value) > self.most:
            raise ValidationError(f"more than {self.most} items")
        kept: dict[str, None] = {}
        for position, item in enumerate(value):
            try:
                kept[self._item(item)] = None
            except ValidationError as error:
                raise ValidationError({position: error.messages}) from error
        kept.pop("", None)
        return tuple(kept)

    def _item(self, item: Any) -> str:
        return _bounded(item, self.longest)


class Languages(Texts):
    """Language tags; only the language itself is kept (``en-GB`` is ``en``)."""

    form = _LANGUAGE

    def _item(self, item: Any) -> str:
        text = super()._item(item)
        if text and not self.form.fullmatch(text):
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

    def __init__(self, longest: int = LONGEST_BIO) -> None:
        super().__init__(longest=longest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        text = "\n".join(super()._deserialize(value, attr, data, **options))
        if len(text) > self.longest:
            raise ValidationError(f"longer than {self.longest} characters")
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


def _bounded(value: Any, longest: int) -> str:
    """Return the text without the white space around it."""
    if not isinstance(value, str):
        raise ValidationError("must be a text")
    if len(value) > longest:
        raise ValidationError(f"longer than {longest} characters")
    if not storable(value):
        raise ValidationError(_UNSTORABLE)
    return value.strip()


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
            if not storable(item):
                raise ValidationError(_UNSTORABLE)
