"""From orders as they are now to what the service has to be told, measured against what it was told before.

Nothing about a ticket leaves pretix before its holder said yes; afterwards everything is told that takes something
back. An id is kept until the service has confirmed what it stands for, so that saying it again changes nothing there.
"""

import datetime as dt
import hashlib
import json
import logging
import time
from dataclasses import dataclass, field

from django.db.models import Prefetch
from django.utils.timezone import now
from pretix.base.models import Checkin, Order, OrderPosition

from . import client, handing
from . import profile as profiles
from .held import ref_of
from .models import Told
from .questions import PURPOSES, Mapping

UNSURE = Told.UNSURE
"""In front of a digest or a presence: it was about to be said, and nobody knows whether it arrived."""

CANCELLED, EMPTIED, ERASED = "cancelled", "emptied", "erased"
NOBODY = {"consent": dict.fromkeys(PURPOSES, False)}
"""What is left of a profile when consent is taken back."""

_A_MOMENT = dt.timedelta(microseconds=1)
_PRESENCE = {Checkin.TYPE_ENTRY: "checked_in", Checkin.TYPE_EXIT: "left"}

log = logging.getLogger(__name__)


@dataclass
class Telling:
    """What to say; the rows of ``Told`` as they are while it is being said; codes of orders that could not be read.

    ``handed`` are tickets that were handed to somebody else: what is kept of whom they had is let go of with that;
    ``taken_up`` the refs of those whose next holder is introduced.
    """

    cloudevents: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    unreadable: list = field(default_factory=list)
    handed: list = field(default_factory=list)
    taken_up: list = field(default_factory=list)

    def add(self, other):
        """Take in what else is to be said."""
        self.cloudevents += other.cloudevents
        self.rows += other.rows
        self.unreadable += other.unreadable
        self.handed += other.handed
        self.taken_up += other.taken_up


def orders_of(event):
    """Return the event's orders with all that telling needs: a handful of queries, however many there are."""
    scans = Checkin.all.filter(successful=True).order_by("datetime", "pk")
    positions = (
        OrderPosition.all.select_related("entremise_opting")
        .prefetch_related(
            "answers__question", "answers__options", "entremise_answers",
            Prefetch("all_checkins", queryset=scans, to_attr="entremise_scans"),
        )
        .order_by("positionid")
    )  # fmt: skip
    return Order.objects.filter(event=event).prefetch_related(Prefetch("all_positions", queryset=positions))


