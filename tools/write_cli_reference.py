"""Writes docs/reference/cli.md: every command's own ``--help``. A test compares the page with the commands."""

from __future__ import annotations

from pathlib import Path

import click
from click.testing import CliRunner

from entremise.plugin.cli import COMMANDS, main

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "cli.md"
OPENING = """\
# Commands

`entremise` reads its [settings](settings.md) from the environment. Exit codes: 0 it worked, 1 it did not, 2 you have to
change something (the message says what; wrong usage is 2 as well), 3 it worked, but lines of a file were left out (each is
named). Where there is `--json`, the last line on standard output is for programs; everything else goes to standard error.

This page is what each command says of itself (`tools/write_cli_reference.py`).
"""


def cli_reference() -> str:
    """Return the whole page."""
    parts = [OPENING]
    for name in COMMANDS:
        parts.append(_section(f"## `entremise {name}`", name))
        command = main.get_command(click.Context(main), name)
        if isinstance(command, click.Group):
            parts += [_section(f"### `entremise {name} {below}`", name, below) for below in command.commands]
    return "\n".join(parts)


def _section(heading: str, *arguments: str) -> str:
    shown = CliRunner().invoke(main, [*arguments, "--help"], prog_name="entremise", terminal_width=100)
    lines = "\n".join(line.rstrip() for line in shown.output.strip().splitlines())
    return f"{heading}\n\n```text\n{lines}\n```\n"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(cli_reference(), encoding="utf-8")
