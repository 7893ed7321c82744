"""What the suites of the extension share: the environment it is tested in, and a pretix beside a service."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "pretix"))
sys.path.append(str(Path(__file__).parent))

from chromium import ChromiumMissing, chromium
from playwright.sync_api import Browser
from real_services import missing_service
from workshop import interpreter


@pytest.fixture(scope="session")
def workshop() -> Path:
    """The Python that has pretix, the extension and what its suite needs."""
    return interpreter()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser for people who visit pretix."""
    try:
        with chromium() as running:
            yield running
    except ChromiumMissing as missing:
        missing_service(str(missing))
