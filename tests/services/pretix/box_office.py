"""Does at a real pretix what happens to made-up people: they order, edit, cancel, come in, go out, are deleted.

The ledger of what was done is kept here, outside entremise: every message that pretix has accepted.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from real_pretix import RealPretix

from entremise.plugin.demo.conference import Person
from entremise.plugin.demo.lives import Message


class RegistrationForm(Protocol):
    """The questions of the event, filled in."""

    def answers(self, profile: Mapping[str, Any], shirt: str) -> list[dict[str, Any]]:
        """Return what somebody answers, as pretix's API takes it."""
        ...


@dataclass(slots=True)
class Ticket:
    """Where somebody stands in pretix. ``nonce`` names their last scan."""

    code: str
    place: int
    number: int
    secret: str
    alone: bool
    nonce: str = ""

    @property
    def ref(self) -> str:
        return f"{self.code}-{self.place}"


@dataclass
class BoxOffice:
    """Acts on messages of the made-up conference. ``done`` holds those that pretix accepted, under pretix's own keys."""

    pretix: RealPretix
    form: RegistrationForm
    tickets: dict[str, Ticket] = field(default_factory=dict)
    done: list[Message] = field(default_factory=list)

    def sell(
        self, buyers: list[tuple[Person, Message]], *, notes: Mapping[str, Any] | None = None, test: bool
    ) -> None:
        """Place one order for these people, each with a registration to be made; free, so paid at once."""
        first = buyers[0][0]
        body = {
            "email": "buyer@example.org", "locale": first.main_language, "sales_channel": "web", "status": "p",
            "payment_provider": "free", "send_email": False, "testmode": test, "api_meta": dict(notes or {}),
            "positions": [
                {"positionid": place, "item": self.pretix.facts["items"]["student"], **self._details(person, message)}
                for place, (person, message) in enumerate(buyers, start=1)
            ],
        }  # fmt: skip
        order = self.pretix.ask("POST", f"{self.pretix.event}/orders/", body)
        for (person, message), position in zip(buyers, order["positions"], strict=True):
            self.tickets[person.ref] = Ticket(
                order["code"], position["positionid"], position["id"], position["secret"], len(buyers) == 1
            )
            self.note(person, message)

    def act(self, person: Person, message: Message) -> None:
        """Do one thing that happens to somebody who has a ticket."""
        DEEDS[message.kind](self, person, message)
        self.note(person, message)

    def note(self, person: Person, message: Message) -> None:
        """Write down that it happened."""
        ref = self.tickets[person.ref].ref
        self.done.append(replace(message, subject=ref, host_event=self.pretix.facts["event"]))

    def _details(self, person: Person, message: Message) -> dict[str, Any]:
        profile = message.data or {}
        name = {"_scheme": "full", "full_name": profile["name"]}
        return {
            "attendee_name_parts": name,
            "company": profile.get("organisation"),
            "answers": self.form.answers(profile, "M" if person.feminine else "L"),
        }

    def _edit(self, person: Person, message: Message) -> None:
        """Change the answers as the attendee's own form does: everything but what somebody else wrote."""
        ticket = self.tickets[person.ref]
        path = f"{self.pretix.event}/orderpositions/{ticket.number}/"
        details = self._details(person, message)
        for row in self.pretix.ask("GET", path)["answers"]:
            if row["question_identifier"] == "ENTREMISE":
                details["answers"].append({key: row[key] for key in ("question", "answer", "options")})
        self.pretix.ask("PATCH", path, details)

    def _come_back(self, person: Person, message: Message) -> None:
        self._order(person, "reactivate", {})
        self._edit(person, message)

    def _cancel(self, person: Person, _message: Message) -> None:
        ticket = self.tickets[person.ref]
        if ticket.alone:
            self._order(person, "mark_canceled", {"send_email": False})
        else:
            self._order(
                person, "change", {"cancel_positions": [{"position": ticket.number}], "send_email": False}
            )

    def _enter(self, person: Person, _message: Message) -> None:
        self._scan(person, "entry")

    def _leave(self, person: Person, _message: Message) -> None:
        self._scan(person, "exit")

    def _annul(self, person: Person, _message: Message) -> None:
        body = {"lists": [self.pretix.facts["checkin_list"]], "nonce": self.tickets[person.ref].nonce}
        self.pretix.ask("POST", f"{self.pretix.organizer}/checkinrpc/annul/", body)

    def _delete(self, person: Person, _message: Message) -> None:
        self.pretix.ask("DELETE", f"{self.pretix.event}/orders/{self.tickets[person.ref].code}/")

    def _scan(self, person: Person, kind: str) -> None:
        ticket = self.tickets[person.ref]
        ticket.nonce = uuid.uuid4().hex
        body = {
            "lists": [self.pretix.facts["checkin_list"]], "secret": ticket.secret, "nonce": ticket.nonce, "type": kind,
            "force": False, "questions_supported": False,
        }  # fmt: skip
        self.pretix.ask("POST", f"{self.pretix.organizer}/checkinrpc/redeem/", body)

    def _order(self, person: Person, deed: str, body: Mapping[str, Any]) -> None:
        self.pretix.ask("POST", f"{self.pretix.event}/orders/{self.tickets[person.ref].code}/{deed}/", body)


DEEDS: Mapping[str, Callable[[BoxOffice, Person, Message], None]] = {
    "registered": BoxOffice._come_back,
    "updated": BoxOffice._edit,
    "cancelled": BoxOffice._cancel,
    "checked_in": BoxOffice._enter,
    "left": BoxOffice._leave,
    "check_in_reversed": BoxOffice._annul,
    "erased": BoxOffice._delete,
}
