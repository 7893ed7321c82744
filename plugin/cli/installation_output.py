"""What ``entremise installation`` prints: for people, or as JSON. The only place where new secrets are shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from ...hooks.contract import Installation
from ..bootstrap import Container
from ..services import installations, leaving
from ..services.connections_port import Connection
from ..services.installations import NewInstallation, Rotated
from .tenant import echo_json


def added(container: Container, made: NewInstallation, *, json: bool) -> None:
    """Print a new installation with everything that is shown only now."""
    found = made.installation
    address = _address(container, found, made.path)
    if json:
        echo_json(
            {"id": found.id, "host": found.host, "name": found.name, "address": address,
             "secrets": made.generated, "tokens": made.tokens}
        )  # fmt: skip
        return
    click.echo(f"added {found.name} ({found.host}) as {found.id}")
    click.echo(f"\nIt sends its deliveries to\n  {address}")
    _once("Secrets that were made up, for the host", made.generated)
    _once("Tokens for the REST API, by scope", made.tokens)


def rotated(container: Container, found: Installation, made: Rotated, overlap: float, *, json: bool) -> None:
    """Print what replaced the former credentials."""
    address = _address(container, found, made.path) if made.path else None
    if json:
        echo_json({"id": found.id, "address": address, "secrets": made.secrets, "tokens": made.tokens})
        return
    click.echo(f"rotated the credentials of {found.name}")
    if address:
        click.echo(f"\nIt sends its deliveries to\n  {address}\nThe former address is closed.")
    _once(f"New secrets, for the host; the former ones stay good for {overlap:g} h", made.secrets)
    _once("New tokens, by scope; the former ones are revoked", made.tokens)


def listed(container: Container, *, json: bool) -> None:
    """Print every installation with how it fares."""
    with container.store.snapshot() as uow:
        rows = [
            {"id": found.id, "host": found.host, "name": found.name, "status": found.status,
             "paused_because": found.paused_because, "settings_owner": found.settings_owner,
             "backlog": uow.inbox.backlog(found.id), "waiting": uow.departures.waiting(found.id),
             **_gone(container, uow.connections.get(found.id))}
            for found in uow.installations.list()
        ]  # fmt: skip
    if json:
        echo_json(rows)
        return
    if not rows:
        click.echo("no installation yet; see: entremise installation add --help")
    for row in rows:
        why = f" ({row['paused_because']})" if row["paused_because"] else ""
        click.echo(f"{row['id']}  {row['host']:<10}  {row['status']}{why}  {row['name']}")
        click.echo(f"{'':16}  {row['backlog']} deliveries waiting, {row['waiting']} results to write back")
        if row["disconnected_at"]:
            kept = f"people are kept until {row['kept_until'] or 'you remove it'}"
            kept = f"everybody was erased {row['erased_at']}" if row["erased_at"] else kept
            click.echo(f"{'':16}  disconnected since {row['disconnected_at']}, {kept}")


def _gone(container: Container, connection: Connection | None) -> dict[str, str | None]:
    """Say since when its host is gone, and until when its people are kept."""
    if connection is None:
        return {"disconnected_at": None, "kept_until": None, "erased_at": None}
    until = leaving.kept_until(connection, seconds=container.limits.keep_disconnected_seconds)
    return {
        "disconnected_at": _moment(connection.left_at), "kept_until": _moment(until),
        "erased_at": _moment(connection.erased_at),
    }  # fmt: skip


def shown(container: Container, found: Installation, *, json: bool) -> None:
    """Print one installation; secrets and tokens stay closed."""
    with container.store.snapshot() as uow:
        tokens = uow.installations.tokens(found.id)
        connection = uow.connections.get(found.id)
    document: dict[str, Any] = {
        "id": found.id, "host": found.host, "name": found.name, "status": found.status,
        "paused_because": found.paused_because, "settings_owner": found.settings_owner,
        "address": _address(container, found, None), "config": dict(found.config),
        "tokens": [
            {"id": record.id, "scopes": sorted(record.scopes), "label": record.label,
             "created_at": _moment(record.created_at), "revoked_at": _moment(record.revoked_at)}
            for record in tokens
        ],
    }  # fmt: skip
    if connection is not None:
        document["connection"] = {
            **connection.host, "invitation": connection.invitation_id, "addresses": list(connection.addresses),
            "connected_at": _moment(connection.connected_at), **_gone(container, connection),
        }  # fmt: skip
    if json:
        echo_json(document)
        return
    for key in ("id", "host", "name", "status", "paused_because", "settings_owner", "address"):
        if document[key]:
            click.echo(f"{key:<15} {document[key]}")
    for key, value in document["config"].items():
        click.echo(f"{'config':<15} {key} = {value}")
    for key, value in document.get("connection", {}).items():
        if value:
            click.echo(f"{'connection':<15} {key} = {value}")
    for record in document["tokens"]:
        state = f"revoked {record['revoked_at']}" if record["revoked_at"] else f"since {record['created_at']}"
        click.echo(f"{'token':<15} {record['id']}  {' '.join(record['scopes'])}  {state}  {record['label']}")


def _once(title: str, secrets: Mapping[Any, str]) -> None:
    if secrets:
        click.echo(f"\n{title} (shown this once)")
        for name, value in secrets.items():
            click.echo(f"  {name:<17} {value}")


def _address(container: Container, found: Installation, path: str | None) -> str:
    return installations.address(container, found, path, public_url=container.settings.public_url)


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
