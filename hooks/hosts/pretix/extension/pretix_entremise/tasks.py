"""When sending happens: by the task worker when a bell rings, and by pretix's periodic task in any case."""

from django.conf import settings
from django.dispatch import receiver
from pretix.base.services.tasks import ProfiledTask
from pretix.base.signals import periodic_task
from pretix.celery_app import app
from pretix.helpers.periodic import minimum_interval

from . import turns, upkeep
from .models import Connection
from .sending import send

LONGEST_COUNTDOWN = 1800
"""Seconds: brokers give out anew what is not begun within an hour."""


def has_worker():
    """Return whether tasks run elsewhere than in the request that asks for them."""
    return bool(settings.HAS_CELERY) and not getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False)


@app.task(base=ProfiledTask, ignore_result=True)
def send_for(event_pk):
    """Send what is marked for one event."""
    pk = (
        Connection.objects.filter(event=event_pk, state__in=Connection.LIVE)
        .values_list("pk", flat=True)
        .first()
    )
    if pk is not None:
        _go_on(send(pk), event_pk)


@app.task(base=ProfiledTask, ignore_result=True)
def look_after(connection_pk):
    """Do all that is due for one connection."""
    event_pk = Connection.objects.filter(pk=connection_pk).values_list("event", flat=True).first()
    ended = upkeep.look_after(connection_pk)
    if event_pk is not None:
        _go_on(ended, event_pk)


def run_due():
    """Do all that is due, here or by the worker; here for a limited time, which the connections share."""
    turns.taken(upkeep.due(), _by_worker if has_worker() else _here)
    tidied()


@receiver(periodic_task, dispatch_uid="entremise_periodic")
def periodically(sender, **_):
    """Send what no bell was rung for, or what could not be sent then."""
    run_due()


@minimum_interval(minutes_after_success=15)
def tidied():
    """Clear away, now and then."""
    upkeep.tidy()


def _by_worker(connection_pk, _seconds):
    look_after.apply_async(kwargs={"connection_pk": connection_pk})
    return False


def _here(connection_pk, seconds):
    """Return whether there is more to do for it."""
    upkeep.attended(connection_pk)
    return upkeep.look_after(connection_pk, busy=seconds).state == "more"


def _go_on(ended, event_pk):
    """Ring again for what is left. Only with a worker: there is nobody to wait elsewhere.

    Where a pause is on already (``waits``), whoever met the failure has asked to be called at its end.
    """
    if has_worker() and (
        (ended.state == "more" and ended.count) or (ended.state == "later" and ended.retry_in)
    ):
        countdown = min(ended.retry_in, LONGEST_COUNTDOWN)
        send_for.apply_async(kwargs={"event_pk": event_pk}, countdown=countdown)
