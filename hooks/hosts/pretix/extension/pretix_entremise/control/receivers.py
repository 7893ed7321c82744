"""Receivers of pretix's signals for the settings."""

from django.dispatch import receiver
from django.urls import resolve
from pretix.control.signals import nav_event_settings

from . import logdisplay  # noqa: F401
from .pages import PERMISSION, address
from .urls import urlpatterns

_OURS = frozenset(pattern.name for pattern in urlpatterns)


@receiver(nav_event_settings, dispatch_uid="entremise_nav_settings")
def navigation(sender, request, **_kwargs):
    """Show the pages among the event's settings, to whoever may change these."""
    if not request.user.has_event_permission(request.organizer, request.event, PERMISSION, request=request):
        return []
    here = resolve(request.path_info)
    ours = here.namespace == "plugins:pretix_entremise" and here.url_name in _OURS
    return [{"label": "entremise", "url": address(request.event, "settings"), "active": ours}]
