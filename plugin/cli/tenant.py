"""What the administrative commands share: the container of this environment, the installation meant, and JSON."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any, TypeVar

import click
import orjson

from ...hooks.contract import Installation
from ..bootstrap import Container, build_container
from ..services.installations import find
from ..settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def as_json(command: Command) -> Command:
    """Add ``--json``."""
    return click.option("--json", "json", is_flag=True, help="Print JSON for a program to read.")(command)


def of_installation(command: Command) -> Command:
    """Add ``--installation``."""
    text = "Its id or name; may be left out where there is only one."
    return click.option("-i", "--installation", "named", metavar="ID", help=text)(command)


def this_container() -> Container:
    """Return the container that the environment describes."""
    # An operator may well do this while nothing runs: what is rung now is found by the sweeper later.
    logging.getLogger("entremise.plugin.storage.rq_queue").setLevel(logging.ERROR)
    return build_container(Settings.from_environment(os.environ))


def this_installation(container: Container, named: str | None) -> Installation:
    """Return the installation that is meant; raises ``NotFound`` that lists them."""
    return find(container, named)


def echo_json(document: Any) -> None:
    """Print one JSON document."""
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())
