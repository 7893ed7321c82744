"""Walks over all orders of an event, in steps that can be taken up again, so that what no signal told is told.

Progress stands in the connection's row. Who has nothing new to tell is passed over in silence.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.utils.timezone import now
from pretix.base.models import Order

from .marking import mark
from .models import Answer, Connection, Mark, Opting, Told
from .speaking import CHUNK
from .telling import UNSURE, orders_of


def step(speaker):
    """Begin the walk that is asked for, or walk on over ``CHUNK`` orders; return whether there was anything to do.

    A walk that is asked for during another begins when that one is over: restarting might never reach the end.
    """
    connection = speaker.connection
    if connection.backfill_after is None:
        return _begin(speaker)
    orders = list(orders_of(speaker.event).filter(pk__gt=connection.backfill_after).order_by("pk")[:CHUNK])
    if orders:
        told = speaker.told(code__in=[order.code for order in orders])
        speaker.tell(
            speaker.teller.orders(orders, told),
            backfill_after=orders[-1].pk, backfill_done=connection.backfill_done + len(orders),
        )  # fmt: skip
    else:
        _bury(speaker)
        speaker.done((), backfill_after=None, walked_at=now())
    return True


def _begin(speaker):
    marks = list(speaker.marks(Mark.EVERYTHING).values_list("pk", flat=True))
    if not marks:
        return False
    speaker.reload()
    total = Order.objects.filter(event=speaker.event).count()
    speaker.done(marks, backfill_after=0, backfill_done=0, backfill_total=total)
    return True


def _bury(speaker):
    """Tell of tickets whose orders are gone without a word."""
    orders = Order.objects.filter(event=speaker.event, code=OuterRef("code"))
    gone, after = speaker.told().filter(~Exists(orders)).exclude(ref="").order_by("pk"), 0
    while rows := list(gone.filter(pk__gt=after)[:CHUNK]):
        speaker.tell(speaker.teller.gone(rows))
        after = rows[-1].pk


def say_again(connection):
    """Have everything said once more, whatever the service confirmed: for one that has lost what it was told.

    Under the same ids as before, so that a service that has it passes over it.
    """
    rows = Told.objects.filter(connection=connection)
    sure = ~Q(digest="") & ~Q(digest__startswith=UNSURE)
    seen = ~Q(presence="") & ~Q(presence__startswith=UNSURE)
    with transaction.atomic():
        # First the connection, as senders do it: whoever writes many rows in another order would wait for each other.
        Connection.objects.select_for_update().get(pk=connection.pk)
        rows.filter(sure).update(digest=Concat(Value(UNSURE), "digest"))
        rows.filter(seen).update(presence=Concat(Value(UNSURE), "presence"))
        mark(connection.event, Mark.HOST_EVENT)
        # Who left everything must not come back because the service has forgotten that they did.
        for kind, model in ((Mark.OPTING, Opting), (Mark.ANSWER, Answer)):
            said = model.objects.filter(position__order__event=connection.event).order_by("pk")
            Mark.objects.bulk_create(
                [
                    Mark(event=connection.event, kind=kind, ref=str(pk))
                    for pk in said.values_list("pk", flat=True)
                ],
                batch_size=1000,
            )
        mark(connection.event, Mark.EVERYTHING)
