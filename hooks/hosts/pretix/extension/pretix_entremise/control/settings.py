"""What is switched on for the event, and how: saved here at once, and sent to the service by the sender."""

from django.contrib import messages
from django.db import transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from .. import problems
from ..marking import mark
from ..models import Connection, Mark
from . import board, logdisplay
from .fields import summary_of
from .pages import Page
from .settings_form import SettingsForm
from .standing import Standing


class SettingsPage(Page):
    """The switches, drawn from the manifest of the service."""

    template_name = "pretix_entremise/control/settings.html"
    tab = "settings"

    @cached_property
    def away(self):
        """Bring what is known up to date; return why it could not be, or ``None``."""
        connection = self.connection
        if connection is None:
            return None
        if connection.retry_at and connection.retry_at > timezone.now() and connection.manifest:
            # The sender found the service away a moment ago: nobody has to wait to hear it again.
            return problems.of_connection(connection) or problems.explain("no_answer")
        error = board.refresh(connection, self.language)
        return problems.of_error(error) if error else None

    @cached_property
    def form(self):
        """Return the form, drawn from what is known; ``None`` where nothing is yet."""
        connection = self.connection
        if connection is None or not connection.manifest:
            return None
        return SettingsForm(self.request.POST or None, connection=connection, language=self.language)

    def get_context_data(self, **kwargs):
        """Add the form, and how things stand."""
        away = None if self.request.method == "POST" else self.away
        form, sent = self.form, self._sent()
        if form and sent == "refused" and not form.is_bound:
            for key in self.connection.problem_detail.split(", "):
                form.blame(key, problems.of_connection(self.connection).what)
        return {
            **super().get_context_data(**kwargs),
            "away": away,
            "form": form,
            "errors": summary_of(form) if form else [],
            "groups": list(form.groups()) if form else [],
            "skipped": [name for feature in form.features for name in feature.skipped] if form else [],
            "standing": Standing.of(self.connection) if self.connection else None,
            "sent": sent,
            **kwargs,
        }

    def _sent(self):
        """Return whether the service has what was saved: ``sending``, ``refused`` or ``held``."""
        if self.connection is None or self.connection.wanted is None:
            return "held"
        return "refused" if self.connection.problem.startswith(problems.OF_SETTINGS) else "sending"

    def post(self, request, *args, **kwargs):
        """Keep what is wanted, and have it sent."""
        form = self.form
        if form is None:
            return self.back()
        if not form.is_valid():
            if form.has_error("__all__", "stale"):
                form = self.form = SettingsForm(connection=self.connection, language=self.language)
                messages.error(request, _("Somebody else changed these settings since you opened the page. They are "
                                          "shown as they are now; nothing of yours was saved."))  # fmt: skip
            return self.render_to_response(self.get_context_data())
        keys = form.changed_keys()
        if not keys:
            messages.info(request, _("Nothing was changed."))
            return self.back()
        with transaction.atomic():
            Connection.objects.filter(pk=self.connection.pk).update(wanted=form.wanted())
            mark(request.event, Mark.SETTINGS)
            request.event.log_action(logdisplay.SETTINGS, user=request.user, data={"keys": ", ".join(keys)})
        messages.success(request, _("Saved. It takes effect as soon as the service has it."))
        return self.back()
