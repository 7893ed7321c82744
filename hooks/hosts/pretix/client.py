"""The calls to pretix's REST API that entremise makes, with the installation's own token, and nothing else.

Addresses are built from the operator's base address and checked names, never taken from an answer. Every method
raises ``HostError``; an answer of an unexpected shape is ``HostRejected``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from marshmallow import Schema, ValidationError

from ....plugin.domain.errors import HostRejected, HostUnauthorized
from ...contract import HostContext
from ...outbound import Answer, Outbound
from .questions import Form, Question, read_questions
from .schemas import AnnulledSchema, EventSchema, OrderSchema, PositionSchema, QuestionSchema

PAGE = 100
"""Rows per page: an order with answers is about 4 kB, and pretix takes a second for a few hundred."""
MOST_PAGES = 2000
WAIT_FOR_WRITES = 30.0
"""Seconds: a pretix without a task queue delivers its webhooks before it answers a write."""
NO_ORDER = "0"
"""A code that pretix never gives to an order; writing to it says whether writing is permitted."""

_ORDER, _EVENT, _QUESTION = OrderSchema(), EventSchema(), QuestionSchema()
_ANNULLED, _POSITION = AnnulledSchema(), PositionSchema()


class PretixClient:
    """One installation's pretix. Keeps what it read of questions for as long as it lives: one call of the adapter."""

    def __init__(self, context: HostContext, form: Form) -> None:
        config = context.installation.config
        self.organizer: str = config["organizer"]
        self._http: Outbound = context.http
        self._base = f"{str(config['url']).rstrip('/')}/api/v1/organizers/{quote(self.organizer, safe='')}"
        self._headers = {
            "authorization": f"Token {context.installation.secrets['token']}",
            "accept": "application/json",
        }
        self._form = form
        self._questions: dict[str, Mapping[str, Question]] = {}

    def order(self, event: str, code: str) -> dict[str, Any] | None:
        """Return an order with all its tickets, cancelled ones too; ``None`` when pretix has no such order."""
        answer = self._ask("GET", self._path(event, "orders", code), {"include_canceled_positions": "true"})
        if answer.status == 404:
            # 404 also comes from a proxy or a wrong base address: only an event that answers can lack an order.
            self.event(event)
            return None
        return _load(_ORDER, _object(self._permitted(answer, event)), "order")

    def orders(self, event: str, *, modified_since: str | None) -> Iterator[dict[str, Any]]:
        """Yield validated orders in the order in which they were placed, so that none slips through between pages."""
        query = {"include_canceled_positions": "true", "ordering": "datetime"}
        if modified_since is not None:
            query["modified_since"] = modified_since
        for row in self._rows(self._path(event, "orders"), query):
            yield _load(_ORDER, row, "order")

    def clock(self, event: str) -> float | None:
        """Return pretix's own time in seconds since 1970, as it stamps its lists of orders with; shows orders may be read."""
        answer = self._ask("GET", self._path(event, "orders"), {"page_size": "1"})
        generated = self._permitted(answer, event).headers.get("x-page-generated", "")
        try:
            return datetime.fromisoformat(generated).timestamp()
        except ValueError:
            return None

    def event(self, event: str) -> dict[str, Any]:
        """Return an event; ``HostRejected`` when it is not among those that the token may see."""
        answer = self._ask("GET", self._path(event))
        if answer.status == 404:
            raise HostUnauthorized("pretix answers 404 for the event: wrong address, organizer or token")
        return _load(_EVENT, _object(self._permitted(answer, event)), "event")

    def events(self) -> list[dict[str, Any]]:
        """Return every event that the token may see."""
        return [_load(_EVENT, row, "event") for row in self._rows("events", {})]

    def languages(self, event: str) -> list[str]:
        """Return the languages of the event's shop, its own first; empty when the token may not read settings."""
        answer = self._ask("GET", self._path(event, "settings"))
        if answer.status in (403, 404):
            return []
        settings = _object(self._http.expect(answer))
        first, rest = settings.get("locale"), settings.get("locales")
        found = [first, *(rest if isinstance(rest, list) else [])]
        return list(dict.fromkeys(code.split("-")[0] for code in found if isinstance(code, str) and code))

    def questions(self, event: str) -> Mapping[str, Question]:
        """Return the event's questions by identifier."""
        if event not in self._questions:
            path = self._path(event, "questions")
            rows = [_load(_QUESTION, row, "question") for row in self._rows(path, {})]
            self._questions[event] = read_questions(rows, self._form.tag_language)
        return self._questions[event]

    def checkin_lists(self, event: str) -> list[int]:
        """Return the numbers of the event's check-in lists."""
        rows = self._rows(self._path(event, "checkinlists"), {})
        return [row["id"] for row in rows if isinstance(row.get("id"), int)]

    def last_checked_in(self, event: str, checkin_list: int) -> Iterator[dict[str, Any]]:
        """Yield validated tickets with a check-in on the list, the last one first."""
        query = {"ordering": "-last_checked_in", "has_checkin": "1"}
        for row in self._rows(self._path(event, "checkinlists", str(checkin_list), "positions"), query):
            yield _load(_POSITION, row, "position")

    def annulled(self, event: str, *, created_since: str) -> list[int]:
        """Return the numbers of tickets of which a check-in made since then was taken back."""
        query = {"error_reason": "annulled", "created_since": created_since}
        rows = self._rows(self._path(event, "checkins"), query)
        found = [_load(_ANNULLED, row, "check-in")["position"] for row in rows]
        return list(dict.fromkeys(number for number in found if number is not None))

    def position(self, event: str, number: int) -> dict[str, Any] | None:
        """Return one validated ticket; ``None`` when it is gone or cancelled."""
        answer = self._ask("GET", self._path(event, "orderpositions", str(number)))
        return (
            None if answer.status == 404 else _load(_POSITION, _object(self._http.expect(answer)), "position")
        )

    def write_meta(self, event: str, code: str, api_meta: Mapping[str, Any]) -> None:
        """Replace the order's machine-readable notes: give all of them, other people's too."""
        answer = self._ask("PATCH", self._path(event, "orders", code), body={"api_meta": api_meta})
        self._permitted(answer, event)

    def write_answers(self, event: str, number: int, answers: list[dict[str, Any]]) -> None:
        """Replace the answers on a ticket: pretix drops every answer that is not given."""
        path = self._path(event, "orderpositions", str(number))
        self._permitted(self._ask("PATCH", path, body={"answers": answers}), event)

    def may_write(self, event: str) -> bool:
        """Whether the token may change orders; changes nothing."""
        answer = self._ask("PATCH", self._path(event, "orders", NO_ORDER), body={})
        if answer.status == 404:
            return True
        if answer.status != 403:
            self._http.expect(answer)
        return False

    def _permitted(self, answer: Answer, event: str) -> Answer:
        """Return a success. Pretix says 403 for an event that is gone, too: that must not stop all the others."""
        if answer.status == 403 and not any(found["slug"] == event for found in self.events()):
            raise HostRejected(f"the token may not see the event {event!r}, or there is none of that name")
        return self._http.expect(answer)

    def _path(self, event: str, *parts: str) -> str:
        return "/".join(quote(part, safe="") for part in ("events", event, *parts))

    def _rows(self, path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        for number in range(1, MOST_PAGES + 1):
            asked = {**query, "page_size": str(PAGE), "page": str(number)}
            answer = self._ask("GET", path, asked)
            if answer.status == 404 and number > 1:
                return  # rows disappeared while we paged
            data = _object(self._http.expect(answer))
            rows = data.get("results")
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise HostRejected(f"pretix sent no list for {path}")
            yield from rows
            if not data.get("next"):
                return
        raise HostRejected(f"pretix sends no end of {path}")

    def _ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, *, body: Any = None
    ) -> Answer:
        url = f"{self._base}/{path}/" + (f"?{urlencode(query)}" if query else "")
        headers = self._headers if body is None else {**self._headers, "content-type": "application/json"}
        data = None if body is None else orjson.dumps(body)
        return self._http.request(
            method, url, headers=headers, body=data, timeout=WAIT_FOR_WRITES if body is not None else None
        )


def _object(answer: Answer) -> dict[str, Any]:
    data = answer.json()
    if not isinstance(data, dict):
        raise HostRejected("pretix sent something else than a JSON object")
    return data


def _load(schema: Schema, row: Mapping[str, Any], what: str) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(row)
    except ValidationError as error:
        field = ".".join(map(str, next(iter(_paths(error.normalized_messages())), ())))
        raise HostRejected(f"pretix sent {what} data of an unknown shape ({field})") from None
    return loaded


def _paths(messages: Any) -> Iterator[tuple[Any, ...]]:
    if not isinstance(messages, Mapping):
        yield ()
        return
    for key, below in messages.items():
        for path in _paths(below):
            yield (key, *path)
