"""What every page of the settings has in common: who may see it, the way to the others, the connection."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from pretix.control.permissions import EventPermissionRequiredMixin
from pretix.control.views.event import EventSettingsViewMixin

from ..guards import PluginRequired
from ..models import Connection
from ..questions import language_code

PERMISSION = "event.settings.general:write"

TABS = (
    ("settings", _("Features")),
    ("mapping", _("Questions")),
    ("connection", _("Connection")),
    ("status", _("Status")),
)


def address(event, name):
    """Return where the page of this name is for the event."""
    return reverse(
        f"plugins:pretix_entremise:{name}", kwargs={"organizer": event.organizer.slug, "event": event.slug}
    )


class Page(PluginRequired, EventSettingsViewMixin, EventPermissionRequiredMixin, TemplateView):
    """A page of the settings. ``tab`` names which one of ``TABS`` it belongs to."""

    permission = PERMISSION
    tab = ""

    @cached_property
    def connection(self):
        """Return the event's connection in any state but the last farewell; ``None`` where there is none."""
        found = Connection.objects.filter(event=self.request.event)
        return found.exclude(state=Connection.LEAVING).first()

    @property
    def language(self):
        """Return the bare language in which the page is read."""
        return language_code(get_language() or "en")

    def get_context_data(self, **kwargs):
        """Add the way to the other pages."""
        event = self.request.event
        return {
            **super().get_context_data(**kwargs),
            "tabs": [(name, label, address(event, name), name == self.tab) for name, label in TABS],
            "connection": self.connection,
        }

    def may(self, permission):
        """Whether whoever looks has another permission of pretix, too."""
        return self.request.user.has_event_permission(
            self.request.organizer, self.request.event, permission, request=self.request
        )

    def back(self, name=""):
        """Return to a page after something was done."""
        return HttpResponseRedirect(address(self.request.event, name or self.tab))
