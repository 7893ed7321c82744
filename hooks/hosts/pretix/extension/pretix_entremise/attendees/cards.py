"""People, circles, tables and meetings as a page shows them: from results that were filtered already, nothing is left to ask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.timezone import is_naive, localtime, make_aware
from django.utils.translation import get_language

from ..held import Ticket, handle_of
from ..shown import items, key_of

HUES = 6
LONGEST_LINK = 2000


@dataclass(frozen=True)
class Card:
    """One person. ``handle`` is what forms call them; reasons are sentences, each said once."""

    ref: str
    handle: str
    name: str
    title: str = ""
    organisation: str = ""
    here: bool = False
    hosts: bool = False
    for_both: tuple[str, ...] = ()
    for_you: tuple[str, ...] = ()
    for_them: tuple[str, ...] = ()
    verdict: str = ""

    @property
    def role(self) -> str:
        """What they do, and where."""
        return " · ".join(filter(None, (self.title, self.organisation)))

    @property
    def initials(self) -> str:
        """What stands in place of a face."""
        words = [word for word in self.name.replace("-", " ").split() if word[0].isalpha()]
        return "".join(word[0].upper() for word in (words[:1] + words[1:][-1:])) or "·"

    @property
    def hue(self) -> int:
        """A number of a colour that is the person's own on this page."""
        return int(self.handle[:4], 16) % HUES

    @property
    def reason(self) -> str:
        """The one sentence to give where there is place for one only."""
        return next(iter((*self.for_both, *self.for_you)), "")


@dataclass(frozen=True)
class Topic:
    """Something to talk about; ``said`` is who wrote what of it: names (an empty one is the reader's) and the words."""

    text: str
    said: tuple[tuple[tuple[str, ...], str], ...] = ()


@dataclass(frozen=True)
class Circle:
    """People around one concern."""

    label: str
    round: int
    hosted: bool
    people: tuple[Card, ...]
    topics: tuple[Topic, ...]


@dataclass(frozen=True)
class Seat:
    """The reader's place at one meal."""

    meal: str
    table: str
    people: tuple[Card, ...]
    topics: tuple[Topic, ...]


@dataclass(frozen=True)
class Meeting:
    """When and where the reader meets whom; moments in the time zone of the event. ``key`` stands in addresses."""

    uid: str
    key: str
    starts: datetime
    ends: datetime
    spot: str
    remote: bool
    link: str
    people: tuple[Card, ...] = field(default=())

    @property
    def day(self) -> str:
        """The day with its weekday, in the active language."""
        said = date_format(self.starts, "l j F")
        if not (get_language() or "").startswith("fr"):
            return said
        return said.lower().replace(" 1 ", " 1er ")  # where pretix writes days and months like headings

    @property
    def until(self) -> str:
        """The time of the end; with the day where it is another one."""
        time = date_format(self.ends, "TIME_FORMAT")
        return time if self.ends.date() == self.starts.date() else f"{date_format(self.ends, 'j F')} {time}"


