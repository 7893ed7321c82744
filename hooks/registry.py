"""Finds plugins and the hosts that they register; refuses to start over any mistake, naming the plugin.

The built-in hosts and encoders come in through the same hooks as a stranger's: nothing here knows what they do.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

import pluggy
from marshmallow import Schema

from ..plugin.domain.errors import ConfigurationError, DuplicateHost
from . import specs
from .contract import Capabilities, HostAdapter
from .encoder_choice import DEFAULT, chosen_encoder, encoder_module
from .markers import PROJECT

_BUILT_IN = ".hosts"
"""Every folder below it is a plugin. Named by a string: hosts import from here, so here may not import them."""


def load_plugins(
    extra: Iterable[object] = (), *, encoder: str = DEFAULT
) -> tuple[pluggy.PluginManager, Mapping[str, HostAdapter]]:
    """Load built-in plugins, installed ones (entry-point group ``entremise``) and ``extra``; return hosts by name.

    ``encoder`` is the operator's choice among the built-in ones; a plugin that encodes texts is asked before it.
    Raises ``ConfigurationError`` that names the plugin: it cannot be imported, implements no hook or an unknown one,
    takes an argument that the hook has not, forgot ``@hookimpl``, or registers something that is no host adapter;
    or that says what the chosen encoder needs; ``DuplicateHost`` when a host's (or a plugin's) name is taken.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(specs)
    for name in built_in():
        _register(manager, _load(name, partial(import_module, f"{_BUILT_IN}.{name}", __package__)), name)
    chosen = chosen_encoder(encoder)
    if chosen is not None:
        _register(manager, encoder_module(chosen), f"{chosen} encoder")
    for entry in _installed():
        _register(manager, _load(entry.name, entry.load), entry.name)
    for plugin in extra:
        _register(manager, plugin, getattr(plugin, "__name__", type(plugin).__name__))
    return manager, MappingProxyType(_hosts(manager))


def built_in() -> Sequence[str]:
    """Return the names of the built-in hosts: the folders of ``hooks/hosts``. There is no list to add a host to."""
    folder = import_module(_BUILT_IN, __package__)
    return sorted(module.name for module in pkgutil.iter_modules(folder.__path__) if module.ispkg)


def _installed() -> Sequence[EntryPoint]:
    return sorted(entry_points(group=PROJECT), key=lambda entry: entry.name)


def _load(name: str, load: Any) -> object:
    try:
        return load()
    except Exception as error:  # A stranger's module may raise anything while it is imported.
        raise ConfigurationError(
            f"plugin {name!r} cannot be loaded: {type(error).__name__}: {error}"
        ) from error


def _register(manager: pluggy.PluginManager, plugin: object, name: str) -> None:
    if manager.has_plugin(name):
        raise DuplicateHost(
            f"two plugins are called {name!r}: {_origin(manager.get_plugin(name))} and {_origin(plugin)}"
        )
    _refuse_unmarked(manager, plugin, name)
    try:
        manager.register(plugin, name=name)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise ConfigurationError(f"plugin {name!r}: {error}") from error
    if not manager.get_hookcallers(plugin):
        known = ", ".join(sorted(_hook_names()))
        raise ConfigurationError(f"plugin {name!r} implements no hook of entremise (there are: {known})")


def _refuse_unmarked(manager: pluggy.PluginManager, plugin: object, name: str) -> None:
    for attribute in dir(plugin):
        if not attribute.startswith(f"{PROJECT}_"):
            continue
        if callable(getattr(plugin, attribute)) and manager.parse_hookimpl_opts(plugin, attribute) is None:
            raise ConfigurationError(
                f"plugin {name!r}: {attribute} looks like a hook but is not marked with @hookimpl"
            )


def _hosts(manager: pluggy.PluginManager) -> dict[str, HostAdapter]:
    hosts: dict[str, HostAdapter] = {}
    owners: dict[str, str] = {}
    for implementation in manager.hook.entremise_register_host.get_hookimpls():
        plugin = implementation.plugin_name
        returned = _load(plugin, implementation.function)
        for host in returned if isinstance(returned, (list, tuple)) else (returned,):
            problem = _problem(host)
            if problem:
                raise ConfigurationError(
                    f"plugin {plugin!r}: entremise_register_host returned {host!r}: {problem}"
                )
            if host.name in hosts:
                raise DuplicateHost(
                    f"plugins {owners[host.name]!r} and {plugin!r} both register a host {host.name!r}"
                )
            hosts[host.name], owners[host.name] = host, plugin
    return dict(sorted(hosts.items()))


def _problem(host: Any) -> str | None:
    """Say what this object lacks of being a ``HostAdapter``; ``None`` when it lacks nothing."""
    name = getattr(host, "name", None)
    if not isinstance(name, str) or not name.isidentifier() or name != name.lower() or len(name) > 40:
        return "`name` must be a lower-case identifier of at most 40 characters"
    if not isinstance(getattr(host, "capabilities", None), Capabilities):
        return "`capabilities` must be a Capabilities"
    for attribute in ("configuration", "secrets"):
        schema = getattr(host, attribute, None)
        if not (isinstance(schema, type) and issubclass(schema, Schema)):
            return f"`{attribute}` must be a marshmallow Schema class"
    for method, expected in _METHODS.items():
        function = getattr(host, method, None)
        if not callable(function):
            return f"it has no method `{method}`"
        if list(inspect.signature(function).parameters) != expected:
            return f"`{method}` must take ({', '.join(expected)})"
    return None


def _origin(plugin: object) -> str:
    return getattr(plugin, "__file__", None) or repr(plugin)


def _hook_names() -> list[str]:
    return [name for name in vars(specs) if name.startswith(f"{PROJECT}_")]


_METHODS = {
    name: [parameter for parameter in inspect.signature(function).parameters if parameter != "self"]
    for name, function in vars(HostAdapter).items()
    if inspect.isfunction(function) and not name.startswith("_")
}
