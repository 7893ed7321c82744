"""``entremise clock``: the process that finds lost bells, overdue retries and expired bytes."""

from __future__ import annotations

import logging
import os
import threading
import time

import click

from ..bootstrap import build_container
from ..services.sweep import Sweeper
from ..settings import Settings
from ..supervisor import stopped_by_signals

EXAMPLES = """\b
Examples:
  entremise clock                        sweep every second until told to stop
"""

log = logging.getLogger(__name__)

SWEEP_EVERY = 1.0


@click.command("clock", epilog=EXAMPLES)
def command() -> None:
    """Look once a second for what fell between the database and the queue, and ring for it again.

    Several clocks do no harm. For set-ups where something else keeps processes running; otherwise use
    ``entremise work``.
    """
    container = build_container(Settings.from_environment(os.environ))
    sweeper = Sweeper()
    stop = threading.Event()
    failing = ""
    with stopped_by_signals(stop):
        while not stop.is_set():
            began = time.monotonic()
            try:
                rung = sweeper.sweep(container)
            except Exception as error:
                # The edge of this process: whatever is away now (database, queue) may be back in a second.
                if type(error).__name__ != failing:
                    log.exception("Sweeping fails; trying again every second")
                failing = type(error).__name__
            else:
                failing = ""
                if rung:
                    log.info("Rang again for %d lost bells", len(rung))
            stop.wait(max(0.05, SWEEP_EVERY - (time.monotonic() - began)))
