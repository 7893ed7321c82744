"""``entremise consume``: the door that pulls, from Kafka or from files."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import closing
from pathlib import Path

import click

from ...consumers.file import FileSource
from ...consumers.kafka import KafkaSource
from ...consumers.processor import Processor
from ...consumers.routes import kafka_routes
from ..bootstrap import Container, build_container
from ..domain.errors import ConfigurationError
from ..services.installations import find
from ..settings import Settings
from ..supervisor import stopped_by_signals

EXAMPLES = """\b
Examples:
  KAFKA_BOOTSTRAP_SERVERS=kafka:9092 entremise consume          every configured topic
  entremise consume --file june.jsonl.gz                        once, to its end
  entremise consume --file inbox/ -i "Rencontres 2026" --follow   and what is added later
"""

log = logging.getLogger(__name__)

ROUTES_EVERY = 10.0
"""Seconds after which a topic that was added to (or taken from) an installation is noticed."""


@click.command("consume", epilog=EXAMPLES)
@click.option(
    "--file", "path", type=click.Path(path_type=Path), help="JSON Lines file or folder; .gz is read as is."
)
@click.option(
    "-i", "--installation", metavar="ID",
    help="Whose deliveries the file holds, by id or name; may be left out where there is only one.",
)  # fmt: skip
@click.option("--follow", is_flag=True, help="Wait for lines and files to be added.")
@click.option("--kafka", is_flag=True, help="Read Kafka (the default).")
@click.option(
    "--session-seconds", type=click.FloatRange(1, 300), default=10.0, show_default=True,
    help="Silence after which the group gives this member's partitions to others.",
)  # fmt: skip
def command(
    path: Path | None, installation: str | None, *, follow: bool, kafka: bool, session_seconds: float
) -> None:
    """Read deliveries and put them into the inbox, each once.

    From Kafka: one member of the consumer group KAFKA_GROUP, reading the ``kafka_topic`` of every installation that
    has one. From a file: each line is one structured CloudEvent (or whatever the installation's host sends); a
    restart goes on behind the last line that was stored. SIGTERM and Ctrl-C end it after the batch in hand.
    """
    if path is not None and kafka:
        raise click.UsageError("--file and --kafka exclude each other")
    if path is None and (installation is not None or follow):
        raise click.UsageError("--installation and --follow are for --file")
    settings = Settings.from_environment(os.environ)
    container = build_container(settings)
    stop = threading.Event()
    with stopped_by_signals(stop):
        if path is not None:
            _read_file(container, path, installation, follow=follow, stop=stop)
        else:
            _read_kafka(container, session_seconds, stop)


def _read_file(
    container: Container, path: Path, named: str | None, *, follow: bool, stop: threading.Event
) -> None:
    installation = find(container, named)
    limit = container.settings.body_limit
    offsets = container.settings.home / "offsets" / installation.id
    with closing(FileSource(path, offsets=offsets, follow=follow, longest=limit)) as source:
        routes = {source.topic: installation}
        processor = Processor(container, source, routes, door="file", stop=stop, body_limit=limit)
        processor.run()
    click.echo(f"{processor.taken} records read")


def _read_kafka(container: Container, session_seconds: float, stop: threading.Event) -> None:
    settings = container.settings
    if not settings.kafka_bootstrap:
        raise ConfigurationError("set KAFKA_BOOTSTRAP_SERVERS to host:port of a broker, or read a --file")
    while not stop.is_set():
        routes = kafka_routes(container)
        if not routes:
            log.info("No installation has a kafka_topic yet; waiting")
        while not routes and not stop.wait(ROUTES_EVERY):
            routes = kafka_routes(container)
        if stop.is_set():
            return
        log.info("Reading %d topics", len(routes))
        source = KafkaSource(
            settings.kafka_bootstrap,
            sorted(routes),
            group=settings.kafka_group,
            session_seconds=session_seconds,
            options=settings.kafka_options,
        )
        with closing(source):
            Processor(container, source, routes, door="kafka", stop=stop, body_limit=settings.body_limit).run(
                until=_Changed(container, frozenset(routes))
            )


class _Changed:
    """Whether the configured topics are others than those being read; asks the database now and then."""

    def __init__(self, container: Container, topics: frozenset[str]) -> None:
        self._container = container
        self._topics = topics
        self._asked_at = time.monotonic()

    def __call__(self) -> bool:
        if time.monotonic() - self._asked_at < ROUTES_EVERY:
            return False
        self._asked_at = time.monotonic()
        return frozenset(kafka_routes(self._container)) != self._topics
