"""What the commands on files share: their options, progress on a terminal, lines left out, and the exit code."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NoReturn, TypeVar

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ..batch.attendees import People
from ..batch.kinds import Kind
from ..batch.problems import Problems
from ..batch.watching import Advance, Phase, unwatched

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(dir_okay=False, allow_dash=True)
"""A file, or - for a standard stream."""

SOME_LEFT_OUT = 3
"""Exit code: it worked, and some lines of the files were left out."""
_SHOWN = 20


def in_file(name: str) -> Callable[[Command], Command]:
    """Add an argument that is a file to read."""
    return click.argument(name.lower(), metavar=name, type=FILE)


def out_file(example: str) -> Callable[[Command], Command]:
    """Add ``-o``."""
    return click.option(
        "-o", "--out", "out", required=True, metavar=example, type=FILE,
        help="Where to write; - is standard output, a name in .gz is packed.",
    )  # fmt: skip


def with_file(option: str, example: str, said: str) -> Callable[[Command], Command]:
    """Add an option that is a file to read, and may be left out."""
    return click.option(option, metavar=example, type=FILE, help=said)


def with_kind(
    kinds: Sequence[Kind], said: str, *, default: Kind | None = None
) -> Callable[[Command], Command]:
    """Add ``--kind``: one of these; required where there is no default."""
    return click.option(
        "--kind", type=click.Choice(kinds), default=default, required=default is None,
        show_default=default is not None, help=said,
    )  # fmt: skip


def with_languages(command: Command) -> Command:
    """Add ``--language`` as ``languages``: a tuple, most important first."""
    return click.option(
        "--language", "languages", multiple=True, metavar="TAG",
        help="The language of the occasion, for people who state none; may be repeated.",
    )(command)  # fmt: skip


def with_encoder(command: Command) -> Command:
    """Add ``--encoder``."""
    return click.option(
        "--encoder", default="default", show_default=True, envvar="ENTREMISE_ENCODER", metavar="NAME",
        help="What turns texts into vectors: default, english, multilingual, lexical (`entremise doctor` says "
        "which are installed).",
    )(command)  # fmt: skip


def with_weights(command: Command) -> Command:
    """Add ``--weights``."""
    return click.option(
        "--weights", metavar="WEIGHTS.json", type=click.Path(exists=True, dir_okay=False),
        help="Weights that `entremise learn` made.",
    )(command)  # fmt: skip


def with_decisions(command: Command) -> Command:
    """Add ``--decisions``."""
    return with_file(
        "--decisions", "DECISIONS.csv",
        "Known answers (a,b,decision: what a said to b, 1 or 0), from which it is learnt how choosy people are "
        "and how often they are chosen.",
    )(command)  # fmt: skip


def as_json(command: Command) -> Command:
    """Add ``--json``."""
    return click.option(
        "--json", "json", is_flag=True,
        help="Report as one JSON object on the last line of standard output; lines left out as JSON on standard error.",
    )(command)  # fmt: skip


@contextmanager
def watching(*, json: bool) -> Iterator[Phase]:
    """Give something that shows phases on a terminal; nothing where there is none, or a program listens."""
    console = Console(stderr=True)
    if json or not console.is_terminal:
        yield unwatched
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:

        def phase(name: str, total: int | None) -> AbstractContextManager[Advance]:
            @contextmanager
            def opened() -> Iterator[Advance]:
                task = progress.add_task(name, total=total)
                yield lambda steps: progress.advance(task, steps)
                progress.update(task, total=total or 1, completed=total or 1)

            return opened()

        yield phase


def only_one_from_standard_input(*paths: str | None) -> None:
    """Raise ``click.UsageError`` when ``-`` is given twice."""
    if sum(path == "-" for path in paths) > 1:
        raise click.UsageError("only one file can be standard input")


def tell_left_out(problems: Problems, *, json: bool) -> None:
    """Tell which lines were left out, on standard error."""
    if json:
        for problem in problems:
            click.echo(orjson.dumps(problem.to_dict()).decode(), err=True)
        return
    for problem in problems.found[:_SHOWN]:
        click.echo(str(problem), err=True)
    if len(problems) > _SHOWN:
        click.echo(f"… and {len(problems) - _SHOWN} more (--json lists all)", err=True)


def tell_unscored(people: People, *, json: bool) -> None:
    """Say once which keys were kept out of every score."""
    if json or not people.unscored:
        return
    named = ", ".join(f"{key} ({count})" for key, count in sorted(people.unscored.items()))
    click.echo(f"{people.file}: kept out of every score: {named}", err=True)


def end(
    report: Mapping[str, Any], lines: Callable[[], None], problems: Problems, *, json: bool, out: str = ""
) -> None:
    """Print the report and leave with the exit code that fits. Where standard output is the result, both go to stderr."""
    tell_left_out(problems, json=json)
    if json:
        report = {**report, "left_out": len(problems)}
        click.echo(orjson.dumps(_finite(report), option=orjson.OPT_NON_STR_KEYS).decode(), err=out == "-")
    elif out != "-":
        lines()
    if len(problems):
        if not json:
            count = len(problems)
            click.echo(
                f"{count} line was left out" if count == 1 else f"{count} lines were left out", err=True
            )
        leave(SOME_LEFT_OUT)


def leave(code: int) -> NoReturn:
    """End the command with this exit code."""
    sys.stdout.flush()
    raise click.exceptions.Exit(code)


def figure(value: float, digits: int = 3) -> str:
    """Return a number as people read it; a dash where there is none."""
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def _finite(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case _:
            return value
