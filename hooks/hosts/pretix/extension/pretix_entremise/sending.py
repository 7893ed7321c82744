"""Sends what is marked: looks at it as it is at that moment, tells the service, and only then lets go of the marks."""

import time
from dataclasses import dataclass

from django.utils.timezone import now
from django_scopes import scope, scopes_disabled

from . import client, handing, switches, walking
from .leases import LeaseLost, leased
from .models import Answer, Connection, Mark, Opting
from .speaking import CHUNK, SETTINGS, Speaker
from .telling import Telling, orders_of

BUSY = 50.0
"""Seconds after which a pass ends and leaves the rest to the next one."""
ROUNDS = 5
SETTINGS_PAUSE = 60.0
"""Seconds after which settings are tried again that could not be sent."""


@dataclass(frozen=True)
class Sent:
    """How a pass ended: ``done``, ``more`` (time is over), ``busy`` (somebody else sends), ``later`` (something failed:
    not before ``retry_in`` seconds), ``waits`` (an earlier pass failed, and it is not time yet), ``off`` (nothing may be
    sent). ``count`` CloudEvents were confirmed by the service.
    """

    state: str
    count: int = 0
    retry_in: float = 0.0


def send(connection_pk, *, busy=BUSY):
    """Send all that is due for one connection; a second sender at the same time does nothing."""
    if _is_idle(connection_pk):
        return Sent("done")
    until, count = time.monotonic() + busy, 0
    for _ in range(ROUNDS):
        with leased(connection_pk) as lease:
            if lease is None:
                return Sent("busy", count)
            ended = _send(lease, until)
        count += ended.count
        # Whoever rang while the lease was ours was told "busy" and went away.
        if ended.state != "done" or not is_marked(connection_pk):
            return Sent(ended.state, count, ended.retry_in)
    return Sent("more", count)


def is_marked(connection_pk):
    """Return whether anything waits to be sent for the connection."""
    with scopes_disabled():
        return Mark.objects.filter(event__entremise_connection=connection_pk).exists()


def _is_idle(connection_pk):
    """Whether a look at the row says that there is nothing to do: so it is for most connections, most of the time."""
    idle = Connection.objects.filter(
        pk=connection_pk, event__isnull=False, state=Connection.CONNECTED, backfill_after__isnull=True,
        retry_at__isnull=True,
    )  # fmt: skip
    return idle.exists() and not is_marked(connection_pk)


def _send(lease, until):
    connection = Connection.objects.select_related("event__organizer").get(pk=lease.connection_pk)
    if connection.event is None or connection.state not in Connection.LIVE:
        return Sent("off")
    wait = (connection.retry_at - now()).total_seconds() if connection.retry_at else 0.0
    if wait > 0:
        return Sent("waits", 0, wait)
    with scope(organizer=connection.event.organizer):
        speaker = Speaker(connection, lease)
        try:
            if connection.state == Connection.REFUSED:
                speaker.renew()
            trouble = _switch(speaker)
            state = "done" if _work(speaker, until) else "more"
            if trouble is None:
                return Sent(state, speaker.count)
            # News went out all the same, and is not made to wait for it. Only the first to meet the trouble asks to be
            # called again: were all to ask, an hour of it would have a task for every order of that hour going round.
            first = not speaker.connection.problem.startswith(SETTINGS)
            speaker.lease.hold(**speaker.problem(f"{SETTINGS}_{trouble.code}", trouble.detail))
            return Sent("later", speaker.count, SETTINGS_PAUSE if first else 0.0)
        except LeaseLost:
            return Sent("busy", speaker.count)
        except client.ServiceError as error:
            return Sent("later", speaker.count, speaker.failed(error))
        finally:
            speaker.close()


def _switch(speaker):
    """Send what the organiser set; return what kept it from being sent."""
    try:
        switches.step(speaker)
    except client.ServiceError as error:
        return error
    return None


def _work(speaker, until):
    """Do one thing after the other, news and the walk in turns; return whether nothing is left."""
    while time.monotonic() < until:
        if not any([step(speaker) for step in (_host_event, _fresh, walking.step)]):  # noqa: C419 - each has its turn
            return True
    return False


def _host_event(speaker):
    marks = list(speaker.marks(Mark.HOST_EVENT).values_list("pk", flat=True))
    if not marks:
        return False
    speaker.reload()
    speaker.tell(speaker.teller.host_event(speaker.told(ref="").first()), marks)
    return True


def _fresh(speaker):
    marks = list(speaker.marks(Mark.ORDER, Mark.ANSWER, Mark.OPTING).values_list("pk", "kind", "ref")[:CHUNK])
    if not marks:
        return False
    telling = Telling()
    if codes := {ref for _, kind, ref in marks if kind == Mark.ORDER}:
        orders = orders_of(speaker.event).filter(code__in=codes)
        telling.add(speaker.teller.orders(orders, speaker.told(code__in=codes)))
    for model, said, kind in (
        (Answer, speaker.teller.answers, Mark.ANSWER), (Opting, speaker.teller.optings, Mark.OPTING),
    ):  # fmt: skip
        if wanted := [int(ref) for _, one, ref in marks if one == kind and ref.isdigit()]:
            rows = model.objects.filter(pk__in=wanted).select_related("position__order")
            # What a former holder said goes with them.
            rows = [row for row in rows if not handing.is_another(row.holder, row.position)]
            known = speaker.told(code__in={row.position.order.code for row in rows})
            telling.add(said(rows, set(known.values_list("ref", flat=True))))
    speaker.tell(telling, [pk for pk, _, _ in marks])
    return True
