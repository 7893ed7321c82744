"""Hosts' own extensions are built like the rest: small modules, imports one way, and nothing of ours but the client."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from source import ROOT

PACKAGES = sorted(path.parent for path in ROOT.glob("hooks/hosts/*/extension/*/apps.py"))
AREAS = ("attendees", "control", "organiser")
MOST_LINES = 300


def modules_of(package: Path) -> dict[str, Path]:
    found = (path for path in sorted(package.rglob("*.py")) if "migrations" not in path.parts)
    return {".".join(path.relative_to(package).with_suffix("").parts): path for path in found}


def imports_of(package: Path) -> dict[str, set[str]]:
    """Return module → modules of the same package that it imports when it is imported itself."""
    modules = modules_of(package)
    return {name: set(_imported(name, path, modules)) for name, path in modules.items()}


def _imported(name: str, path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            above = name.split(".")[: -node.level]
            whence = [*above, *(node.module.split(".") if node.module else [])]
            for alias in node.names:
                for wanted in (".".join([*whence, alias.name]), ".".join(whence)):
                    if wanted in modules:
                        yield wanted
                        break


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_imports_run_in_no_circle(package: Path) -> None:
    try:
        TopologicalSorter(imports_of(package)).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_pages_for_different_people_know_nothing_of_each_other(package: Path) -> None:
    breaches = [
        f"{name} imports {wanted}"
        for name, found in imports_of(package).items()
        for wanted in found
        for area in AREAS
        if wanted.startswith(f"{area}.")
        and not name.startswith(f"{area}.")
        and name not in {"signals", "urls"}
    ]
    assert not breaches


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_nothing_of_the_service_is_imported(package: Path) -> None:
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.split(".")[0] == "entremise"], path


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_modules_are_small_and_say_what_they_are_for(package: Path) -> None:
    for path in modules_of(package).values():
        text = path.read_text()
        assert len(text.splitlines()) <= MOST_LINES, path
        assert not text.strip() or ast.get_docstring(ast.parse(text)), path


def test_there_are_extensions() -> None:
    assert [package.name for package in PACKAGES] == ["pretix_entremise"]
