"""Alive, ready, and the figures behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import a_cloudevent
from doors import Door, a_door
from prometheus_client.parser import text_string_to_metric_families


def figures(text: str) -> dict[tuple[str, str], float]:
    """Return samples by (name, first label's value)."""
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_process_that_answers_is_alive(door: Door) -> None:
    answer = door.client.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "alive"})


def test_ready_when_database_and_queue_answer(door: Door) -> None:
    answer = door.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json() == {"status": "ready", "database": "ok", "queue": "ok"}


@pytest.mark.parametrize(("part", "status"), [("store", "unavailable"), ("queue", "degraded")])
def test_not_ready_while_a_part_is_away(
    door: Door, monkeypatch: pytest.MonkeyPatch, part: str, status: str
) -> None:
    def away(_self: object) -> None:
        raise ConnectionError("somebody's password is in this message")

    monkeypatch.setattr(type(getattr(door.container, part)), "ping", away)
    answer = door.client.get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (503, status)
    assert "password" not in answer.text


def test_metrics_show_what_was_counted_and_what_waits(door: Door) -> None:
    for each in range(3):
        assert door.post(a_cloudevent(id_=str(each))).status_code == 202
    assert door.post(a_cloudevent(id_="1")).status_code == 202
    found = figures(door.client.get("/metrics").text)
    here = door.installation.id
    assert found["entremise_received_total", here] == 4
    assert found["entremise_duplicates_total", here] == 1
    assert found["entremise_backlog", here] == 3
    assert found["entremise_dirty_host_events", here] == 0
    assert found["entremise_queue_depth", "process"] == 1
    door.work()
    found = figures(door.client.get("/metrics").text)
    assert found["entremise_processed_total", here] == 3
    assert found["entremise_backlog", here] == 0
    assert found["entremise_recomputes_total", here] >= 1


def test_metrics_are_shown_without_the_queue_too(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_self: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(type(door.container.queue), "depth", away)
    assert ("entremise_backlog", door.installation.id) in figures(door.client.get("/metrics").text)


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 401),
        ("203.0.113.9", {}, 401),
        ("203.0.113.9", {"Authorization": "Bearer wrong"}, 401),
        ("203.0.113.9", {"Authorization": "Bearer t0ken"}, 200),
        ("203.0.113.9", {"Authorization": "bearer  t0ken"}, 200),
        ("203.0.113.9", {"Authorization": "Basic t0ken"}, 401),
    ],
)
def test_metrics_are_for_this_machine_or_the_token(
    tmp_path: Path, address: str, headers: dict[str, str], status: int
) -> None:
    with a_door(tmp_path, ENTREMISE_METRICS_TOKEN="t0ken") as door:
        answer = door.client.get("/metrics", environ_overrides={"REMOTE_ADDR": address}, headers=headers)
        assert answer.status_code == status
        if status == 401:
            assert answer.content_type == "application/problem+json"
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_without_a_token_set_an_empty_one_opens_nothing(door: Door) -> None:
    answer = door.client.get(
        "/metrics", environ_overrides={"REMOTE_ADDR": "203.0.113.9"}, headers={"Authorization": "Bearer "}
    )
    assert answer.status_code == 401
