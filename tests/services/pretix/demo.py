"""`make demo-pretix`: a whole conference at a real pretix, and who should meet whom, read back from pretix.

Installs and starts pretix (SQLite, on this machine only), starts entremise with everything embedded, and plays a
made-up bilingual conference: orders, edits, cancellations, scans at the door. Everything that is shown in the end was
read from pretix. Exit code 1 when anybody is lost, 2 when it could not be played.

With the extension, which is the default, pretix's own pages are used: an organiser in a browser switches it on, connects
it, has the questions made, and publishes circles and tables. Then you are told where to look, in both languages.

With --stock there is no extension and no browser: pretix announces changes by webhook, entremise reads and writes by REST.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NoReturn

sys.path.append(str(Path(__file__).parents[1] / "pretix_extension"))
sys.path.append(str(Path(__file__).parents[2]))

from playwright.sync_api import Error as PlaywrightError
from real_pretix import PretixRefused
from requests import RequestException
from rich.console import Console
from rich.markup import escape
from staging import Played, Stage
from workshop import NotPrepared

from entremise.plugin.demo.show import show
from entremise.plugin.domain.errors import EntremiseError

LOST, NOT_PLAYED, INTERRUPTED = 1, 2, 130
FIRST_TIME = "the first time pretix is installed, which takes three to four minutes and 600 MB of disk"


def main() -> int:
    """Play it; return the exit code."""
    options = _options()
    console = Console(stderr=options.as_json)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)
    try:
        counts = _demo(options, console)
    except KeyboardInterrupt:
        console.print("Stopped: pretix and entremise have ended.")
        return INTERRUPTED
    except (PretixRefused, NotPrepared, EntremiseError, RequestException, PlaywrightError) as failed:
        console.print(f"[red]This went wrong:[/] {escape(str(failed))}", soft_wrap=True)
        return NOT_PLAYED
    if options.as_json:
        sys.stdout.write(json.dumps(counts) + "\n")
    return LOST if counts["lost"] else 0


def _demo(options: argparse.Namespace, console: Console) -> dict[str, object]:
    began = time.monotonic()
    with ExitStack() as opened:
        home = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="entremise-pretix-")))
        status = opened.enter_context(console.status("Starting"))

        def say(step: str) -> None:
            console.print(f"[dim]{time.monotonic() - began:4.0f} s  {escape(step)} …[/]", soft_wrap=True)
            status.update(escape(step))

        stage = Stage(
            home=home, attendees=options.attendees, seed=options.seed, plant_loss=options.plant_loss,
            say=say, opened=opened,
        )  # fmt: skip
        say(f"Starting a real pretix ({FIRST_TIME})")
        # Each kind of pretix needs what the other one does without.
        played: Played = importlib.import_module("demo_stock" if options.stock else "demo_extension").play(
            stage
        )
        status.stop()
        show(console, played.outcome)
        if not options.leave:
            for line in played.where_to_look:
                console.print(line, soft_wrap=True, highlight=False)
            _wait_for_a_signal()
            console.print("Stopping …")
        _deaf()
    return dict(played.outcome.counts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make demo-pretix", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        "--extension", action="store_true", help="pretix with the extension (the default; needs Chromium)"
    )
    kind.add_argument("--stock", action="store_true", help="pretix as it is, without the extension")
    parser.add_argument("--attendees", type=int, help="how many people, at least 20 (default 30; stock: 20)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same people")
    parser.add_argument("--exit", action="store_true", dest="leave", help="end when all is done")
    parser.add_argument(
        "--json", action="store_true", dest="as_json", help="one JSON object on the last line"
    )
    parser.add_argument(
        "--plant-loss", action="store_true", help="note one thing as done and don't: lost must become 1"
    )
    parser.add_argument(
        "--pretix",
        type=Path,
        help="folder for pretix itself (default .cache/pretix); with the extension, one beside it",
    )
    options = parser.parse_args()
    if options.pretix:
        folder = options.pretix.resolve()
        os.environ["ENTREMISE_TEST_PRETIX"] = str(folder)
        os.environ["ENTREMISE_TEST_PRETIX_EXTENSION"] = f"{folder}-extension-host"
    options.attendees = options.attendees or (20 if options.stock else 30)
    if options.attendees < 20:
        parser.error("a conference needs at least 20 people")
    if not options.stock:
        _need_a_browser(parser)
    return options


def _need_a_browser(parser: argparse.ArgumentParser) -> None:
    from chromium import ChromiumMissing, where_chromium_is

    try:
        where_chromium_is()
    except ChromiumMissing as missing:
        parser.error(
            f"{missing}\nThe organiser of this demo uses pretix's own pages, in a browser. Without one, look at a pretix"
            " without the extension:\n  make demo-pretix ARGS=--stock"
        )


def _interrupted(_number: int, _frame: FrameType | None) -> NoReturn:
    _deaf()  # whoever presses Ctrl-C twice must not leave half of it running
    raise KeyboardInterrupt


def _deaf() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _wait_for_a_signal() -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()


if __name__ == "__main__":
    sys.exit(main())
