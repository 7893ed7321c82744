"""Fixtures that several suites share. Suites that need a real service say so with ``@pytest.mark.service``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from migrated import lay_database
from postgresql import Cluster, PostgresqlMissing, cluster
from real_services import IN_CI, missing_service
from worked_out_once import set_apart, work_out_once

from entremise.plugin.settings import Settings
from entremise.plugin.storage.migrate import migrate
from entremise.plugin.storage.sql import SqlStore, open_store

# The measuring programs stand beside the packages; plans are checked by the same independent checkers here and there.
# The repository is on the path no longer than that: its folders must not be importable by their bare names. A copy for
# the author of an adapter has no measuring programs.
_ROOT = Path(__file__).parents[1]
if (_ROOT / "benchmarks").is_dir():
    sys.path.insert(0, str(_ROOT))
    import benchmarks  # noqa: F401

    sys.path.pop(0)

# Few examples in the fast suite, many with `--hypothesis-profile thorough` (`make test-slow`). Examples that take
# long on a busy machine are not wrong; the time-out of a whole test is pytest's.
settings.register_profile(
    "quick",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=12,
    derandomize=IN_CI,
)
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=150)
settings.load_profile("quick")

work_out_once()


def pytest_collection_finish() -> None:
    """Tests begin: what is there by now stays."""
    set_apart()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A PostgreSQL server for the session. Skipped where none is installed, a failure in CI."""
    try:
        with cluster() as running:
            yield running
    except PostgresqlMissing as missing:
        missing_service(str(missing))


@pytest.fixture
def postgresql_url(postgresql: Cluster) -> Iterator[str]:
    """An empty PostgreSQL database."""
    with postgresql.database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind: SQLite in a file, and (service) PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'entremise.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def fitted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For commands on the same people over and over: what their texts have in common is worked out once."""
    from fitted_once import fit_once  # numpy: not for the tests of an adapter alone

    monkeypatch.setattr("entremise.plugin.engine.space.fit", fit_once)


@pytest.fixture
def store() -> Iterator[SqlStore]:
    """The store in memory: SQLite through the same code."""
    opened = open_store("sqlite://")
    yield opened
    opened.dispose()


@pytest.fixture
def any_store(database_url: str, tmp_path: Path) -> Iterator[SqlStore]:
    """The store in a SQLite file, and (service) in PostgreSQL; migrated, as production is."""
    if database_url.startswith("sqlite"):
        lay_database(tmp_path)
    opened = open_store(driver_named(database_url))
    migrate(opened)
    yield opened
    opened.dispose()


def driver_named(database_url: str) -> str:
    """Return the address as ``Settings`` hands it on."""
    return Settings.from_environment({"DATABASE_URL": database_url}).database_url
