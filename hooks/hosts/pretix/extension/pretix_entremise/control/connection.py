"""Connecting an event to a service, replacing the secrets, and taking the connection down."""

import shlex
from ipaddress import ip_address
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from .. import connecting, problems
from ..client import ServiceError
from ..models import Connection
from . import logdisplay
from .fields import describe, summary_of
from .leaving import left_by
from .pages import Page, address

KEEP, ERASE = "keep", "erase"


class ConnectForm(forms.Form):
    """Where the service is, and the code that its operator gave out."""

    service = forms.CharField(
        label=_("Address of the service"),
        help_text=_(
            "As whoever runs the service gave it to you, for example https://introductions.example.org."
        ),
        max_length=500,
        error_messages={"required": _("Enter the address of the service.")},
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    code = forms.CharField(
        label=_("One-time code"),
        help_text=_("Begins with connect_. It works once, and is of no use to anybody afterwards."),
        max_length=500,
        error_messages={"required": _("Paste the code.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self:
            describe(field)


class DisconnectForm(forms.Form):
    """What becomes of people at the service."""

    people = forms.ChoiceField(
        label=_("What should become of what the service knows?"),
        choices=[
            (KEEP, _("Keep it there, unused: what is erased in pretix later stays there")),
            (ERASE, _("Erase everybody of this event there, now and for good")),
        ],
        initial=ERASE,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )


class ConnectionPage(Page):
    """The connection as it is, or the way to one."""

    template_name = "pretix_entremise/control/connection.html"
    tab = "connection"

    @cached_property
    def offered(self):
        """Return the service that pretix's operator has configured; empty where none is."""
        service, code = connecting.configured()
        return service if service and code else ""

    @cached_property
    def form(self):
        """Return the form with what was typed."""
        return ConnectForm(
            self.request.POST or None, initial={"service": self.connection.service if self.connection else ""}
        )

    def get_context_data(self, **kwargs):
        """Add the form and the state."""
        form = self.form
        return {
            **super().get_context_data(**kwargs),
            "form": form,
            "errors": summary_of(form),
            "offered": self.offered,
            "connected": self.connection is not None and self.connection.state == Connection.CONNECTED,
            "known_problem": problems.of_connection(self.connection),
            "problem": None,
            "left": left_by(self.request.event),
            "command": self._command(),
            **kwargs,
        }

    def post(self, request, *args, **kwargs):
        """Exchange the code for a connection."""
        if self.connection is not None and self.connection.state == Connection.CONNECTED:
            messages.info(request, _("The event is connected already."))
            return self.back()
        if "offered" in request.POST and self.offered:
            service, code = connecting.configured()
            self.form = ConnectForm()
        elif self.form.is_valid():
            service, code = self.form.cleaned_data["service"], self.form.cleaned_data["code"]
        else:
            return self.render_to_response(self.get_context_data())
        try:
            made = connecting.connect(request.event, service, code, request)
        except (ServiceError, connecting.ConnectingFailed) as error:
            return self._failed(problems.of_error(error))
        request.event.log_action(logdisplay.CONNECTED, user=request.user, data={"service": made.service})
        messages.success(request, _("The event is connected. Now say what the answers of your form mean."))
        return self.back("mapping")

    def _command(self):
        """Return what the operator of the service types for this event; its name is somebody's words, so it is quoted."""
        event = self.request.event
        # Shops may have a domain of their own; the code has to be good for that and for the back office.
        places = (connecting.settings_page(event), connecting.callback_url(event, "door"))
        roots = dict.fromkeys("{0.scheme}://{0.netloc}".format(urlsplit(place)) for place in places)
        name = " ".join(str(event.name).split())
        addresses = " ".join(f"--address {shlex.quote(root)}" for root in roots)
        allowed = "".join(
            f" --set {shlex.quote(f'allow_private={place}')}" for place in map(_private, roots) if place
        )
        return f"entremise installation invite --name {shlex.quote(name)} {addresses}{allowed}"

    def _failed(self, problem):
        if problem.field in self.form.fields and self.form.is_bound:
            self.form.add_error(problem.field, problem.text)
            problem = None
        return self.render_to_response(self.get_context_data(problem=problem, errors=summary_of(self.form)))


class _Confirmed(Page):
    """A page that asks before it does something, and does it by POST. Only where there is a connection."""

    tab = "connection"

    def dispatch(self, request, *args, **kwargs):
        """Lead back where there is nothing to ask about."""
        answer = super().dispatch(request, *args, **kwargs)
        return answer if self.connection is not None else self.back()

    def get_context_data(self, **kwargs):
        """Add the way back."""
        return {
            **super().get_context_data(**kwargs),
            "cancel": address(self.request.event, "connection"),
            **kwargs,
        }


class RotatePage(_Confirmed):
    """Replaces every secret of the connection."""

    template_name = "pretix_entremise/control/rotate.html"

    def post(self, request, *args, **kwargs):
        """Ask the service for new ones."""
        if self.connection is None:
            return self.back()
        try:
            connecting.renew(self.connection, rotate=("secrets", "token"))
        except (ServiceError, connecting.ConnectingFailed) as error:
            return self.render_to_response(self.get_context_data(problem=problems.of_error(error)))
        request.event.log_action(logdisplay.ROTATED, user=request.user, data={})
        messages.success(request, _("The secrets have been replaced. There is nothing else to do."))
        return self.back()


class DisconnectPage(_Confirmed):
    """Takes the connection down."""

    template_name = "pretix_entremise/control/disconnect.html"

    @cached_property
    def form(self):
        """Return the choice."""
        return DisconnectForm(self.request.POST or None)

    def get_context_data(self, **kwargs):
        """Add the form."""
        return {**super().get_context_data(**kwargs), "form": self.form, "errors": summary_of(self.form)}

    def post(self, request, *args, **kwargs):
        """Take it down at once here, and at the service as soon as it answers."""
        if self.connection is None:
            return self.back()
        if not self.form.is_valid():
            return self.render_to_response(self.get_context_data())
        erase = self.form.cleaned_data["people"] == ERASE
        connecting.disconnect(self.connection, erase=erase)
        request.event.log_action(logdisplay.DISCONNECTED, user=request.user, data={"erase": erase})
        messages.success(
            request,
            _("The event is disconnected, and the service is told to erase everybody.")
            if erase
            else _("The event is disconnected, and the service is told to stop."),
        )
        return self.back()


def _private(root):
    """Return ``host:port`` of an address that the service reaches only when told that it may, or nothing."""
    parts = urlsplit(root)
    try:
        private = not ip_address(parts.hostname).is_global
    except ValueError:
        private = parts.hostname == "localhost"
    if not private:
        return ""
    return parts.netloc if parts.port else f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"
