"""The PostgreSQL that other tests rely on is a real one, and each test gets an empty database."""

from __future__ import annotations

import psycopg
import pytest
from postgresql import Cluster

pytestmark = pytest.mark.service


def test_every_borrower_gets_an_empty_database_of_its_own(postgresql: Cluster) -> None:
    with postgresql.database() as first, postgresql.database() as second:
        with psycopg.connect(first) as connection:
            connection.execute("CREATE TABLE mine (id int)")
        with psycopg.connect(second) as connection:
            found = connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'mine'").fetchone()
            assert found == (0,)


def test_it_listens_on_loopback_only_and_never_on_the_usual_port(
    postgresql_url: str, postgresql: Cluster
) -> None:
    with psycopg.connect(postgresql_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
    assert postgresql.port != 5432
