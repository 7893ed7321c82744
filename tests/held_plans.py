"""Plans as a person holds them after publishing: circles, seats, meetings and topics, put into the outbox directly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from builders import NOON

from entremise.plugin.bootstrap import Container


def an_item(person: str, name: str, rank: int = 1, **more: Any) -> dict[str, Any]:
    """Return one person as results name them, with a reason in each direction."""
    reasons = {
        "for_you": [{"code": "they_offer", "text": f"{name} offers what you need"}],
        "for_them": [{"code": "you_offer", "text": f"You offer what {name} needs"}],
    }
    return {"person": person, "name": name, "rank": rank, "score": 0.5, **reasons, **more}


def a_circle(*people: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return one circle."""
    return {"circle": "c1", "round": 1, "label": "Circle 3", "role": "", "people": list(people), **more}


def a_meeting(*people: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return one meeting of twenty minutes."""
    when = {"starts": "2026-05-05T10:00:00+02:00", "ends": "2026-05-05T10:20:00+02:00"}
    return {"meeting": "m1", **when, "spot": "Lobby", "remote": False, "people": list(people), **more}


def hold(
    container: Container, installation_id: str, host_event: str, recipient: str, language: str = "en",
    **lists: Sequence[Mapping[str, Any]],
) -> None:  # fmt: skip
    """Have the recipient hold these lists: ``circles``, ``seats``, ``meetings``, ``topics``."""
    with container.store.begin() as unit:
        for name, items in lists.items():
            feature = "seating" if name == "seats" else name
            payload = {"language": language, name: list(items)}
            mentions = {recipient: sorted(set(_named(payload)))}
            unit.outbox.desire(installation_id, host_event, feature, {recipient: payload}, mentions, now=NOON)


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (value[key] for key in ("person",) if key in value)
        yield from value.get("from", ())
        for held in value.values():
            yield from _named(held)
    elif isinstance(value, list):
        for held in value:
            yield from _named(held)
