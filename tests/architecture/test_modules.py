"""Modules stay small, say what they answer for, and use the words of the field."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from source import FOLDERS, ROOT, dotted, modules, parsed, shown

LONGEST = 300
LONGER_WITH_A_REASON = {
    "plugin/services/ports.py": "every port in one place: what the use cases need of the world is read in one go",
    "plugin/storage/migrations/versions/0001_first_schema.py": "one migration makes the whole first schema",
}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "base", "manager"}
BARE = {"event", "events", "Event", "Events", "evt", "evts"}
"""HostEvent, DomainEvent and Delivery are three things; the bare word could be any of them."""

HOSTS_OWN_WORDS = {"schemas.py", "client.py", "configuration.py"}
"""Files of a host adapter that speak the host's language, where an event is the host's."""


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_a_module_is_short_enough_to_be_read_at_once(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if shown(path) in LONGER_WITH_A_REASON:
        assert lines > LONGEST, f"{shown(path)} is short again: take it off the list"
    else:
        assert lines <= LONGEST


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_a_module_opens_with_what_it_answers_for(path: Path) -> None:
    text = ast.get_docstring(parsed(path))
    assert text, "no docstring"
    assert text.split("\n\n", maxsplit=1)[0].rstrip().endswith((".", ":", "?")), "not a sentence"


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_a_module_is_named_for_what_it_does(path: Path) -> None:
    assert not NAMES_THAT_SAY_NOTHING & {*path.relative_to(ROOT).with_suffix("").parts}


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_nothing_is_called_by_the_bare_word_event(path: Path) -> None:
    if path.name in HOSTS_OWN_WORDS and "hosts" in path.parts:
        return
    found = sorted({f"{name} (line {line})" for name, line in _introduced(parsed(path)) if name in BARE})
    assert not found, "say host_event, domain_event or delivery"


RUN_BY_PATH = {"plugin/storage/migrations/env.py": "Alembic runs it as a file, so that it lies in no package"}


@pytest.mark.parametrize("path", [path for path in modules() if shown(path) not in RUN_BY_PATH], ids=shown)
def test_the_four_folders_import_each_other_relatively(path: Path) -> None:
    absolute = [
        name
        for node in ast.walk(parsed(path))
        for name in _absolute_imports(node)
        if name.split(".")[0] in {*FOLDERS, "entremise"}
    ]
    assert not absolute, "two ways to one module can become two copies of its classes"


def test_every_package_can_be_imported_whole() -> None:
    found = set()
    for folder in FOLDERS:
        package = importlib.import_module(f"entremise.{folder}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
                found.add(module.name)
    expected = {dotted(path) for path in modules()} - {f"entremise.{folder}" for folder in FOLDERS}
    assert {name for name in expected if not name.endswith("__main__") and ".migrations" not in name} <= found


def _introduced(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield every name that the module itself gives to something."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.alias(asname=str(name)):
                yield name, node.lineno
            case _:
                pass


def _absolute_imports(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case _:
            return []
