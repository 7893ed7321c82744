"""A pretix that answers from recordings, fresh for every test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from recorded_pretix import Pretix, serving_pretix


@pytest.fixture
def pretix() -> Iterator[Pretix]:
    with serving_pretix(Pretix()) as running:
        yield running
