"""``entremise installation invite``, ``invitations`` and ``uninvite``: codes by which hosts connect themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ..services import installations, invitations
from ..services.connections_port import Invitation
from .credential_options import config_option, given_config, usage_errors
from .tenant import as_json, echo_json, this_container

_MAY_BE_SET = "allow_private"


@click.command(
    epilog="""\b
Examples:
  entremise installation invite --name "Our pretix" --address https://tickets.example.org
  entremise installation invite --name "Our pretix" --address https://tickets.example.org --uses 200 --days 365
  entremise installation invite --name Trial --address http://127.0.0.1:8345 --set allow_private=127.0.0.1:8345
"""
)
@click.option("--name", required=True, help="What you call whoever gets the code.")
@click.option(
    "--address", "addresses", required=True, multiple=True, metavar="URL",
    help="The host must answer below this address; may be repeated.",
)  # fmt: skip
@click.option("--uses", type=click.IntRange(1, invitations.MOST_USES), default=1, show_default=True,
              help="How many installations may be made with the code.")  # fmt: skip
@click.option("--days", type=click.FloatRange(0, invitations.LONGEST_DAYS, min_open=True), default=7.0,
              show_default=True, help="How long the code is good.")  # fmt: skip
@config_option
@as_json
def invite(
    name: str, addresses: tuple[str, ...], uses: int, days: float, sets: tuple[str, ...], json: bool
) -> None:
    """Make a code by which a host adds its own installation, as the pretix extension does.

    Prints the address of this service and (this once) the code. Of the configuration, `allow_private` may be set.
    """
    container = this_container()
    config = given_config(installations.adapter_of(container, invitations.HOST), sets)
    if config.keys() - {_MAY_BE_SET}:
        raise click.BadParameter(f"only {_MAY_BE_SET} may be set here", param_hint="--set")
    with usage_errors():
        made, code = invitations.invite(
            container, name=name, addresses=addresses, allow_private=config.get(_MAY_BE_SET, ()), uses=uses, days=days
        )  # fmt: skip
    service = container.settings.public_url
    if json:
        echo_json({**_document(made), "service": service, "code": code})
        return
    click.echo(f"invited {made.name} as {made.id}")
    click.echo(f"\nAddress of this service\n  {service}")
    click.echo(f"\nCode, good for {_uses(made)} until {_moment(made.expires_at)} (shown this once)\n  {code}")


@click.command(
    "invitations",
    epilog="\b\nExamples:\n  entremise installation invitations\n  entremise installation invitations --json",
)
@as_json
def list_invitations(json: bool) -> None:
    """List the codes that were made, never a code itself; those long over are left out."""
    container = this_container()
    found = invitations.listed(container)
    if json:
        echo_json([_document(one) for one in found])
        return
    if not found:
        click.echo("no invitation; see: entremise installation invite --help")
    for one in found:
        over = one.left == 0 or one.expires_at <= container.clock()
        state = "over" if over else f"good for {_uses(one)} until {_moment(one.expires_at)}"
        click.echo(f"{one.id}  {state}  {one.name}")
        click.echo(f"{'':16}  {', '.join(one.addresses)}")


@click.command(epilog="\b\nExamples:\n  entremise installation uninvite 9c41d07be3aa52f0")
@click.argument("invitation")
def uninvite(invitation: str) -> None:
    """Have a code work no more; what was connected by it stays."""
    invitations.end(this_container(), invitation)
    click.echo(f"ended {invitation}")


def _uses(invitation: Invitation) -> str:
    return "one use" if invitation.left == 1 else f"{invitation.left} uses"


def _document(invitation: Invitation) -> dict[str, object]:
    return {
        "id": invitation.id, "name": invitation.name, "addresses": list(invitation.addresses),
        "allow_private": list(invitation.allow_private), "uses": invitation.uses, "left": invitation.left,
        "created_at": _moment(invitation.created_at), "expires_at": _moment(invitation.expires_at),
    }  # fmt: skip


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
