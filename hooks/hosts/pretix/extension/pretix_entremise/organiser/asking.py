"""Asks the service on behalf of an organiser's page, and says in words when it cannot be asked or does not answer."""

import re
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from pretix.control.permissions import EventPermissionRequiredMixin

from .. import problems
from ..client import ServiceError
from ..connecting import service_of
from ..guards import connection_of, is_on

LOOK, CHANGE = "event.orders:read", "event.orders:write"
LABELS = {
    "mentorship": _("Mentors and mentees"),
    "circles": _("Circles"),
    "seating": _("Tables"),
    "meetings": _("Meetings"),
}
"""What plans are called, in the order in which they are listed."""

STALE = frozenset((412, 428))
NOT_THERE, CONFLICT, INVALID = 404, 409, 422
_OF_THE_CONNECTION = frozenset(("blocked", "bad_address", "moved", "not_the_service"))
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{1,200}"')


@dataclass(frozen=True)
class Trouble:
    """Why there is no answer, in words: what happened, and what to do."""

    title: str
    advice: str
    connecting: bool = False
    """Whether the page of the connection is where to go."""


NOT_CONNECTED = Trouble(
    _("This event is not connected to a service yet."),
    _("Suggestions and plans are made by an entremise service. Connect the event to one first."),
    connecting=True,
)


def trouble_of(error):
    """Return what to say about an error of the service."""
    if error.temporary:
        return Trouble(
            _("The service does not answer at the moment."),
            _(
                "Nothing is lost: what attendees see stays as it is, and changes to orders are sent as soon as the "
                "service is back. Try again in a few minutes. If it lasts, tell whoever runs the service."
            ),
        )
    if error.status == NOT_THERE:
        return Trouble(
            _("The service does not know this plan or this event (yet)."),
            _("If you have just connected the event, wait until its orders have been sent, then try again."),
        )
    problem = problems.of_error(error)
    return Trouble(
        problem.what, problem.next, connecting=error.unauthorised or error.code in _OF_THE_CONNECTION
    )


def etag_of(text):
    """Return a tag as the service wrote it; of anything else one that never fits, so that nothing is overwritten."""
    return text if _ETAG.fullmatch(text or "") else '"none"'


def language():
    """Return the language in which the service should speak."""
    return (get_language() or "en").partition("-")[0]


class ServicePage(EventPermissionRequiredMixin):
    """A view that asks the service. ``self.service`` is open while the view runs; ``self.connection`` is the event's."""

    permission = LOOK

    def dispatch(self, request, *args, **kwargs):
        """Answer with a page also when there is no service, or no answer."""
        if not is_on(request.event):
            raise Http404
        kwargs = {name: value for name, value in kwargs.items() if name not in {"organizer", "event"}}
        self.request, self.kwargs = request, kwargs
        self.connection = connection_of(request.event)
        if self.connection is None:
            return self.cannot(NOT_CONNECTED)
        try:
            with service_of(self.connection) as self.service:
                return super().dispatch(request, *args, **kwargs)
        except ServiceError as error:
            return self.failed(error)

    def failed(self, error):
        """Answer when the service did not do what was asked."""
        return self.cannot(trouble_of(error))

    def cannot(self, trouble):
        """Return a page that says why there is nothing to see, and what to do."""
        may_connect = self.may("event.settings.general:write")
        return render(
            self.request,
            "pretix_entremise/organiser/away.html",
            {"trouble": trouble, "may_connect": may_connect},
        )

    def may(self, permission):
        """Whether whoever looks has this permission."""
        return self.request.user.has_event_permission(
            self.request.organizer, self.request.event, permission, request=self.request
        )

    @property
    def host_event(self):
        """What the service calls the event."""
        return self.connection.host_event

    def at(self, name, **kwargs):
        """Return the address of one of our pages for this event."""
        where = {"organizer": self.request.event.organizer.slug, "event": self.request.event.slug}
        return reverse(f"plugins:pretix_entremise:{name}", kwargs={**where, **kwargs})


class Proxied(ServicePage):
    """A view that hands on a file of the service; without one, a short text with status 503 or the service's own."""

    def cannot(self, trouble):
        """Say it in one line: nobody reads a page in a picture's place."""
        return HttpResponse(f"{trouble.title}\n", content_type="text/plain; charset=utf-8", status=503)

    def back(self):
        """Return to the plan."""
        return redirect(self.at("plan", feature=self.kwargs["feature"]))
