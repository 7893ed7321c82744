"""Where the pages of a ticket are, and what they are dressed in."""

from django.templatetags.static import static
from pretix.multidomain.urlreverse import eventreverse


def page_url(position, name="attendee", **more):
    """Return the address of one of a ticket's pages here, relative to the shop."""
    return eventreverse(
        position.order.event, f"plugins:pretix_entremise:{name}", kwargs=_ticket(position) | more
    )


def ticket_url(position):
    """Return the address of pretix's own page of the ticket."""
    return eventreverse(position.order.event, "presale:event.order.position", kwargs=_ticket(position))


def modify_url(position):
    """Return the address at which the holder changes what they told the organiser; empty where they may not."""
    if not position.can_modify_answers:
        return ""
    return eventreverse(position.order.event, "presale:event.order.position.modify", kwargs=_ticket(position))


def stylesheet():
    """Return the address of the style sheet; empty where static files were not collected since the last upgrade."""
    try:
        return static("pretix_entremise/attendees.css")
    except ValueError:
        return ""


def _ticket(position):
    return {
        "order": position.order.code,
        "position": position.positionid,
        "secret": position.web_secret,
    }
