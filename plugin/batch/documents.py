"""Reads the JSON documents of commands: packed or not, from a file or standard input."""

from __future__ import annotations

from typing import Any

import orjson

from ..domain.errors import ConfigurationError
from .lines import numbered, shown
from .problems import Problems


def read_document(path: str) -> Any:
    """Return what a JSON file holds (packed or not). Raises ``ConfigurationError`` when it is none."""
    problems = Problems()
    text = "\n".join(line for _, line in numbered(path, problems))
    if len(problems):
        raise ConfigurationError(str(problems.found[0]))
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(f"{shown(path)}:{error.lineno}: is not JSON: {error.msg}") from error
