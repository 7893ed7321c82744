"""A switch that is flipped over HTTP is followed by the results, down to what the host is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import a_cloudevent, profile_document
from office import Office, an_office

from entremise.plugin.jobs import run_bells
from entremise.plugin.services.installations import NewInstallation

PEOPLE = [f"a{number}" for number in range(6)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path) as opened:
        yield opened


def _people_arrive(office: Office) -> NewInstallation:
    one = office.tenant()
    happened = [
        a_cloudevent(subject=ref, data=profile_document(ref, name=ref.upper(), organisation=f"Company {ref}"))
        for ref in PEOPLE
    ]
    answer = office.ask(
        "POST", f"/v1/installations/{one.installation.id}/deliveries", one.tokens["deliver"],
        data=json.dumps(happened), headers={"Content-Type": "application/cloudevents-batch+json"},
    )  # fmt: skip
    assert answer.json == {"accepted": len(PEOPLE), "duplicates": 0}
    run_bells(office.container)
    return one


def _results(office: Office, one: NewInstallation) -> dict[str, Any]:
    path = f"/v1/installations/{one.installation.id}/host-events/conf/results"
    page = office.ask("GET", path, one.tokens["read_results"]).json
    assert page is not None
    return {item["attendee"]: item for item in page["results"] if item["feature"] == "connections"}


def _switch(office: Office, one: NewInstallation, place: str, **body: Any) -> None:
    path = f"/v1/installations/{one.installation.id}/{place}"
    tag = office.ask("GET", path, one.tokens["settings"]).headers["ETag"]
    changed = office.ask("PUT", path, one.tokens["settings"], json=body, headers={"If-Match": tag})
    assert changed.status_code == 200, changed.data
    run_bells(office.container)


def test_off_withdraws_everything_and_on_brings_it_back(office: Office) -> None:
    one = _people_arrive(office)
    before = _results(office, one)
    assert set(before) == set(PEOPLE)
    assert all(item["payload"]["suggestions"] for item in before.values())
    _switch(office, one, "host-events/conf/settings", values={"connections.enabled": False})
    off = _results(office, one)
    assert [off[ref]["payload"] for ref in PEOPLE] == [None] * len(PEOPLE)
    _switch(office, one, "host-events/conf/settings", values={})
    after = _results(office, one)
    for ref in PEOPLE:
        assert after[ref]["payload"] == before[ref]["payload"]
        assert after[ref]["revision"] > off[ref]["revision"] > before[ref]["revision"]


def test_a_setting_changes_what_people_get(office: Office) -> None:
    one = _people_arrive(office)
    _switch(office, one, "settings", values={"connections.list_length": 2})
    assert {len(item["payload"]["suggestions"]) for item in _results(office, one).values()} == {2}
    _switch(office, one, "host-events/conf/settings", values={"connections.list_length": 1})
    assert {len(item["payload"]["suggestions"]) for item in _results(office, one).values()} == {1}
    _switch(
        office, one, "settings", values={"connections.list_length": 3}, locked=["connections.list_length"]
    )
    assert {len(item["payload"]["suggestions"]) for item in _results(office, one).values()} == {3}


def test_a_switch_at_another_host_event_changes_nothing_here(office: Office) -> None:
    one = _people_arrive(office)
    before = _results(office, one)
    _switch(office, one, "host-events/fair/settings", values={"connections.enabled": False})
    _switch(office, one, "organisations/somebody/settings", values={"connections.enabled": False})
    assert _results(office, one) == before


def test_before_anybody_arrives_a_switch_already_counts(office: Office) -> None:
    one = office.tenant()
    _switch(office, one, "host-events/conf/settings", values={"connections.enabled": False})
    happened = [a_cloudevent(subject=ref) for ref in PEOPLE]
    office.ask(
        "POST", f"/v1/installations/{one.installation.id}/deliveries", one.tokens["deliver"],
        data=json.dumps(happened), headers={"Content-Type": "application/cloudevents-batch+json"},
    )  # fmt: skip
    run_bells(office.container)
    assert _results(office, one) == {}
