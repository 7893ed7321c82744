"""The pages below a ticket's own page. ``GET`` only shows; what changes something is a form with pretix's token.

The address holds the ticket's secret: nothing here is indexed, kept by caches, or named to other sites.
"""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views import View
from django.views.decorators.debug import sensitive_variables

from ..client import ServiceError
from ..connecting import service_of
from ..guards import ticket_or_404
from ..held import Ticket
from . import saying
from .cards import web_address
from .forms import AnswerForm
from .looks import modify_url, page_url, stylesheet, ticket_url
from .sections import look

PATIENCE = 3.0
"""Seconds that an answer of the service may take to begin: whoever has a ticket can ask, and each keeps a worker waiting."""

HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "same-origin",  # none at all would make browsers hide the Origin that the token is checked with
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


class TicketView(View):
    """Somebody with the ticket's secret, while the event's pages are open."""

    @method_decorator(sensitive_variables())
    def dispatch(self, request, *args, **kwargs):
        """Find the ticket, and close the page when it is too late or there is nothing to see."""
        position = ticket_or_404(request, kwargs["order"], kwargs["position"], kwargs["secret"])
        self.ticket = Ticket(position)
        if request.method != "OPTIONS" and not self.ticket.open:
            answer = self.page("closed", status=404 if self.ticket.in_time else 410)
        else:
            answer = super().dispatch(request, *args, **kwargs)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    def page(self, template, *, status=200, **context):
        """Return a page in the shop's own frame."""
        position = self.ticket.position
        context |= {
            "event": self.request.event,
            "order": position.order,
            "position": position,
            "ticket_url": ticket_url(position),
            "stylesheet": stylesheet(),
        }
        return render(self.request, f"pretix_entremise/attendees/{template}.html", context, status=status)

    def back(self, anchor=""):
        """Return to the page, by ``GET``."""
        answer = HttpResponseRedirect(page_url(self.ticket.position) + (f"#{anchor}" if anchor else ""))
        answer.status_code = 303
        return answer


class PageView(TicketView):
    """The whole page of one ticket's holder."""

    def get(self, request, **kwargs):
        """Show it."""
        position = self.ticket.position
        if not self.ticket.agreed:
            return self.page("unasked", modify=modify_url(position), urls=_urls(position))
        if self.ticket.out:
            return self.page("left", urls=_urls(position))
        return self.page("page", look=look(self.ticket), urls=_urls(position))


class AnswerView(TicketView):
    """What the holder says about somebody."""

    http_method_names = ["post"]

    def post(self, request, **kwargs):
        """Keep it, and return to where the person stands, or to the top when they are gone from there."""
        form = AnswerForm(request.POST)
        verdict = form.cleaned_data["verdict"] if form.is_valid() else ""
        if not verdict or not saying.answer(self.ticket, form.cleaned_data["person"], verdict):
            messages.error(request, gettext("That person can no longer be answered. Nothing was changed."))
            return self.back()
        messages.success(request, _noted(verdict))
        return self.back(f"person-{form.cleaned_data['person']}" if verdict in {"accepted", "met"} else "")


class LeaveView(TicketView):
    """Leaving everything."""

    http_method_names = ["post"]

    def post(self, request, **kwargs):
        """Leave."""
        saying.opt(self.ticket, out=True)
        messages.success(request, gettext("You have left. Nobody sees you here any more."))
        return self.back()


class ReturnView(TicketView):
    """Coming back."""

    http_method_names = ["post"]

    def post(self, request, **kwargs):
        """Come back."""
        saying.opt(self.ticket, out=False)
        messages.success(request, gettext("Welcome back. New suggestions will be here shortly."))
        return self.back()


class MoreView(TicketView):
    """The person's own page at the service: what this page cannot do, such as asking for a meeting."""

    http_method_names = ["get"]

    def get(self, request, **kwargs):
        """Ask the service for the address, and go there; say so when it is away."""
        try:
            with service_of(self.ticket.connection, timeout=PATIENCE) as service:
                found = service.personal_page(self.ticket.connection.host_event, self.ticket.ref)
        except (ServiceError, LookupError):  # an answer without an address is none
            found = ""
        if not web_address(found):
            messages.error(
                request,
                gettext(
                    "That page cannot be reached at the moment. Nothing was lost: please try again in a few minutes."
                ),
            )
            return self.back()
        answer = HttpResponseRedirect(found)
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer


def _urls(position):
    names = ("answer", "leave", "return", "calendar", "more", "download")
    return {name: page_url(position, f"attendee.{name}") for name in names}


def _noted(verdict):
    return {
        "accepted": gettext("Noted: you are interested."),
        "met": gettext("Noted: you met. How nice!"),
        "declined": gettext("Noted: this person is not suggested to you any more."),
        "blocked": gettext("Noted: you will not be shown to each other again."),
    }[verdict]
