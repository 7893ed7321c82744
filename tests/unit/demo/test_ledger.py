"""The comparison of the two ledgers: silent when all is well, and exactly one loss for one missing delivery."""

from collections.abc import Iterable
from typing import Any

import pytest

from entremise.plugin.demo.conference import make_conference
from entremise.plugin.demo.expectation import Expected, decisive, expect
from entremise.plugin.demo.ledger import compare
from entremise.plugin.demo.lives import Message
from entremise.plugin.demo.script import write_script

SCRIPT = write_script(make_conference(seed=11, size=80), opens_at=1_800_000_000.0)
IDS = [message.id for message in SCRIPT.messages]


def held_after(messages: Iterable[Message]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what a faultless service would have written for exactly these messages: a ring of neighbours."""
    people = [person for person in expect(messages).values() if person.holds]
    here = [person for person in people if person.here]
    held: dict[tuple[str, str], dict[str, Any]] = {}
    for place, person in enumerate(people):
        payload: dict[str, Any] = {
            "language": person.language,
            "suggestions": [shown(people[(place + step) % len(people)]) for step in (1, 2, 3)],
        }
        if person.here:
            payload["here_now"] = [shown(other) for other in here if other is not person]
        held[person.ref, "connections"] = payload
    return held


def shown(person: Expected) -> dict[str, Any]:
    item = {
        "person": person.ref,
        "name": person.name,
        "organisation": person.organisation,
        "title": person.title,
    }
    return {key: value for key, value in item.items() if value is not None}


def test_a_faultless_run_loses_nobody() -> None:
    comparison = compare(SCRIPT.messages, IDS, held_after(SCRIPT.messages))
    assert comparison.losses == {}
    assert comparison.unshown == ()
    assert comparison.holding > 50


DECISIVE = decisive(SCRIPT.messages)


def test_every_kind_of_delivery_is_decisive_for_somebody() -> None:
    kinds = {message.kind for message in DECISIVE}
    assert kinds >= {"registered", "updated", "cancelled", "erased", "checked_in", "check_in_reversed"}


@pytest.mark.parametrize("dropped", DECISIVE, ids=lambda message: message.id)
def test_one_dropped_delivery_is_one_loss(dropped: Message) -> None:
    arrived = [message for message in SCRIPT.messages if message is not dropped]
    comparison = compare(SCRIPT.messages, IDS, held_after(arrived))
    assert list(comparison.losses) == [dropped.subject]
    assert comparison.lost == 1


def test_every_last_profile_shows() -> None:
    """An update that nobody could tell from its predecessor would be a loss that nobody could see."""
    expected = expect(SCRIPT.messages)
    last = {message.subject: message for message in SCRIPT.messages if message.kind == "updated"}
    ids = {message.id for message in DECISIVE}
    for subject, message in last.items():
        said = [other for other in SCRIPT.messages if other.subject == subject]
        superseded = any(other.time > message.time and other.data for other in said)
        without = expect([other for other in said if other.kind not in ("cancelled", "erased")])[subject]
        if expected[subject].holds and not superseded and without.holds:
            assert message.id in ids


def test_a_delivery_that_never_went_out_is_a_loss_even_if_superseded() -> None:
    registered = next(message for message in SCRIPT.messages if message.kind == "registered")
    sent = [id_ for id_ in IDS if id_ != registered.id]
    assert compare(SCRIPT.messages, sent, held_after(SCRIPT.messages)).losses.keys() == {registered.subject}


def test_a_result_that_differs_from_what_entremise_shows_now_is_a_loss() -> None:
    held = held_after(SCRIPT.messages)
    stale, missing = list(held)[:2]
    current = held | {stale: {"language": "fr"}}
    del held[missing]
    comparison = compare(SCRIPT.messages, IDS, held, current)
    assert comparison.losses.keys() == {stale[0], missing[0]}


def test_whoever_is_shown_without_ever_having_registered_is_reported() -> None:
    held = held_after(SCRIPT.messages)
    next(iter(held.values()))["suggestions"].append({"person": "stranger", "name": "Nobody"})
    assert compare(SCRIPT.messages, IDS, held).losses == {"stranger": ("is shown, and was never registered",)}


def test_a_result_for_whoever_did_not_agree_is_a_loss() -> None:
    expected = expect(SCRIPT.messages)
    unwilling = next(ref for ref, person in expected.items() if not person.holds)
    held = held_after(SCRIPT.messages)
    held[unwilling, "connections"] = next(iter(held.values()))
    assert compare(SCRIPT.messages, IDS, held).losses.keys() == {unwilling}
