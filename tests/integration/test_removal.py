"""An installation ends for good: nothing of it is in any table, nothing of another is gone, and killed anywhere it goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from builders import NOON, a_cloudevent
from invited import Connected, connected
from office import Office, an_office
from sqlalchemy import Boolean, Float, Integer, LargeBinary, Table, func, insert, select

from entremise.hooks import signatures
from entremise.plugin.domain.errors import Conflict
from entremise.plugin.jobs import run_bells
from entremise.plugin.services import installations, leaving, privacy, recompute, removal
from entremise.plugin.services.jobs import JOBS
from entremise.plugin.services.ports import Job, UnitOfWork
from entremise.plugin.services.sweep import Sweeper
from entremise.plugin.storage.tables import metadata

FAMILY = "Quillfeather"
FORGOTTEN = "ticket-0"
PEOPLE = 5


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    with an_office(tmp_path, database_url) as opened:
        yield opened


def a_full_host(office: Office, name: str) -> Connected:
    """Return a host of which every table holds something, most of it by real work."""
    host = connected(office, name=name)
    deliver(host)
    run_bells(office.container)
    found = host.given["installation"]
    privacy.forget(office.container, found, FORGOTTEN)
    run_bells(office.container)
    with office.container.store.begin() as unit:
        for table in metadata.sorted_tables:
            if "installation_id" in table.c and not rows(unit, table, found):
                unit.connection.execute(insert(table).values(made_up(table, found)))  # type: ignore[attr-defined]
    return host


def deliver(host: Connected, *, name: str = FAMILY) -> None:
    documents = []
    for number in range(PEOPLE):
        document = a_cloudevent(subject=f"ticket-{number}", id_=f"{name}{number}")
        document["data"] |= {"id": f"ticket-{number}", "name": f"{host.given['name']} {name} {number}"}
        documents.append(document)
    assert delivered(host, json.dumps(documents).encode()) == 202


def delivered(host: Connected, body: bytes) -> int:
    time = host.office.time[0]
    headers = signatures.sign([host.given["signing_secret"]], f"msg_{len(body)}", time, body)
    return host.office.ask(
        "POST", f"/hosts/{host.given['installation']}/deliveries", data=body,
        headers={**headers, "content-type": "application/cloudevents-batch+json"},
    ).status_code  # fmt: skip


def made_up(table: Table, installation: str) -> dict[str, Any]:
    """Return a row with something in every column, and people in those of text."""
    values: dict[str, Any] = {}
    for column in table.c:
        kind = column.type
        if isinstance(kind, LargeBinary):
            values[column.name] = f"{installation[:8]}{FAMILY}"[: kind.length].encode()
        elif isinstance(kind, Boolean):
            values[column.name] = False
        elif isinstance(kind, Float):
            values[column.name] = NOON
        elif isinstance(kind, Integer):
            values[column.name] = int(installation[:6], 16)
        else:
            values[column.name] = f"{installation}{FAMILY}"[: getattr(kind, "length", None) or 60]
    return values | {"installation_id": installation}


def rows(unit: UnitOfWork, table: Table, installation: str) -> int:
    query = select(func.count()).select_from(table).where(table.c.installation_id == installation)
    found: int = unit.connection.execute(query).scalar_one()  # type: ignore[attr-defined]
    return found


def traces(office: Office, host: Connected) -> dict[str, int]:
    """Return how many rows of each table say something of this host: its id, its name, or who was there."""
    installation, name = host.given["installation"], host.given["name"]
    found = {}
    with office.container.store.snapshot() as unit:
        everything = {
            table.name: [repr(tuple(row)) for row in unit.connection.execute(select(table))]  # type: ignore[attr-defined]
            for table in metadata.sorted_tables
        }
    for table, shown in everything.items():
        if count := sum(f"{name} {FAMILY}" in row or installation in row for row in shown):
            found[table] = count
    found["attendee_vectors"] = len(everything["attendee_vectors"])
    return {table: count for table, count in found.items() if count}


@contextmanager
def killed_after(office: Office, transactions: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """End whatever is done with the store after so many transactions."""
    begin, left = office.container.store.begin, [transactions]

    def counted() -> Any:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return begin()

    with monkeypatch.context() as patched:
        patched.setattr(office.container.store, "begin", counted)
        yield


def test_nothing_of_a_removed_installation_is_in_any_table_and_everything_of_another_is(
    office: Office,
) -> None:
    other, host = a_full_host(office, "Other"), connected(office, name="Summit")
    with office.container.store.snapshot() as unit:
        vectors = unit.connection.execute(  # type: ignore[attr-defined]
            select(func.count()).select_from(metadata.tables["attendee_vectors"])
        ).scalar_one()
    assert vectors
    before = traces(office, other)
    owned = {table.name for table in metadata.sorted_tables if "installation_id" in table.c}
    assert owned | {"installations", "leases"} <= before.keys()
    deliver(host)
    run_bells(office.container)
    host.leave()
    assert traces(office, host)["attendee_vectors"] > vectors
    assert removal.extent(office.container, host.given["installation"]).people == PEOPLE
    assert removal.remove(office.container, host.given["installation"])
    assert traces(office, host) == {"attendee_vectors": vectors}
    assert traces(office, other) == before
    assert not removal.remove(office.container, host.given["installation"])
    assert removal.remove(office.container, other.given["installation"], force=True)
    assert traces(office, other) == {}


def test_killed_between_any_two_transactions_it_goes_on_where_it_was(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "ROWS_AT_ONCE", 4)
    host = a_full_host(office, "Summit")
    found = host.given["installation"]
    host.leave()
    times = 0
    with pytest.raises(KeyboardInterrupt), killed_after(office, 0, monkeypatch):
        removal.remove(office.container, found)
    assert traces(office, host)["attendees"] == PEOPLE - 1
    while traces(office, host):
        times += 1
        assert times < 200
        with killed_after(office, 2, monkeypatch):
            try:
                removal.remove(office.container, found)
            except KeyboardInterrupt:
                left = traces(office, host)
                # Closed to everybody from the first moment on, and never opened again.
                assert not left.keys() & {"tokens", "connections"}
        if traces(office, host):
            with pytest.raises(Conflict, match="being removed"):
                installations.resume(office.container, found)
            if not left.keys() - {"installations", "leases"}:
                removal.remove(office.container, found)
    assert times > 5


def test_whoever_held_its_credentials_gets_in_nowhere(office: Office) -> None:
    host = a_full_host(office, "Summit")
    removal.remove(office.container, host.given["installation"], force=True)
    assert host.renew(resume=True).status_code == 401
    assert host.leave(erase=True).status_code == 401
    assert office.ask("GET", f"{host.root}/connection", host.given["token"]).status_code == 401


def test_an_active_or_paused_one_is_refused_with_what_to_do(office: Office) -> None:
    host = a_full_host(office, "Summit")
    found = host.given["installation"]
    before = traces(office, host)
    for status in ("active", "paused"):
        with office.container.store.begin() as unit:
            unit.installations.set_status(found, status, "")
        with pytest.raises(Conflict, match=f"disable it .* disable {found}"):
            removal.remove(office.container, found)
    assert traces(office, host) == before
    installations.disable(office.container, found)
    assert removal.remove(office.container, found)


def test_what_is_being_computed_is_not_stored_afterwards(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = connected(office, name="Summit")
    deliver(host)
    commit, asked = recompute._commit, []

    def meanwhile(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(recompute, "_commit", commit)
        asked.append(removal.remove(office.container, host.given["installation"], force=True))
        return commit(*given, **named)

    monkeypatch.setattr(recompute, "_commit", meanwhile)
    run_bells(office.container)
    assert asked == [True]
    Sweeper().sweep(office.container)
    assert traces(office, host) == {}


def test_what_a_door_stores_a_moment_later_and_what_is_rung_for_in_vain_is_swept_up(office: Office) -> None:
    host, other = a_full_host(office, "Summit"), a_full_host(office, "Other")
    found = host.given["installation"]
    assert delivered(host, b"[]") == 202  # the door remembers the installation for two seconds
    before = traces(office, other)
    removal.remove(office.container, found, force=True)
    with office.container.store.begin() as unit:
        for table in metadata.sorted_tables:
            if "installation_id" in table.c and not table.foreign_keys:
                values = made_up(table, found) | ({"done_at": None} if table.name == "inbox" else {})
                unit.connection.execute(insert(table).values(values))  # type: ignore[attr-defined]
    jobs: list[Job] = ["process", "look_up", "write_back"]
    for job in jobs:
        JOBS[job](office.container, found)
    JOBS["recompute"](office.container, found, "conf")
    assert "leases" in traces(office, host)
    Sweeper().sweep(office.container)
    assert {name: count for name, count in traces(office, host).items() if name != "attendee_vectors"} == {}
    assert traces(office, other).keys() == before.keys()


def test_the_clock_erases_on_both_databases_whom_a_host_left_behind(office: Office) -> None:
    host, other = a_full_host(office, "Summit"), a_full_host(office, "Other")
    host.leave()
    office.time[0] += office.container.limits.keep_disconnected_seconds + 1
    before = traces(office, other)
    leaving.expire(office.container)
    assert not traces(office, host).keys() & {"attendees", "inbox", "outbox", "dead_letters", "plans"}
    kept = {
        name: count for name, count in before.items() if name not in {"attendee_vectors", "signed_requests"}
    }
    assert kept.items() <= traces(office, other).items()
    assert host.audit()[0] == ("entremise", "erased after leaving", {"people": PEOPLE - 1})
