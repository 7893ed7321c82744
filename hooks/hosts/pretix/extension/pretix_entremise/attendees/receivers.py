"""What stands on pretix's own pages: a block under one's ticket, and on the buyer's page a link for each ticket."""

import logging
from functools import wraps

from django.dispatch import receiver
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.translation import gettext
from pretix.presale.signals import html_head, order_info, position_info, position_info_top

from .. import profile
from ..guards import connection_of
from ..held import Ticket
from ..questions import Mapping
from .looks import modify_url, page_url, stylesheet
from .sections import look

PAGES = ("event.order", "event.order.position")

log = logging.getLogger(__name__)


def never_in_the_way(receive):
    """Say nothing where something of ours fails: the ticket has to be there, at the door above all."""

    @wraps(receive)
    def received(sender, **arguments):
        try:
            return receive(sender, **arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not the ticket's
            # The message may hold what somebody wrote: the type is enough.
            log.error("entremise: a block of a ticket failed", extra={"error": type(error).__name__})
            return ""

    return received


@receiver(html_head, dispatch_uid="entremise_attendees_head")
@never_in_the_way
def style(sender, request, **_):
    """Dress the blocks; nothing on other pages."""
    found = request.resolver_match
    sheet = stylesheet() if found and found.url_name in PAGES else ""
    return format_html('<link rel="stylesheet" href="{}">', sheet) if sheet else ""


@receiver(position_info_top, dispatch_uid="entremise_attendees_pointer")
@never_in_the_way
def pointer(sender, order, position, request, **_):
    """Point to the block where somebody is in it: the ticket itself comes first, and may be long."""
    found = _looked(position, request)
    if not found or not found.anything:
        return ""
    return format_html(
        '<p class="entremise-pointer"><a class="btn btn-default" href="#entremise">'
        '<span class="fa fa-users" aria-hidden="true"></span> {}</a></p>',
        gettext("People to meet"),
    )


@receiver(position_info, dispatch_uid="entremise_attendees_block")
@never_in_the_way
def block(sender, order, position, request, **_):
    """Say briefly whom to meet, where and when, under the ticket."""
    found = _looked(position, request)
    if found is None or (not found.ticket.agreed and not _is_asked(sender, position)):
        return ""
    context = {
        "ticket": found.ticket,
        "look": found,
        "page_url": page_url(position),
        "modify": "" if found.ticket.agreed else modify_url(position),
        "event": sender,
    }
    return get_template("pretix_entremise/attendees/block.html").render(context, request=request)


@receiver(order_info, dispatch_uid="entremise_attendees_links")
@never_in_the_way
def links(sender, order, request, **_):
    """Lead the buyer to the page of each ticket that is theirs; on the others' pages stands whom those turned down."""
    if connection_of(sender) is None:
        return ""
    mapping = Mapping.of(sender)
    # The ticket's own clock, too: after the end there is nothing to lead to.
    positions, others = [], False
    for one in order.positions.select_related("item", "subevent"):
        one.order = order  # this very one, whose event keeps what it has read of its settings
        if not profile.counts(order, one, mapping) or not Ticket(one).in_time:
            continue
        if not one.attendee_email or one.attendee_email.casefold() == (order.email or "").casefold():
            positions.append(one)
        else:
            others = True
    if not positions and not others:
        return ""
    context = {"tickets": [(one, page_url(one)) for one in positions], "others": others, "event": sender}
    return get_template("pretix_entremise/attendees/links.html").render(context, request=request)


def _looked(position, request):
    """Return the page of the ticket's holder, made once a request; ``None`` where there is none."""
    known = getattr(request, "entremise_looked", None)
    if known is None or known[0] != position.pk:
        ticket = Ticket(position)
        known = request.entremise_looked = (position.pk, look(ticket) if ticket.open else None)
    return known[1]


def _is_asked(event, position):
    """Whether the form of this product asks for consent: only then is there something to say to who did not give it."""
    mapping = Mapping.of(event)
    asked = event.questions.filter(items=position.item_id).values_list("identifier", flat=True)
    return any("consent.matching" in mapping.targets_for(identifier) for identifier in asked)
