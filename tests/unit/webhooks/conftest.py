"""The web door over a real SQLite store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from doors import Door, a_door


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """The door with one installation of the generic host."""
    with a_door(tmp_path) as opened:
        yield opened
