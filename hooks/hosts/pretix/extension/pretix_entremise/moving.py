"""What people said about a ticket follows it into another order, where it has another name."""

from .marking import mark
from .models import Answer, Held, Mark


def moved(original, order):
    """Have answers about the tickets that came from ``original`` name them as they are called now, and be sent anew.

    Whoever blocked somebody must not be shown to them again because an order was split. What the service had sent for
    the former names is let go of: it counts revisions for each name, and what it sends for the new ones begins again.
    """
    positions = list(order.all_positions.all())
    for position in positions:
        former = f"{original.code}-{position.positionid}"
        about = list(Answer.objects.filter(position__order__event=order.event_id, other=former))
        for answer in about:
            answer.other = f"{order.code}-{position.positionid}"
            mark(order.event, Mark.ANSWER, answer.pk)
        Answer.objects.bulk_update(about, ["other"])
    Held.objects.filter(position__in=positions).delete()
