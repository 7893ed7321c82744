"""``entremise work``: workers and the clock, kept running."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

import click

from ..bootstrap import build_container
from ..settings import Settings
from ..supervisor import Command, Supervisor, stopped_by_signals

EXAMPLES = """\b
Examples:
  entremise work                                as many workers as ENTREMISE_WORKERS says
  entremise work --workers 8                    on a machine of its own
  REDIS_URL=redis://queue:6379/0 DATABASE_URL=postgresql://… entremise work
"""


@click.command("work", epilog=EXAMPLES)
@click.option("--workers", type=click.IntRange(1, 256), help="How many, instead of ENTREMISE_WORKERS.")
def command(workers: int | None) -> None:
    """Process what arrived, work out suggestions and write them back.

    Starts the workers and one clock as processes of their own and restarts those that die. SIGTERM or Ctrl-C ends
    them after the jobs in hand; a second one ends them at once. Needs a queue: REDIS_URL, or a running
    ``entremise up`` with the same ENTREMISE_HOME.
    """
    settings = Settings.from_environment(os.environ)
    build_container(settings).store.dispose()  # says here, once, what is wrong with the configuration
    stop = threading.Event()
    supervisor = Supervisor(children(workers or settings.workers, os.environ))
    with stopped_by_signals(stop, supervisor):
        code = supervisor.run(stop)
    raise SystemExit(code)


def children(workers: int, environ: Mapping[str, str]) -> dict[str, Command]:
    """The processes that do the work, by name."""
    named = {f"worker {number}": Command(["worker"], environ) for number in range(1, workers + 1)}
    return named | {"clock": Command(["clock"], environ)}