class Gallery:
    """Makes cards for one ticket's holder."""

    def __init__(self, ticket: Ticket):
        self.ticket = ticket
        self.held = ticket.features
        self._here = {str(item.get("person")) for item in items(self.held, "connections", "here_now")}
        self._topics = {
            (str(group.get("of")), str(group.get("key"))): _dicts(group.get("items"))
            for group in items(self.held, "topics")
        }

    def cards(self, found: Any) -> tuple[Card, ...]:
        """Return the cards of a list of people; whoever has no name is left out."""
        return tuple(self._card(item) for item in _dicts(found) if item.get("person") and item.get("name"))

    def suggested(self, feature: str, name: str = "") -> tuple[Card, ...]:
        """Return the cards of a feature that is one list of people."""
        return self.cards(items(self.held, feature, name))

    def circles(self) -> list[Circle]:
        """Return the circles by round."""
        found = [
            Circle(
                label=str(item.get("label") or ""),
                round=_number(item.get("round")),
                hosted=item.get("role") == "host",
                people=self.cards(item.get("people")),
                topics=self._talk("circle", key_of("circles", item)),
            )
            for item in items(self.held, "circles")
        ]
        return sorted((one for one in found if one.people), key=lambda one: (one.round, one.label))

    def seats(self) -> list[Seat]:
        """Return the places at tables, in the order of the result."""
        return [
            Seat(
                meal=str(item.get("meal") or ""),
                table=str(item.get("table") or ""),
                people=self.cards(item.get("people")),
                topics=self._talk("seat", key_of("seating", item)),
            )
            for item in items(self.held, "seating")
        ]

    def meetings(self) -> list[Meeting]:
        """Return the meetings in the order of time; one without readable moments is left out."""
        found = [self._meeting(item) for item in items(self.held, "meetings")]
        return sorted((one for one in found if one and one.people), key=lambda one: (one.starts, one.uid))

    def _card(self, item: Mapping[str, Any]) -> Card:
        ref, you, them = (
            str(item["person"]),
            _sentences(item.get("for_you")),
            _sentences(item.get("for_them")),
        )
        return Card(
            ref=ref,
            handle=handle_of(self.ticket.position, ref),
            name=str(item["name"]),
            title=str(item.get("title") or ""),
            organisation=str(item.get("organisation") or ""),
            here=ref in self._here,
            hosts=item.get("role") == "host",
            for_both=tuple(text for text in you if text in them),
            for_you=tuple(text for text in you if text not in them),
            for_them=tuple(text for text in them if text not in you),
            verdict=self.ticket.answers.get(ref, ""),
        )

    def _meeting(self, item: Mapping[str, Any]) -> Meeting | None:
        zone = self.ticket.event.timezone
        try:
            moments = [datetime.fromisoformat(str(item[name])) for name in ("starts", "ends")]
            starts, ends = (
                make_aware(one, zone) if is_naive(one) else localtime(one, zone) for one in moments
            )
        except (
            KeyError,
            ValueError,
            OverflowError,
        ):  # at the ends of the calendar there is no other time zone
            return None
        uid = str(item.get("meeting") or "")
        return Meeting(
            uid=uid,
            key=salted_hmac("pretix_entremise.meeting", uid, algorithm="sha256").hexdigest()[:24],
            starts=starts,
            ends=ends,
            spot=str(item.get("spot") or ""),
            remote=bool(item.get("remote")),
            link=web_address(item.get("link")),
            people=self.cards(item.get("people")),
        )

    def _talk(self, of: str, key: str) -> tuple[Topic, ...]:
        found = self._topics.get((of, key), ())
        return tuple(Topic(str(item["text"]), tuple(self._said(item))) for item in found if item.get("text"))

    def _said(self, item: Mapping[str, Any]) -> Iterable[tuple[tuple[str, ...], str]]:
        whose: dict[str, list[str]] = {}
        for each in _dicts(item.get("said")):
            mine = each.get("person") == self.ticket.ref
            whose.setdefault(str(each.get("text") or ""), []).append(
                "" if mine else str(each.get("name") or "")
            )
        for text, names in whose.items():
            yield tuple(names), "" if text.casefold() in str(item["text"]).casefold() else text


def web_address(link: Any) -> str:
    """Return an address that a browser may open; nothing for any other.

    >>> web_address("https://meet.example.org/a"), web_address("javascript:alert(1)")
    ('https://meet.example.org/a', '')
    """
    if (
        not isinstance(link, str)
        or not link.lower().startswith(("https://", "http://"))
        or len(link) > LONGEST_LINK
    ):
        return ""
    try:
        return link if urlsplit(link).hostname and link.isprintable() else ""
    except ValueError:
        return ""


def _sentences(reasons: Any) -> list[str]:
    return [str(reason["text"]) for reason in _dicts(reasons) if reason.get("text")]


def _dicts(found: Any) -> list[Mapping[str, Any]]:
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 1
