"""What a person sees and says on their own page: their results, who is here now, their answers, leaving, coming back.

What is shown is checked again at the moment of looking: whoever has left, or said never again, since the results
were worked out is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from ..domain.events import AttendeeEvent, FeedbackGiven, OptOutChanged, Verdict
from ..domain.model import Attendee, Purpose, just_after, stamp
from ..domain.suggestions import FEATURES, Result
from .handlers import apply_events, ring_after
from .links import AFTER_THE_END, Person
from .ports import Services, UnitOfWork

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


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


@dataclass(frozen=True, slots=True)
class PersonalPage:
    """All that one person sees. ``languages`` are the person's own, ``reasons_in`` is the one of the reasons."""

    name: str
    host_event: str
    languages: tuple[str, ...]
    reasons_in: str
    opted_out: bool
    agreed: tuple[str, ...]
    shown_of_you: Mapping[str, tuple[str, ...]]
    here_now: tuple[Card, ...] = ()
    experts: tuple[Card, ...] = ()
    peers: tuple[Card, ...] = ()
    suggestions: tuple[Card, ...] = ()
    role: str = ""
    pairings: tuple[Card, ...] = ()
    answered: tuple[Card, ...] = field(default=())


def look(container: Services, person: Person) -> PersonalPage | None:
    """Return what the person may see now; ``None`` when there is nobody, or no page any more."""
    with container.store.snapshot() as uow:
        return _look(uow, person, now=container.clock())


def answer(container: Services, person: Person, other: str, verdict: str) -> bool:
    """Record what the person says about somebody whom they were shown; ``False`` if they never were."""
    if verdict not in VERDICTS:
        return False
    said = FeedbackGiven(
        host_event=person.host_event,
        stamp=_now(container),
        attendee=person.ref,
        other=other,
        verdict=verdict,
    )
    return _record(container, person, said)


def set_opt_out(container: Services, person: Person, opted_out: bool) -> bool:
    """Record that the person leaves everything, or comes back; ``False`` when there is nobody."""
    change = OptOutChanged(
        host_event=person.host_event, stamp=_now(container), attendee=person.ref, opted_out=opted_out
    )
    return _record(container, person, change)


def _record(container: Services, person: Person, happened: AttendeeEvent) -> bool:
    with container.store.begin() as uow:
        if _reader(uow, person, now=container.clock()) is None:
            return False
        if isinstance(happened, FeedbackGiven):
            if happened.other not in _seen(uow, person):
                return False
            happened = _last_word(uow, person, happened)
        applied = apply_events(
            uow, container.vault, person.installation_id, [happened], now=container.clock()
        )
    ring_after(container, person.installation_id, applied)
    return True


def _last_word(uow: UnitOfWork, person: Person, said: FeedbackGiven) -> FeedbackGiven:
    """Date it after all that a host has reported, by a fast clock perhaps: "never again" said here must hold."""
    before = [given.stamp for given in _feedback(uow, person) if given.other == said.other]
    if not before or said.stamp > before[0]:
        return said
    return replace(said, stamp=just_after(before[0], tie="page"))


def _now(container: Services) -> str:
    return stamp(at=container.clock(), tie="page")


def _reader(uow: UnitOfWork, person: Person, *, now: float) -> Attendee | None:
    installation = uow.installations.get(person.installation_id)
    if installation is None or installation.status == "disabled":
        return None
    host_event = uow.host_events.get(person.installation_id, person.host_event)
    if host_event is not None and host_event.ends_at is not None and now > host_event.ends_at + AFTER_THE_END:
        return None
    return uow.attendees.get(person.installation_id, person.host_event, person.ref)


def _seen(uow: UnitOfWork, person: Person) -> frozenset[str]:
    """Whom the person is shown, or has said something about before."""
    shown = {ref for result in _results(uow, person).values() for ref in _people(result.payload or {})}
    return frozenset(shown | {given.other for given in _feedback(uow, person)})


def _results(uow: UnitOfWork, person: Person) -> Mapping[str, Result]:
    found = {
        feature: uow.outbox.get(person.installation_id, person.host_event, person.ref, feature)
        for feature in FEATURES
    }
    return {feature: result for feature, result in found.items() if result is not None}


def _feedback(uow: UnitOfWork, person: Person) -> Sequence[FeedbackGiven]:
    return uow.feedback.of_person(person.installation_id, person.host_event, person.ref)


def _people(payload: Mapping[str, Any]) -> list[str]:
    return [str(item["person"]) for item in _items(payload)]


def _items(payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [item for key in ("here_now", "suggestions", "pairings") for item in payload.get(key) or ()]


def _look(uow: UnitOfWork, person: Person, *, now: float) -> PersonalPage | None:
    reader = _reader(uow, person, now=now)
    if reader is None:
        return None
    host_event = uow.host_events.get(person.installation_id, person.host_event)
    results = {} if reader.opted_out else _results(uow, person)
    held = {feature: (results[feature].payload if feature in results else None) or {} for feature in FEATURES}
    connections, mentorship = held["connections"], held["mentorship"]
    said = {given.other: given.verdict for given in _feedback(uow, person)}
    gallery = _Gallery(uow, person, said, with_presence="here_now" in connections, reader=reader)
    gallery.load([*(ref for payload in held.values() for ref in _people(payload)), *said])
    here_now = gallery.cards(connections.get("here_now") or (), only_here=True)
    pairings = gallery.cards(mentorship.get("pairings") or (), purpose="mentoring")
    # Nobody is shown twice: mentorship says most, then who is here, who can help, and who faces the same.
    above = {card.ref for card in pairings}
    here_now = _new(here_now, above)
    experts, peers, suggestions = (
        _new(gallery.cards(held[feature].get("suggestions") or ()), above)
        for feature in ("experts", "peers", "connections")
    )
    return PersonalPage(
        name=reader.profile.name,
        host_event=host_event.name if host_event and host_event.name else "",
        languages=reader.profile.languages,
        reasons_in=next((str(payload["language"]) for payload in held.values() if "language" in payload), ""),
        opted_out=reader.opted_out,
        agreed=_agreed(reader),
        shown_of_you=_shown_of(reader),
        here_now=here_now,
        experts=experts,
        peers=peers,
        suggestions=suggestions,
        role=str(mentorship.get("role", "")),
        pairings=pairings,
        answered=() if reader.opted_out else gallery.answered(without=above),
    )


def _new(cards: Iterable[Card], above: set[str]) -> tuple[Card, ...]:
    """Return the cards of people who are not shown above, and count them as shown."""
    new = tuple(card for card in cards if card.ref not in above)
    above.update(card.ref for card in new)
    return new


class _Gallery:
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


def _agreed(reader: Attendee) -> tuple[str, ...]:
    consent = reader.profile.consent
    return tuple(name for name in ("matching", "mentoring", "presence") if getattr(consent, name))


def _shown_of(reader: Attendee) -> Mapping[str, tuple[str, ...]]:
    """What others can read of the person, field by field: the name, and what they made visible."""
    profile = reader.profile
    fields = ("organisation", "title", "interests", "challenges", "goals", "offers", "needs", "bio")
    shown: dict[str, tuple[str, ...]] = {"name": (profile.name,)} if profile.name else {}
    for name in fields:
        if name in profile.visible and (value := getattr(profile, name)):
            shown[name] = (value,) if isinstance(value, str) else tuple(value)
    return shown
