"""Results are read by host event and attendee, cheaply while nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from office import SUGGESTED, Office, an_office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One service for all: each test has a tenant of its own."""
    with an_office(tmp_path_factory.mktemp("office")) as opened:
        yield opened


def test_an_attendees_results_are_what_the_host_gets(office: Office) -> None:
    one = office.tenant()
    office.host_event(one)
    office.attendee(one, "a1")
    office.suggest(one, {"a1": SUGGESTED})
    answer = office.ask(
        "GET",
        f"/v1/installations/{one.installation.id}/host-events/conf/attendees/a1/results",
        one.tokens["read_results"],
    )
    assert answer.status_code == 200
    assert answer.json is not None
    [result] = answer.json["results"]
    assert (result["attendee"], result["feature"], result["payload"]) == ("a1", "connections", SUGGESTED)
    assert result["revision"] > 0
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_reading_again_costs_a_304_until_something_changes(office: Office) -> None:
    one = office.tenant()
    office.host_event(one)
    office.attendee(one, "a1")
    office.suggest(one, {"a1": SUGGESTED})
    path = f"/v1/installations/{one.installation.id}/host-events/conf/attendees/a1/results"
    tag = office.ask("GET", path, one.tokens["read_results"]).headers["ETag"]
    again = office.ask("GET", path, one.tokens["read_results"], headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    office.suggest(one, {"a1": {**SUGGESTED, "suggestions": []}})
    changed = office.ask("GET", path, one.tokens["read_results"], headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_somebody_without_results_is_known_and_a_stranger_is_not(office: Office) -> None:
    one = office.tenant()
    office.host_event(one)
    office.attendee(one, "a1")
    root = f"/v1/installations/{one.installation.id}/host-events/conf/attendees"
    known = office.ask("GET", f"{root}/a1/results", one.tokens["read_results"])
    assert known.json == {"host_event": "conf", "attendee": "a1", "results": []}
    assert office.ask("GET", f"{root}/a2/results", one.tokens["read_results"]).status_code == 404


def test_a_withdrawn_result_says_so(office: Office) -> None:
    one = office.tenant()
    office.host_event(one)
    office.attendee(one, "a1")
    office.suggest(one, {"a1": SUGGESTED})
    office.suggest(one, {"a1": None})
    path = f"/v1/installations/{one.installation.id}/host-events/conf/attendees/a1/results"
    answer = office.ask("GET", path, one.tokens["read_results"])
    assert answer.json is not None
    assert [result["payload"] for result in answer.json["results"]] == [None]


def test_pages_hold_everybody_once_and_never_tear_a_person_apart(office: Office) -> None:
    one = office.tenant()
    office.host_event(one)
    people = [f"a{number:02}" for number in range(23)]
    office.suggest(one, dict.fromkeys(people, SUGGESTED))
    office.suggest(one, dict.fromkeys(people[::2], SUGGESTED), feature="mentorship")
    path = f"/v1/installations/{one.installation.id}/host-events/conf/results"
    seen: list[tuple[str, str]] = []
    after, pages = "", 0
    while after is not None:
        query = {"after": after, "limit": "5"}
        page = office.ask("GET", path, one.tokens["read_results"], query_string=query).json
        assert page is not None
        seen += [(result["attendee"], result["feature"]) for result in page["results"]]
        after, pages = page["next"], pages + 1
    assert pages == 5
    assert seen == sorted(
        [(ref, "connections") for ref in people] + [(ref, "mentorship") for ref in people[::2]]
    )


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=many", "page=2"])
def test_a_parameter_that_is_not_allowed_is_named(office: Office, query: str) -> None:
    one = office.tenant()
    office.host_event(one)
    path = f"/v1/installations/{one.installation.id}/host-events/conf/results?{query}"
    answer = office.ask("GET", path, one.tokens["read_results"])
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["field"] == query.partition("=")[0]


def test_keys_with_slashes_and_accents_are_found(office: Office) -> None:
    one = office.tenant()
    office.host_event(one, "organisateur/été 26")
    office.attendee(one, "ABC/1-é", host_event="organisateur/été 26")
    office.suggest(one, {"ABC/1-é": SUGGESTED}, host_event="organisateur/été 26")
    root = f"/v1/installations/{one.installation.id}/host-events/organisateur/%C3%A9t%C3%A9%2026"
    token = one.tokens["read_results"]
    assert office.ask("GET", root, token).json["ref"] == "organisateur/été 26"  # type: ignore[index]
    found = office.ask("GET", f"{root}/attendees/ABC/1-%C3%A9/results", token)
    assert found.json["results"][0]["payload"] == SUGGESTED  # type: ignore[index]
    assert office.ask("GET", f"{root}/results", token).json["results"]  # type: ignore[index]


def test_host_events_are_listed_with_how_far_their_results_are(office: Office) -> None:
    one = office.tenant()
    office.host_event(one, "conf", organisation="acme", languages=("fr", "en"), ends_at=0.0)
    with office.container.store.begin() as unit:
        unit.host_events.soil(one.installation.id, "conf")
    listed = office.ask(
        "GET", f"/v1/installations/{one.installation.id}/host-events", one.tokens["read_results"]
    ).json
    assert listed == {
        "host_events": [
            {"ref": "conf", "name": "Rencontres 2026", "organisation": "acme", "languages": ["fr", "en"],
             "ends_at": "1970-01-01T00:00:00.000Z", "cancelled": False, "dirty_version": 2, "computed_version": 1}
        ]
    }  # fmt: skip


def test_addresses_that_no_store_could_hold_are_simply_not_there(office: Office) -> None:
    one = office.tenant()
    root = f"/v1/installations/{one.installation.id}/host-events"
    for ref in ("%00", "x" * 256, "a%0Ab"):
        assert office.ask("GET", f"{root}/{ref}", one.tokens["read_results"]).status_code == 404
