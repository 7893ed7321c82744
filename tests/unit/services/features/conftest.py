"""An empty hall over the store in memory."""

from __future__ import annotations

import pytest
from hall import Hall

from entremise.plugin.storage.sql import SqlStore


@pytest.fixture
def hall(store: SqlStore) -> Hall:
    return Hall(store)
