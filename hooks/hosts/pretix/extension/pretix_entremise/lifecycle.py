"""What happens to a connection when the plugin is switched on or off, and when an event is copied or deleted.

None of it speaks to the service: it runs within requests and their transactions. What is to be said is left to the sender.
"""

import datetime as dt
import json

from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils.timezone import now
from django_scopes import scope
from pretix.base.models import Event
from pretix.base.signals import event_copy_data

from .marking import mark
from .models import Connection, Held, Mark
from .questions import ITEMS
from .walking import say_again

REMEMBERED = dt.timedelta(days=1)
"""After so long a service that stopped is told everybody anew: it may have erased them since, and passes over whom it has."""
SAID = (Mark.ANSWER, Mark.OPTING)
"""Marks that are kept while the plugin is off: no walk over the orders finds what holders said before."""


def switched_on(event):
    """Go on where the connection stopped, and look at everybody anew.

    Where the service has not yet heard that it should stop, it hears that first: only a service that stopped and goes on
    offers again what was taken down here.
    """
    if not event.pk:
        return
    stopped = Connection.objects.filter(event=event, state=Connection.STOPPED)
    found = stopped.first()
    # The service resumes when it is next spoken to: who is asked at once how it fares, or refused, asks for that.
    if found is not None and stopped.update(
        state=Connection.CONNECTED, failures=0, retry_at=None, problem="", status_at=None
    ):
        if (found.status_at or found.connected_at) < now() - REMEMBERED:
            # Nobody is kept for ever by a service that was told to stop.
            with scope(organizer=event.organizer):
                say_again(found)
        else:
            mark(event, Mark.HOST_EVENT)
            mark(event, Mark.EVERYTHING)


def switched_off(event):
    """Take back at once what is shown, and have the service stop as soon as the sender comes to it."""
    # First the connection: what is coming in at this moment waits for it, and is deleted, or finds it gone.
    Connection.objects.filter(event=event, state__in=Connection.LIVE).update(
        state=Connection.STOPPING, backfill_after=None, failures=0, retry_at=None, problem=""
    )
    with scope(organizer=event.organizer):
        Held.objects.filter(position__order__event=event).delete()
        Mark.objects.filter(event=event).exclude(kind__in=SAID).delete()


@receiver(event_copy_data, dispatch_uid="entremise_copy")
def event_was_copied(sender, other, item_map, **_):
    """Translate the products that make an attendee; the rest of the choices fits as it is. No connection is copied."""
    try:
        items = json.loads(sender.settings.get(ITEMS) or "null")
    except ValueError:
        items = None
    if isinstance(items, list):
        numbers = [int(item) for item in items if str(item).isascii() and str(item).isdigit()]
        sender.settings.set(
            ITEMS, json.dumps([item_map[number].pk for number in numbers if number in item_map])
        )


@receiver(pre_delete, sender=Event, dispatch_uid="entremise_event_deleted")
def event_goes(sender, instance, **_):
    """Have everybody erased at the service, too."""
    Connection.objects.filter(event=instance).update(
        event=None, state=Connection.LEAVING, erase_on_leaving=True, failures=0, retry_at=None
    )
