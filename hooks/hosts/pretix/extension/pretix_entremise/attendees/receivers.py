"""What stands on pretix's own pages: a block under one's ticket, and on the buyer's page a link for each ticket."""

from django.dispatch import receiver
from django.template.loader import get_template
from django.utils.html import format_html
from pretix.presale.signals import html_head, order_info, position_info

from .. import profile
from ..guards import connection_of
from ..held import Ticket
from ..questions import Mapping
from .looks import page_url, stylesheet
from .sections import look

PAGES = ("event.order", "event.order.position")


@receiver(html_head, dispatch_uid="entremise_attendees_head")
def style(sender, request, **_):
    """Dress the blocks; nothing on other pages."""
    found = request.resolver_match
    sheet = stylesheet() if found and found.url_name in PAGES else ""
    return format_html('<link rel="stylesheet" href="{}">', sheet) if sheet else ""


@receiver(position_info, dispatch_uid="entremise_attendees_block")
def block(sender, order, position, request, **_):
    """Say briefly whom to meet, where and when, under the ticket."""
    ticket = Ticket(position)
    if not ticket.open or (not ticket.agreed and not _is_asked(sender, position)):
        return ""
    context = {"ticket": ticket, "page_url": page_url(position), "event": sender}
    if ticket.agreed and not ticket.out:
        context["look"] = look(ticket)
    return get_template("pretix_entremise/attendees/block.html").render(context, request=request)


@receiver(order_info, dispatch_uid="entremise_attendees_links")
def links(sender, order, request, **_):
    """Lead the buyer to the page of each ticket; says nothing of anybody else."""
    if connection_of(sender) is None:
        return ""
    mapping = Mapping.of(sender)
    # The ticket's own clock, too: after the end there is nothing to lead to.
    positions = [
        one
        for one in order.positions.select_related("order", "order__event", "item", "subevent")
        if profile.counts(one.order, one, mapping) and Ticket(one).in_time
    ]
    if not positions:
        return ""
    context = {"tickets": [(one, page_url(one)) for one in positions], "event": sender}
    return get_template("pretix_entremise/attendees/links.html").render(context, request=request)


def _is_asked(event, position):
    """Whether the form of this product asks for consent: only then is there something to say to who did not give it."""
    mapping = Mapping.of(event)
    asked = event.questions.filter(items=position.item_id).values_list("identifier", flat=True)
    return any("consent.matching" in mapping.targets_for(identifier) for identifier in asked)
