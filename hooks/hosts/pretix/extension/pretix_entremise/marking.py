"""Notes in the outbox that something changed: one INSERT beside the change, in its own transaction, and nothing else.

A mark names what to look at and holds no content. In one transaction the same thing is noted once; a savepoint that is
rolled back takes its note along, so that what is noted again after it is not lost.
"""

import logging
import time

from django.conf import settings
from django.db import transaction

from .guards import is_on
from .models import Mark

BELL_EVERY = 1.0
"""Seconds: a rush of orders rings once, and the sender looks this long after the bell."""

log = logging.getLogger(__name__)


def mark(event, kind, ref=""):
    """Note that ``ref`` of this kind changed (see ``Mark``); costs one INSERT, or none where it is noted already.

    No network, no look-up. After the commit the task worker is told, where pretix has one; where it has none, pretix's
    own periodic task finds the mark.
    """
    noted = _Noted((event.pk, kind, str(ref)))
    if noted.stands():
        return
    # Not through the manager: pretix's scopes guard queries, and signals of Django come without one.
    Mark(event_id=event.pk, kind=kind, ref=noted.key[2]).save(force_insert=True)
    transaction.on_commit(noted)


def mark_order(order):
    """Note that something about the order changed."""
    mark(order.event, Mark.ORDER, order.code)


def mark_where_on(event, kind, ref=""):
    """Note it if the plugin is on: for signals of Django, which pretix does not filter."""
    if event is not None and event.pk and is_on(event):
        mark(event, kind, ref)


class _Noted:
    """Stands among the things that Django does after the commit, which rolls back with the transaction or savepoint."""

    def __init__(self, key):
        self.key = key
        connection = transaction.get_connection()
        # Django's own test cases hold everything in transactions that never commit: within them, a savepoint counts.
        wrapping = sum(block._from_testcase for block in connection.atomic_blocks)  # noqa: SLF001
        open_ones = [None, *connection.savepoint_ids]
        self.within = open_ones[wrapping] if len(open_ones) > wrapping else None
        self.alone = len(connection.atomic_blocks) <= wrapping or (wrapping > 0 and self.within is None)

    def stands(self):
        """Whether the same is noted in this transaction already."""
        if self.alone:
            return False
        waiting = transaction.get_connection().run_on_commit
        return any(
            isinstance(one, _Noted) and one.key == self.key and one.within == self.within
            for _, one, *_ in waiting
        )

    def __call__(self):
        """Tell the worker; what a broker fails to take costs time, and never the order."""
        if settings.HAS_CELERY and not getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False):
            _bell.ring(self.key[0])


class _Bell:
    """Rings for one event at most once in ``BELL_EVERY`` seconds, for each process."""

    def __init__(self):
        self._rung = {}

    def ring(self, event_pk):
        """Have the worker look after a second, so that it sees what comes in until then."""
        now = time.monotonic()
        if now - self._rung.get(event_pk, -BELL_EVERY) < BELL_EVERY:
            return
        if len(self._rung) > 1000:
            self._rung.clear()
        self._rung[event_pk] = now
        from .tasks import send_for

        try:
            send_for.apply_async(kwargs={"event_pk": event_pk}, countdown=BELL_EVERY, retry=False)
        except Exception as error:  # noqa: BLE001 - a broker fails in ways of its own
            log.warning("entremise: the broker did not take the bell", extra={"error": type(error).__name__})


_bell = _Bell()
