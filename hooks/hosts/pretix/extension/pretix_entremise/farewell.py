"""Takes leave of a service, and remembers for the organiser what was left there.

What is left of a connection then is a row without secrets: where it led, and under which id its operator knows it.
"""

import datetime as dt
import logging
import secrets

from django.db.models import F
from django.utils.timezone import now

from . import client, connecting
from .leases import leased
from .models import Connection, Told
from .sending import Sent

GOING = (Connection.LEAVING, Connection.STOPPING)
PATIENCE = 20
"""Times that a service may refuse our farewell: then it does not know us any more."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0
REMOVE = "entremise installation remove {installation}"
"""What the operator of the service types to erase what is left there."""

log = logging.getLogger(__name__)


def say_farewell(connection_pk):
    """Have the service stop, and erase everybody if asked to; then let go of a connection that was taken down."""
    with leased(connection_pk, GOING) as lease:
        if lease is None:
            return Sent("busy")
        connection = Connection.objects.filter(pk=connection_pk, state__in=GOING).first()
        if connection is None:
            return Sent("off")
        try:
            with connecting.service_of(connection) as service:
                service.disconnect(erase=connection.erase_on_leaving)
        except client.ServiceError as error:
            # The service answers 401 also where it knows nothing of us; 404 is a proxy's word, and may be a moment's.
            if not error.unauthorised or connection.failures < PATIENCE:
                return _again(connection, error)
            log.error(
                "entremise: installation %s at %s refused our farewell to the last; whether anybody was to be erased: %s; "
                "its operator can erase who is kept there: %s",
                connection.installation, connection.service, connection.erase_on_leaving, command(connection),
            )  # fmt: skip
            _gone(connection, Connection.UNHEARD)
            return Sent("done")
        _gone(connection, Connection.KEPT if _leaves_people(connection) else "")
    return Sent("done")


def command(connection):
    """Return what the operator of the service types to erase what is left of a connection."""
    return REMOVE.format(installation=connection.installation)


def left_by(event):
    """Return what earlier connections of the event left at services, or have yet to say there; the latest first."""
    states = (Connection.LEAVING, *Connection.OVER)
    return list(Connection.objects.filter(former_event=event, state__in=states).order_by("-pk"))


def forget(event, connection_pk=None):
    """Put away the note about what one connection of the event left, or all of them; return what was put away."""
    rows = Connection.objects.filter(former_event=event, state__in=Connection.OVER)
    if connection_pk is not None:
        rows = rows.filter(pk=connection_pk)
    found = list(rows)
    rows.delete()
    return found


def forget_unowned():
    """Let go of notes whose event was deleted: nobody sees them any more, so the log has the last word."""
    for one in Connection.objects.filter(former_event__isnull=True, state__in=Connection.OVER):
        log.warning(
            "entremise: the event is gone whose people were left at %s; its operator can erase them: %s",
            one.service, command(one),
        )  # fmt: skip
        one.delete()


def _leaves_people(connection):
    return not connection.erase_on_leaving and connection.told.exclude(ref="").exists()


def _again(connection, error):
    pause = min(FIRST_PAUSE * 2 ** min(connection.failures, 12), LONGEST_PAUSE)
    pause = max(pause, min(error.retry_after or 0.0, LONGEST_PAUSE))
    Connection.objects.filter(pk=connection.pk, state__in=GOING).update(
        failures=F("failures") + 1, retry_at=now() + dt.timedelta(seconds=pause), problem=error.code[:40],
        problem_at=now(),
    )  # fmt: skip
    return Sent("later", 0, pause)


def _gone(connection, note):
    """Let go of the connection; ``note`` is the state in which its organiser is to find it, if at all."""
    if connection.state == Connection.STOPPING:
        # Switched on again meanwhile? Then it stays on, and the service resumes when it is next spoken to.
        Connection.objects.filter(pk=connection.pk, state=Connection.STOPPING).update(
            state=Connection.STOPPED, failures=0, retry_at=None, problem=""
        )
    elif note and connection.former_event_id is not None:
        Told.objects.filter(connection=connection).delete()
        Connection.objects.filter(pk=connection.pk).update(
            state=note, problem_at=now(), retry_at=None, signing_secret="", callback_secret="",
            former_callback_secret="", former_until=None, token="", fingerprint="", door=secrets.token_urlsafe(32),
        )  # fmt: skip
    else:
        connection.delete()
