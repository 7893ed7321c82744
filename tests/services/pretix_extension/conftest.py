"""What the suites of the extension share: the environment it is tested in, and a pretix beside a service."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "pretix"))
sys.path.append(str(Path(__file__).parent))

from workshop import interpreter


@pytest.fixture(scope="session")
def workshop() -> Path:
    """The Python that has pretix, the extension and what its suite needs."""
    return interpreter()
