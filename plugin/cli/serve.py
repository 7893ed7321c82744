"""``entremise serve``: the web door."""

from __future__ import annotations

import os
from dataclasses import replace

import click

from ...webhooks import create_app
from ...webhooks.access_log import log_to_stderr, protect
from ...webhooks.ringer import BackgroundRinger
from ...webhooks.server import THREADS, WebServer, address_of, listen, stopped_by_signals
from ..bootstrap import build_container
from ..settings import Settings

EXAMPLES = """\b
Examples:
  entremise serve                               listen where ENTREMISE_HOST and ENTREMISE_PORT say
  entremise serve --port 0                      take a free port and print it
  entremise serve --host 0.0.0.0 --access-log   listen to all, one line per request on stderr
"""


@click.command("serve", epilog=EXAMPLES)
@click.option("--host", help="Address to listen on, instead of ENTREMISE_HOST.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port, instead of ENTREMISE_PORT; 0 takes a free one."
)
@click.option(
    "--threads", type=click.IntRange(1, 256), default=THREADS, show_default=True, help="Requests at a time."
)
@click.option("--access-log", is_flag=True, help="One line per request on stderr; secrets are blotted out.")
def command(host: str | None, port: int | None, threads: int, access_log: bool) -> None:
    """Take deliveries, serve the REST API, health, metrics and people's own pages.

    Prints the address it listens on. SIGTERM and Ctrl-C end it after what has begun is done.
    """
    settings = Settings.from_environment(os.environ)
    listener = listen(settings.host if host is None else host, settings.port if port is None else port)
    address = address_of(listener)
    if not os.environ.get("ENTREMISE_PUBLIC_URL"):
        settings = replace(settings, public_url=address)
    protect()
    if access_log:
        log_to_stderr()
    container = build_container(settings)
    app = create_app(replace(container, queue=BackgroundRinger(container.queue)))
    server = WebServer(app, listener, body_limit=settings.body_limit, threads=threads)
    with stopped_by_signals(server):
        click.echo(f"listening on {address}")
        server.run()
