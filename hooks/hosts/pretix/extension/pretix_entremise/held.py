"""What the holder of a ticket may see at the moment of looking, whatever is held for them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Prefetch, Q
from django.utils.crypto import salted_hmac
from django.utils.timezone import now
from pretix.base.models import OrderPosition, QuestionAnswer

from . import handing, profile, shown
from .guards import connection_of
from .models import Answer, Connection, Held, Opting, Told
from .questions import Mapping as Questions

VERDICTS = ("accepted", "met", "declined", "blocked")
AGAINST = ("declined", "blocked")
AFTER_THE_END = timedelta(days=90)

REF = re.compile(r"([A-Za-z0-9]{1,16})-([0-9]{1,9})")


def ref_of(position) -> str:
    """Return what the ticket is called in results."""
    return f"{position.order.code}-{position.positionid}"


def handle_of(position, ref: str) -> str:
    """Return what another person is called on the pages of ``position``: opaque, another for every reader."""
    return salted_hmac("pretix_entremise.person", f"{position.pk}/{ref}", algorithm="sha256").hexdigest()[:24]


def visible_to(position) -> Mapping[str, dict]:
    """Return the ticket's results by feature, without whoever may not be shown now. See ``Ticket``."""
    return Ticket(position).features


class Ticket:
    """One ticket's holder and what they may see now. Asks the database a fixed number of times, however many people.

    Everything is read once, at the first use. Others are shown who have a valid ticket, agreed to the purpose (and so
    did the reader), have not left, and were not turned down by the reader; and whoever blocked the reader is not. Nor is
    anybody under the name and with the words of whoever had their ticket before.
    """

    def __init__(self, position):
        self.position = position
        self.event = position.order.event
        self.ref = ref_of(position)

    @cached_property
    def connection(self) -> Connection | None:
        """The event's connection; nothing is shown without one."""
        return connection_of(self.event)

    @property
    def closes_at(self) -> datetime:
        """When the pages of this ticket end."""
        when = self.position.subevent if self.position.subevent_id else self.event
        return (when.date_to or when.date_from) + AFTER_THE_END

    @property
    def in_time(self) -> bool:
        """Whether it is not too late; costs no query."""
        return now() <= self.closes_at

    @property
    def open(self) -> bool:
        """Whether there is anything to see or say at all."""
        return self.connection is not None and self.in_time and self.counts

    @cached_property
    def features(self) -> Mapping[str, dict]:
        """What may be shown now, by feature: payloads as in the reference of deliveries, without some people."""
        if not self.open or self.out or not self._held or self.handed_over:
            return {}
        wanted = {name: row.payload for name, row in self._held.items() if _purpose(name) in self.agreed}
        left_out = {other for other, verdict in self.answers.items() if verdict in AGAINST}
        # Tickets that somebody else has by now, until the service has heard of it.
        left_out.update(
            ref
            for ref, name in shown.names_in(list(wanted.values()))
            if ref in self._people
            and not handing.are_alike(name, self._people[ref].position.attendee_name or "")
        )
        may_see = {
            purpose: self._known(purpose) - left_out for purpose in ("matching", "mentoring", "groups")
        }
        may_see["presence"] = frozenset(
            ref for ref in may_see["matching"] if "presence" in self._people[ref].agreed
        )
        return shown.filtered(wanted, reader=self.ref, may_see=may_see)

    @cached_property
    def told(self) -> Told | None:
        """What the service was told of the ticket."""
        return Told.objects.filter(connection=self.connection, ref=self.ref).first()

    @property
    def handed_over(self) -> bool:
        """Whether what is kept is of somebody who had the ticket before, and has yet to be let go of."""
        return self.told is not None and handing.is_another(self.told.holder, self.position)

    @property
    def counts(self) -> bool:
        """Whether the ticket makes its holder an attendee."""
        return self.ref in self._people

    @property
    def out(self) -> bool:
        """Whether the holder has left everything."""
        return self.counts and self._people[self.ref].out

    @property
    def opting(self) -> Opting | None:
        """When the holder last left everything or came back; ``None`` where neither is so."""
        opting = getattr(self.position, "entremise_opting", None)
        return None if opting is None or handing.is_another(opting.holder, self.position) else opting

    @property
    def agreed(self) -> frozenset[str]:
        """What the holder agreed to, as the answers on the ticket say now."""
        return self._people[self.ref].agreed if self.counts else frozenset()

    @property
    def profile(self) -> dict[str, Any] | None:
        """The holder's own profile, as it leaves pretix; ``None`` where nothing does."""
        return profile.read(self._people[self.ref].position, self._questions) if self.counts else None

    @cached_property
    def answers(self) -> Mapping[str, str]:
        """What the holder said of others: verdicts by ref."""
        mine = {
            other: verdict
            for holder, position, other, verdict, *_ in self._said
            if position == self.position.pk and not handing.is_another(holder, self.position)
        }
        return {} if mine and self.handed_over else mine

    @property
    def answered(self) -> list[tuple[str, str, str]]:
        """Whom the holder answered and who may be named: ref, name, verdict, by name."""
        found = [
            (ref, self._people[ref].position.attendee_name or "", verdict)
            for ref, verdict in self.answers.items()
            if self.open and not self.out and ref in self._known("matching")
        ]
        return sorted(found, key=lambda one: (one[1].casefold(), one[0]))

    def changed_at(self, feature: str) -> datetime | None:
        """Return when the held result last changed; ``None`` where none is held."""
        return self._held[feature].at if feature in self._held else None

    def behind(self, handle: str) -> str | None:
        """Return the ref of the person behind a handle: of somebody whom the holder is shown, or has answered before."""
        known = {*shown.people_in(list(self.features.values())), *(ref for ref, *_ in self.answered)} - {
            self.ref
        }
        return next((ref for ref in known if handle_of(self.position, ref) == handle), None)

    def _known(self, purpose: str) -> frozenset[str]:
        if purpose not in self.agreed:
            return frozenset()
        against = {f"{code}-{number}" for *_, other, verdict, code, number in self._said
                   if other == self.ref and verdict == "blocked"}  # fmt: skip
        return frozenset(
            ref
            for ref, person in self._people.items()
            if ref != self.ref and purpose in person.agreed and not person.out and ref not in against
        )

    @cached_property
    def _held(self) -> Mapping[str, Held]:
        return {
            row.feature: row for row in Held.objects.filter(position=self.position, payload__isnull=False)
        }

    @cached_property
    def _said(self) -> list[tuple]:
        return list(
            Answer.objects.filter(
                Q(position=self.position) | Q(other=self.ref, verdict="blocked", position__order__event=self.event)
            ).values_list("holder", "position", "other", "verdict", "position__order__code", "position__positionid")
        )  # fmt: skip

    @cached_property
    def _questions(self) -> Questions:
        return Questions.of(self.event)

    @cached_property
    def _people(self) -> Mapping[str, "Person"]:
        """Everybody who is named in what is held, or was answered, and the holder: those whose tickets are valid."""
        payloads = [row.payload for row in self._held.values()]
        refs = {self.ref, *shown.people_in(payloads), *self.answers}
        tickets = [match.groups() for ref in refs if (match := REF.fullmatch(ref))]
        answers = QuestionAnswer.objects.select_related("question").prefetch_related("options")
        positions = (
            OrderPosition.objects.filter(
                order__event=self.event,
                order__code__in={code for code, _ in tickets},
                positionid__in={int(number) for _, number in tickets},
            )
            .select_related("order", "entremise_opting")
            .prefetch_related(Prefetch("answers", answers))
        )
        return {
            ref_of(one): Person.of(one, self._questions)
            for one in positions
            if ref_of(one) in refs and profile.counts(one.order, one, self._questions)
        }


@dataclass(frozen=True)
class Person:
    """Somebody with a valid ticket: to what they agreed, and whether they left everything."""

    position: Any
    agreed: frozenset[str]
    out: bool

    @classmethod
    def of(cls, position, questions: Questions) -> "Person":
        """Read the ticket. Without a yes to being suggested, nothing else counts as agreed to."""
        reading = profile.look(position, questions)
        agreed = [name.removeprefix("consent.") for name, yes in reading.votes.items() if yes]
        agreed = frozenset(agreed) if reading.agreed else frozenset()
        return cls(position, agreed, handing.has_left(position))


def _purpose(feature: str) -> str:
    return shown.PURPOSES.get(feature, "matching")
