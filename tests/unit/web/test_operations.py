"""Running an installation over HTTP: status, deliveries, dead letters, erasure, audit."""

from __future__ import annotations

import base64
import json

from builders import NOON, a_cloudevent
from office import SUGGESTED, Office

from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.jobs import run_bells
from entremise.plugin.services import installations
from entremise.plugin.services.installations import NewInstallation
from entremise.plugin.services.ports import DeadLetter

CLOUDEVENT = {"Content-Type": "application/cloudevents+json"}


def _root(tenant: NewInstallation) -> str:
    return f"/v1/installations/{tenant.installation.id}"


def _deliver(office: Office, tenant: NewInstallation, body: bytes) -> None:
    answer = office.ask(
        "POST", f"{_root(tenant)}/deliveries", tenant.tokens["deliver"], data=body, headers=CLOUDEVENT
    )
    assert answer.status_code == 202, answer.data


def test_a_delivery_with_a_token_needs_no_signature_and_counts_once(office: Office) -> None:
    one = office.tenant()
    body = json.dumps(a_cloudevent()).encode()
    path, token = f"{_root(one)}/deliveries", one.tokens["deliver"]
    first = office.ask("POST", path, token, data=body, headers={**CLOUDEVENT, "Cookie": "session=1"})
    assert (first.status_code, first.json) == (202, {"accepted": 1, "duplicates": 0})
    again = office.ask("POST", path, token, data=body, headers=CLOUDEVENT)
    assert again.json == {"accepted": 0, "duplicates": 1}
    with office.container.store.begin() as unit:
        [waiting] = unit.inbox.lease(one.installation.id, 10, alone_after=3)
    assert waiting.delivery.body == body
    assert not {"authorization", "cookie"} & waiting.delivery.headers.keys()
    run_bells(office.container)
    known = office.ask(
        "GET", f"{_root(one)}/host-events/conf/attendees/a1/results", one.tokens["read_results"]
    )
    assert known.status_code == 200


def test_a_delivery_that_is_too_long_is_413_and_one_for_a_disabled_installation_409(office: Office) -> None:
    one = office.tenant()
    path, token = f"{_root(one)}/deliveries", one.tokens["deliver"]
    limit = office.container.settings.body_limit
    assert office.ask("POST", path, token, data=b"x" * (limit + 1)).status_code == 413
    assert office.ask("POST", path, token, data=b"x" * limit).status_code == 202
    installations.disable(office.container, one.installation.id)
    assert office.ask("POST", path, token, data=b"x").status_code == 409


def test_the_status_says_what_waits_and_why_it_is_paused(office: Office) -> None:
    one = office.tenant()
    quiet = office.ask("GET", f"{_root(one)}/status", one.tokens["admin"]).json
    assert quiet is not None
    assert (quiet["backlog"], quiet["waiting"], quiet["last_delivery_at"]) == (0, 0, None)
    _deliver(office, one, json.dumps(a_cloudevent()).encode())
    office.suggest(one, {"a1": SUGGESTED})
    office.host_event(one, "fair")
    with office.container.store.begin() as unit:
        unit.host_events.soil(one.installation.id, "fair")
        unit.installations.set_status(one.installation.id, "paused", "the host answered 401")
    busy = office.ask("GET", f"{_root(one)}/status", one.tokens["admin"]).json
    assert busy is not None
    assert (busy["backlog"], busy["waiting"], busy["behind"]) == (1, 1, 1)
    assert (busy["status"], busy["paused_because"]) == ("paused", "the host answered 401")
    assert busy["last_delivery_at"] == "2026-05-04T10:00:00.000Z"
    assert busy["counters"]["received"] == 1


def test_a_dead_letter_is_read_and_taken_back(office: Office) -> None:
    one = office.tenant()
    broken = b'{"specversion": "1.0", "id": "1", \xff'
    _deliver(office, one, broken)
    run_bells(office.container)
    path, token = f"{_root(one)}/dead-letters", one.tokens["admin"]
    listed = office.ask("GET", path, token).json
    assert listed is not None
    [letter] = listed["dead_letters"]
    assert (letter["kind"], letter["attempts"], listed["next"]) == ("delivery", 1, None)
    whole = office.ask("GET", f"{path}/{letter['id']}", token).json
    assert whole is not None
    assert base64.b64decode(whole["delivery"]["body_base64"]) == broken
    assert whole["delivery"]["body"] is None
    assert whole["delivery"]["headers"]["content-type"] == "application/cloudevents+json"
    replayed = office.ask("POST", f"{path}/{letter['id']}/replay", token)
    assert (replayed.status_code, replayed.json) == (202, {"deliveries": 1, "results": 0})
    assert office.ask("GET", path, token).json == {"dead_letters": [], "next": None}
    assert office.ask("POST", f"{path}/{letter['id']}/replay", token).status_code == 404
    run_bells(office.container)
    assert len(office.ask("GET", path, token).json["dead_letters"]) == 1, "it is as broken as before"  # type: ignore[index]


