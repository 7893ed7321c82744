"""A floor is worth something only if it stores the same rows under the same rules, and figures are computed right."""

import math
import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import create_engine

from entremise.plugin.storage.tables import metadata

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT))
    import benchmarks.inbox_rows
    import benchmarks.rush

    return benchmarks


def described(connection: Any) -> tuple[set[Any], set[Any]]:
    columns = connection.execute("PRAGMA table_info(inbox)").fetchall()
    indexes = connection.execute("PRAGMA index_list(inbox)").fetchall()
    keyed = {
        (
            unique,
            partial,
            tuple(name for _, _, name in connection.execute(f"PRAGMA index_info({index})").fetchall()),
        )
        for _, index, unique, _, partial in indexes
    }
    return {(name, not_null, key) for _, name, _, not_null, _, key in columns}, keyed


def test_the_floors_table_is_the_inbox(benchmarks: ModuleType) -> None:
    floor = sqlite3.connect(":memory:")
    floor.executescript(benchmarks.inbox_rows.SQLITE_TABLE)
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        metadata.create_all(connection, tables=[metadata.tables["inbox"]])
        assert described(floor) == described(connection.connection.driver_connection)
    engine.dispose()
    floor.close()


def test_deliveries_are_distinct_and_870_bytes(benchmarks: ModuleType) -> None:
    bodies = {benchmarks.inbox_rows.body(number) for number in range(200)}
    assert len(bodies) == 200
    assert {len(body) for body in bodies} == {870}


def test_a_percentile_counts_what_is_missing_as_infinite(benchmarks: ModuleType) -> None:
    delays = [*(float(number) for number in range(1, 99)), math.inf, math.inf]
    assert benchmarks.rush.percentile(delays, 0.50) == 50.0
    assert benchmarks.rush.percentile(delays, 0.98) == 98.0
    assert math.isinf(benchmarks.rush.percentile(delays, 0.99))
