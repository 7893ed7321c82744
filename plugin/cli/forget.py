"""``entremise forget``: erases a person."""

from __future__ import annotations

import click

from ..services.privacy import forget
from .tenant import as_json, echo_json, of_installation, this_container, this_installation

EXAMPLES = """\b
Examples:
  entremise forget a17 --installation "Rencontres 2026"
  entremise forget K3P9Q-1 --host-event demo/conf26 --yes
"""


@click.command("forget", epilog=EXAMPLES)
@click.argument("person")
@of_installation
@click.option("--host-event", metavar="REF", help="Only there; everywhere at the installation unless given.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def command(person: str, named: str | None, host_event: str | None, yes: bool, json: bool) -> None:
    """Erase a person: PERSON is the host's own key of the attendee.

    Raw deliveries, profile, feedback and results go, what was written to the host is withdrawn, and what was sent
    before cannot bring the person back; only a newer registration can. Repeating it is harmless.
    """
    container = this_container()
    installation = this_installation(container, named)
    if not yes:
        where = f"host event {host_event}" if host_event else "every host event"
        click.confirm(
            f"Erase {person} from {where} of {installation.name}? This cannot be undone", abort=True
        )
    count = forget(container, installation.id, person, host_event=host_event)
    if json:
        echo_json({"installation": installation.id, "host_events": count})
    else:
        click.echo(
            f"erased from {count} host events; the host is being told"
            if count
            else "nothing was known; noted"
        )
