"""A real pretix on this machine: started and stopped by the scripts beside this file, spoken to by its REST API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import requests
from aloud import Say, nobody_watches, run_aloud

from entremise.plugin.demo.ports import free_port

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
START_WITHIN = 900.0
"""Seconds: the first start installs pretix and makes its database, which takes three to four minutes."""
TRIES = 40
ACTIONS = (
    "order.placed", "order.paid", "order.modified", "order.contact.changed", "order.changed.*", "order.canceled",
    "order.reactivated", "order.expired", "order.deleted", "checkin", "checkin.reverted", "changed",
)  # fmt: skip
"""What the README tells an organiser to have announced."""


class PretixRefused(Exception):
    """Pretix answered something that a test did not ask for."""


class RealPretix:
    """A pretix with one organizer and one event. Use it as a context manager; ``say`` hears how the start goes on."""

    def __init__(self, work: Path | None = None, *, say: Say = nobody_watches) -> None:
        self.say = say
        self.work = work or Path(os.environ.get("ENTREMISE_TEST_PRETIX", ROOT / ".cache" / "pretix"))
        self.port = free_port()
        self.facts: dict[str, Any] = {}
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Self:
        self.work.mkdir(parents=True, exist_ok=True)
        self._down()
        command = [
            HERE / "up",
            "--fresh",
            "--python",
            sys.executable,
            *self.options(),
            self.work,
            str(self.port),
        ]
        log = self.work / "up.log"
        if run_aloud([*command, *self.plugins()], log, say=self.say, within=START_WITHIN):
            self._down()
            end = log.read_text(errors="replace")[-2000:]
            raise PretixRefused(f"pretix did not start; {log} ends with:\n{end}")
        self.facts = json.loads((self.work / "host.json").read_text())
        return self

    def __exit__(self, *_: object) -> None:
        self._down()
        self._session.close()

    def options(self) -> list[str]:
        """What ``up`` is told beside the usual; for kinds of this host."""
        return []

    def plugins(self) -> list[str | Path]:
        """What is installed beside pretix."""
        return []

    def _down(self) -> None:
        subprocess.run([HERE / "down", self.work], check=True, timeout=60)

    @property
    def url(self) -> str:
        return str(self.facts["base_url"])

    @property
    def organizer(self) -> str:
        return f"/organizers/{self.facts['organizer']}"

    @property
    def event(self) -> str:
        return f"{self.organizer}/events/{self.facts['event']}"

    def ask(self, method: str, path: str, body: Any = None, *, query: Mapping[str, str] | None = None) -> Any:
        """Return pretix's answer; raises ``PretixRefused`` for any that is no success.

        SQLite has one writer: whoever meets entremise's own writes is answered 500 and asks again, under a key that
        keeps pretix from doing it twice.
        """
        key = uuid.uuid4().hex
        for attempt in range(TRIES):
            answer = self._session.request(
                method, f"{self.facts['api_url']}{path}", params=query, json=body, timeout=60,
                headers={"Authorization": f"Token {self.facts['token']}", "X-Idempotency-Key": key},
            )  # fmt: skip
            if answer.status_code not in (409, 500, 503):
                break
            time.sleep(min(0.1 * 2**attempt, 2.0))
        if not answer.ok:
            raise PretixRefused(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def rows(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Yield every row of a list."""
        page = 1
        while True:
            found = self.ask("GET", path, query={**query, "page": str(page), "page_size": "100"})
            yield from found["results"]
            if not found["next"]:
                return
            page += 1

    def announce_to(self, address: str) -> None:
        """Have webhooks sent there, as an organiser sets it up."""
        body = {
            "enabled": True, "target_url": address, "all_events": False, "limit_events": [self.facts["event"]],
            "action_types": [f"pretix.event.{action}" for action in ACTIONS], "comment": "entremise",
        }  # fmt: skip
        self.ask("POST", f"{self.organizer}/webhooks/", body)

    def orders(self) -> list[dict[str, Any]]:
        """Return every order with all its tickets."""
        return list(self.rows(f"{self.event}/orders/", include_canceled_positions="true"))

    def held(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Return (ticket, feature) → result, as it stands in the orders' notes now."""
        return {
            (f"{order['code']}-{place}", feature): cell["result"]
            for order in self.orders()
            for place, features in (order["api_meta"] or {}).get("entremise", {}).items()
            for feature, cell in features.items()
        }

    def shown(self) -> dict[str, str]:
        """Return ticket → the text that the attendee sees under it, where there is one."""
        return {
            f"{order['code']}-{position['positionid']}": answer["answer"]
            for order in self.orders()
            for position in order["positions"]
            for answer in position["answers"]
            if answer["question_identifier"] == "ENTREMISE"
        }

    def writes_of_entremise(self) -> Counter[str]:
        """Return how often entremise wrote to an ``orders`` or to an ``orderpositions`` address, by pretix's own log."""
        found: Counter[str] = Counter()
        for line in (self.work / "access.log").read_text().splitlines():
            if '"PATCH ' in line and line.endswith('"entremise"') and '" 200 ' in line:
                found[line.split("/events/")[1].split("/")[1]] += 1
        return found
