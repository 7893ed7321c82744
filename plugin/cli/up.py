"""``entremise up``: everything on this machine, embedded where no address is given."""

from __future__ import annotations

import os
import threading

import click

from ..bootstrap import build_container
from ..embedded import EmbeddedBroker, EmbeddedValkey
from ..settings import Settings
from ..supervisor import Child, Command, Supervisor, stopped_by_signals
from . import work

EXAMPLES = """\b
Examples:
  entremise up                                       SQLite and Valkey, both started here
  entremise up --kafka                               the same with a Kafka-compatible broker
  DATABASE_URL=postgresql://… REDIS_URL=redis://… KAFKA_BOOTSTRAP_SERVERS=… entremise up
"""


@click.command("up", epilog=EXAMPLES)
@click.option("--host", help="Address to listen on, instead of ENTREMISE_HOST.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port, instead of ENTREMISE_PORT; 0 takes a free one."
)
@click.option("--workers", type=click.IntRange(1, 256), help="How many, instead of ENTREMISE_WORKERS.")
@click.option(
    "--kafka", is_flag=True, help="Start a broker where KAFKA_BOOTSTRAP_SERVERS names none. Keeps nothing."
)
def command(host: str | None, port: int | None, workers: int | None, *, kafka: bool) -> None:
    """Run the web door, the Kafka door where one is configured, and the workers.

    Without DATABASE_URL everything is kept in a SQLite file, without REDIS_URL a Valkey is started; both live in
    ENTREMISE_HOME. What dies is restarted. SIGTERM or Ctrl-C ends it all after what has begun is done; a second one
    at once. Prints the address it listens on.
    """
    settings = Settings.from_environment(os.environ)
    environ = dict(os.environ)
    children: dict[str, Child] = {}
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.redis_url is None:
        valkey = EmbeddedValkey(settings.home)
        children["Valkey"] = valkey
        environ["REDIS_URL"] = valkey.url
    if kafka and not settings.kafka_bootstrap:
        broker = EmbeddedBroker(log=settings.home / "broker.log")
        children["Kafka-compatible broker"] = broker
        environ["KAFKA_BOOTSTRAP_SERVERS"] = broker.bootstrap
        click.echo(f"Kafka-compatible broker on {broker.bootstrap}")
    # Migrates the database, makes the key, and says here, once, what is wrong with the configuration.
    build_container(Settings.from_environment(environ)).store.dispose()
    listen = [*(("--host", host) if host else ()), *(("--port", str(port)) if port is not None else ())]
    children["web door"] = Command(["serve", *listen], environ)
    if environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        children["Kafka door"] = Command(["consume"], environ)
    children |= work.children(workers or settings.workers, environ)
    stop = threading.Event()
    supervisor = Supervisor(children)
    with stopped_by_signals(stop, supervisor):
        code = supervisor.run(stop)
    raise SystemExit(code)
