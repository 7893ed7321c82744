"""What can be set, called or hooked into stands in the documentation, and the documentation names nothing else."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path

import click
import pytest
from source import ROOT, parsed, repository_files, shown
from write_cli_reference import cli_reference

from entremise.hooks import specs
from entremise.hooks.manifest import load_manifest
from entremise.plugin import settings as settings_module
from entremise.plugin.cli import COMMANDS, main
from entremise.plugin.domain import errors
from entremise.plugin.settings import Settings

REFERENCE = ROOT / "docs" / "reference"


def test_every_setting_says_its_variable_and_stands_in_the_reference() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (REFERENCE / "settings.md").read_text(), re.MULTILINE))
    opened = re.findall(r'"""([A-Z_]+(?:, [A-Z_]+)*): ', Path(settings_module.__file__).read_text())
    assert len(opened) == len(dataclasses.fields(Settings)), "each field's docstring opens with its variables"
    in_code = {name for names in opened for name in names.split(", ")}
    assert documented == in_code


def test_every_hook_stands_in_the_reference_with_its_arguments() -> None:
    in_code = {
        name: tuple(inspect.signature(function).parameters)
        for name, function in inspect.getmembers(specs, inspect.isfunction)
        if name.startswith("entremise_")
    }
    text = (REFERENCE / "hooks.md").read_text()
    documented = {
        name: tuple(re.findall(r"(\w+)(?:\s*:[^,)]*)?(?:,|$)", arguments))
        for name, arguments in re.findall(r"^#+ `?(entremise_\w+)\(([^)]*)\)", text, re.MULTILINE)
    }
    assert documented == in_code


def test_the_reference_of_commands_is_what_they_say_themselves() -> None:
    assert (REFERENCE / "cli.md").read_text() == cli_reference(), "run tools/write_cli_reference.py"


def _all_commands() -> list[tuple[str, click.Command]]:
    context = click.Context(main)
    found: list[tuple[str, click.Command]] = []
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None, name
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {below}", command.commands[below]) for below in command.commands]
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    for full, command in _all_commands():
        if full.split()[0] == name and not isinstance(command, click.Group):
            shown_help = command.get_help(click.Context(command, info_name=f"entremise {full}"))
            assert command.help, full
            assert re.search(
                rf"(?m)^\s+entremise {full}\b", shown_help.split("Usage:")[-1].split("\n", 1)[1]
            ), full


def test_every_option_of_every_command_is_explained() -> None:
    silent = [
        f"entremise {full} {parameter.opts[0]}"
        for full, command in _all_commands()
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help and not parameter.hidden
    ]
    assert not silent


def test_every_switch_stands_in_the_manifest_reference() -> None:
    text = (REFERENCE / "manifest.md").read_text()
    missing = [key for key in load_manifest().keys() if f"`{key}`" not in text]  # noqa: SIM118 - a method, not a dict
    assert not missing


def test_every_error_is_drawn_in_the_tree() -> None:
    drawn = set(re.findall(r"^[│├└─ ]*([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE))
    in_code = {
        name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)
    }
    assert in_code == drawn & in_code
    for name in in_code:
        assert (vars(errors)[name].__doc__ or "").endswith((".", ")")), name


@pytest.mark.parametrize("page", [path for path in repository_files() if path.suffix == ".md"], ids=shown)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    text = re.sub(r"(?s)```.*?```", "", page.read_text())
    broken = [
        target
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
        if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists()
    ]
    assert not broken


def test_every_page_can_be_found_from_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")} - {
        "index.md"
    }
    assert not [
        page for page in sorted(pages) if f"({page})" not in index and not page.startswith("decisions/")
    ]


def test_files_that_the_walk_through_names_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(
        re.findall(r"`((?:plugin|hooks|consumers|webhooks|tests|tools|docs|benchmarks)/[\w./-]+\.\w+)", text)
    )
    assert len(named) > 15
    assert not [name for name in named if not (ROOT / name).exists()]
    functions = re.findall(r"`((?:plugin|hooks|consumers|webhooks)/[\w/]+\.py): (\w+)`", text)
    assert functions
    assert not [
        f"{name}: {function}"
        for name, function in functions
        if function not in {getattr(node, "name", None) for node in _definitions(ROOT / name)}
    ]


def _definitions(path: Path) -> list[object]:
    import ast

    return [node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
