"""Says in entremise's words (CloudEvents) what happened to a ticket. Pure: a ticket in, messages out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from .people import Ticket

EVENT = "guichet"
"""The platform's own key for its one event."""


def announcement(name: str, languages: Sequence[str]) -> bytes:
    """The event itself."""
    data = {"name": name, "languages": list(languages)}
    return _message("org.entremise.hostevent.updated.v1", f"event/{name}", 0.0, None, data)


def messages(ticket: Ticket) -> list[bytes]:
    """All that there is to say about a ticket; saying it again changes nothing."""
    presence = "checked_in" if ticket.present else "check_in_reversed"
    return [
        _message(
            "org.entremise.attendee.registered.v1",
            f"{ticket.ref}/{ticket.version}",
            ticket.changed_at,
            ticket.ref,
            profile(ticket),
        ),
        _message(
            f"org.entremise.attendee.{presence}.v1",
            f"{ticket.ref}/{ticket.version}/presence",
            ticket.changed_at,
            ticket.ref,
            None,
        ),
    ]


def profile(ticket: Ticket) -> dict[str, Any]:
    """Map the answers of our form to facets. What is not mapped stays here."""
    form = ticket.form
    facets = ("interests", "offers", "needs")
    shown = [name for name in ("organisation", "title", *facets) if form.get(name)]
    role = form.get("mentoring", "none")
    return {
        "id": ticket.ref,
        "version": ticket.version,
        "name": form["name"],
        "languages": form["languages"],
        **{name: form[name] for name in ("organisation", "title") if form.get(name)},
        **{name: form[name] for name in facets},
        **({"seniority": form["seniority"]} if form.get("seniority") is not None else {}),
        "mentoring": {"role": role, "capacity": 2},
        "consent": {
            "matching": form["agree_matching"],
            "mentoring": form["agree_matching"] and role != "none",
            "presence": form["agree_presence"],
        },
        "visible": shown,
    }


def _message(kind: str, key: str, at: float, subject: str | None, data: Any) -> bytes:
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": key,
        "source": "/guichet",
        "type": kind,
        "hostevent": EVENT,
        "partitionkey": EVENT,
        "time": datetime.fromtimestamp(at, UTC).isoformat(),
    }
    if subject is not None:
        event["subject"] = subject
    if data is not None:
        event |= {"datacontenttype": "application/json", "data": data}
    return json.dumps(event).encode()
