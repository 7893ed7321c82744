"""A host leaves and erases everybody while their deliveries are being worked through: nobody slips back in. Both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import NOON, a_cloudevent
from invited import Connected, connected
from office import an_office
from sqlalchemy import func, select

from entremise.hooks import signatures
from entremise.plugin.jobs import run_bells
from entremise.plugin.services import process, recompute
from entremise.plugin.storage import connections, tables

PEOPLE = [f"p-{number}" for number in range(6)]


@pytest.fixture
def host(tmp_path: Path, database_url: str) -> Iterator[Connected]:
    with an_office(tmp_path, database_url) as office:
        yield connected(office)


def deliver(host: Connected) -> None:
    body = json.dumps([a_cloudevent(subject=ref) for ref in PEOPLE]).encode()
    headers = signatures.sign(
        [host.given["signing_secret"]], f"msg_{host.office.time[0]}", host.office.time[0], body
    )
    sent = host.office.ask(
        "POST", f"/hosts/{host.given['installation']}/deliveries", data=body,
        headers={**headers, "content-type": "application/cloudevents-batch+json"},
    )  # fmt: skip
    assert sent.status_code == 202


def left(host: Connected) -> dict[str, int]:
    """Return how many rows of people there are, by table."""
    with host.office.container.store.snapshot() as unit:
        found = {
            table.name: unit.connection.execute(
                select(func.count())
                .select_from(table)
                .where(table.c.installation_id == host.given["installation"])
            ).scalar_one()
            for table in (*connections.PEOPLE, tables.attendees)
        }
    return {name: rows for name, rows in found.items() if rows}


def test_after_leaving_with_everybody_nothing_is_left_of_anybody(host: Connected) -> None:
    deliver(host)
    run_bells(host.office.container)
    assert {"attendees", "outbox", "inbox", "delivery_subjects", "computations"} <= left(host).keys()
    assert host.leave(erase=True).status_code == 204
    assert left(host) == {}
    run_bells(host.office.container)
    assert left(host) == {}


def test_what_is_being_processed_is_not_stored_afterwards(
    host: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(host)
    understand = process.understand

    def meanwhile(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(process, "understand", understand)
        assert host.leave(erase=True).status_code == 204
        return understand(*given, **named)

    monkeypatch.setattr(process, "understand", meanwhile)
    run_bells(host.office.container)
    assert left(host) == {}
    assert host.audit()[0][1:] == ("disconnected", {"erased": True, "people": 0})


def test_what_is_being_computed_is_not_stored_afterwards(
    host: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(host)
    commit = recompute._commit
    asked = []

    def meanwhile(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(recompute, "_commit", commit)
        asked.append(left(host)["attendees"])
        assert host.leave(erase=True).status_code == 204
        return commit(*given, **named)

    monkeypatch.setattr(recompute, "_commit", meanwhile)
    run_bells(host.office.container)
    assert asked == [len(PEOPLE)]
    assert left(host) == {}


def test_the_same_people_are_welcome_when_the_host_comes_back(host: Connected) -> None:
    deliver(host)
    run_bells(host.office.container)
    before = left(host)
    host.leave(erase=True)
    assert host.renew(resume=True).status_code == 200
    host.office.time[0] = NOON + 1
    deliver(host)
    run_bells(host.office.container)
    assert left(host) == before
