"""Imports run one way, and each rule that says so would notice a breach."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from source import FOLDERS, ROOT, dotted, modules

PLANTED = {
    "layers": ("plugin/services/planted.py", "from ..storage import tables\n"),
    "hosts": ("hooks/hosts/generic/planted.py", "from ..pretix import host\n"),
    "encoders": ("hooks/encoders/static/planted.py", "from ..english import model\n"),
    "pure": ("plugin/engine/planted.py", "import flask\n"),
    "domain": ("plugin/domain/planted.py", "import numpy\n"),
    "use-cases": ("plugin/services/planted_too.py", "import sqlalchemy\n"),
}
"""For each contract a file that breaks it."""


def test_no_import_breaks_a_contract(tmp_path: Path) -> None:
    done = _lint(_copy(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_contract_notices_an_import_that_breaks_it(tmp_path: Path) -> None:
    source = _copy(tmp_path)
    for path, text in PLANTED.values():
        (source / "entremise" / path).write_text(f'"""Planted."""\n{text}', encoding="utf-8")

    done = _lint(source)

    assert done.returncode != 0
    unnoticed = [
        identifier
        for identifier, name in _contracts().items()
        if f"{name} BROKEN" not in " ".join(done.stdout.split())
    ]
    assert not unnoticed, done.stdout + done.stderr


def test_every_contract_has_a_planted_breach() -> None:
    assert PLANTED.keys() == _contracts().keys()


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_every_module_has_its_place_in_the_layers(path: Path) -> None:
    name = dotted(path)
    placed = any(name == layer or name.startswith(f"{layer}.") for layer in _layers())
    is_a_bare_package = name in {f"entremise.{folder}" for folder in FOLDERS}
    assert placed or is_a_bare_package, f"{name} is in no layer of .importlinter"


def _copy(tmp_path: Path) -> Path:
    """Lay the folders out as the package that they become."""
    for folder in FOLDERS:
        shutil.copytree(
            ROOT / folder,
            tmp_path / "entremise" / folder,
            ignore=shutil.ignore_patterns("__pycache__", "extension"),
        )
    return tmp_path


def _lint(source: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--config", ROOT / ".importlinter", "--no-cache"],
        cwd=source, env=os.environ | {"PYTHONPATH": str(source), "COLUMNS": "200"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def _configuration() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(comment_prefixes=(";", "#"))
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    return parser


def _contracts() -> dict[str, str]:
    parser = _configuration()
    prefix = "importlinter:contract:"
    return {
        section.removeprefix(prefix): parser[section]["name"]
        for section in parser.sections()
        if section.startswith(prefix)
    }


def _layers() -> list[str]:
    text = _configuration()["importlinter:contract:layers"]["layers"]
    return text.replace("|", " ").replace(" : ", " ").split()
