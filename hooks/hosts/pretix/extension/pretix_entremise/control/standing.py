"""How a connection fares: what is waiting here, what the service says of itself, and whether anybody sends at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from .. import problems
from ..models import Connection, Mark, Told
from ..upkeep import is_long_over

STALLED_AFTER = timedelta(minutes=15)

PAUSES = {
    "active": _("The service works on this event."),
    "paused": _("The service pauses: it could not deliver what it found out."),
    "disabled": _("The service has stopped working on this event."),
}


@dataclass(frozen=True)
class AtService:
    """What the service last said of this connection; counts are ``None`` where it did not say."""

    state: str
    text: str
    because: str
    backlog: int | None
    waiting: int | None
    dead_letters: int | None
    last_delivery_at: datetime | None
    last_result_at: datetime | None
    asked_at: datetime | None


@dataclass(frozen=True)
class Standing:
    """One look at a connection. ``stalled``: something waits, and nobody has sent anything for a while."""

    connection: Connection
    waiting: int
    oldest: datetime | None
    people: int
    stalled: bool
    problem: object | None
    service: AtService | None
    resting: bool = False
    """Whether the event has been over for so long that it is not looked after any more."""

    @classmethod
    def of(cls, connection):
        """Look now."""
        waits = Mark.objects.filter(event=connection.event).aggregate(number=Count("id"), oldest=Min("at"))
        problem = problems.of_connection(connection)
        return cls(
            connection=connection,
            waiting=waits["number"],
            oldest=waits["oldest"],
            people=Told.objects.filter(connection=connection, registered=True).count(),
            stalled=problem is None and _stalled(waits["oldest"], connection.last_sent_at),
            problem=problem,
            service=_at_service(connection),
            resting=is_long_over(connection.event),
        )

    @property
    def backfilling(self):
        """Whether everybody who was there before is still being sent."""
        return self.connection.backfill_after is not None

    @property
    def percent(self):
        """Return how much of that is done."""
        total = self.connection.backfill_total
        return min(100, round(100 * self.connection.backfill_done / total)) if total else 0

    @property
    def halted(self):
        """Whether the service last said that it has stopped, and has sent nothing since."""
        service, received = self.service, self.connection.last_received_at
        if service is None or service.state == "active":
            return False
        return received is None or service.asked_at is None or received < service.asked_at

    @property
    def well(self):
        """Whether there is nothing to do for anybody."""
        service_well = self.service is None or not (self.halted or self.service.dead_letters)
        return (
            self.connection.state == Connection.CONNECTED
            and not self.problem
            and not self.stalled
            and service_well
        )


def _stalled(oldest, last_sent_at):
    now = timezone.now()
    if oldest is None or now - oldest < STALLED_AFTER:
        return False
    return last_sent_at is None or now - last_sent_at > STALLED_AFTER


def _at_service(connection):
    said = connection.status
    if not isinstance(said, dict):
        return None
    state = str(said.get("status") or "")
    return AtService(
        state=state,
        text=str(PAUSES.get(state, state)),
        because=str(said.get("paused_because") or ""),
        backlog=_count(said.get("backlog")),
        waiting=_count(said.get("waiting")),
        dead_letters=_count(said.get("dead_letters")),
        last_delivery_at=_moment(said.get("last_delivery_at")),
        last_result_at=_moment(said.get("last_result_at")),
        asked_at=connection.status_at,
    )


def _count(value):
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _moment(value):
    try:
        return parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
