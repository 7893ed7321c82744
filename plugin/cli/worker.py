"""``entremise worker``: one worker, as ``work`` and ``up`` start it."""

from __future__ import annotations

import os

import click
from redis import Redis

from .. import worker
from ..embedded import valkey_url
from ..settings import Settings

EXAMPLES = """\b
Examples:
  entremise worker              work until told to stop
  entremise worker --burst      end when the queues are empty
"""


@click.command("worker", epilog=EXAMPLES)
@click.option("--burst", is_flag=True, help="End when the queues are empty.")
def command(*, burst: bool) -> None:
    """Run one worker. SIGTERM ends it after the job in hand.

    For set-ups where something else keeps processes running; otherwise use ``entremise work``.
    """
    settings = Settings.from_environment(os.environ)
    worker.run_worker(Redis.from_url(settings.redis_url or valkey_url(settings.home)), burst=burst)
