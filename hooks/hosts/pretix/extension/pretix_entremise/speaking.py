"""Says things to the service for one connection, under its lease, and writes down what was said and what went wrong.

What is about to be said is written before, what was confirmed after; no transaction is open in between.
"""

import datetime as dt
import random

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now
from pretix.base.models import Event

from . import client, connecting, handing
from .models import Connection, Mark, Told
from .telling import UNSURE, Teller, settled

CHUNK = 100
"""CloudEvents in one request, and what is looked at together."""

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 900.0
LONGEST_ASKED = 3600.0
"""Seconds: a service may ask for more patience, but not for ever."""

TICKET, UNREADABLE, SETTINGS = "ticket", "unreadable", "settings"
"""Problems that a working connection does not end."""

ABOUT_CONTENT = frozenset((400, 413, 415, 422))
"""Answers that blame what was sent, and not who sent it."""

_TOLD = ("digest", "version", "registered", "registered_at", "presence", "presence_at", "holder")


class Speaker:
    """One pass of one sender. ``count`` CloudEvents were confirmed so far."""

    def __init__(self, connection, lease):
        self.connection = connection
        self.lease = lease
        self.count = 0
        self._renewed = self._refused = False
        self._service = connecting.service_of(connection)
        self.reload()

    def reload(self):
        """Read the event and what its form means again."""
        self.event = Event.objects.select_related("organizer").get(pk=self.connection.event_id)
        self.teller = Teller(self.connection, self.event)

    def close(self):
        """Let go of open connections."""
        self._service.close()

    def marks(self, *kinds):
        """Return the event's marks of these kinds, the oldest first."""
        return Mark.objects.filter(event=self.event, kind__in=kinds).order_by("pk")

    def told(self, **where):
        """Return rows about what this service was told."""
        return Told.objects.filter(connection=self.connection, **where)

    def ask(self, call, *, token=False):
        """Return ``call(service)``; where the service does not know us (any more), renew once and try again.

        ``token``: what is refused is the token, and not the signature; without one, news can still be sent.
        """
        try:
            return call(self._service)
        except client.ServiceRefused as error:
            if not error.unauthorised or self._renewed:
                self._refused = error.unauthorised and not token
                raise
        self.renew(rotate=("token",) if token else ())
        try:
            return call(self._service)
        except client.ServiceRefused as error:
            self._refused = error.unauthorised and not token
            raise

    def renew(self, *, rotate=()):
        """Fetch what proves us, and have the service go on where this host had stopped it."""
        self._renewed = True
        try:
            connecting.renew(self.connection, rotate=rotate, resume=True)
        except client.ServiceRefused:
            self._refused = True
            raise
        self._service.close()
        self._service = connecting.service_of(self.connection)
        if self.connection.state == Connection.REFUSED:
            self.lease.hold(
                state=Connection.CONNECTED, failures=0, retry_at=None, problem="", problem_detail=""
            )
            self.connection.state, self.connection.problem = Connection.CONNECTED, ""

    def tell(self, telling, marks=(), **found):
        """Say it, then let go of the marks and write ``found`` into the connection, all at once."""
        if telling.rows:
            with transaction.atomic(durable=True):
                self.lease.hold()
                _write(telling.rows)
                handing.let_go(telling.handed)
                Mark.objects.bulk_create(handing.blocks_to_say_again(self.event, telling.taken_up))
        refused = self._deliver(telling.cloudevents)
        blamed = {one.get("subject", "") for one, _ in refused}
        rows = [row for row in telling.rows if row.ref not in blamed]
        self._confirm(rows, marks, {**found, **self._fares(telling, rows, refused)})

    def done(self, marks, **found):
        """Let go of marks that nothing had to be said for, and write ``found`` into the connection."""
        self._confirm([], marks, found)

    def failed(self, error):
        """Write down what went wrong; return after how many seconds to try again."""
        pause = min(FIRST_PAUSE * 2 ** min(self.connection.failures, 20), LONGEST_PAUSE)
        if self._refused:
            pause = LONGEST_PAUSE
        pause = max(pause * random.uniform(0.8, 1.0), min(error.retry_after or 0.0, LONGEST_ASKED))  # noqa: S311
        found = {
            "failures": F("failures") + 1, "retry_at": now() + dt.timedelta(seconds=pause),
            **self.problem(error.code, error.detail),
        }  # fmt: skip
        if self._refused:
            found["state"] = Connection.REFUSED
        self.lease.hold(**found)
        return pause

    def problem(self, code, detail=""):
        """Return the fields that name a problem."""
        detail = connecting.redact(self.connection, str(detail))[:500]
        return {"problem": code[:40], "problem_detail": detail, "problem_at": now()}

    def _deliver(self, cloudevents):
        refused = []
        for batch in client.split(cloudevents, most=CHUNK):
            refused += self._post(batch)
        return refused

    def _post(self, batch):
        """Send a batch, in halves where it is refused for what is in it; return what nobody can take, with the reason."""
        self.lease.hold()
        try:
            self.ask(lambda service: service.send(batch))
        except client.ServiceRefused as error:
            if error.status not in ABOUT_CONTENT:
                raise
            if len(batch) == 1:
                return [(batch[0], error)]
            middle = len(batch) // 2
            return self._post(batch[:middle]) + self._post(batch[middle:])
        self.count += len(batch)
        return []

    def _confirm(self, rows, marks, found):
        with transaction.atomic(durable=True):
            self.lease.hold(**found)
            handed = [row for row in rows if row.digest == UNSURE + Told.HANDED]
            kept = [row for row in rows if settled(row)]
            _write(kept)
            gone = [row.pk for row in rows if row not in kept and row.pk]
            Told.objects.filter(pk__in=gone).delete()
            # By number: a mark that was made earlier and becomes visible later has not been looked at.
            Mark.objects.filter(pk__in=marks).delete()
            Mark.objects.bulk_create(handing.to_look_at_again(self.event, handed))
        for name, value in found.items():
            setattr(self.connection, name, value)

    def _fares(self, telling, rows, refused):
        """Return what is to be written about how the connection fares after this."""
        found = {}
        if telling.cloudevents and len(refused) < len(telling.cloudevents):
            found = {"last_sent_at": now(), "failures": 0, "retry_at": None}
        if refused:
            cloudevent, error = refused[0]
            return {
                **found,
                **self.problem(TICKET, f"{_code_of(cloudevent)} {error.code} {error.field}".strip()),
            }
        if telling.unreadable:
            return {**found, **self.problem(UNREADABLE, telling.unreadable[0])}
        if self._is_over(found, rows):
            found |= {"problem": "", "problem_detail": "", "problem_at": None}
        return found

    def _is_over(self, found, rows):
        """Whether the last problem is none any more."""
        problem = self.connection.problem
        if problem in {TICKET, UNREADABLE}:
            code = self.connection.problem_detail.partition(" ")[0]
            return any(row.code == code for row in rows)
        return bool(problem) and bool(found) and not problem.startswith(SETTINGS)


def _code_of(cloudevent):
    """Return the code of the order that this is about; empty for the event itself."""
    return cloudevent.get("subject", "").rpartition("-")[0]


def _write(rows):
    """Insert or update the rows by connection and ref, in one statement."""
    fresh = [
        Told(
            connection_id=row.connection_id, ref=row.ref, code=row.code, **{n: getattr(row, n) for n in _TOLD}
        )
        for row in rows
    ]
    if fresh:
        Told.objects.bulk_create(
            fresh, update_conflicts=True, unique_fields=["connection", "ref"], update_fields=list(_TOLD)
        )
