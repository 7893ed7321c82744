"""``entremise new-host``: what it writes, and what it refuses to write over."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from entremise.hooks.manifest import DEFAULT_PATH, load_manifest
from entremise.plugin.cli.new_host import command, make_host
from entremise.plugin.domain.errors import ConfigurationError


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "hooks" / "hosts").mkdir(parents=True)
    shutil.copy2(DEFAULT_PATH, tmp_path / "manifest.yaml")
    return tmp_path


def test_it_writes_a_folder_like_every_hosts_and_one_for_its_tests(clone: Path) -> None:
    done = CliRunner().invoke(command, ["acme", "--in", str(clone)])
    assert done.exit_code == 0, done.output
    made = {path.relative_to(clone).as_posix() for path in clone.rglob("*") if path.is_file()}
    names = (
        "__init__.py",
        "host.py",
        "configuration.py",
        "schemas.py",
        "translate.py",
        "client.py",
        "README.md",
    )
    assert made == {f"hooks/hosts/acme/{name}" for name in names} | {
        "tests/hosts/acme/workbench.py",
        "manifest.yaml",
    }
    assert "pytest -q tests/contracts/test_host_adapter.py -k acme" in done.output


def test_what_it_writes_is_python_with_the_hosts_name_in_it(clone: Path) -> None:
    make_host("acme_two", clone)
    for path in clone.rglob("*.py"):
        text = path.read_text()
        ast.parse(text)
        assert "acme_two" in text
        assert "$" not in text.replace("$name", "?"), "no placeholder is left"
    assert "class AcmeTwoHost" in (clone / "hooks/hosts/acme_two/host.py").read_text()


def test_the_manifest_gets_one_line_and_keeps_every_other(clone: Path) -> None:
    before = (clone / "manifest.yaml").read_text().splitlines()
    make_host("acme", clone)
    after = (clone / "manifest.yaml").read_text().splitlines()
    added = [line for line in after if line not in before]
    assert added == ["    acme: {label: {en: acme, fr: acme}}"]
    assert [line for line in after if line not in added] == before
    assert "acme" in load_manifest(clone / "manifest.yaml").document["compatibility"]["hosts"]


@pytest.mark.parametrize("name", ["", "Acme", "acme-two", "2acme", "a__b", "class", "../up", "a" * 41, "é"])
def test_a_name_that_cannot_be_one_is_refused(clone: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be a host's name"):
        make_host(name, clone)


@pytest.mark.parametrize("name", ["generic", "pretix"])
def test_a_host_that_is_there_is_not_written_over(clone: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="already"):
        make_host(name, clone)


def test_making_a_host_twice_is_refused_and_changes_nothing(clone: Path) -> None:
    make_host("acme", clone)
    (clone / "hooks/hosts/acme/host.py").write_text("mine")
    with pytest.raises(ConfigurationError, match="nothing was written"):
        make_host("acme", clone)
    assert (clone / "hooks/hosts/acme/host.py").read_text() == "mine"


def test_a_folder_that_is_no_clone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no clone"):
        make_host("acme", tmp_path)
    assert not list(tmp_path.iterdir())
