"""``entremise installation``: tenants, their credentials and their tokens."""

from __future__ import annotations

import click

from ..services import installations
from ..services.access import SCOPES
from ..services.vault import Vault
from . import installation_output as output
from .credential_options import config_option, given_config, given_secrets, secret_option, usage_errors
from .installation_removal import remove
from .invitation import invite, list_invitations, uninvite
from .tenant import as_json, echo_json, this_container, this_installation

scope_option = click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="What the token may do; may be repeated.",
)


@click.group("installation", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Add, list, rotate, disable, resume and remove installations.

    An installation is one host that uses this service: its credentials, its tokens and its data, apart from every
    other one's.
    """


@command.command(
    epilog="""\b
Examples:
  entremise installation add --host generic --name "Rencontres 2026" --set callback_url=https://host.example/results
  entremise installation add --host pretix --name "Our shop" --set url=https://pretix.example --set organizer=demo --secret token
"""
)
@click.option("--host", required=True, help="The kind of host; `entremise hosts` lists them.")
@click.option("--name", required=True, help="How you call it.")
@config_option
@secret_option
@click.option(
    "--settings-owner", type=click.Choice(["service", "host"]), default="service", show_default=True,
    help="Who owns the switches: this service, or the host's own settings page.",
)  # fmt: skip
@as_json
def add(
    host: str, name: str, sets: tuple[str, ...], secrets: tuple[str, ...], settings_owner: str, json: bool
) -> None:
    """Add a host.

    Prints the address for its deliveries, and (this once) its tokens and the secrets that were made up.
    """
    container = this_container()
    adapter = installations.adapter_of(container, host)
    with usage_errors():
        made = installations.create(
            container, host=host, name=name, config=given_config(adapter, sets),
            secrets=given_secrets(adapter, secrets), settings_owner="host" if settings_owner == "host" else "service",
        )  # fmt: skip
    output.added(container, made, json=json)


@command.command(
    "list", epilog="\b\nExamples:\n  entremise installation list\n  entremise installation list --json"
)
@as_json
def list_(json: bool) -> None:
    """List the installations, with what they wait for, why one is paused, and since when a host is gone."""
    output.listed(this_container(), json=json)


@command.command(epilog='\b\nExamples:\n  entremise installation show "Rencontres 2026"')
@click.argument("installation")
@as_json
def show(installation: str, json: bool) -> None:
    """Show one installation: its address, configuration and tokens (never a secret)."""
    container = this_container()
    output.shown(container, this_installation(container, installation), json=json)


@command.command(
    epilog="""\b
Examples:
  entremise installation configure 3f2a --set callback_url=https://host.example/new
  entremise installation configure 3f2a --unset settings_page
"""
)
@click.argument("installation")
@config_option
@click.option("--unset", multiple=True, metavar="FIELD", help="A field to drop; may be repeated.")
def configure(installation: str, sets: tuple[str, ...], unset: tuple[str, ...]) -> None:
    """Change single fields of the configuration; the others stay."""
    container = this_container()
    found = this_installation(container, installation)
    adapter = installations.adapter_of(container, found.host)
    with usage_errors():
        changed = {**found.config, **given_config(adapter, sets)}
        kept = {key: value for key, value in changed.items() if key not in unset}
        installations.configure(container, found.id, kept)
    click.echo(f"configured {found.name}")


@command.command(
    epilog="""\b
Examples:
  entremise installation rotate 3f2a --generate signing_secrets --overlap 48
  entremise installation rotate 3f2a --secret token          (asks for the new value)
  entremise installation rotate 3f2a --token admin
  entremise installation rotate 3f2a --address
"""
)
@click.argument("installation")
@click.option(
    "--generate", multiple=True, metavar="FIELD", help="A signing secret to make up anew; may be repeated."
)
@secret_option
@click.option(
    "--token",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="Revoke and remake the token of this scope.",
)
@click.option("--address", is_flag=True, help="Make a new unguessable address; the old one ends at once.")
@click.option(
    "--overlap", type=click.FloatRange(min=0), default=24.0, show_default=True, metavar="HOURS",
    help="How long a former signing secret stays good.",
)  # fmt: skip
@as_json
def rotate(
    installation: str, generate: tuple[str, ...], secrets: tuple[str, ...], scopes: tuple[str, ...],
    address: bool, overlap: float, json: bool,
) -> None:  # fmt: skip
    """Replace credentials without losing a delivery: a former signing secret stays good for a while."""
    if not (generate or secrets or scopes or address):
        raise click.UsageError("say what to rotate: --generate, --secret, --token or --address")
    container = this_container()
    found = this_installation(container, installation)
    adapter = installations.adapter_of(container, found.host)
    with usage_errors():
        rotated = installations.rotate(
            container, found.id, secrets=given_secrets(adapter, secrets), generate=generate,
            scopes=[scope for scope in SCOPES if scope in scopes], path=address, overlap=overlap * 3600,
        )  # fmt: skip
    output.rotated(container, found, rotated, overlap, json=json)


@command.command(
    epilog='\b\nExamples:\n  entremise installation token 3f2a --scope read_results --label "the app"'
)
@click.argument("installation")
@scope_option
@click.option("--label", default="", help="What it is for.")
@as_json
def token(installation: str, scopes: tuple[str, ...], label: str, json: bool) -> None:
    """Make one more token, shown this once."""
    if not scopes:
        raise click.UsageError("say what it may do: --scope")
    container = this_container()
    found = this_installation(container, installation)
    wanted = [scope for scope in SCOPES if scope in scopes]
    record, text = installations.issue_token(container, found.id, wanted, label=label or " ".join(wanted))
    if json:
        echo_json({"id": record.id, "scopes": wanted, "label": record.label, "token": text})
    else:
        click.echo(f"token {record.id} ({', '.join(wanted)}), shown this once:\n{text}")


@command.command(epilog="\b\nExamples:\n  entremise installation revoke 3f2a 9c41d07be3aa52f0")
@click.argument("installation")
@click.argument("token_id")
def revoke(installation: str, token_id: str) -> None:
    """Make a token useless; `entremise installation show` lists their ids."""
    container = this_container()
    installations.revoke_token(container, this_installation(container, installation).id, token_id)
    click.echo(f"revoked {token_id}")


@command.command(epilog='\b\nExamples:\n  entremise installation disable 3f2a --because "contract ended"')
@click.argument("installation")
@click.option("--because", default="", help="What others read when they ask why.")
def disable(installation: str, because: str) -> None:
    """Stop everything of one installation; its data is kept."""
    container = this_container()
    found = this_installation(container, installation)
    installations.disable(container, found.id, because=because)
    click.echo(f"disabled {found.name}")


@command.command(epilog="\b\nExamples:\n  entremise installation resume 3f2a")
@click.argument("installation")
def resume(installation: str) -> None:
    """Go on after `disable`, or after a pause because the host refused our credential."""
    container = this_container()
    found = this_installation(container, installation)
    installations.resume(container, found.id)
    click.echo(f"resumed {found.name}")


@command.command("make-key", epilog="\b\nExamples:\n  entremise installation make-key")
def make_key() -> None:
    """Print a fresh key for ENTREMISE_SECRET_KEY."""
    click.echo(Vault.make_key())


@command.command(epilog="\b\nExamples:\n  entremise installation reseal")
def reseal() -> None:
    """Seal every installation's secrets under the newest key of ENTREMISE_SECRET_KEY.

    Afterwards keys in the middle of the list may be dropped; the last one stays: erasures are remembered under it.
    """
    click.echo(f"sealed the secrets of {installations.reseal(this_container())} installations")


for each in (remove, invite, list_invitations, uninvite):
    command.add_command(each)
