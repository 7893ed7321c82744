"""The REST API over a store in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from office import Office, an_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path) as opened:
        yield opened
