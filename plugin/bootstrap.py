"""The composition root: turns ``Settings`` into a ``Container``. The only place that knows every part."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pluggy

from ..hooks.contract import HostAdapter
from ..hooks.manifest import Manifest, load_manifest
from ..hooks.outbound import Outbound
from ..hooks.registry import load_plugins
from .domain.errors import ConfigurationError
from .embedded import valkey_url
from .services.links import Links
from .services.ports import JobQueue, Limits
from .services.vault import Vault
from .settings import Settings
from .storage.migrate import migrate
from .storage.rq_queue import RqQueue, connect
from .storage.sql import SqlStore, open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """Everything that a use case may need, wired once per process.

    ``hosts`` maps names to adapters; ``vault`` seals secrets and hashes tokens; ``links`` signs personal
    addresses; ``outbound`` makes the guarded HTTP client of one installation.
    """

    settings: Settings
    store: SqlStore
    queue: JobQueue
    plugins: pluggy.PluginManager
    hosts: Mapping[str, HostAdapter]
    manifest: Manifest
    vault: Vault
    links: Links
    limits: Limits = Limits()
    clock: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep
    outbound: Callable[..., Outbound] = Outbound


def build_container(
    settings: Settings, *, queue: JobQueue | None = None, plugins: Iterable[object] = ()
) -> Container:
    """Wire everything; makes or migrates the database first.

    ``queue`` replaces RQ (a ``MemoryQueue`` where there are no workers), ``plugins`` are registered beside the
    installed ones. Raises ``ConfigurationError`` that says what to set.
    """
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = open_store(settings.database_url)
    migrate(store)
    manager, hosts = load_plugins(plugins, encoder=settings.encoder)
    keys = settings.secret_keys or _own_key(settings.home)
    return Container(
        settings=settings,
        store=store,
        queue=queue or RqQueue(connect(settings.redis_url or valkey_url(settings.home))),
        plugins=manager,
        hosts=hosts,
        manifest=load_manifest(),
        vault=Vault(keys),
        links=Links(keys, settings.public_url),
        limits=Limits(
            backlog=settings.backlog_limit,
            keep_raw_seconds=settings.keep_raw_days * 86400,
            keep_dead_seconds=settings.keep_dead_days * 86400,
            keep_disconnected_seconds=settings.keep_disconnected_days * 86400,
        ),
    )


def _own_key(home: Path) -> tuple[str, ...]:
    """Return the key that belongs to the embedded database, made at the first start; only its owner may read it."""
    path = home / "secret.key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return (_written(path),)
    with os.fdopen(descriptor, "w") as file:
        file.write(Vault.make_key())
    return (_written(path),)


def _written(path: Path) -> str:
    """Read the key, waiting a moment for a process that is just writing it."""
    for _ in range(100):
        key = path.read_text().strip()
        if key:
            return key
        time.sleep(0.02)
    raise ConfigurationError(
        f"{path} is empty: remove it to have a new key made (secrets stored before are lost)"
    )
