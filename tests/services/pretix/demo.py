"""`make demo-pretix`: a whole conference at a real pretix, and who should meet whom, read back from pretix.

Installs and starts pretix (SQLite, on this machine only), starts entremise with everything embedded, and plays a
made-up bilingual conference through pretix's own API: orders, edits, cancellations, scans at the door, a deleted
order. pretix announces each by webhook; entremise looks it up and writes back. Everything that is shown in the end
was read from pretix. Exit code 1 when anybody is lost.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from real_pretix import RealPretix
from rich.console import Console
from season import Season

from entremise.plugin.demo.expectation import decisive
from entremise.plugin.demo.run import Outcome
from entremise.plugin.demo.script import Script
from entremise.plugin.demo.show import chosen, show, watching

SETTLED_WITHIN = 300.0
"""Seconds; annulled check-ins are found by looking through pretix every two minutes."""


def main() -> int:
    """Play it; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--attendees", type=int, default=20, help="how many people, at least 20 (default 20)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same people")
    parser.add_argument("--exit", action="store_true", dest="leave", help="end when all is done")
    parser.add_argument(
        "--json", action="store_true", dest="as_json", help="one JSON object on the last line"
    )
    parser.add_argument(
        "--plant-loss", action="store_true", help="note one thing as done and don't: lost must become 1"
    )
    parser.add_argument("--pretix", type=Path, help="folder for pretix itself (default .cache/pretix)")
    options = parser.parse_args()
    if options.attendees < 20:
        parser.error("a conference needs at least 20 people")
    console = Console(stderr=options.as_json)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that everything is stopped
    with ExitStack() as opened:
        home = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="entremise-pretix-")))
        outcome, season = _played(options, console, home, opened)
        show(console, outcome)
        if not options.leave:
            shown = season.pretix.shown()
            for person in chosen(outcome)[1:3]:
                console.print(f"{person.profile['name']}: {shown[person.ref]}", soft_wrap=True)
            console.print(
                f"pretix runs on at [bold]{season.pretix.facts['control_url']}[/]"
                f" ({season.pretix.facts['admin_email']}, {season.pretix.facts['admin_password']}),"
                f" entremise at [bold]{season.service.url}[/], until Ctrl-C.",
                soft_wrap=True,
            )
            _wait_for_a_signal()
    if options.as_json:
        sys.stdout.write(json.dumps(dict(outcome.counts)) + "\n")
    return 1 if outcome.counts["lost"] else 0


def _played(
    options: argparse.Namespace, console: Console, home: Path, opened: ExitStack
) -> tuple[Outcome, Season]:
    with watching(console) as watcher:
        pretix = RealPretix(options.pretix.resolve() if options.pretix else None)
        season = opened.enter_context(
            Season(home, attendees=options.attendees, seed=options.seed, say=watcher.step, pretix=pretix)
        )
        watcher.step("Selling tickets")
        rest = season.sell()
        watcher.step("Edits, cancellations, and the doors open")
        planted = _planted(season, options) if options.plant_loss else ""
        season.play(rest, planted=planted)
        watcher.step("Waiting until pretix holds what it should")
        comparison = season.settle(
            seconds=SETTLED_WITHIN, until=(lambda found: found.lost == 1) if planted else None
        )
    script = Script(conference=season.renamed(), phases=(), messages=tuple(season.office.done))
    counts = season.counts(comparison)
    return Outcome(script=script, comparison=comparison, held=season.pretix.held(), counts=counts), season


def _planted(season: Season, options: argparse.Namespace) -> str:
    """Return the id of something that decides where somebody ends, other than having a ticket at all."""
    messages = [message for _, life in season.lives() for message in life]
    later = [
        message for message in decisive(messages) if message.kind in {"cancelled", "checked_in", "updated"}
    ]
    return random.Random(f"{options.seed}/loss").choice(later).id


def _wait_for_a_signal() -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()


if __name__ == "__main__":
    sys.exit(main())
