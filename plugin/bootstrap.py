"""The composition root: turns ``Settings`` into a ``Container``. The only place that knows every part."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pluggy

from ..hooks.contract import HostAdapter
from ..hooks.manifest import Manifest, load_manifest
from ..hooks.outbound import Outbound
from ..hooks.registry import load_plugins
from .services.links import Links
from .services.ports import JobQueue, Limits, Store
from .services.vault import Vault
from .settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """Everything that a use case may need, wired once per process.

    ``hosts`` maps names to adapters; ``vault`` seals secrets and hashes tokens; ``links`` signs personal
    addresses; ``outbound`` makes the guarded HTTP client of one installation.
    """

    settings: Settings
    store: Store
    queue: JobQueue
    plugins: pluggy.PluginManager
    hosts: Mapping[str, HostAdapter]
    manifest: Manifest
    vault: Vault
    links: Links
    limits: Limits = Limits()
    clock: Callable[[], float] = time.time
    outbound: Callable[..., Outbound] = Outbound
