"""``entremise replay``: takes back what could not be used."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from ...hooks.contract import Installation
from ..bootstrap import Container
from ..domain.delivery import Delivery
from ..services import replay
from ..services.ingest import accept
from ..services.replay import Replayed
from .tenant import as_json, echo_json, of_installation, this_container, this_installation

EXAMPLES = """\b
Examples:
  entremise replay --list                        dead letters, and why each could not be used
  entremise replay 0198f3c2a7d47c31              one dead letter
  entremise replay --all                         every dead letter whose raw bytes are kept
  entremise replay --processed                   everything that is still kept, as after a new release
  entremise replay registered.json               a recorded delivery (headers in registered.headers.json)
"""


@click.command("replay", epilog=EXAMPLES)
@click.argument("deliveries", nargs=-1, metavar="[DELIVERY]...")
@of_installation
@click.option("--list", "show", is_flag=True, help="List the dead letters, newest first.")
@click.option("--all", "every", is_flag=True, help="Take back every dead letter.")
@click.option(
    "--processed", is_flag=True, help="Process again whatever raw bytes are kept, in the order of arrival."
)
@as_json
def command(
    deliveries: tuple[str, ...], named: str | None, show: bool, every: bool, processed: bool, json: bool
) -> None:
    """Take dead letters (or recorded deliveries) back into the inbox.

    DELIVERY is the id of a dead letter, or a file with a raw delivery. Workers take them up within seconds; what
    still cannot be used becomes a dead letter again.
    """
    if sum([bool(deliveries), show, every, processed]) != 1:
        raise click.UsageError("say what: ids, --list, --all or --processed")
    container = this_container()
    installation = this_installation(container, named)
    if show:
        _list(container, installation, json=json)
        return
    if every:
        done = replay.replay_letters(container, installation.id)
    elif processed:
        done = replay.replay_processed(container, installation.id)
    else:
        done = sum((_one(container, installation, text) for text in deliveries), Replayed())
    if json:
        echo_json({"deliveries": done.deliveries, "results": done.results})
    else:
        click.echo(f"took back {done.deliveries} deliveries and {done.results} results")


def _one(container: Container, installation: Installation, text: str) -> Replayed:
    path = Path(text)
    if not path.is_file():
        return replay.replay_letter(container, installation.id, text)
    beside = path.with_suffix(".headers.json")
    recorded = orjson.loads(beside.read_bytes()) if beside.is_file() else {"Content-Type": "application/json"}
    headers = {name.lower(): str(value) for name, value in recorded.items()}
    delivery = Delivery(installation.id, "replay", headers, path.read_bytes(), container.clock())
    return Replayed(deliveries=accept(container, installation, [delivery], trust="door").accepted)


def _list(container: Container, installation: Installation, *, json: bool) -> None:
    letters = list(replay.letters_of(container, installation.id))
    if json:
        echo_json(
            [
                {"id": letter.id, "kind": letter.kind, "at": letter.at, "attempts": letter.attempts,
                 "field": letter.field, "reason": letter.reason}
                for letter in letters
            ]
        )  # fmt: skip
        return
    for letter in letters:
        when = datetime.fromtimestamp(letter.at, UTC).isoformat(timespec="seconds")
        where = f" [{letter.field}]" if letter.field else ""
        click.echo(f"{letter.id}  {when}  {letter.kind}{where}: {letter.reason}")
    if not letters:
        click.echo("no dead letters")
