"""``entremise hosts``: which kinds of host this service can talk to, and what each asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from marshmallow import fields

from ...hooks.contract import HostAdapter
from ...hooks.registry import load_plugins
from ..domain.errors import UnknownHost
from ..services.configuration import configuration_fields
from .tenant import as_json, echo_json

EXAMPLES = """\b
Examples:
  entremise hosts                list them
  entremise hosts generic        the fields that `entremise installation add` takes for one
  entremise hosts --json
"""


@click.command("hosts", epilog=EXAMPLES)
@click.argument("host", required=False)
@as_json
def command(host: str | None, json: bool) -> None:
    """List the hosts that this service can talk to, built in or installed, and what each can do."""
    _, adapters = load_plugins()
    if host is not None and host not in adapters:
        raise UnknownHost(
            f"no plugin registered a host named {host!r}; there are: {', '.join(sorted(adapters))}"
        )
    shown = [_described(adapters[name]) for name in sorted(adapters) if host in (None, name)]
    if json:
        echo_json(shown)
        return
    for document in shown:
        _print(document, fields_too=host is not None)


def _described(adapter: HostAdapter) -> dict[str, Any]:
    able = adapter.capabilities
    return {
        "name": adapter.name,
        "signed": able.signed,
        "ordered": able.ordered,
        "publishes_in_batches": able.publishes_in_batches,
        "reconcile_every": able.reconcile_every,
        "unsupported": dict(able.unsupported),
        "configuration": _fields(configuration_fields(adapter)),
        "secrets": _fields(adapter.secrets().fields),
    }


def _fields(known: Mapping[str, fields.Field[Any]]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "required": field.required and not field.metadata.get("generated"),
            "list": isinstance(field, fields.List),
            "made_up": bool(field.metadata.get("generated")),
            "description": str(field.metadata.get("description", "")),
        }
        for name, field in known.items()
    ]


def _print(document: Mapping[str, Any], *, fields_too: bool) -> None:
    click.echo(document["name"])
    signs = (
        "signs its deliveries"
        if document["signed"]
        else "signs nothing: gets an unguessable address, is asked back"
    )
    orders = "versions or times order them" if document["ordered"] else "the last accepted one wins"
    click.echo(f"  {signs}; {orders}; takes {document['publishes_in_batches']} results at a time")
    if document["reconcile_every"]:
        click.echo(f"  looked through every {document['reconcile_every']:g} s for what it never announces")
    for name, why in document["unsupported"].items():
        click.echo(f"  never says {name}: {why}")
    if fields_too:
        for title, kind in (("--set", "configuration"), ("--secret", "secrets")):
            for field in document[kind]:
                needed = (
                    "required"
                    if field["required"]
                    else "made up unless given"
                    if field["made_up"]
                    else "optional"
                )
                several = ", may be repeated" if field["list"] else ""
                click.echo(f"  {title} {field['name']}  ({needed}{several})\n      {field['description']}")
