"""The migrations lead to the tables that the code works with, on both kinds of database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from builders import NOON, an_attendee, an_installation
from sqlalchemy import Connection as Database

from entremise.plugin.domain.model import Consent, stamp
from entremise.plugin.services.connections_port import Connection
from entremise.plugin.storage import migrations
from entremise.plugin.storage.migrate import is_current, migrate
from entremise.plugin.storage.sql import SqlStore, open_store
from entremise.plugin.storage.tables import metadata


def test_migrations_and_tables_agree(any_store: SqlStore) -> None:
    with any_store.engine.connect() as connection:
        found = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True}), metadata
        )
    assert not found


def test_migrating_twice_is_migrating_once(any_store: SqlStore) -> None:
    assert is_current(any_store)
    migrate(any_store)
    assert is_current(any_store)


def test_the_newest_migration_is_known_by_its_file_name() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    script = ScriptDirectory.from_config(config)
    for revision in script.walk_revisions():
        assert Path(revision.path).name.startswith(f"{revision.revision}_")
        assert revision.down_revision is None or str(revision.down_revision) < revision.revision


def test_a_database_in_memory_has_every_table_at_once(store: SqlStore) -> None:
    with store.engine.connect() as connection:
        names = set(connection.dialect.get_table_names(connection))
    assert names >= set(metadata.tables)


def test_two_databases_in_memory_are_two(store: SqlStore) -> None:
    other = open_store("sqlite://")
    try:
        with store.begin() as unit:
            unit.host_events.soil("inst", "conf")
        with other.snapshot() as unit:
            assert unit.host_events.get("inst", "conf") is None
    finally:
        other.dispose()


def test_who_agreed_to_groups_is_known_of_people_from_before_there_were_plans(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'old.db'}")
    try:
        migrate(store)
        people = [
            an_attendee("yes", consent=Consent(groups=True)),
            an_attendee("no", consent=Consent(matching=True)),
            an_attendee("left", consent=Consent(groups=True)).with_opt_out(opted_out=True, when=stamp(at=2e9, tie="t")),
        ]  # fmt: skip
        with store.begin() as unit:
            unit.attendees.save(people, version=1, profile_changed=frozenset())
            _migrated(unit.connection, command.downgrade, "0001")
            _migrated(unit.connection, command.upgrade, "head")
            where = people[0].installation_id, people[0].host_event
            found = {row.ref: row.grouping for row in unit.attendees.roster(*where)}
        assert found == {"yes": True, "no": False, "left": False}
    finally:
        store.dispose()


def test_hosts_that_left_before_it_was_remembered_have_left_when_the_audit_trail_says(
    any_store: SqlStore,
) -> None:
    with any_store.begin() as unit:
        for name, status, because in (
            ("gone", "disabled", "disabled by the host"), ("here", "active", ""), ("ended", "disabled", "contract ended"),
        ):  # fmt: skip
            unit.installations.add(an_installation(name, name=name), sealed=b"", path_hash="", now=NOON)
            unit.installations.set_status(name, status, because)
            unit.connections.add(Connection(name, "invitation", (), {}, NOON))
            for later in (1, 2):
                unit.switches.note(name, actor="host", action="disconnected", details={}, now=NOON + later)
    with any_store.begin() as unit:
        _migrated(unit.connection, command.downgrade, "0005")
        _migrated(unit.connection, command.upgrade, "head")
        found = {name: unit.connections.get(name) for name in ("gone", "here", "ended")}
    assert {name: one and one.left_at for name, one in found.items()} == {
        "gone": NOON + 2, "here": None, "ended": None,
    }  # fmt: skip


def _migrated(connection: Database, go: Callable[[Config, str], None], revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    go(config, revision)
