"""What earlier connections of an event left at services: shown to the organiser until they put it away."""

from django.contrib import messages
from django.utils.translation import gettext_lazy as _

from .. import farewell
from . import logdisplay
from .pages import Page


def left_by(event):
    """Return (connection as it ended, what the operator of its service types to erase what is kept there)."""
    return [(one, farewell.command(one)) for one in farewell.left_by(event)]


class LeftPage(Page):
    """Puts one of these notes away; there is nothing to look at, so looking leads to the connection."""

    tab = "connection"

    def get(self, request, *args, **kwargs):
        """Lead to where the notes stand."""
        return self.back()

    def post(self, request, *args, **kwargs):
        """Put it away. The event's log keeps where people may be, and under which id."""
        given = request.POST.get("left", "")
        number = int(given[:18]) if given.isascii() and given.isdigit() else 0
        for one in farewell.forget(request.event, number):
            said = {"service": one.service, "installation": one.installation}
            request.event.log_action(logdisplay.PUT_AWAY, user=request.user, data=said)
            messages.success(request, _("The note has been put away. The event’s log still has it."))
        return self.back()
