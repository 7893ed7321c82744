"""The command ``entremise``: a table of commands, each loaded only when it is called.

``COMMANDS`` maps a name to the module below this package that answers for it; the module's ``command`` is a click
command (or group). What goes wrong on purpose (``EntremiseError``) ends as one line on stderr: exit code 2 when
the operator has to change something (``ConfigurationError``), 1 otherwise.
"""

from __future__ import annotations

import importlib
from typing import Any, NoReturn

import click

from ..domain.errors import ConfigurationError, EntremiseError
from .log_lines import log_to_stderr

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Play a whole bilingual conference on this machine."),
    "up": ("up", "Run everything: doors, workers, and what they need."),
    "serve": ("serve", "Run the web door: deliveries in, REST API, people's pages."),
    "consume": ("consume", "Read deliveries from Kafka or from files."),
    "work": ("work", "Run the workers that process, recompute and write back."),
    "recommend": ("recommend", "Make everybody's lists, from files."),
    "circle": ("circle", "Put people into circles, from files."),
    "pair": ("pair", "Pair mentors and mentees, from files."),
    "schedule": ("schedule", "Put meetings into slots and spots, from files."),
    "score": ("score", "Score given pairs of people, from files."),
    "learn": ("learn", "Make weights from known answers, from files."),
    "evaluate": ("evaluate", "Judge lists, from files."),
    "seat": ("seat", "Seat guests at tables, from files."),
    "installation": ("installation", "Add, list, rotate and disable installations."),
    "replay": ("replay", "Take dead letters back into the inbox."),
    "hosts": ("hosts", "List the hosts that this service can talk to."),
    "new-host": ("new_host", "Start a new host adapter."),
    "manifest": ("manifest", "Show or check manifest.yaml."),
    "doctor": ("doctor", "Check everything and say what to do about each failure."),
    "forget": ("forget", "Erase a person everywhere."),
}
"""Name → (module, one line for ``entremise --help``)."""

PARTS = {"worker": "worker", "clock": "clock"}
"""Single processes that ``work`` and ``up`` start; not listed, but usable where a process manager is at hand."""

EXAMPLES = """\b
Examples:
  entremise demo                          see everything work
  entremise up                            run it on this machine, nothing else needed
  entremise installation add --help       connect a host
  entremise doctor                        find out what is wrong
"""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called, so that ``--help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS[cmd_name][0] if cmd_name in COMMANDS else PARTS.get(cmd_name)
        if module is None:
            return None
        found = importlib.import_module(f".{module}", __name__).command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EntremiseError as error:
            _fail(error)


class NeedsItsOperator(click.ClickException):
    """Something has to be changed before trying again."""

    exit_code = 2


def _fail(error: EntremiseError) -> NoReturn:
    kind = NeedsItsOperator if isinstance(error, ConfigurationError) else click.ClickException
    raise kind(" ".join(str(error).split()) or type(error).__name__) from error


@click.group(
    cls=LazyGroup,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="entremise")
@click.option(
    "--log-level", default="info", show_default=True, help="What is written to stderr.",
    type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False),
)  # fmt: skip
def main(log_level: str) -> None:
    """Introduce people to each other at professional events.

    entremise hears from the event management system who registered and who walked in, works out who should meet
    whom and why, and writes that back where attendees and organisers already look.
    """
    log_to_stderr(log_level)
