"""A congress at a real pretix with the extension, a real entremise beside it, and the comparison of the two."""

from __future__ import annotations

import csv
import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import requests
from aloud import Say, nobody_watches
from back_office import BackOffice
from box_office import BoxOffice
from chromium import Visitor, visitor
from extended_pretix import ExtendedPretix
from playwright.sync_api import Browser
from recommended_form import RecommendedForm, as_asked

from entremise.plugin.demo.conference import Person, make_conference
from entremise.plugin.demo.ledger import Comparison, compare
from entremise.plugin.demo.lives import Message, life_of
from entremise.plugin.demo.service import Access, Service

SOON = 90.0
"""Seconds within which a change at one side shows at the other: tasks and computing take a few."""


def opening() -> float:
    """Return when the doors opened, in seconds since 1970: a moment ago."""
    return float(int(time.time()) - 120)


@dataclass
class Congress:
    """Everything that runs, and the people. Use it as a context manager, from the main thread."""

    home: Path
    browser: Browser
    attendees: int = 30
    seed: int = 1
    say: Say = nobody_watches
    pretix: ExtendedPretix = field(default_factory=ExtendedPretix)
    _open: ExitStack = field(default_factory=ExitStack)
    _in_office: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self.say("Starting entremise")
            self.service = opening.enter_context(Service(self.home / "entremise"))
            self.service.start()
            opening.enter_context(self.pretix)
            opening.callback(self._in_office.close)
            admin = self._in_office.enter_context(visitor(self.browser, self.pretix.url))
            self.back_office = BackOffice(admin, self.pretix)
            self._open = opening.pop_all()
        self.conference = make_conference(seed=self.seed, size=self.attendees)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def leave_back_office(self) -> None:
        """Have the organiser close their browser."""
        self._in_office.close()

    # --- setting up ---------------------------------------------------------

    def invite(self) -> tuple[str, str]:
        """Return the service's address and a code, as its operator reads them."""
        made = json.loads(
            self.service.run(
                "installation", "invite", "--name", "The box office", "--address", self.pretix.url,
                "--set", f"allow_private=127.0.0.1:{self.pretix.port}", "--json",
            )
        )  # fmt: skip
        return made["service"], made["code"]

    def set_up(self) -> None:
        """Switch the extension on, connect it, have the questions made, and open the box office."""
        self.say("Switching entremise on in pretix, connecting the two, and making the questions")
        self.back_office.switch_plugin(on=True)
        self.back_office.connect(*self.invite())
        self.back_office.make_recommended_questions()
        self.open_box_office()

    def open_box_office(self) -> None:
        """Add a question that is none of the service's business, and be ready to sell."""
        body = {
            "identifier": "SHIRT", "type": "S", "question": {"en": "Size of your shirt"}, "required": False,
            "items": list(self.pretix.facts["items"].values()), "position": 99, "options": [],
        }  # fmt: skip
        self.pretix.ask("POST", f"{self.pretix.event}/questions/", body)
        self.form = RecommendedForm(self.pretix)
        self.office = BoxOffice(self.pretix, self.form)

    # --- what happens to people ---------------------------------------------

    def lives(self) -> Iterator[tuple[Person, list[Message]]]:
        """Yield each person with what happens to them."""
        for person in self.conference.people:
            life = life_of(person, self.conference, opens_at=opening())
            # pretix deletes nothing but test orders: that has a test of its own.
            yield person, [as_asked(message, person) for message in life if message.kind != "erased"]

    def sell(self) -> list[tuple[Person, Message]]:
        """Sell all tickets, some two to an order; return what is still to happen, in order of time."""
        rest: list[tuple[Person, Message]] = []
        waiting: dict[str, tuple[Person, Message]] = {}
        for number, (person, (first, *later)) in enumerate(self.lives()):
            rest += [(person, message) for message in later]
            language = person.main_language
            # pretix reactivates whole orders only.
            if number % 3 == 0 or "cancelled" in {message.kind for message in later}:
                self.office.sell([(person, first)], test=False)
            elif language in waiting:
                self.office.sell([waiting.pop(language), (person, first)], test=False)
            else:
                waiting[language] = (person, first)
        for alone in waiting.values():
            self.office.sell([alone], test=False)
        return sorted(rest, key=lambda pair: pair[1].time)

    def import_orders(self, people: Sequence[Person]) -> None:
        """Have pretix import an order for each, from a file, on its own page."""
        rows = []
        for person in people:
            life = life_of(person, self.conference, opens_at=opening())
            data = as_asked(life[0], person).data
            given, _, family = person.profile["name"].partition(" ")
            rows.append(
                {
                    "email": "buyer@example.org",
                    "item": "student", "locale": person.main_language,
                    "attendee_name_given_name": given, "attendee_name_family_name": family, **self.form.cells(data or {}),
                }
            )  # fmt: skip
        columns = list(dict.fromkeys(column for row in rows for column in row))
        file = self.home / f"orders-{people[0].ref}.csv"
        with file.open("w", newline="", encoding="utf-8") as opened:
            writer = csv.DictWriter(opened, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        self.back_office.import_orders(file)

    def play(self, rest: list[tuple[Person, Message]], *, planted: str = "") -> None:
        """Do the rest, one after the other; the message with the id ``planted`` is noted as done without being done."""
        for person, message in rest:
            if message.id == planted:
                self.office.note(person, message)
            else:
                self.office.act(person, message)

    # --- looking ------------------------------------------------------------

    @property
    def access(self) -> Access:
        """What the extension holds of its connection, read from pretix's database."""
        ((installation, token, signing, callback),) = self.pretix.rows_of(
            "SELECT installation, token, signing_secret, callback_secret FROM pretix_entremise_connection c"
            " JOIN pretixbase_event e ON e.id = c.event_id WHERE e.slug = ?",
            self.host_event,
        )
        return Access(installation, "", token, signing, callback)

    @property
    def host_event(self) -> str:
        return str(self.pretix.facts["event"])

    def at_the_service(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Return (ticket, feature) → result, by the service's own REST API."""
        return self.service.results(self.access, self.host_event)

    def compare(self) -> Comparison:
        """Compare what pretix accepted with what its tickets hold, and both with what the service shows."""
        done = self.office.done
        return compare(done, [message.id for message in done], self.pretix.held(), self.at_the_service())

    def settle(self, *, seconds: float = SOON, lost: int = 0) -> Comparison:
        """Wait until the comparison finds nothing, or no more than is known to be lost; return the last one."""
        deadline = time.monotonic() + seconds
        while True:
            comparison = self.compare()
            if comparison.lost == lost or time.monotonic() > deadline:
                return comparison
            time.sleep(0.5)

    def wait_until_quiet(self, *, seconds: float = SOON) -> None:
        """Wait until nothing is under way in either direction."""
        deadline, calm = time.monotonic() + seconds, 0
        while calm < 3:
            status = self.standing()
            busy = self.pretix.unsent() or status["backlog"] or status["waiting"]
            calm = 0 if busy else calm + 1
            assert time.monotonic() < deadline, f"still busy: {self.pretix.unsent()} marks, {status}"
            time.sleep(0.3)

    def standing(self) -> dict[str, Any]:
        """Return what the service says of the connection."""
        access = self.access
        answer = requests.get(
            f"{self.service.url}/v1/installations/{access.id}/connection",
            headers={"Authorization": f"Bearer {access.token}"}, timeout=30,
        )  # fmt: skip
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    @contextmanager
    def without_service(self) -> Iterator[None]:
        """Kill every process of the service as a power cut does; start it again at the end, whatever was found."""
        process = self.service.process
        assert process is not None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.service.process = None
        try:
            yield
        finally:
            self.service.start()

    def publish(self, feature: str) -> None:
        """Have an organiser publish a plan, and wait until tickets hold it."""
        self.back_office.publish(feature)
        deadline = time.monotonic() + SOON
        while not self.holders(feature):
            assert time.monotonic() < deadline, f"no ticket holds anything of {feature}"
            time.sleep(0.3)

    def problem(self) -> str:
        """Return what the connection is known to suffer from; empty when all is well."""
        ((code,),) = self.pretix.rows_of(
            "SELECT problem FROM pretix_entremise_connection WHERE event_id IS NOT NULL"
        )
        return str(code)

    def installations(self) -> str:
        """Return what the service's operator reads about who is connected."""
        return self.service.run("installation", "list")

    def person_with(self, ref: str) -> Person:
        """Return who holds this ticket."""
        return next(
            one for one in self.conference.people
            if one.ref in self.office.tickets and self.office.tickets[one.ref].ref == ref
        )  # fmt: skip

    def holders(self, feature: str = "connections") -> list[str]:
        """Return the tickets that hold something of a feature now."""
        return sorted(ref for ref, held in self.pretix.held() if held == feature)

    def page_of(self, ref: str, *, language: str = "en") -> str:
        """Return the attendee's page of the extension, as plain HTML."""
        return self._read(f"{self.pretix.ticket_pages()[ref]}entremise/", language)

    def ticket_page_of(self, ref: str, *, language: str = "en") -> str:
        """Return pretix's own page of the ticket."""
        return self._read(self.pretix.ticket_pages()[ref], language)

    def someone(self, **how: Any) -> Any:
        """Open a browser for somebody else."""
        return visitor(self.browser, self.pretix.url, **how)

    @property
    def admin(self) -> Visitor:
        """The organiser's browser."""
        return self.back_office.visitor

    def _read(self, address: str, language: str) -> str:
        answer = requests.get(address, headers={"Accept-Language": language}, timeout=30)
        answer.raise_for_status()
        return answer.text
