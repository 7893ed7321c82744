"""What is on a person's page, section by section, and what of it stands in the block on the ticket page."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from django.utils.timezone import now
from django.utils.translation import get_language

from ..held import AGAINST, Ticket, handle_of
from .cards import Card, Circle, Gallery, Meeting, Seat

FIELDS = ("organisation", "title", "sector", "interests", "challenges", "goals", "offers", "needs", "bio")
PURPOSES = ("matching", "mentoring", "groups", "presence")
MOST_IN_BLOCK = 3


@dataclass(frozen=True)
class Page:
    """All that one ticket's holder sees. Nobody is suggested twice: who meets, sits or mentors is not suggested again."""

    ticket: Ticket
    meetings: list[Meeting]
    circles: list[Circle]
    seats: list[Seat]
    role: str
    pairings: tuple[Card, ...]
    here_now: tuple[Card, ...]
    experts: tuple[Card, ...]
    peers: tuple[Card, ...]
    suggestions: tuple[Card, ...]
    answered: list[Card]
    reasons_in: str = ""

    @property
    def anything(self) -> bool:
        """Whether there is anybody or anything to see."""
        return bool(self.above or self.suggestions)

    @property
    def above(self) -> bool:
        """Whether something stands before the plain suggestions."""
        return bool(
            self.meetings or self.circles or self.seats or self.pairings
            or self.here_now or self.experts or self.peers
        )  # fmt: skip

    @property
    def rounds(self) -> bool:
        """Whether circles meet more than once."""
        return len({circle.round for circle in self.circles}) > 1

    @property
    def days(self) -> list[tuple[str, list[Meeting]]]:
        """The meetings by day."""
        return [(day, list(those)) for day, those in groupby(self.meetings, key=lambda one: one.day)]

    @property
    def next_meetings(self) -> list[Meeting]:
        """The meetings that are not over, for the block."""
        return [one for one in self.meetings if one.ends > now()][:MOST_IN_BLOCK]

    @property
    def first(self) -> tuple[Card, ...]:
        """The first people to meet, for the block."""
        best = {card.ref: card for card in (*self.suggestions, *self.experts, *self.peers)}
        ranked = [card for card in best.values() if card.verdict != "met"]
        return tuple(ranked[:MOST_IN_BLOCK])

    @cached_property
    def shown_of_you(self) -> list[tuple[str, str]]:
        """What others can read of the holder: names of fields and texts."""
        profile = self.ticket.profile or {}
        wanted = [("name", profile.get("name"))]
        wanted += [(name, profile.get(name)) for name in FIELDS if name in profile.get("visible", ())]
        return [
            (name, value if isinstance(value, str) else ", ".join(value)) for name, value in wanted if value
        ]

    @property
    def agreed(self) -> list[str]:
        """To what the holder agreed, of what shows on these pages."""
        return [purpose for purpose in PURPOSES if purpose in self.ticket.agreed]


def look(ticket: Ticket) -> Page:
    """Return what the ticket's holder sees now."""
    gallery = Gallery(ticket)
    pairings, circles, meetings = gallery.suggested("mentorship"), gallery.circles(), gallery.meetings()
    above = {card.ref for card in pairings}
    above.update(card.ref for together in (*circles, *meetings) for card in together.people)
    here_now, experts, peers, suggestions = (
        _new(gallery.suggested(feature, name), above)
        for feature, name in (
            ("connections", "here_now"),
            ("experts", ""),
            ("peers", ""),
            ("connections", ""),
        )
    )
    return Page(
        ticket=ticket,
        meetings=meetings,
        circles=circles,
        seats=gallery.seats(),
        role=_role(ticket),
        pairings=pairings,
        here_now=here_now,
        experts=experts,
        peers=peers,
        suggestions=suggestions,
        answered=[
            Card(ref, handle_of(ticket.position, ref), name, verdict=verdict)
            for ref, name, verdict in ticket.answered
            if name and (ref not in above or verdict in AGAINST)
        ],
        reasons_in=_language(ticket),
    )


def _new(cards: Iterable[Card], above: set[str]) -> tuple[Card, ...]:
    """Return the cards of people who are not shown above, and count them as shown."""
    new = tuple(card for card in cards if card.ref not in above)
    above.update(card.ref for card in new)
    return new


def _role(ticket: Ticket) -> str:
    role = ticket.features.get("mentorship", {}).get("role")
    return role if role in ("mentor", "mentee") else "both"


def _language(ticket: Ticket) -> str:
    """Return the language of the reasons where it is not the page's; empty otherwise."""
    said = next((payload["language"] for payload in ticket.features.values() if payload.get("language")), "")
    page = (get_language() or "en").split("-")[0]
    return said if isinstance(said, str) and said != page else ""
