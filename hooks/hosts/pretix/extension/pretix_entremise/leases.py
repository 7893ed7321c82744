"""Lets one sender at a time speak for a connection: a lease in its row, which ends by itself when the sender dies."""

import datetime as dt
import secrets
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from .models import Connection

HOLDS = dt.timedelta(seconds=90)
"""Longer than the longest request, so that nobody else begins while an answer is awaited."""


class LeaseLost(Exception):
    """Somebody else speaks for the connection by now: nothing more may be written."""


class Lease:
    """The right to speak for one connection."""

    def __init__(self, connection_pk, states):
        self.connection_pk = connection_pk
        self.states = states
        self.owner = secrets.token_hex(16)

    def take(self):
        """Return whether it could be had; never within a transaction, since it has to be seen by others."""
        moment = now()
        with transaction.atomic(durable=True):
            free = Q(lease_until__isnull=True) | Q(lease_until__lt=moment)
            rows = Connection.objects.filter(free, pk=self.connection_pk)
            return bool(rows.update(lease_by=self.owner, lease_until=moment + HOLDS))

    def hold(self, **found):
        """Keep it for longer, and write these fields of the connection; raises ``LeaseLost``, also where the connection
        was switched off or taken down meanwhile.
        """
        rows = Connection.objects.filter(pk=self.connection_pk, lease_by=self.owner, state__in=self.states)
        if not rows.update(lease_until=now() + HOLDS, **found):
            raise LeaseLost

    def release(self):
        """Let others speak."""
        rows = Connection.objects.filter(pk=self.connection_pk, lease_by=self.owner)
        rows.update(lease_by="", lease_until=None)


@contextmanager
def leased(connection_pk, states=Connection.LIVE):
    """Hold the lease while the connection is in one of these states; gives ``None`` where somebody else has it."""
    lease = Lease(connection_pk, states)
    if not lease.take():
        yield None
        return
    try:
        yield lease
    finally:
        lease.release()