class Teller:
    """Says things in the name of one connection."""

    def __init__(self, connection, event):
        self.connection = connection
        self.event = event
        self.mapping = Mapping.of(event)

    def orders(self, orders, told):
        """Return what is to be said about these orders; ``told`` are the rows of all their codes.

        A row whose ticket is in none of the orders is told as erased. An order that cannot be read spoils no other.
        """
        known = {row.ref: row for row in told}
        whole = Telling()
        for order in orders:
            order.event = self.event
            telling = Telling()
            try:
                for position in order.all_positions.all():
                    ref = f"{order.code}-{position.positionid}"
                    self._ticket(telling, order, position, known.get(ref), ref)
                    known.pop(ref, None)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this order's
                log.error("entremise: order %s cannot be read: %s", order.code, type(error).__name__)
                known = {ref: row for ref, row in known.items() if row.code != order.code}
                telling = Telling(unreadable=[order.code])
            whole.add(telling)
        whole.add(self.gone(known.values()))
        return whole

    def gone(self, told):
        """Return what is to be said about tickets that are not there any more."""
        telling = Telling()
        for row in told:
            self._gone(telling, row)
        return telling

    def host_event(self, told):
        """Return what is to be said about the event itself; ``told`` is its row, or ``None``."""
        event, row = self.event, told or Told(connection=self.connection)
        locales = [event.settings.locale, *event.settings.locales]
        languages = [locale.split("-")[0].split("_")[0].lower() for locale in locales]
        data = {
            "name": event.name.localize(event.settings.locale)[:255],
            "organisation": event.organizer.slug,
            "languages": list(dict.fromkeys(languages))[:20],
            "ends_at": ends_at(event).isoformat(),
        }
        telling, digest = Telling(), _digest(data)
        if row.digest == digest:
            return telling
        if row.digest != UNSURE + digest:
            row.digest, row.version = UNSURE + digest, _next(row)
            row.registered_at = max(now(), _after(row.registered_at))
        self._say(telling, row, "hostevent.updated", row.registered_at, row.version, data)
        telling.rows.append(row)
        return telling

    def answers(self, rows, told):
        """Return what holders said about others; only of tickets that the service knows (refs in ``told``)."""
        telling = Telling()
        for row in rows:
            if (ref := ref_of(row.position)) in told:
                self._answer(telling, ref, row)
        return telling

    def optings(self, rows, told):
        """Return who left everything or came back; only of tickets that the service knows (refs in ``told``)."""
        telling = Telling()
        for row in rows:
            if (ref := ref_of(row.position)) in told:
                self._opting(telling, ref, row)
        return telling

    def _ticket(self, telling, order, position, row, ref):
        said = (
            None if handing.has_left(position) else profiles.read(position, self.mapping, locale=order.locale)
        )
        here = profiles.counts(order, position, self.mapping)
        shredded = "_shredded" in (position.attendee_name_parts or {})
        if row is None:
            if shredded or not here or said is None:
                return
            row = Told(connection=self.connection, ref=ref, code=order.code)
            self._first(telling, ref, position)
        if shredded:
            self._gone(telling, row)
            return
        before = row.digest, row.presence, row.holder
        if handing.is_another(row.holder, position):
            telling.handed.append(position)
            self._handed(row)
        row.holder = handing.remembered(row.holder, position)
        if row.digest == UNSURE + Told.HANDED:
            self._say(telling, row, "attendee.erased", row.registered_at, row.version)
        elif row.digest == Told.HANDED and (not here or said is None):
            pass  # There is nobody at the service.
        elif here:
            self._registered(telling, order, row, said or NOBODY)
            seen = said is not None and said["consent"].get("presence")
            self._presence(telling, row, position.entremise_scans if seen else [])
        else:
            self._cancelled(telling, order, row, emptied=said is None)
            if row.presence.startswith(UNSURE):
                self._whereabouts(telling, row)
        if before != (row.digest, row.presence, row.holder) or UNSURE in row.digest + row.presence:
            telling.rows.append(row)

    def _registered(self, telling, order, row, profile):
        if row.digest == Told.HANDED:
            telling.taken_up.append(row.ref)
        if self._turns(row, order, _digest(profile), registered=True):
            data = {**profile, "version": row.version}
            self._say(telling, row, "attendee.registered", row.registered_at, row.version, data)

    def _cancelled(self, telling, order, row, *, emptied):
        if not self._turns(row, order, EMPTIED if emptied else CANCELLED, registered=False):
            return
        if emptied:
            data = {**NOBODY, "version": row.version}
            self._say(telling, row, "attendee.updated", row.registered_at, row.version, data)
        self._say(telling, row, "attendee.cancelled", row.registered_at, row.version)

    def _turns(self, row, order, digest, *, registered):
        """Bring the row to what is about to be said; return whether it has to be said."""
        if row.digest == digest:
            return False
        if row.digest != UNSURE + digest:
            # The order's own time, so that whoever was erased at the service comes back by a newer act only. But what
            # contradicts what was said (or may have been) has to be later than that.
            turned = row.registered != registered or row.digest.startswith(UNSURE)
            known = row.registered_at and (_after(row.registered_at) if turned else row.registered_at)
            row.registered_at = max(order.last_modified, known or order.last_modified)
            row.digest, row.version, row.registered = UNSURE + digest, _next(row), registered
        return True

    def _presence(self, telling, row, scans):
        presence = _PRESENCE.get(scans[-1].type, "") if scans else ""
        if row.presence == presence:
            return
        if row.presence != UNSURE + presence:
            # A scan may be uploaded late, and a clock at the door may be ahead.
            at = min(scans[-1].datetime, now()) if scans else now()
            row.presence_at = max(at, _after(row.presence_at)) if row.presence_at else at
            row.presence = UNSURE + presence
        self._whereabouts(telling, row)

    def _whereabouts(self, telling, row):
        kind = f"attendee.{row.presence.removeprefix(UNSURE) or 'check_in_reversed'}"
        self._say(telling, row, kind, row.presence_at, _micros(row.presence_at))

    def _handed(self, row):
        """Bring the row to somebody's being erased; the next holder is registered later than that, when it is confirmed."""
        when = max(now(), _after(row.registered_at), _after(row.presence_at))
        row.digest, row.version, row.registered = UNSURE + Told.HANDED, _next(row), False
        row.presence, row.registered_at, row.presence_at, row.holder = "", when, when, ""

    def _gone(self, telling, row):
        if row.digest != UNSURE + ERASED:
            row.digest, row.version, row.registered = UNSURE + ERASED, _next(row), False
        when = max(now(), _after(row.registered_at), _after(row.presence_at))
        self._say(telling, row, "attendee.erased", when, row.version)
        telling.rows.append(row)

    def _first(self, telling, ref, position):
        """Say what the holder said here before this service knew the ticket; who has left everything is none of it."""
        if handing.is_of_another(position):
            telling.handed.append(position)
            return
        for answer in position.entremise_answers.all():
            self._answer(telling, ref, answer)

    def _answer(self, telling, ref, row):
        nonce = f"{row.other}/{_micros(row.at)}"
        self._add(telling, f"feedback.{row.verdict}", ref, row.at, nonce, {"other": row.other})

    def _opting(self, telling, ref, row):
        self._add(telling, f"attendee.opted_{'out' if row.out else 'in'}", ref, row.at, _micros(row.at))

    def _say(self, telling, row, kind, when, nonce, data=None):
        self._add(telling, kind, row.ref or None, when, nonce, data)

    def _add(self, telling, kind, ref, when, nonce, data=None):
        installation, host_event = self.connection.installation, self.connection.host_event
        telling.cloudevents.append(
            client.cloudevent(
                f"org.entremise.{kind}.v1", ref, host_event, time=when, data=data,
                id=f"{installation}/{ref or host_event}/{nonce}/{kind}",
                source=f"/pretix/{self.event.organizer.slug}/{self.event.slug}",
            )
        )  # fmt: skip


def settled(row):
    """Bring the row to what holds when the service has confirmed all that was said; ``False`` where it may go."""
    row.digest, row.presence = row.digest.removeprefix(UNSURE), row.presence.removeprefix(UNSURE)
    return row.digest != ERASED


def _next(row):
    """Return a version that is greater than any before, also where a database was restored from a backup."""
    return max(row.version + 1, time.time_ns() // 1_000_000)


def _after(when):
    return when + _A_MOMENT if when else dt.datetime.min.replace(tzinfo=dt.UTC)


def _micros(when):
    return (when - dt.datetime.fromtimestamp(0, dt.UTC)) // _A_MOMENT


def _digest(document):
    text = json.dumps(document, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def ends_at(event):
    """Return when the last of it ends; a series ends with its last date."""
    dates = [event.date_to or event.date_from]
    if event.has_subevents:
        dates += [end or start for end, start in event.subevents.values_list("date_to", "date_from")]
    return max(dates)
