"""Reads the plan of a schedule from a file: whatever is wrong names file and field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..domain.errors import ConfigurationError
from ..services.frames.documents import Wrong
from ..services.frames.meetings import SchedulePlan
from ..services.frames.meetings import read_plan as read
from .documents import read_document


def read_plan(path: str) -> SchedulePlan:
    """Read a plan. Raises ``ConfigurationError`` that names file and field."""
    data = read_document(path)
    with naming(path):
        return read(data)


@contextmanager
def naming(path: str) -> Iterator[None]:
    """What is wrong in a plan inside of this is a ``ConfigurationError`` that names file and field."""
    try:
        yield
    except Wrong as wrong:
        raise ConfigurationError(f"{path}: {wrong}") from wrong
