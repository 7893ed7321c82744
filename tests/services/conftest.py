"""What the suites that look at pages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chromium import ChromiumMissing, chromium
from playwright.sync_api import Browser
from real_services import missing_service


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for everybody who visits pages: a process can hold no second one beside it."""
    try:
        with chromium() as running:
            yield running
    except ChromiumMissing as missing:
        missing_service(str(missing))
