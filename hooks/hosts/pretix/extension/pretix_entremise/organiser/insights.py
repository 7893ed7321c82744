"""What an organiser may know of a whole event: from what the extension holds itself, in a few queries, without the service.

Of what people said about each other there are numbers only.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Prefetch
from django.utils.timezone import now
from pretix.base.models import OrderPosition, QuestionAnswer

from .. import profile, shown
from ..held import AGAINST, ref_of
from ..models import Answer, Held, Opting
from ..questions import PURPOSES, Mapping
from .people import Person

LISTS = ("connections", "peers", "experts")
"""Features that suggest whom to meet; being on one of these lists is being shown."""

PLACES = ("mentorship", "circles", "seating", "meetings")
"""Features that give a place in a plan."""

SINCE = dt.timedelta(days=1)


@dataclass(frozen=True)
class Attendee:
    """One ticket that counts: who agreed to what, and whether they left everything."""

    pk: int
    person: Person
    purposes: frozenset[str]
    out: bool
    ordered: dt.datetime

    @property
    def there(self):
        """Whether they may be suggested."""
        return "matching" in self.purposes and not self.out


@dataclass(frozen=True)
class Alone:
    """Somebody who agreed and would meet nobody; ``shows`` and ``shown`` say which way round."""

    person: Person
    shows: int
    shown: int


@dataclass
class Insights:
    """The numbers of one event.

    ``lists`` are whom each person is shown, by ref; ``exposure`` in how many lists of ``connections`` each stands, which
    is what floor and cap are about; ``places`` how many have a place, by feature.
    """

    attendees: list[Attendee] = field(default_factory=list)
    lists: dict[str, frozenset[str]] = field(default_factory=dict)
    exposure: Counter = field(default_factory=Counter)
    places: Counter = field(default_factory=Counter)
    renewed: int = 0
    verdicts: Counter = field(default_factory=Counter)
    lately: Counter = field(default_factory=Counter)
    mutual: int = 0
    both_met: int = 0

    @cached_property
    def there(self):
        """Those who may be suggested, by ref."""
        return {one.person.ref: one for one in self.attendees if one.there}

    @property
    def agreed(self):
        """How many agreed to each purpose, and have not left."""
        found = Counter(purpose for one in self.attendees if one.there for purpose in one.purposes)
        return [(purpose, found[purpose]) for purpose in PURPOSES]

    @property
    def left(self):
        """How many left everything."""
        return sum(one.out for one in self.attendees)

    @cached_property
    def shown(self):
        """To how many people each is shown by any list, by ref; everybody who may be suggested is in it."""
        found = Counter(dict.fromkeys(self.there, 0))
        for others in self.lists.values():
            found.update(others)
        return found

    @cached_property
    def alone(self):
        """Who agreed, and is shown nobody or shown to nobody."""
        found = [
            Alone(one.person, len(self.lists.get(ref, ())), self.shown[ref])
            for ref, one in self.there.items()
        ]
        return sorted(
            (one for one in found if not one.shows or not one.shown),
            key=lambda one: (one.shows + one.shown, str(one.person).casefold()),
        )

    @cached_property
    def edges(self):
        """Pairs of people of whom at least one is shown the other, each once, in a fixed order."""
        return sorted({tuple(sorted((ref, other))) for ref, others in self.lists.items() for other in others})

    @property
    def new(self):
        """How many of the tickets are from the last day."""
        return sum(one.ordered >= now() - SINCE for one in self.attendees)


def gather(event):
    """Return the insights of an event; asks the database the same few times however many tickets there are."""
    found = Insights()
    found.attendees = list(_attendees(event))
    places = {one.pk: one.person.ref for one in found.attendees if one.there}
    said = list(
        Answer.objects.filter(position__order__event=event).values_list(
            "position", "position__order__code", "position__positionid", "other", "verdict", "at"
        )
    )
    against = {(pk, other) for pk, _, _, other, verdict, _ in said if verdict in AGAINST}
    _read_held(event, found, places, against)
    _read_answers(found, said)
    return found


def _attendees(event):
    mapping = Mapping.of(event)
    answers = QuestionAnswer.objects.select_related("question").prefetch_related("options")
    out = set(
        Opting.objects.filter(position__order__event=event, out=True).values_list("position", flat=True)
    )
    positions = (
        OrderPosition.objects.filter(order__event=event, addon_to__isnull=True)
        .select_related("order")
        .prefetch_related(Prefetch("answers", answers))
    )
    for position in positions:
        if not profile.counts(position.order, position, mapping):
            continue
        reading = profile.look(position, mapping)
        agreed = [name.removeprefix("consent.") for name, yes in reading.votes.items() if yes]
        yield Attendee(
            position.pk,
            Person(ref_of(position), position.attendee_name or "", position.order.code),
            frozenset(set(agreed) & set(PURPOSES)) if reading.agreed else frozenset(),
            position.pk in out,
            position.order.datetime,
        )


def _read_held(event, found, places, against):
    """Read lists and places of those who are there; whoever may not be shown now is on no list."""
    there = frozenset(places.values())
    rows = Held.objects.filter(position__order__event=event, payload__isnull=False)
    lists = {ref: set() for ref in there}
    found.exposure = Counter(dict.fromkeys(there, 0))
    for pk, feature, payload in rows.filter(feature__in=LISTS).values_list("position", "feature", "payload"):
        if pk not in places:
            continue
        named = {str(item.get("person")) for item in shown.items({feature: payload}, feature)} - {places[pk]}
        seen = {ref for ref in named if ref in there and (pk, ref) not in against}
        lists[places[pk]] |= seen
        if feature == LISTS[0]:
            found.exposure.update(seen)
    found.lists = {ref: frozenset(others) for ref, others in lists.items()}
    renewed, lately = set(), now() - SINCE
    for pk, feature, at in rows.values_list("position", "feature", "at"):
        if pk in places:
            found.places[feature] += feature in PLACES
            if at >= lately:
                renewed.add(pk)
    found.renewed = len(renewed)


def _read_answers(found, said):
    refs = {one.person.ref for one in found.attendees}
    by_pair, lately = {}, now() - SINCE
    for _, code, number, other, verdict, at in said:
        ref = f"{code}-{number}"
        if ref not in refs:
            continue
        by_pair[ref, other] = verdict
        found.verdicts[verdict] += 1
        found.lately["answers"] += at >= lately
    for (ref, other), verdict in by_pair.items():
        if ref < other and (back := by_pair.get((other, ref))):
            found.mutual += verdict not in AGAINST and back not in AGAINST
            found.both_met += verdict == back == "met"
