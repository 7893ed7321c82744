"""The door answers once a delivery is stored, and says why it was not in problem documents."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from builders import a_cloudevent, signed
from doors import Door, a_door
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from entremise.plugin.services import installations


def problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Hold an answer against RFC 9457 and return the document."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    document: dict[str, Any] = answer.get_json(force=True)
    assert document["status"] == status
    assert document["code"] == code
    assert document["title"]
    assert document["type"] == "about:blank"
    return document


def test_a_signed_delivery_is_stored_raw_and_the_bell_rung(door: Door) -> None:
    answer = door.post()
    assert (answer.status_code, answer.get_json()) == (202, {"status": "accepted"})
    assert door.backlog() == 1
    assert door.container.queue.depth()["process"] == 1
    with door.container.store.begin() as uow:
        (waiting,) = uow.inbox.lease(door.installation.id, 10, alone_after=3)
    assert waiting.delivery.headers["webhook-id"] == "msg_1"
    assert waiting.delivery.body.startswith(b'{"specversion"')
    assert waiting.delivery.received_at == door.clock.now


def test_the_same_delivery_twice_is_stored_once_and_welcome_twice(door: Door) -> None:
    assert [door.post().status_code for _ in range(2)] == [202, 202]
    assert door.backlog() == 1
    assert door.counters()["duplicates"] == 1


def test_a_delivery_goes_all_the_way_to_an_attendee(door: Door) -> None:
    assert door.post().status_code == 202
    door.work()
    with door.container.store.snapshot() as uow:
        attendee = uow.attendees.get(door.installation.id, "conf", "a1")
    assert attendee is not None
    assert attendee.profile.name == "Alix Moreau"


@pytest.mark.parametrize("missing", ["webhook_id", "webhook_timestamp", "webhook_signature"])
def test_without_a_whole_signature_nothing_is_stored(door: Door, missing: str) -> None:
    answer = door.post(**{missing: None})
    problem(answer, 401, "invalid_signature")
    assert "WWW-Authenticate" in answer.headers
    assert door.backlog() == 0


def test_a_signature_of_other_bytes_is_refused(door: Door) -> None:
    problem(door.post(**signed(b"{}", message="msg_1", at=door.clock.now)), 401, "invalid_signature")


def test_an_old_signature_is_refused(door: Door) -> None:
    raw = b"{}"
    problem(
        door.post(body=raw, **signed(raw, message="msg_1", at=door.clock.now - 400)), 401, "invalid_signature"
    )


def test_what_cannot_be_understood_is_stored_all_the_same_and_becomes_a_dead_letter(door: Door) -> None:
    assert door.post(body=b"\xff\x00 not even text").status_code == 202
    door.work()
    with door.container.store.snapshot() as uow:
        (letter,) = uow.dead_letters.list(door.installation.id)
    assert letter.reason
    assert letter.delivery is not None
    assert letter.delivery.body == b"\xff\x00 not even text"


def test_a_body_over_the_limit_is_refused_before_it_is_read(door: Door) -> None:
    limit = door.container.settings.body_limit
    assert problem(door.post(body=b"x" * (limit + 1)), 413, "too_large")["limit"] == limit
    assert door.post(body=b"x" * limit).status_code == 202


def test_a_body_without_a_stated_length_is_cut_off_at_the_limit(door: Door) -> None:
    answer = door.client.post(
        f"/hosts/{door.installation.id}/deliveries",
        input_stream=io.BytesIO(b"x" * (door.container.settings.body_limit + 1)),
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
        headers={"Transfer-Encoding": "chunked"},
    )
    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"


def test_a_compressed_body_is_refused_since_signatures_are_over_plain_bytes(door: Door) -> None:
    problem(door.post(content_encoding="gzip"), 415, "compressed")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_only_post_delivers(door: Door, method: str) -> None:
    answer = door.client.open(f"/hosts/{door.installation.id}/deliveries", method=method)
    problem(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_a_cloudevents_sender_may_ask_first(door: Door) -> None:
    answer = door.client.options(
        f"/hosts/{door.installation.id}/deliveries", headers={"WebHook-Request-Origin": "events.example"}
    )
    assert answer.status_code == 204
    assert answer.headers["WebHook-Allowed-Origin"] == "events.example"


def test_elsewhere_there_is_a_problem_document_too(door: Door) -> None:
    problem(door.client.get("/nowhere"), 404, "not_found")
    problem(door.client.post("/healthz"), 405, "method_not_allowed")


@pytest.mark.parametrize("stranger", ["nobody", "0" * 32, "a" * 300, "%00", "..%2f", "%ff%fe", "☃"])
def test_an_unknown_installation_is_not_there(door: Door, stranger: str) -> None:
    assert door.client.post(f"/hosts/{stranger}/deliveries", data=b"{}").status_code == 404


def test_a_disabled_installation_is_not_there_and_a_paused_one_still_accepts(door: Door) -> None:
    with door.container.store.begin() as uow:
        uow.installations.set_status(door.installation.id, "paused", "the host refused our token")
    assert door.post().status_code == 202
    installations.disable(door.container, door.installation.id)
    door.reopen()
    problem(door.post(), 404, "no_such_address")


def test_too_much_waiting_is_answered_with_when_to_come_back(tmp_path: Path) -> None:
    with a_door(tmp_path, ENTREMISE_BACKLOG_LIMIT="2") as door:
        assert [door.post(a_cloudevent(id_=str(each))).status_code for each in range(2)] == [202, 202]
        door.clock.now += 2
        answer = door.post(a_cloudevent(id_="3"))
        problem(answer, 503, "backpressure")
        assert int(answer.headers["Retry-After"]) >= 1
        assert door.backlog() == 2


def test_while_the_database_is_away_senders_are_told_to_come_back(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert door.post().status_code == 202

    def away() -> object:
        raise OperationalError("BEGIN", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(type(door.container.store), "begin", lambda _self: away())
    answer = door.post(a_cloudevent(id_="2"))
    problem(answer, 503, "database_away")
    assert int(answer.headers["Retry-After"]) >= 1


def test_credentials_in_headers_prove_a_delivery_but_are_not_stored(door: Door) -> None:
    assert door.post(authorization="Bearer s3cr3t", cookie="session=s3cr3t").status_code == 202
    with door.container.store.begin() as uow:
        (waiting,) = uow.inbox.lease(door.installation.id, 10, alone_after=3)
    assert "s3cr3t" not in str(waiting.delivery.headers)


def test_a_signed_body_cannot_be_sent_again_as_another_event_by_its_headers(door: Door) -> None:
    raw = json.dumps(a_cloudevent()).encode()
    assert door.post(body=raw).status_code == 202
    erasing = {
        "specversion": "1.0", "id": "other", "source": "/other", "subject": "a1", "hostevent": "conf",
        "type": "org.entremise.attendee.erased.v1",
    }  # fmt: skip
    headers = {f"ce_{name}": value for name, value in erasing.items()}
    answer = door.post(body=raw, content_type="application/json", **headers)
    problem(answer, 401, "invalid_signature")
    door.work()
    with door.container.store.snapshot() as uow:
        assert uow.attendees.get(door.installation.id, "conf", "a1") is not None


def test_a_batch_does_not_multiply_its_headers(door: Door) -> None:
    batch = [a_cloudevent(id_=str(number)) for number in range(50)]
    answer = door.post(batch, content_type="application/cloudevents-batch+json", x_padding="x" * 100_000)
    assert answer.status_code == 202
    with door.container.store.begin() as uow:
        waiting = uow.inbox.lease(door.installation.id, 100, alone_after=3)
    assert len(waiting) == 50
    assert all("x-padding" not in one.delivery.headers for one in waiting)
    assert waiting[0].delivery.headers["webhook-id"].startswith("msg_")
