"""What the holder of a ticket says: an answer about somebody, leaving, coming back. Kept and noted for sending at once.

One transaction, a write first, and no network: the service hears of it later.
"""

from django.db import transaction
from django.utils.timezone import now

from ..handing import remembered
from ..marking import mark
from ..models import Answer, Mark, Opting


def answer(ticket, handle, verdict):
    """Keep the verdict about the person behind the handle; ``False`` where the holder is shown nobody of that handle."""
    if not ticket.open or ticket.out:
        return False
    other = ticket.behind(handle)
    if other is None:
        return False
    if ticket.answers.get(other) == verdict:
        return True
    with transaction.atomic():
        (row,) = Answer.objects.bulk_create(
            [
                Answer(
                    position=ticket.position, other=other, verdict=verdict, at=now(),
                    holder=remembered("", ticket.position),
                )
            ],
            update_conflicts=True,
            unique_fields=["position", "other"],
            update_fields=["verdict", "at", "holder"],
        )  # fmt: skip
        mark(ticket.event, Mark.ANSWER, row.pk)
    return True


def opt(ticket, *, out):
    """Leave everything, or come back; ``False`` where there is nothing to leave."""
    if not ticket.open:
        return False
    if ticket.out == out:
        return True
    with transaction.atomic():
        (row,) = Opting.objects.bulk_create(
            [Opting(position=ticket.position, out=out, at=now(), holder=remembered("", ticket.position))],
            update_conflicts=True,
            unique_fields=["position"],
            update_fields=["out", "at", "holder"],
        )
        mark(ticket.event, Mark.OPTING, row.pk)
        # Whoever is out is told with an empty profile, and not where they are.
        mark(ticket.event, Mark.ORDER, ticket.position.order.code)
    return True
