"""``entremise installation remove``: ends an installation for good, with everybody in it."""

from __future__ import annotations

import re
import shutil
import sys

import click

from ...hooks.contract import Installation
from ..bootstrap import Container
from ..domain.errors import NotFound
from ..services import removal
from .tenant import as_json, echo_json, this_container, this_installation

_AN_ID = re.compile(r"[0-9a-f]{16}")
BAR_FROM = 4 * removal.ROWS_AT_ONCE
"""Rows from which on it takes long enough for a bar."""

EXAMPLES = """\b
Examples:
  entremise installation remove "Rencontres 2026"         asks for its name
  entremise installation remove 3f2a81c07be3aa52 --yes
"""


@click.command(epilog=EXAMPLES)
@click.argument("installation")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Also one that is active; its host keeps what it shows.")
@as_json
def remove(installation: str, *, yes: bool, force: bool, json: bool) -> None:
    """End an installation for good: everybody is erased, and nothing of it stays.

    People, deliveries, results, plans, dead letters, credentials, tokens, switches and the audit trail go; nothing is
    told to the host. An active installation is refused. Interrupted and called again, it goes on; by its id, it may be
    repeated.
    """
    container = this_container()
    try:
        found = this_installation(container, installation)
    except NotFound:
        # An id is not typed by hand: it was removed before. A name may be a slip.
        if not _AN_ID.fullmatch(installation):
            raise
        removal.remove(container, installation)
        _say(container, installation, "", removal.Extent(0, 0), json=json)
        return
    if not force:
        removal.may_be_removed(found)
    extent = removal.extent(container, found.id)
    if not yes:
        _ask(found, extent)
    with click.progressbar(
        length=extent.rows, label="removing", file=sys.stderr, hidden=json or extent.rows < BAR_FROM
    ) as bar:
        removal.remove(container, found.id, force=force, progress=bar.update)
    _say(container, found.id, found.name, extent, json=json)


def _ask(found: Installation, extent: removal.Extent) -> None:
    click.echo(
        f"This erases {extent.people} registrations of people and everything else of {found.name} ({found.id}).\n"
        "It cannot be undone."
    )
    if click.prompt("Type its name to go on", default="", show_default=False).strip() != found.name:
        raise click.ClickException("that is not its name; nothing was removed")


def _say(
    container: Container, installation_id: str, name: str, extent: removal.Extent, *, json: bool
) -> None:
    # How far its files were read: the rest of what bears its id.
    shutil.rmtree(container.settings.home / "offsets" / installation_id, ignore_errors=True)
    if json:
        echo_json({"id": installation_id, "name": name or None, "people": extent.people, "rows": extent.rows})
    elif name:
        click.echo(f"removed {name}: {extent.people} registrations of people, {extent.rows} rows in all")
    else:
        click.echo(f"nothing is left of {installation_id}")
