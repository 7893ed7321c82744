"""A local HTTP server that answers as a real pretix was recorded to, and keeps what is written to it as pretix does.

Replaces all answers of a ticket by those that are sent and all notes of an order by those that are sent, raises
``last_modified`` with every write, and answers 404 and 403 where pretix does.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from local_http import Asked, Reply, serving

from entremise.hooks.contract import HostContext, Installation
from entremise.hooks.hosts.pretix.configuration import PretixConfiguration
from entremise.hooks.outbound import Outbound

HERE = Path(__file__).parent
TOKEN = "a-team-token-of-pretix"
EVENT = "/api/v1/organizers/entremise/events/demo"
LINK_QUESTION = {
    "id": 90, "question": {"en": "Your people"}, "type": "T", "items": [1, 2], "options": [],
    "identifier": "ENTREMISE", "hidden": False,
}  # fmt: skip


def answer(name: str) -> Any:
    """Return a recorded answer of the REST API."""
    return json.loads((HERE / "answers" / f"{name}.json").read_text())


@dataclass
class Pretix:
    """What the server holds and what was asked of it. Change it freely between two requests."""

    orders: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {row["code"]: row for row in answer("orders")["results"]}
    )
    questions: list[dict[str, Any]] = field(
        default_factory=lambda: [*answer("questions")["results"], copy.deepcopy(LINK_QUESTION)]
    )
    checkins: list[dict[str, Any]] = field(default_factory=lambda: answer("checkins")["results"])
    events: list[dict[str, Any]] = field(default_factory=lambda: [answer("event")])
    forbidden: set[str] = field(default_factory=set)
    answers_instead: Callable[[Asked], Reply | None] = lambda _asked: None
    asked: list[tuple[str, str]] = field(default_factory=list)
    written: list[tuple[str, Any]] = field(default_factory=list)
    url: str = ""
    clock: str = ""
    _writes: int = 0

    def reply(self, asked: Asked) -> Reply:
        """Answer one request."""
        parts = urlsplit(asked.path)
        self.asked.append((asked.method, parts.path))
        instead = self.answers_instead(asked)
        if instead is not None:
            return instead
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        status, data, headers = self._respond(asked, parts.path, query)
        return Reply(status, json.dumps(data).encode(), headers)

    def _respond(self, asked: Asked, path: str, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        if asked.headers.get("authorization") != f"Token {TOKEN}":
            return 401, {"detail": "Invalid token."}, {}
        if path in self.forbidden:
            return 403, {"detail": "You do not have permission to perform this action."}, {}
        if path == "/api/v1/organizers/entremise/events/":
            return 200, _listed(self.events, query), {}
        if not any(
            path.startswith(f"/api/v1/organizers/entremise/events/{one['slug']}/") for one in self.events
        ):
            return 403, {"detail": "You do not have permission to perform this action."}, {}
        if asked.method == "PATCH":
            return self._write(path, asked.json())
        return self._read(path.removeprefix(EVENT), query)

    def _read(self, path: str, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        rows = sorted(self.orders.values(), key=lambda row: row["datetime"])
        if path == "/":
            return 200, self.events[0], {}
        if path == "/settings/":
            return 200, {"locale": "en", "locales": ["en", "de", "fr"]}, {}
        if path == "/questions/":
            return 200, _listed(self.questions, query), {}
        if path == "/orders/":
            since = query.get("modified_since", "")
            rows = [row for row in rows if row["last_modified"] >= since]
            return 200, _listed(rows, query), {"X-Page-Generated": self.clock}
        if match := re.fullmatch(r"/orders/(\w+)/", path):
            row = self.orders.get(match[1])
            return (200, row, {}) if row else (404, {"detail": "No Order matches the given query."}, {})
        if match := re.fullmatch(r"/orderpositions/(\d+)/", path):
            found = self._position(int(match[1]))
            return (200, found, {}) if found else (404, {"detail": "Not found."}, {})
        if path == "/checkinlists/":
            return 200, answer("checkinlists"), {}
        if path == "/checkins/":
            wanted = [
                row for row in self.checkins
                if row["created"] >= query.get("created_since", "")
                and row["error_reason"] == query.get("error_reason", row["error_reason"])
            ]  # fmt: skip
            return 200, _listed(wanted, query), {}
        if re.fullmatch(r"/checkinlists/\d+/positions/", path):
            scanned = [position for row in rows for position in row["positions"] if position["checkins"]]
            scanned.sort(key=lambda one: max(scan["datetime"] for scan in one["checkins"]), reverse=True)
            return 200, _listed(scanned, query), {}
        return 404, {"detail": "Not found."}, {}

    def _write(self, path: str, data: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        self.written.append((path.removeprefix(EVENT), data))
        if match := re.fullmatch(rf"{EVENT}/orders/(\w+)/", path):
            order = self.orders.get(match[1])
            if order is None:
                return 404, {"detail": "No Order matches the given query."}, {}
            order.update(data)
            self._touch(order)
            return 200, order, {}
        match = re.fullmatch(rf"{EVENT}/orderpositions/(\d+)/", path)
        position = self._position(int(match[1])) if match else None
        if position is None or position["canceled"]:
            return 404, {"detail": "Not found."}, {}
        known = {question["id"]: question for question in self.questions}
        if any(row["question"] not in known or not row["answer"] for row in data["answers"]):
            return 400, {"answers": [{"question": ["Invalid pk"]}]}, {}
        position["answers"] = [
            {
                **row,
                "question_identifier": known[row["question"]]["identifier"],
                "option_identifiers": [
                    option["identifier"]
                    for option in known[row["question"]]["options"]
                    if option["id"] in row["options"]
                ],
            }
            for row in data["answers"]
        ]
        self._touch(self.orders[position["order"]])
        return 200, position, {}

    def _position(self, number: int) -> dict[str, Any] | None:
        found = (one for order in self.orders.values() for one in order["positions"] if one["id"] == number)
        return next(found, None)

    def _touch(self, order: dict[str, Any]) -> None:
        self._writes += 1
        order["last_modified"] = f"2026-11-23T03:00:00.{self._writes:06d}Z"


@contextmanager
def serving_pretix(pretix: Pretix) -> Iterator[Pretix]:
    """Serve it on a free port of this machine."""
    with serving(pretix.reply) as server:
        pretix.url = server.url
        yield pretix


def context_for(
    pretix: Pretix, *, known: tuple[str, ...] = (), now: float = 1_795_400_000.0, **config: Any
) -> HostContext:
    """Return what the adapter is handed: an installation at this pretix, which holds the people in ``known``."""
    given = {"url": pretix.url, "organizer": "entremise", "allow_private": ["127.0.0.1"], **config}
    schema = PretixConfiguration()
    installation = Installation("inst", "pretix", "Test", schema.dump(schema.load(given)), {"token": TOKEN})
    return HostContext(
        installation=installation,
        http=Outbound(allow_private=["127.0.0.1"], timeout=5.0),
        personal_link=lambda host_event, ref: f"https://entremise.example/me/{host_event}.{ref}",
        now=now,
        known_refs=lambda _host_event, prefix: [ref for ref in known if ref.startswith(prefix)],
    )


def _listed(rows: list[Any], query: dict[str, str]) -> dict[str, Any]:
    size, page = int(query.get("page_size", 50)), int(query.get("page", 1))
    part = rows[(page - 1) * size : page * size]
    more = page * size < len(rows)
    return {"count": len(rows), "next": "http://elsewhere.example/?page=2" if more else None, "results": part}
