"""The command line as a whole: quick, complete, and clear when something is wrong."""

from __future__ import annotations

import logging
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from entremise.plugin import cli
from entremise.plugin.cli.log_lines import LogLines
from entremise.plugin.domain.errors import ConfigurationError, HostUnavailable

HEAVY = ("sqlalchemy", "flask", "rq", "redis", "kafka", "numpy", "sklearn", "pluggy", "marshmallow")
ALL = [*cli.COMMANDS, *cli.PARTS]


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom entremise.plugin.cli import main\nmain(['--help'], standalone_mode=False)\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    text, _, loaded = done.stdout.partition("LOADED")
    assert not set(HEAVY) & set(loaded.split())
    for name, (_, line) in cli.COMMANDS.items():
        assert f"  {name} " in text
        assert line in text


@pytest.mark.parametrize("name", ALL)
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    command = cli.main.get_command(click.Context(cli.main), name)
    parts = [[name, part] for part in command.commands] if isinstance(command, click.Group) else [[name]]
    for path in parts:
        result = CliRunner().invoke(cli.main, [*path, "--help"], prog_name="entremise")
        assert result.exit_code == 0, result.output
        assert f"entremise {' '.join(path)}" in result.output.partition("xample")[2]


@pytest.mark.parametrize(
    ("error", "code"), [(ConfigurationError("set\nDATABASE_URL"), 2), (HostUnavailable("host  is away"), 1)]
)
def test_what_goes_wrong_is_one_line_and_an_exit_code(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def failing() -> None:
        raise error

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: failing)
    result = CliRunner().invoke(cli.main, ["doctor"])
    assert result.exit_code == code
    assert result.stderr == f"Error: {' '.join(str(error).split())}\n"
    assert result.stdout == ""


def test_an_unknown_command_is_named() -> None:
    result = CliRunner().invoke(cli.main, ["concoct"])
    assert result.exit_code == 2
    assert "No such command 'concoct'" in result.output


def test_a_log_line_shows_its_data_and_then_the_traceback() -> None:
    lines = LogLines()
    record = logging.makeLogRecord(
        {"name": "a.b", "levelname": "WARNING", "msg": "paused", "installation_id": "i1", "job": "process"}
    )
    assert lines.format(record).endswith("WARNING a.b: paused installation_id='i1' job='process'")
    try:
        int("why")
    except ValueError:
        record.exc_info = sys.exc_info()
    first, *_, last = lines.format(record).splitlines()
    assert first.endswith("job='process'")
    assert last.startswith("ValueError: invalid literal")
