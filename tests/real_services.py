"""What to do about a service that a test needs and this machine lacks."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

IN_CI = os.environ.get("CI") == "true"


def missing_service(why: str) -> NoReturn:
    """Skip on a developer's machine; fail in CI, where everything must have been installed."""
    if IN_CI:
        pytest.fail(why, pytrace=False)
    pytest.skip(why)
