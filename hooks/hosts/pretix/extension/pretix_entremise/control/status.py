"""How the connection fares, and what can be done: ask the service now, or send everything again."""

from django.contrib import messages
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import problems
from ..client import ServiceError
from ..connecting import service_of
from ..walking import say_again
from . import board, logdisplay
from .leaving import left_by
from .pages import Page
from .standing import Standing


class StatusPage(Page):
    """The status of the connection."""

    template_name = "pretix_entremise/control/status.html"
    tab = "status"

    def get_context_data(self, **kwargs):
        """Add how things stand."""
        standing = Standing.of(self.connection) if self.connection else None
        left = left_by(self.request.event)
        return {**super().get_context_data(**kwargs), "standing": standing, "left": left, **kwargs}

    def post(self, request, *args, **kwargs):
        """Check, or send everything again."""
        if self.connection is None:
            return self.back("connection")
        if "resend" in request.POST:
            with transaction.atomic():
                say_again(self.connection)
                request.event.log_action(logdisplay.RESENT, user=request.user, data={})
            messages.success(request, _("Everybody who agreed is sent again, in the background."))
            return self.back()
        error = self._check()
        if error is not None:
            return self.render_to_response(self.get_context_data(problem=problems.of_error(error)))
        messages.success(request, _("The service answers. What it says stands below."))
        return self.back()

    def _check(self):
        """Ask the service; where it answers, what waits need not wait for the next attempt."""
        try:
            with service_of(self.connection, timeout=board.PATIENCE) as service:
                said = service.connection()
        except ServiceError as error:
            return error
        board.keep(self.connection, status=said, status_at=timezone.now(), retry_at=None)
        return board.refresh(self.connection, self.language)
