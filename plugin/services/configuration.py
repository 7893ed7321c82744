"""What an operator sets for an installation: the adapter's own fields, and those that every installation has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from ...hooks.contract import HostAdapter
from ..domain.errors import InvalidPayload


class EveryInstallation(Schema):
    """Fields that need no adapter; one that an adapter declares under the same name is the adapter's."""

    kafka_topic = fields.String(
        validate=validate.Regexp(r"^[A-Za-z0-9._-]{1,249}$", error="must be a Kafka topic's name"),
        metadata={
            "description": "Kafka topic that deliveries are read from; it belongs to this installation alone."
        },
    )
    settings_page = fields.Url(
        schemes={"http", "https"},
        require_tld=False,
        validate=validate.Length(max=2_000),
        metadata={
            "description": "The host's own settings page, named to whoever may not change its switches here."
        },
    )


def configuration_fields(adapter: HostAdapter) -> Mapping[str, fields.Field[Any]]:
    """Return every field that may be set, by name."""
    return {**EveryInstallation().fields, **adapter.configuration().fields}


def configured(adapter: HostAdapter, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the validated configuration, JSON-ready; raises ``InvalidPayload`` naming the first bad field."""
    theirs = adapter.configuration().fields
    every = {
        key: value for key, value in given.items() if key in EveryInstallation().fields and key not in theirs
    }
    own = {key: value for key, value in given.items() if key not in every}
    return validated(adapter.configuration, own, "config") | validated(EveryInstallation, every, "config")


def validated(schema: type[Schema], values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return ``values`` as the schema dumps them; raises ``InvalidPayload`` naming the first bad field."""
    instance = schema()
    try:
        loaded = instance.load(dict(values))
    except ValidationError as error:
        field, message = _first(error.normalized_messages())
        raise InvalidPayload(f"{where} {field}: {message}", field=field) from None
    dumped: dict[str, Any] = instance.dump(loaded)
    return dumped


def _first(messages: Any, path: tuple[str, ...] = ()) -> tuple[str, str]:
    """Return the dotted path and text of the first message in marshmallow's tree."""
    if isinstance(messages, Mapping):
        key, below = next(iter(messages.items()))
        return _first(below, path if key == "_schema" else (*path, str(key)))
    return ".".join(path), str(messages[0] if isinstance(messages, list) else messages)
