"""Whatever is posted: no fault of ours, each body refused with a reason or kept with one, and nobody else harmed."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import a_cloudevent, profile_document, signed
from doors import Door, a_door
from hostility import STRUCTURED, Hostile, hostile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entremise.plugin.services.jobs import JOBS

SEED = 20_260_504


@pytest.fixture
def door(database_url: str, tmp_path: Path) -> Iterator[Door]:
    with a_door(tmp_path, DATABASE_URL=database_url) as opened:
        yield opened


def post(door: Door, one: Hostile, number: int) -> tuple[int, str]:
    """Post it as somebody who holds the signing secret would; return status and problem code."""
    headers: dict[str, str | None] = {"content-type": STRUCTURED}
    headers |= signed(one.body, message=f"msg_{number}", at=door.clock.now)
    headers |= one.headers
    answer = door.client.post(
        f"/hosts/{door.installation.id}/deliveries",
        data=one.body,
        headers=[(name, value) for name, value in headers.items() if value is not None],
    )
    if answer.status_code == 202:
        return 202, ""
    assert answer.content_type == "application/problem+json", answer.text
    document = answer.get_json(force=True)
    assert document["detail"]
    assert len(document["detail"]) < 500
    return answer.status_code, document["code"]


def process(door: Door) -> None:
    """Drain the inbox, and nothing else."""
    JOBS["process"](door.container, door.installation.id)


def dead_letters(door: Door) -> list[Any]:
    found: list[Any] = []
    with door.container.store.snapshot() as uow:
        while page := uow.dead_letters.list(
            door.installation.id, limit=500, before=found[-1].id if found else None
        ):
            found.extend(page)
    return found


def attack(door: Door, count: int) -> None:
    chance = random.Random(SEED)
    answers: Counter[tuple[int, str]] = Counter()
    doomed: list[Hostile] = []
    sound = 0
    for number in range(count):
        one = hostile(chance, number)
        status, code = post(door, one, number)
        answers[status, code] += 1
        assert status < 500, (one.name, code)
        assert status != 410, one.name
        if status == 202 and one.doomed:
            doomed.append(one)
        if number % 25 == 0:
            subject = f"sound-{number}"
            event = a_cloudevent(subject=subject, id_=subject, data=profile_document(subject, name=subject))
            assert door.post(event).status_code == 202
            sound += 1
        if number % 1000 == 999:
            process(door)
    process(door)
    letters = dead_letters(door)
    assert door.backlog() == 0
    # Everybody sound is there, unharmed, whoever came before and after.
    refs = [f"sound-{number}" for number in range(0, count, 25)]
    with door.container.store.snapshot() as uow:
        found = uow.attendees.get_many(door.installation.id, "conf", refs)
    assert {ref: found[ref].profile.name for ref in refs} == {ref: ref for ref in refs}
    # Nothing vanished: what was received was a duplicate, was processed, or is a dead letter.
    counted = door.counters()
    assert counted["received"] == counted.get("duplicates", 0) + counted["processed"] + counted["rejected"]
    assert 0 < len(letters) <= counted["rejected"]  # the same body twice is one letter
    # Every doomed body that was let in is kept with a reason.
    kept = {letter.delivery.body for letter in letters}
    assert [one.name for one in doomed if one.body not in kept] == []
    for letter in letters:
        assert letter.reason
        assert "defect" not in letter.reason, (letter.reason, letter.delivery.body[:200])
        assert "store refused" not in letter.reason, (letter.reason, letter.delivery.body[:200])
    # The series is a real one: it is refused at the door, kept as dead, and let live.
    assert answers[401, "invalid_signature"] > count / 50
    assert len(doomed) > count / 4
    assert counted["processed"] > sound


def test_hundreds_of_hostile_bodies(door: Door) -> None:
    attack(door, 300)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_five_thousand_hostile_bodies(door: Door) -> None:
    attack(door, 5_000)
    door.work()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
attributes = st.sampled_from(
    [
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "hostevent",
        "time",
        "data",
        "datacontenttype",
        "extra",
    ]
)


@pytest.fixture(scope="module")
def lasting_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with a_door(tmp_path_factory.mktemp("door")) as opened:
        yield opened


@settings(
    max_examples=5 * settings.default.max_examples,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    change=st.dictionaries(attributes, json_values, max_size=3) | json_values | st.binary(max_size=400),
    headers=st.dictionaries(
        st.sampled_from(
            ["content-type", "ce-id", "ce-type", "x-any", "webhook-id", "content-encoding", "host"]
        ),
        st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60),
        max_size=3,
    ),
)
def test_nothing_that_can_be_written_breaks_the_door(
    lasting_door: Door, change: Any, headers: dict[str, str]
) -> None:
    if isinstance(change, bytes):
        body = change
    else:
        event = a_cloudevent() | change if isinstance(change, dict) else change
        body = json.dumps(event).encode()
    status, _ = post(lasting_door, Hostile("any", body, doomed=False, headers=headers), lasting_door.sent)
    lasting_door.sent += 1
    assert status in {202, 400, 401, 404, 415}
    process(lasting_door)
    assert lasting_door.backlog() == 0
    with lasting_door.container.store.snapshot() as uow:
        for letter in uow.dead_letters.list(lasting_door.installation.id, limit=3):
            assert letter.delivery is not None
            assert "defect" not in letter.reason, letter.delivery.body
