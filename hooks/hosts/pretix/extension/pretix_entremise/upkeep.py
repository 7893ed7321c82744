"""What a connection needs besides news: its fares, a walk a day, a farewell, and marks that nobody will send.

Long after the end of an event nothing of that is due any more, but for what really changes.
"""

import datetime as dt
import logging

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.timezone import now
from django_scopes import scope, scopes_disabled

from . import client, connecting, lifecycle
from .farewell import GOING, forget_unowned, say_farewell
from .guards import is_on
from .held import AFTER_THE_END
from .marking import mark
from .models import Connection, Held, Mark
from .sending import BUSY, Sent, is_marked, send
from .telling import ends_at

LOOK_EVERY = dt.timedelta(minutes=5)
WALK_EVERY = dt.timedelta(hours=24)

_ENDS = ("subevent__date_to", "subevent__date_from", "order__event__date_to", "order__event__date_from")
"""When what a ticket is for ends: the first of these that is set."""

log = logging.getLogger(__name__)


def due():
    """Return the connections (by number) that something is to be done for now."""
    moment = now()
    waits = Q(retry_at__isnull=True) | Q(retry_at__lte=moment)
    alive = Connection.objects.filter(waits).exclude(state__in=Connection.OVER)
    # Not by the time of the next attempt: who has much to send would come first every time.
    return list(alive.order_by(F("attended_at").asc(nulls_first=True), "pk").values_list("pk", flat=True))


def attended(connection_pk):
    """Write down whose turn it was. Before the turn, so that one that ends the process does not come first again."""
    Connection.objects.filter(pk=connection_pk).update(attended_at=now())


def look_after(connection_pk, *, busy=BUSY):
    """Do all that is due for one connection, sending for ``busy`` seconds; return how sending ended.

    Raises nothing for a service that is away.
    """
    connection = Connection.objects.select_related("event__organizer").filter(pk=connection_pk).first()
    if connection is None or connection.state in Connection.OVER:
        return Sent("off")
    if connection.event is None and connection.state != Connection.LEAVING:
        # Deleted in a way that told nobody.
        Connection.objects.filter(pk=connection_pk).update(state=Connection.LEAVING, erase_on_leaving=True)
        connection.state = Connection.LEAVING
    if connection.event is not None:
        # pretix's REST API takes a plugin off an event without a word to it.
        _follow_the_plugin(connection)
    if connection.state in GOING:
        ended = say_farewell(connection_pk)
        # Switched off and on again meanwhile.
        connection = Connection.objects.select_related("event__organizer").filter(pk=connection_pk).first()
        if connection is None or connection.event is None or connection.state != Connection.STOPPED:
            return ended
        _follow_the_plugin(connection)
        if connection.state not in Connection.LIVE:
            return ended
    if connection.state not in Connection.LIVE:
        return Sent("off")
    if is_long_over(connection.event):
        news = connection.backfill_after is not None or is_marked(connection_pk)
        return send(connection_pk, busy=busy) if news else Sent("done")
    _ask_for_a_walk(connection)
    ended = send(connection_pk, busy=busy)
    if ended.state == "done":
        look(connection_pk)
    return ended


def is_long_over(event):
    """Whether the event ended so long ago that nobody is shown anything of it any more."""
    return ends_at(event) + AFTER_THE_END < now()


def look(connection_pk):
    """Fetch how the connection fares and what can be set, where that is older than ``LOOK_EVERY``."""
    connection = Connection.objects.select_related("event__organizer").get(pk=connection_pk)
    old = connection.status_at is None or connection.status_at < now() - LOOK_EVERY
    if connection.event is None or connection.state != Connection.CONNECTED or not old:
        return
    found, away = {"status_at": now()}, False
    try:
        found |= _fares(connection)
    except client.ServiceError as error:
        # Whether it matters shows when there is something to send.
        log.info("entremise: the service did not say how the connection fares: %s", error.code)
        away = error.temporary
    rows = Connection.objects.filter(pk=connection_pk, state=Connection.CONNECTED)
    rows.update(**found)
    # Other connections wait while a service that is away is waited for: once is enough.
    if connection.wanted is None and not away:
        _read_board(connection, rows)


def _fares(connection):
    try:
        with connecting.service_of(connection) as service:
            status = service.connection()
    except client.ServiceRefused as error:
        if not error.unauthorised:
            raise
        connecting.renew(connection, rotate=("token",), resume=True)
        with connecting.service_of(connection) as service:
            status = service.connection()
    if status.get("status") in {"disabled", "paused"}:
        status = _gone_on(connection, status)
    if status.get("fingerprint") not in {None, connection.fingerprint}:
        connecting.renew(connection)
    with connecting.service_of(connection) as service:
        manifest, etag = service.manifest(connection.manifest_etag if connection.manifest else "")
    found = {"status": status}
    return found | ({"manifest": manifest, "manifest_etag": etag[:200]} if manifest is not None else {})


def _gone_on(connection, status):
    """Ask a service to go on that we stopped, or that gave up delivering: its news are taken while it pauses, so that
    nothing that we send would be refused. It is told our addresses too, which may be why it could not deliver.
    """
    try:
        connecting.renew(connection, resume=True, addresses=status["status"] == "paused")
    except client.ServiceRefused as error:
        # Its operator stopped it, which is not ours to end; the status says so.
        log.info("entremise: the service does not go on: %s", error.code)
        return status
    with connecting.service_of(connection) as service:
        return service.connection()


def _read_board(connection, rows):
    """Read what is set at the service, unless somebody sets it here just now."""
    try:
        with connecting.service_of(connection) as service:
            language = connection.event.settings.locale
            board, etag = service.settings(connection.host_event, language=language)
    except client.ServiceError as error:
        log.info("entremise: the service did not say what is set: %s", error.code)
        return
    rows.filter(wanted__isnull=True, board_etag=connection.board_etag).update(
        board=board, board_etag=etag[:200]
    )


def tidy():
    """Forget marks that nobody will send, secrets that no longer hold, and people whom nobody is shown any more.

    Notes about deleted events, too.
    """
    with scopes_disabled():
        state = "event__entremise_connection__state__in"
        stopped = Q(**{state: (Connection.STOPPING, Connection.STOPPED)}, kind__in=lifecycle.SAID)
        Mark.objects.exclude(Q(**{state: Connection.LIVE}) | stopped).delete()
        ended = Coalesce(*(f"position__{name}" for name in _ENDS))
        shown = Held.objects.filter(payload__isnull=False).annotate(ended=ended)
        # The revision stays, so that nothing older comes back.
        shown.filter(ended__lt=now() - AFTER_THE_END).update(payload=None)
    over = Connection.objects.filter(former_until__lt=now())
    over.update(former_callback_secret="", former_until=None)
    forget_unowned()


def _follow_the_plugin(connection):
    if connection.state in Connection.LIVE and not is_on(connection.event):
        lifecycle.switched_off(connection.event)
    elif connection.state == Connection.STOPPED and is_on(connection.event):
        lifecycle.switched_on(connection.event)
    connection.refresh_from_db(fields=["state"])


def _ask_for_a_walk(connection):
    last = connection.walked_at or connection.connected_at
    if connection.backfill_after is not None or last > now() - WALK_EVERY:
        return
    with scope(organizer=connection.event.organizer):
        if not Mark.objects.filter(event=connection.event, kind=Mark.EVERYTHING).exists():
            mark(connection.event, Mark.HOST_EVENT)
            mark(connection.event, Mark.EVERYTHING)
