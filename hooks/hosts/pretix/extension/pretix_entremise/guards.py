"""Who may pass: the plugin is on for the event, and the ticket's secret fits.

pretix stops the signals of a plugin that is switched off for an event, not its addresses: every view asks here.
"""

import hmac

from django.http import Http404
from pretix.base.models import OrderPosition

from .models import Connection

PLUGIN = "pretix_entremise"


def is_on(event):
    """Whether the plugin is switched on for the event; costs no query."""
    return PLUGIN in event.get_plugins()


def connection_of(event):
    """Return the event's connection to a service; ``None`` when there is none, or it is being taken down."""
    if not is_on(event):
        return None
    return Connection.objects.filter(event=event, state__in=Connection.LIVE).first()


class PluginRequired:
    """For views of the back office: 404 where the plugin is off. Stands first in the list of bases."""

    def dispatch(self, request, *args, **kwargs):
        """Answer only where the plugin is on."""
        if not is_on(request.event):
            raise Http404
        return super().dispatch(request, *args, **kwargs)


def ticket_or_404(request, order, position, secret):
    """Return the ticket at this address, with its order; 404 unless the secret fits (constant time) and the plugin is on."""
    if not is_on(request.event):
        raise Http404
    found = (
        OrderPosition.objects.filter(
            order__event=request.event, addon_to__isnull=True, order__code=order, positionid=position
        )
        .select_related("order", "order__event")
        .first()
    )
    # Compared in any case, so that the time of the answer does not say whether there is such a ticket.
    held = found.web_secret if found else "no such ticket"
    if not hmac.compare_digest(held.lower().encode(), secret.lower().encode()) or found is None:
        raise Http404
    return found
