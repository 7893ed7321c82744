"""What the tests of the way out share: short names for what was sent, and for what happens at the door."""

import datetime as dt

from django.utils.timezone import now
from pretix.base.models import Checkin

from pretix_entremise.marking import mark
from pretix_entremise.models import Mark

YES = {"CONSENT": "True"}
ADA, GRACE = ("Ada Lovelace", "ada@example.org"), ("Grace Hopper", "grace@example.org")
"""Who may hold a ticket: name and address."""


def said(service):
    """Return (kind, ticket) of every CloudEvent that was sent, in order."""
    return [
        (one["type"].removeprefix("org.entremise.").removesuffix(".v1"), one.get("subject", ""))
        for one in service.sent()
    ]


def changed(order):
    """Note that the order changed, as pretix's signals do."""
    mark(order.event, Mark.ORDER, order.code)


def scan(order, kind="entry", *, minutes_ago=0, number=1):
    """Scan a ticket of the order; return the check-in."""
    position = order.all_positions.get(positionid=number)
    door, _ = order.event.checkin_lists.get_or_create(name="Door", defaults={"all_products": True})
    at = now() - dt.timedelta(minutes=minutes_ago)
    return Checkin.objects.create(position=position, list=door, type=kind, datetime=at)


def times(service):
    """Return the time of every CloudEvent that was sent, in order."""
    return [dt.datetime.fromisoformat(one["time"]) for one in service.sent()]


def held_by(order, name, mail, number=1):
    """Write another holder on the ticket, as it stands in the database; return it."""
    position = order.all_positions.get(positionid=number)
    position.attendee_name_parts = {"_scheme": "full", "full_name": name}
    position.attendee_email = mail or None
    position.save()
    position.order.touch()
    return order.all_positions.get(positionid=number)
