"""Reads ``--set`` and ``--secret``: what the host adapter's own schemas ask for, given on a command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import orjson
from marshmallow import fields

from ...hooks.contract import HostAdapter
from ..domain.errors import InvalidPayload
from ..services.configuration import configuration_fields

config_option = click.option(
    "--set", "sets", multiple=True, metavar="FIELD=VALUE",
    help="A field of the configuration; repeat a list's field for each item. `entremise hosts HOST` names them.",
)  # fmt: skip
secret_option = click.option(
    "--secret", "secrets", multiple=True, metavar="FIELD[=@FILE]",
    help="A secret: FIELD alone asks for it (or reads a line of standard input), FIELD=@FILE reads a file.",
)  # fmt: skip


def given_config(adapter: HostAdapter, sets: Sequence[str]) -> dict[str, Any]:
    """Return what ``--set`` gave, by field."""
    known = configuration_fields(adapter)
    found: dict[str, Any] = {}
    for text in sets:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} is not FIELD=VALUE", param_hint="--set")
        if name not in known:
            raise click.BadParameter(f"there is no field {name!r}; {_names(known)}", param_hint="--set")
        _put(found, known[name], name, value)
    return found


def given_secrets(adapter: HostAdapter, secrets: Sequence[str]) -> dict[str, Any]:
    """Return what ``--secret`` gave, by field; asks at a terminal, reads standard input elsewhere."""
    known = adapter.secrets().fields
    found: dict[str, Any] = {}
    for text in secrets:
        name, equals, value = text.partition("=")
        if name not in known:
            raise click.BadParameter(f"there is no secret {name!r}; {_names(known)}", param_hint="--secret")
        if not equals:
            value = click.prompt(name, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
        elif value.startswith("@"):
            value = _read(Path(value[1:]))
        if not value.strip():
            raise click.BadParameter(f"{name} is empty", param_hint="--secret")
        _put(found, known[name], name, value.strip())
    return found


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn a refused value into a usage error (exit code 2) that names the field."""
    try:
        yield
    except InvalidPayload as error:
        raise click.UsageError(str(error)) from error


def _put(found: dict[str, Any], field: fields.Field[Any], name: str, value: str) -> None:
    if isinstance(field, fields.List) and not value.startswith("["):
        found.setdefault(name, []).append(value)
    elif isinstance(field, fields.List | fields.Dict | fields.Nested):
        found[name] = _json(name, value)
    else:
        found[name] = value


def _json(name: str, value: str) -> Any:
    try:
        return orjson.loads(_read(Path(value[1:])) if value.startswith("@") else value)
    except orjson.JSONDecodeError:
        raise click.BadParameter(f"{name} takes JSON, or @FILE with JSON", param_hint="--set") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise click.BadParameter(f"{path} cannot be read: {error}") from error


def _names(known: Mapping[str, Any]) -> str:
    return "there are: " + ", ".join(sorted(known)) if known else "this host takes none"
