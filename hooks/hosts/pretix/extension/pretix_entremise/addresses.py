"""Whole addresses of this pretix, as others need them: the service, and readers of mails."""

from django.conf import settings
from django.urls import reverse
from pretix.multidomain import urlreverse

# The name that pretix gave it in 2026.6, or the one from before.
_absolute = getattr(urlreverse, "eventreverse_absolute", None) or urlreverse.build_absolute_uri


def in_shop(event, name, **parts):
    """Return the address of a page of the event's shop, on the shop's own domain where it has one."""
    return _absolute(event, f"plugins:pretix_entremise:{name}", kwargs=parts)


def in_office(event, name):
    """Return the address of a page of the back office."""
    path = reverse(
        f"plugins:pretix_entremise:{name}", urlconf="pretix.multidomain.maindomain_urlconf",
        kwargs={"organizer": event.organizer.slug, "event": event.slug},
    )  # fmt: skip
    return settings.SITE_URL.rstrip("/") + path
