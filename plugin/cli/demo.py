"""``entremise demo``: a whole conference, with everything embedded, on this machine."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import threading
from contextlib import ExitStack, closing
from pathlib import Path

import click
from rich.console import Console

from ..demo.run import Options, Play
from ..demo.show import chosen, show, watching
from ..supervisor import stopped_by_signals

EXAMPLES = """\b
Examples:
  entremise demo                             watch it, then look around until Ctrl-C
  entremise demo --attendees 2000 --seed 7   more people, other people
  entremise demo --exit --json               for scripts: the counts as one JSON object on the last line
"""


@click.command("demo", epilog=EXAMPLES)
@click.option(
    "--attendees", type=click.IntRange(20, 20_000), default=400, show_default=True, help="How many people."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same people.")
@click.option("--kafka/--no-kafka", default=True, show_default=True, help="Send about half as Kafka records.")
@click.option("--exit", "leave", is_flag=True, help="End when all is done instead of running on.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on the last line; all else goes to stderr."
)
@click.option("--plant-loss", is_flag=True, help="Note one delivery as sent and drop it: lost must become 1.")
def command(attendees: int, seed: int, *, kafka: bool, leave: bool, as_json: bool, plant_loss: bool) -> None:
    """Replay a made-up bilingual conference through real doors, and show who should meet whom.

    Starts entremise, a Kafka-compatible broker and a receiving host in a temporary folder that is removed at the
    end. People register, change their minds, and come in all at once; some deliveries come twice, some late, some
    broken. Exit code 1 when anybody is lost or anything took effect twice.

    In the counts, "suggestions" are the people suggested or paired that the receiving host holds at the end, and
    "lost" is how many people it does not hold as what was sent demands.
    """
    console = Console(stderr=as_json)
    options = Options(attendees=attendees, seed=seed, kafka=kafka, plant_loss=plant_loss)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that everything is stopped and removed
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="entremise-demo-"))
        play = opened.enter_context(closing(Play(Path(folder), options)))
        with watching(console) as watcher:
            play.start(watcher)
            outcome = play.run(watcher)
        show(console, outcome)
        if not leave:
            for person in chosen(outcome)[1:3]:
                console.print(f"{person.profile['name']}: {play.page_of(person)}", soft_wrap=True)
            console.print(f"Running on at [bold]{play.service.url}[/] until Ctrl-C.")
            with stopped_by_signals(stop):
                stop.wait()
    if as_json:
        click.echo(json.dumps(dict(outcome.counts)))
    if outcome.counts["lost"] or outcome.counts["doubled"]:
        sys.exit(1)
