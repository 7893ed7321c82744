"""The demo's organiser: says what each plan is for, reads the draft, publishes it, all by REST as a host's page would."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from .service import Access, NotQuiet, Service

FEATURES = ("mentorship", "circles", "seating", "meetings")
SEATS = 8
"""Seats at a table of the demo."""
DRAFTED_WITHIN = 120.0
"""Seconds within which a draft must be there."""


class Organiser:
    """Arranges one host event."""

    def __init__(self, service: Service, access: Access, host_event: str) -> None:
        self._service = service
        self._access = access
        self._path = f"host-events/{host_event}/plans"

    def arrange(self, feature: str, frame: Mapping[str, Any]) -> None:
        """Brief a plan, wait for its draft, and publish it as it was read."""
        path = f"{self._path}/{feature}"
        _, tag = self._service.read(self._access, path)
        self._service.write(self._access, "PUT", f"{path}/brief", {"frame": frame}, tag)
        _, tag = self._drafted(path)
        self._service.write(self._access, "POST", f"{path}/publish", {}, tag)

    def published(self, feature: str) -> dict[str, Any]:
        """Return what is published of a plan now."""
        plan, _ = self._service.read(self._access, f"{self._path}/{feature}")
        published: dict[str, Any] = plan["published"] or {"groups": [], "left_over": []}
        return published

    def _drafted(self, path: str) -> tuple[dict[str, Any], str]:
        deadline = time.monotonic() + DRAFTED_WITHIN
        while True:
            plan, tag = self._service.read(self._access, path)
            if not plan["due"]:
                return plan, tag
            if time.monotonic() > deadline:
                raise NotQuiet(f"no draft of {plan['feature']} after {DRAFTED_WITHIN:.0f} s")
            time.sleep(0.2)


def frames(people: int, *, opens_at: float) -> Mapping[str, Mapping[str, Any]]:
    """Return what there is to fill at a conference of so many people, by feature."""
    tables = [{"name": str(number), "seats": SEATS} for number in range(1, people // SEATS + 2)]
    day = datetime.fromtimestamp(opens_at, UTC).replace(hour=0, minute=0, second=0) + timedelta(days=1)
    return {
        "mentorship": {},
        "circles": {},
        "seating": {"tables": tables, "meals": ["Lunch"]},
        "meetings": {
            "slots": [
                _slot(day + timedelta(hours=hour, minutes=minute)) for hour in (10, 15) for minute in (0, 30)
            ],
            "spots": [
                {"name": "Lobby", "capacity": max(3, people // 20)},
                {"name": "Lounge", "capacity": max(2, people // 40)},
                {"name": "Online", "capacity": max(2, people // 40), "mode": "remote"},
            ],
        },
    }


def _slot(start: datetime) -> str:
    return f"{start:%Y-%m-%dT%H:%M}Z/{start + timedelta(minutes=20):%Y-%m-%dT%H:%M}Z"
