"""The wheel, built once for all tests that look into it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of a wheel built from the repository as it is now."""
    from wheel_of import build_wheel

    return build_wheel(tmp_path_factory.mktemp("wheel"))