def test_a_result_that_the_host_refused_is_tried_again(office: Office) -> None:
    one = office.tenant()
    office.suggest(one, {"a1": SUGGESTED})
    with office.container.store.begin() as unit:
        [cell] = unit.departures.due(one.installation.id, 10, now=NOON)
        unit.departures.reject(cell.id, cell.result.revision)
        unit.dead_letters.add(
            DeadLetter("letter1", one.installation.id, "result", "422", None, NOON, outbox_id=cell.id)
        )
        assert not unit.departures.due(one.installation.id, 10, now=NOON)
    path = f"{_root(one)}/dead-letters/letter1/replay"
    assert office.ask("POST", path, one.tokens["admin"]).json == {"deliveries": 0, "results": 1}
    with office.container.store.snapshot() as unit:
        assert [due.id for due in unit.departures.due(one.installation.id, 10, now=NOON)] == [cell.id]
        assert not unit.dead_letters.list(one.installation.id)


def test_a_dead_letter_whose_bytes_are_gone_cannot_be_taken_back(office: Office) -> None:
    one = office.tenant()
    empty = Delivery(one.installation.id, "webhook", {}, b"", NOON)
    with office.container.store.begin() as unit:
        unit.dead_letters.add(
            DeadLetter("letter1", one.installation.id, "delivery", "unreadable", None, NOON, delivery=empty)
        )
    assert (
        office.ask("POST", f"{_root(one)}/dead-letters/letter1/replay", one.tokens["admin"]).status_code
        == 409
    )


def test_dead_letters_come_page_by_page(office: Office) -> None:
    one = office.tenant()
    with office.container.store.begin() as unit:
        for number in range(7):
            delivery = Delivery(one.installation.id, "webhook", {}, b"%d" % number, NOON)
            letter = DeadLetter(
                f"letter{number}",
                one.installation.id,
                "delivery",
                "bad",
                "data.id",
                NOON + number,
                delivery=delivery,
            )
            unit.dead_letters.add(letter)
    seen: list[str] = []
    query = {"limit": "3"}
    while True:
        page = office.ask("GET", f"{_root(one)}/dead-letters", one.tokens["admin"], query_string=query).json
        assert page is not None
        seen += [letter["id"] for letter in page["dead_letters"]]
        if page["next"] is None:
            break
        query["before"] = page["next"]
    assert seen == [f"letter{number}" for number in reversed(range(7))]


def test_an_erased_person_is_nobody_any_more_and_the_trail_does_not_name_them(office: Office) -> None:
    one = office.tenant()
    for host_event in ("conf", "fair"):
        office.host_event(one, host_event)
        office.attendee(one, "person-17", host_event=host_event)
        office.suggest(
            one,
            {"person-17": SUGGESTED, "a2": {**SUGGESTED, "suggestions": [{"person": "person-17"}]}},
            host_event=host_event,
        )
    read, admin = one.tokens["read_results"], one.tokens["admin"]
    assert (
        office.ask("DELETE", f"{_root(one)}/host-events/conf/attendees/person-17", admin).status_code == 204
    )
    assert (
        office.ask("GET", f"{_root(one)}/host-events/conf/attendees/person-17/results", read).status_code
        == 404
    )
    assert (
        office.ask("GET", f"{_root(one)}/host-events/fair/attendees/person-17/results", read).status_code
        == 200
    )
    assert office.ask("DELETE", f"{_root(one)}/attendees/person-17", admin).status_code == 204
    assert (
        office.ask("GET", f"{_root(one)}/host-events/fair/attendees/person-17/results", read).status_code
        == 404
    )
    others = office.ask("GET", f"{_root(one)}/host-events/fair/results", read).json
    assert others is not None
    assert [
        (item["attendee"], item["payload"]) for item in others["results"] if item["attendee"] == "a2"
    ] == [("a2", {**SUGGESTED, "suggestions": []})]
    trail = office.ask("GET", f"{_root(one)}/audit", admin).json
    assert trail is not None
    erasures = [line for line in trail["audit"] if "erased" in line["action"]]
    assert len(erasures) == 2
    assert {line["actor"].split()[0] for line in erasures} == {"token"}
    assert "person-17" not in json.dumps(trail)


def test_erasing_somebody_unknown_is_done_already(office: Office) -> None:
    one = office.tenant()
    assert office.ask("DELETE", f"{_root(one)}/attendees/nobody", one.tokens["admin"]).status_code == 204
