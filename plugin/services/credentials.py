"""The secrets of one installation as they are kept: the present ones, and former ones that are still good for a while.

An adapter's ``secrets`` schema says what a field is by its metadata: ``generated=True`` means that entremise makes
the value up when the operator gives none, and a list field holds several good values, newest first.
"""

from __future__ import annotations

import base64
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from marshmallow import Schema, fields

from ..domain.errors import InvalidPayload
from .configuration import validated

Retiring = Mapping[str, Sequence[tuple[str, float]]]
"""By field: former values with the time until which they are accepted."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Present values by field, and former ones that are still accepted."""

    values: Mapping[str, Any]
    retiring: Retiring

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Rebuild what ``document`` returned."""
        retiring = {
            field: tuple((value, until) for value, until in items)
            for field, items in document.get("retiring", {}).items()
        }
        return cls(document["values"], retiring)

    @classmethod
    def made(cls, schema: type[Schema], given: Mapping[str, Any]) -> tuple[Self, Mapping[str, str]]:
        """Validate what the operator gave and make up what is missing; also return what was made up."""
        made = {
            name: new_secret()
            for name, field in schema().fields.items()
            if field.metadata.get("generated") and not given.get(name)
        }
        filled = {**given, **{name: _shaped(schema, name, value) for name, value in made.items()}}
        return cls(validated(schema, filled, "secrets"), {}), made

    def document(self) -> dict[str, Any]:
        """Return JSON-ready data to be sealed."""
        return {
            "values": dict(self.values),
            "retiring": {key: list(items) for key, items in self.retiring.items()},
        }

    def current(self, now: float) -> dict[str, Any]:
        """Return the secrets as the adapter reads them: list fields hold the new value and those not yet retired."""
        values = dict(self.values)
        for field, items in self.retiring.items():
            values[field] = [*values[field], *(value for value, until in items if until > now)]
        return values

    def rotated(
        self,
        schema: type[Schema],
        given: Mapping[str, Any],
        *,
        generate: Sequence[str],
        now: float,
        overlap: float,
    ) -> tuple[Credentials, Mapping[str, str]]:
        """Return the credentials after the change, and what was made up; raises ``InvalidPayload`` by field."""
        known = schema().fields
        for name in generate:
            if name not in known or not known[name].metadata.get("generated"):
                raise InvalidPayload(f"{name} is not a secret that entremise can make up", field=name)
        made = {name: new_secret() for name in generate}
        changes = {**given, **{name: _shaped(schema, name, value) for name, value in made.items()}}
        values = validated(schema, {**self.values, **changes}, "secrets")
        retiring = {
            field: [item for item in items if item[1] > now] for field, items in self.retiring.items()
        }
        for name in changes:
            if overlap > 0 and isinstance(known.get(name), fields.List):
                former = [
                    (value, now + overlap)
                    for value in self.values.get(name) or ()
                    if value not in values[name]
                ]
                retiring[name] = [*former, *retiring.get(name, [])]
            else:
                retiring.pop(name, None)
        return Credentials(values, {name: items for name, items in retiring.items() if items}), made


def new_secret() -> str:
    """Return a Standard Webhooks secret: ``whsec_`` and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(randomness.token_bytes(32)).decode()


def _shaped(schema: type[Schema], name: str, value: str) -> Any:
    return [value] if isinstance(schema().fields[name], fields.List) else value
