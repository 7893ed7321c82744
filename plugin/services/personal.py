"""What a person sees and says on their own page: their results, who is here now, their answers, leaving, coming back.

What is shown is checked again at the moment of looking: whoever has left, or said never again, since the results
were worked out is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from ..domain.errors import NotFound
from ..domain.events import AttendeeEvent, FeedbackGiven, OptOutChanged, Verdict
from ..domain.model import NEVER, Attendee, just_after, stamp
from ..domain.suggestions import FEATURES, Result
from .addresses import address_of, holder, is_holder
from .cards import Card, Gallery, people_in
from .handlers import apply_events, ring_after
from .links import AFTER_THE_END, Person
from .personal_plans import Plans, read_plans
from .personal_requests import Requests, read_requests
from .ports import Services, UnitOfWork
from .privacy import tombstones

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class PersonalPage:
    """All that the person ``ref`` sees. ``languages`` are the person's own, ``reasons_in`` is the one of the reasons."""

    ref: str
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
    plans: Plans = Plans()
    answered: tuple[Card, ...] = ()
    requests: Requests = Requests()


def look(container: Services, person: Person) -> PersonalPage | None:
    """Return what the person may see now; ``None`` when there is nobody, or no page any more."""
    with container.store.snapshot() as uow:
        page = _look(container, uow, person)
        if page is None or page.opted_out:
            return page
        shown = (*page.here_now, *page.experts, *page.peers, *page.suggestions, *page.pairings)
        return replace(page, requests=read_requests(container, uow, person, (card.ref for card in shown)))


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


def address_of_page(container: Services, installation_id: str, host_event: str, attendee: str) -> str:
    """Return the address of somebody's own page; raises ``NotFound`` for whom nothing is known of."""
    with container.store.snapshot() as uow:
        person = holder(container, uow, installation_id, host_event, attendee)
        if _reader(container, uow, person) is None:
            raise NotFound("there is no such attendee")
        return address_of(container, uow, person)


def set_opt_out(container: Services, person: Person, opted_out: bool) -> bool:
    """Record that the person leaves everything, or comes back; ``False`` when there is nobody."""
    change = OptOutChanged(
        host_event=person.host_event, stamp=_now(container), attendee=person.ref, opted_out=opted_out
    )
    return _record(container, person, change)


def _record(container: Services, person: Person, happened: AttendeeEvent) -> bool:
    with container.store.begin() as uow:
        if _reader(container, uow, person) is None:
            return False
        if isinstance(happened, FeedbackGiven):
            if happened.other not in _seen(uow, person):
                return False
            happened = _last_word(uow, person, happened)
        happened = _of_this_life(container, uow, person, happened)
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


def _of_this_life(container: Services, uow: UnitOfWork, person: Person, said: AttendeeEvent) -> AttendeeEvent:
    """Date it after every erasure of those whom it is about: by a fast clock, it may lie ahead of ours."""
    about = {said.attendee, said.other} if isinstance(said, FeedbackGiven) else {said.attendee}
    graves = tombstones(uow, container.vault, person.installation_id, person.host_event, about)
    last = max(graves.values(), default=NEVER)
    return said if said.stamp > last else replace(said, stamp=just_after(last, tie="page"))


def _now(container: Services) -> str:
    return stamp(at=container.clock(), tie="page")


def _reader(container: Services, uow: UnitOfWork, person: Person) -> Attendee | None:
    installation = uow.installations.get(person.installation_id)
    if installation is None or installation.status == "disabled":
        return None
    host_event = uow.host_events.get(person.installation_id, person.host_event)
    ends_at = host_event.ends_at if host_event is not None else None
    if ends_at is not None and container.clock() > ends_at + AFTER_THE_END:
        return None
    if not is_holder(container, uow, person):
        return None
    return uow.attendees.get(person.installation_id, person.host_event, person.ref)


def _seen(uow: UnitOfWork, person: Person) -> frozenset[str]:
    """Whom the person is shown, or has said something about before."""
    shown = {ref for result in _results(uow, person).values() for ref in people_in(result.payload)}
    return frozenset(shown | {given.other for given in _feedback(uow, person)})


def _results(uow: UnitOfWork, person: Person) -> Mapping[str, Result]:
    found = {
        feature: uow.outbox.get(person.installation_id, person.host_event, person.ref, feature)
        for feature in FEATURES
    }
    return {feature: result for feature, result in found.items() if result is not None}


def _feedback(uow: UnitOfWork, person: Person) -> Sequence[FeedbackGiven]:
    return uow.feedback.of_person(person.installation_id, person.host_event, person.ref)


def _look(container: Services, uow: UnitOfWork, person: Person) -> PersonalPage | None:
    reader = _reader(container, uow, person)
    if reader is None:
        return None
    host_event = uow.host_events.get(person.installation_id, person.host_event)
    results = {} if reader.opted_out else _results(uow, person)
    held = {feature: (results[feature].payload if feature in results else None) or {} for feature in FEATURES}
    connections, mentorship = held["connections"], held["mentorship"]
    said = {given.other: given.verdict for given in _feedback(uow, person)}
    gallery = Gallery(uow, person, said, with_presence="here_now" in connections, reader=reader)
    gallery.load([*(ref for payload in held.values() for ref in people_in(payload)), *said])
    here_now = gallery.cards(connections.get("here_now") or (), only_here=True)
    pairings = gallery.cards(mentorship.get("pairings") or (), purpose="mentoring")
    plans = read_plans(held, gallery)
    # Nobody is suggested twice: mentorship and plans say most, then who is here, who can help, who faces the same.
    above = {card.ref for card in pairings} | plans.introduced
    here_now = _new(here_now, above)
    experts, peers, suggestions = (
        _new(gallery.cards(held[feature].get("suggestions") or ()), above)
        for feature in ("experts", "peers", "connections")
    )
    return PersonalPage(
        ref=reader.ref,
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
        plans=plans,
        answered=() if reader.opted_out else gallery.answered(without=above),
    )


def _new(cards: Iterable[Card], above: set[str]) -> tuple[Card, ...]:
    """Return the cards of people who are not shown above, and count them as shown."""
    new = tuple(card for card in cards if card.ref not in above)
    above.update(card.ref for card in new)
    return new


def _agreed(reader: Attendee) -> tuple[str, ...]:
    consent = reader.profile.consent
    return tuple(name for name in ("matching", "mentoring", "groups", "presence") if getattr(consent, name))


def _shown_of(reader: Attendee) -> Mapping[str, tuple[str, ...]]:
    """What others can read of the person, field by field: the name, and what they made visible."""
    profile = reader.profile
    fields = ("organisation", "title", "interests", "challenges", "goals", "offers", "needs", "bio")
    shown: dict[str, tuple[str, ...]] = {"name": (profile.name,)} if profile.name else {}
    for name in fields:
        if name in profile.visible and (value := getattr(profile, name)):
            shown[name] = (value,) if isinstance(value, str) else tuple(value)
    return shown
