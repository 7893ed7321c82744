"""A whole conference at a real pretix with a real entremise beside it, and the comparison of the two at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import orjson
import requests
from aloud import Say, nobody_watches
from box_office import BoxOffice
from form import OWN_QUESTIONS, Form
from real_pretix import RealPretix

from entremise.plugin.demo.conference import Person, make_conference
from entremise.plugin.demo.ledger import Comparison, compare
from entremise.plugin.demo.lives import Message, life_of
from entremise.plugin.demo.service import Access, Service

NOTES = {"crm": {"id": 7}, "other": "kept"}
"""What another program wrote into an order before us."""
QUIET_FOR = 3.0
DEEDS_ALONE = {"cancelled", "erased"}
"""Whoever this happens to has an order of their own: pretix reactivates and deletes whole orders only."""


@dataclass
class Season:
    """Everything that runs, and the people. Use it as a context manager, from the main thread."""

    home: Path
    attendees: int = 20
    seed: int = 1
    say: Say = nobody_watches
    pretix: RealPretix = field(default_factory=RealPretix)
    opens_at: float = field(default_factory=lambda: float(int(time.time()) - 120))
    _open: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.pretix.say = self.say

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self.pretix)
            self.say("Making the registration form")
            form = Form(self.pretix)
            form.set_up()
            self.office = BoxOffice(self.pretix, form)
            self.say("Adding pretix as an installation, and starting entremise")
            self.service = opening.enter_context(Service(self.home / "entremise"))
            self.access = self._install()
            self.service.start()
            self.pretix.announce_to(self.access.address)
            self._open = opening.pop_all()
        self.conference = make_conference(seed=self.seed, size=self.attendees)
        self.began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def host_event(self) -> str:
        return str(self.pretix.facts["event"])

    def lives(self) -> Iterator[tuple[Person, list[Message]]]:
        """Yield each person with what happens to them."""
        for person in self.conference.people:
            yield person, list(life_of(person, self.conference, opens_at=self.opens_at))

    def sell(self) -> list[tuple[Person, Message]]:
        """Sell all tickets, some two to an order; return what is still to happen, in order of time."""
        rest: list[tuple[Person, Message]] = []
        waiting: list[tuple[Person, Message]] = []
        for number, (person, life) in enumerate(self.lives()):
            first, *later = life
            rest += [(person, message) for message in later]
            kinds = {message.kind for message in life}
            if kinds & DEEDS_ALONE or number % 4 == 0:
                self.office.sell([(person, first)], notes=NOTES, test="erased" in kinds)
                continue
            waiting.append((person, first))
            if len(waiting) == 2:
                self.office.sell(waiting, notes=NOTES, test=False)
                waiting = []
        if waiting:
            self.office.sell(waiting, test=False)
        return sorted(rest, key=lambda pair: pair[1].time)

    def play(
        self,
        rest: list[tuple[Person, Message]],
        *,
        done: Callable[[], None] = lambda: None,
        planted: str = "",
    ) -> None:
        """Do the rest, one after the other; ``planted`` is noted as done without being done."""
        for person, message in rest:
            if message.id == planted:
                self.office.note(person, message)
            else:
                if message.data is not None:
                    self.wait_until_idle()
                self.office.act(person, message)
            done()

    def compare(self) -> Comparison:
        """Compare what pretix accepted with what pretix holds, and both with what entremise shows."""
        held, shown = self.pretix.held(), self.pretix.shown()
        current = self.service.results(self.access, self.host_event)
        found = compare(self.office.done, [message.id for message in self.office.done], held, current)
        losses = {ref: list(reasons) for ref, reasons in found.losses.items()}
        for ref in found.expected:
            text = shown.get(ref, "")
            if ((ref, "connections") in held) != bool(text):
                losses.setdefault(ref, []).append("has results and no link, or a link and no results")
            elif text and self._page(text) != 200:
                losses.setdefault(ref, []).append("has a link that does not open")
        return replace(found, losses={ref: tuple(reasons) for ref, reasons in losses.items()})

    def settle(self, *, seconds: float, until: Callable[[Comparison], bool] | None = None) -> Comparison:
        """Wait until entremise has been quiet for a moment and the comparison is as wanted; return the last one."""
        wanted = until or (lambda comparison: not comparison.losses)
        deadline = time.monotonic() + seconds
        while True:
            self.wait_until_quiet(deadline)
            comparison = self.compare()
            if wanted(comparison) or time.monotonic() > deadline:
                return comparison
            time.sleep(1.0)

    def wait_until_idle(self, seconds: float = 60.0) -> None:
        """Wait until entremise writes nothing: pretix keeps the last writer's answers, as its README says."""
        deadline = time.monotonic() + seconds
        calm = 0
        while calm < 3 and time.monotonic() < deadline:
            status = self.service.status(self.access)
            calm = 0 if status["backlog"] or status["waiting"] or status["behind"] else calm + 1
            time.sleep(0.3)

    def wait_until_quiet(self, deadline: float) -> Mapping[str, Any]:
        """Return the status once nothing has changed for a moment, or when time is up."""
        before, since = None, time.monotonic()
        while True:
            status = self.service.status(self.access)
            now = (status["counters"], status["backlog"], status["waiting"], status["behind"])
            idle = not (status["backlog"] or status["waiting"] or status["behind"])
            if now != before or not idle:
                before, since = now, time.monotonic()
            if time.monotonic() - since >= QUIET_FOR or time.monotonic() > deadline:
                return status
            time.sleep(0.3)

    def counts(self, comparison: Comparison) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        counters = self.service.status(self.access)["counters"]
        held = self.pretix.held()
        writes = self.pretix.writes_of_entremise()
        return {
            "attendees": len(self.conference.people),
            "seed": self.seed,
            "orders": len({ticket.code for ticket in self.office.tickets.values()}),
            "deliveries": counters.get("received", 0),
            "duplicates": counters.get("duplicates", 0),
            "rejected": counters.get("rejected", 0),
            "looked_up": counters.get("looked_up", 0),
            "recomputes": counters.get("recomputes", 0),
            "suggestions": sum(
                len(payload.get(part, ()))
                for payload in held.values()
                for part in ("suggestions", "pairings")
            ),
            "written_back": counters.get("written_back", 0),
            "orders_written": writes["orders"],
            "links_written": writes["orderpositions"],
            "holding": comparison.holding,
            "resent": counters.get("resent", 0),
            "lost": comparison.lost,
            "seconds": round(time.monotonic() - self.began, 1),
        }

    def _install(self) -> Access:
        token = self.home / "token"
        token.parent.mkdir(parents=True, exist_ok=True)
        token.write_text(self.pretix.facts["service_token"])
        token.chmod(0o600)
        config = {
            "url": self.pretix.url, "organizer": self.pretix.facts["organizer"], "events": self.host_event,
            "allow_private": f"127.0.0.1:{self.pretix.port}", "questions": orjson.dumps(OWN_QUESTIONS).decode(),
            "test_orders": "true",
        }  # fmt: skip
        options = [part for name, value in config.items() for part in ("--set", f"{name}={value}")]
        made = orjson.loads(
            self.service.run(
                "installation", "add", "--host", "pretix", "--name", "pretix", "--json", "--secret", f"token=@{token}",
                *options,
            )
        )  # fmt: skip
        return Access(made["id"], made["address"], made["tokens"]["admin"], "", "")

    def _page(self, text: str) -> int:
        return requests.get(text[text.index("http") :], timeout=10).status_code
