"""Which signals of pretix and Django say that something changed, and what has to be looked at then."""

from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver
from pretix.base.models import (
    Checkin,
    Event,
    LogEntry,
    Order,
    OrderPosition,
    Question,
    QuestionOption,
)
from pretix.base.signals import (
    checkin_annulled,
    checkin_created,
    order_approved,
    order_canceled,
    order_changed,
    order_denied,
    order_expired,
    order_gracefully_delete,
    order_modified,
    order_paid,
    order_placed,
    order_reactivated,
    order_split,
)

from .guards import is_on
from .marking import mark, mark_order, mark_where_on
from .models import Mark
from .moving import moved

ORDER_ACTIONS = frozenset((
    "pretix.event.order.contact.changed",
    "pretix.event.order.locale.changed",
    "pretix.event.order.valid_if_pending.set",
    "pretix.event.order.valid_if_pending.unset",
    "pretix.event.order.deleted",
    "pretix.event.checkin.reverted",
    "pretix.event.checkin.annulled",
))  # fmt: skip
"""What pretix writes into its log and has no signal for, or not for every way there."""

PLACED = "pretix.event.order.placed"
"""Logged within the order's transaction, where some of pretix's ways send the signal only after it."""

EVERYBODY_ACTIONS = frozenset((
    "pretix.event.shredder.completed",
    "pretix.event.testmode.activated",
    "pretix.event.testmode.deactivated",
))  # fmt: skip

EVENT_ACTIONS = frozenset(("pretix.event.changed", "pretix.event.settings"))


def _order_signal(sender, order, **_):
    mark(sender, Mark.ORDER, order.code)


def _new_order_signal(sender, order, **_):
    # What was noted when it was logged, in the same request, needs no second note unless it was paid since.
    if getattr(order, "_entremise_noted_as", None) != order.status:
        mark(sender, Mark.ORDER, order.code)
        order._entremise_noted_as = order.status  # noqa: SLF001 - ours, on their object


for _signal in (order_placed, order_paid):
    _signal.connect(_new_order_signal, dispatch_uid="entremise_new_order")

for _signal in (
    order_modified, order_changed, order_canceled, order_reactivated, order_expired, order_approved, order_denied,
    order_gracefully_delete,
):  # fmt: skip
    _signal.connect(_order_signal, dispatch_uid="entremise_order")


@receiver(order_split, dispatch_uid="entremise_split")
def order_was_split(sender, original, split_order, **_):
    """Look at both: tickets moved from one to the other."""
    mark(sender, Mark.ORDER, original.code)
    mark(sender, Mark.ORDER, split_order.code)
    moved(original, split_order)


def _checkin_signal(sender, checkin, **_):
    if checkin.position_id:
        mark(sender, Mark.ORDER, checkin.position.order.code)


for _signal in (checkin_created, checkin_annulled):
    _signal.connect(_checkin_signal, dispatch_uid="entremise_checkin")


@receiver(pre_delete, sender=Order, dispatch_uid="entremise_order_deleted")
def order_goes(sender, instance, **_):
    """Note it while its code is still known."""
    mark_where_on(instance.event, Mark.ORDER, instance.code)


@receiver(pre_delete, sender=OrderPosition, dispatch_uid="entremise_position_deleted")
def position_goes(sender, instance, **_):
    """Note it while its order is still known."""
    mark_where_on(instance.order.event, Mark.ORDER, instance.order.code)


@receiver(pre_delete, sender=Checkin, dispatch_uid="entremise_checkin_deleted")
def checkin_goes(sender, instance, **_):
    """Note scans that are reverted: pretix deletes them."""
    if instance.position_id and is_on(instance.position.order.event):
        mark_order(instance.position.order)


def _questions_changed(sender, instance, origin=None, **_):
    if issubclass(getattr(origin, "model", type(origin)), Event):
        # It goes with its event, and a note about that would be left behind and keep it from going.
        return
    question = instance if isinstance(instance, Question) else instance.question
    mark_where_on(question.event, Mark.EVERYTHING)


for _sender in (Question, QuestionOption):
    for _signal in (post_save, post_delete):
        _signal.connect(_questions_changed, sender=_sender, dispatch_uid="entremise_questions")


@receiver(post_save, sender=Event, dispatch_uid="entremise_event")
def event_changed(sender, instance, created, **_):
    """Look at its name and dates again."""
    if not created:
        mark_where_on(instance, Mark.HOST_EVENT)


@receiver(post_save, sender=LogEntry, dispatch_uid="entremise_log")
def something_was_logged(sender, instance, created, **_):
    """Note what only pretix's log knows of."""
    kind = instance.action_type
    if not created or not instance.event_id:
        return
    if kind == PLACED or kind in ORDER_ACTIONS:
        order = instance.content_object
        if isinstance(order, Order) and is_on(instance.event):
            mark(instance.event, Mark.ORDER, order.code)
            if kind == PLACED:
                order._entremise_noted_as = order.status  # noqa: SLF001 - ours, on their object
    elif kind in EVENT_ACTIONS:
        mark_where_on(instance.event, Mark.HOST_EVENT)
    elif kind in EVERYBODY_ACTIONS:
        mark_where_on(instance.event, Mark.EVERYTHING)
