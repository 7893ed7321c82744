"""Plugins come in through one door, and every mistake at it names the plugin."""

from __future__ import annotations

import types
from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from marshmallow import Schema

from entremise.hooks import hookimpl, registry
from entremise.hooks.contract import Capabilities, HostAdapter
from entremise.hooks.registry import load_plugins
from entremise.plugin.domain.errors import ConfigurationError, DuplicateHost


class WholeHost:
    """A host adapter that lacks nothing and does nothing."""

    name = "whole"
    capabilities = Capabilities(signed=False, ordered=False)
    configuration = Schema
    secrets = Schema

    def verify(self, delivery: Any, installation: Any, *, now: float) -> None: ...
    def unpack(self, delivery: Any) -> Any: ...
    def delivery_key(self, delivery: Any) -> Any: ...
    def parse(self, delivery: Any, installation: Any) -> Any: ...
    def fetch(self, hint: Any, context: Any) -> Any: ...
    def reconcile(self, since: Any, context: Any) -> Any: ...
    def publish(self, results: Any, context: Any) -> Any: ...
    def check(self, context: Any) -> Any: ...


def a_plugin(name: str = "stranger", **hooks: Callable[..., Any]) -> types.ModuleType:
    module = types.ModuleType(name)
    for hook, function in hooks.items():
        setattr(module, hook, function)
    return module


def registering(host: Any) -> Callable[[], Any]:
    @hookimpl
    def entremise_register_host() -> Any:
        return host

    return entremise_register_host


def without(attribute: str) -> Any:
    return type("Lacking", (), {key: value for key, value in vars(WholeHost).items() if key != attribute})()


def with_(**attributes: Any) -> Any:
    return type("Changed", (WholeHost,), attributes)()


def test_built_in_hosts_come_in_through_the_hook() -> None:
    manager, hosts = load_plugins()
    assert {"generic", "pretix"} <= hosts.keys()
    assert set(registry.built_in()) <= {name for name, _ in manager.list_name_plugin()}


def test_a_plugin_may_register_one_host_or_several() -> None:
    one = a_plugin("one", entremise_register_host=registering(WholeHost()))
    several = a_plugin("several", entremise_register_host=registering([with_(name="a1"), with_(name="b2")]))
    _, hosts = load_plugins([one, several])
    assert {"whole", "a1", "b2"} <= hosts.keys()


def test_the_table_of_hosts_cannot_be_changed() -> None:
    _, hosts = load_plugins()
    with pytest.raises(TypeError):
        hosts["mine"] = WholeHost()  # type: ignore[index]


def test_two_plugins_cannot_register_one_host() -> None:
    first = a_plugin("first", entremise_register_host=registering(WholeHost()))
    second = a_plugin("second", entremise_register_host=registering(WholeHost()))
    with pytest.raises(DuplicateHost, match=r"'first' and 'second' both register a host 'whole'"):
        load_plugins([first, second])


def test_a_built_in_host_cannot_be_replaced_on_the_sly() -> None:
    with pytest.raises(DuplicateHost, match="'generic' and 'sly'"):
        load_plugins([a_plugin("sly", entremise_register_host=registering(with_(name="generic")))])


def test_two_plugins_cannot_have_one_name() -> None:
    with pytest.raises(DuplicateHost, match="two plugins are called 'generic'"):
        load_plugins([a_plugin("generic", entremise_register_host=registering(WholeHost()))])


@hookimpl
def entremise_register_hosts() -> None: ...


@hookimpl
def entremise_adjust_scores(scores: Any, mood: Any) -> None: ...


def entremise_review_suggestions() -> None: ...


@pytest.mark.parametrize(
    ("hook", "problem"),
    [
        (entremise_register_hosts, "unknown hook 'entremise_register_hosts'"),
        (entremise_adjust_scores, "mood"),
        (entremise_review_suggestions, "not marked with @hookimpl"),
    ],
)
def test_a_mistyped_hook_is_an_error_that_names_the_plugin(hook: Any, problem: str) -> None:
    with pytest.raises(ConfigurationError, match="'careless'") as caught:
        load_plugins([a_plugin("careless", **{hook.__name__: hook})])
    assert problem in str(caught.value)


def test_a_plugin_without_any_hook_is_an_error_that_names_it() -> None:
    with pytest.raises(ConfigurationError, match="'empty' implements no hook"):
        load_plugins([a_plugin("empty")])


@pytest.mark.parametrize("method", [name for name in vars(HostAdapter) if not name.startswith("_")])
def test_whatever_an_adapter_lacks_is_named(method: str) -> None:
    if method not in vars(WholeHost):
        return
    with pytest.raises(ConfigurationError, match=f"'lacking'.*`{method}`"):
        load_plugins([a_plugin("lacking", entremise_register_host=registering(without(method)))])


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"name": "Not A Name"}, "`name`"),
        ({"name": 7}, "`name`"),
        ({"capabilities": {}}, "`capabilities`"),
        ({"secrets": Schema()}, "`secrets`"),
        ({"parse": "soon"}, "`parse`"),
        ({"publish": lambda self, results: None}, "`publish` must take"),
    ],
)
def test_whatever_an_adapter_has_wrong_is_named(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        load_plugins([a_plugin("wrong", entremise_register_host=registering(with_(**changed)))])


def test_registering_nothing_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="'idle'"):
        load_plugins([a_plugin("idle", entremise_register_host=registering(None))])


def test_a_plugin_that_cannot_be_imported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("broken", "a_module_that_is_not_there", "entremise")
    monkeypatch.setattr(registry, "entry_points", lambda *, group: [broken] if group == "entremise" else [])
    with pytest.raises(ConfigurationError, match=r"'broken' cannot be loaded: ModuleNotFoundError"):
        load_plugins()


def test_a_plugin_that_fails_while_registering_is_named() -> None:
    @hookimpl
    def entremise_register_host() -> Any:
        raise ZeroDivisionError("oh")

    with pytest.raises(ConfigurationError, match=r"'failing'.*ZeroDivisionError"):
        load_plugins([a_plugin("failing", entremise_register_host=entremise_register_host)])


def test_other_hooks_reach_every_plugin_that_has_them() -> None:
    heard = []

    @hookimpl
    def entremise_suggestions_ready(results: Any) -> None:
        heard.append(results)

    manager, _ = load_plugins([a_plugin("listener", entremise_suggestions_ready=entremise_suggestions_ready)])
    manager.hook.entremise_suggestions_ready(results=())
    assert heard == [()]
