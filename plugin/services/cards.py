"""People as a reader is shown them: cards of those who may still be shown at the moment of looking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..domain.events import Verdict
from ..domain.model import Attendee, Purpose
from .links import Person
from .ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Card:
    """One person as shown to another. Reasons are sentences in the reader's language, each said once.

    ``here`` is ``None`` where the organiser does not show who is in the building.
    """

    ref: str
    name: str
    title: str = ""
    organisation: str = ""
    here: bool | None = None
    for_both: tuple[str, ...] = ()
    for_you: tuple[str, ...] = ()
    for_them: tuple[str, ...] = ()
    verdict: Verdict | None = None


class Gallery:
    """Turns result items into cards, leaving out whoever may no longer be shown."""

    def __init__(
        self,
        uow: UnitOfWork,
        person: Person,
        said: Mapping[str, Verdict],
        *,
        with_presence: bool,
        reader: Attendee,
    ) -> None:
        self._uow = uow
        self._person = person
        self._said = said
        self._with_presence = with_presence
        self._reader = reader
        self._attendees: Mapping[str, Attendee] = {}
        self._against: frozenset[str] = frozenset()

    @property
    def reader_ref(self) -> str:
        """Who is looking."""
        return self._person.ref

    def reads(self, purpose: Purpose) -> bool:
        """Whether the reader agrees to what is shown for this purpose."""
        return self._reader.agrees_to(purpose)

    def load(self, refs: Sequence[str]) -> None:
        where = (self._person.installation_id, self._person.host_event)
        self._attendees = self._uow.attendees.get_many(*where, set(refs))
        self._against = frozenset(
            ref
            for ref in self._attendees
            for given in self._uow.feedback.of_person(*where, ref)
            if given.other == self._person.ref and given.verdict == "blocked"
        )

    def cards(
        self, items: Sequence[Mapping[str, Any]], *, purpose: Purpose = "matching", only_here: bool = False
    ) -> tuple[Card, ...]:
        cards = (self._card(item) for item in items if self._may_show(str(item["person"]), purpose))
        return tuple(
            card
            for card in cards
            if card.verdict not in {"declined", "blocked"} and (card.here or not only_here)
        )

    def answered(self, *, without: set[str]) -> tuple[Card, ...]:
        """Those whom the person answered and who are not among the cards (any more)."""
        found = [
            Card(ref, self._attendees[ref].profile.name, verdict=verdict)
            for ref, verdict in self._said.items()
            if ref not in without and self._may_show(ref, "matching")
        ]
        return tuple(sorted(found, key=lambda card: (card.name.casefold(), card.ref)))

    def _may_show(self, ref: str, purpose: Purpose) -> bool:
        other = self._attendees.get(ref)
        return (
            other is not None
            and ref != self._person.ref
            and other.agrees_to(purpose)
            and self._reader.agrees_to(purpose)
            and ref not in self._against
        )

    def _card(self, item: Mapping[str, Any]) -> Card:
        ref = str(item["person"])
        for_you, for_them = _sentences(item.get("for_you")), _sentences(item.get("for_them"))
        return Card(
            ref=ref,
            name=str(item.get("name", "")),
            title=str(item.get("title") or ""),
            organisation=str(item.get("organisation") or ""),
            here=self._attendees[ref].here if self._with_presence else None,
            for_both=tuple(text for text in for_you if text in for_them),
            for_you=tuple(text for text in for_you if text not in for_them),
            for_them=tuple(text for text in for_them if text not in for_you),
            verdict=self._said.get(ref),
        )


def _sentences(reasons: Sequence[Mapping[str, Any]] | None) -> tuple[str, ...]:
    return tuple(str(reason["text"]) for reason in reasons or () if reason.get("text"))


def people_in(payload: Any) -> Iterator[str]:
    """Yield the refs of all people whom a result is about, at whatever depth their items stand.

    >>> list(people_in({"circles": [{"people": [{"person": "a"}, {"person": "b"}]}], "language": "en"}))
    ['a', 'b']
    """
    if isinstance(payload, Mapping):
        if "person" in payload:
            yield str(payload["person"])
        payload = list(payload.values())
    if isinstance(payload, list):
        for value in payload:
            yield from people_in(value)
