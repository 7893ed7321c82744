"""What the answers of this event's form say, with a look at what would leave pretix about one ticket."""

from dataclasses import replace

from django.contrib import messages
from django.db import transaction
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..marking import mark
from ..models import Mark
from ..questions import Mapping
from ..recommended import missing
from . import logdisplay
from .fields import summary_of
from .mapping_form import MappingForm, differences, save, with_suggestion
from .pages import Page, address
from .preview import find, preview

READS_ORDERS = "event.orders:read"


class MappingPage(Page):
    """The table of questions, and the preview. Whoever may not read orders sees no preview."""

    template_name = "pretix_entremise/control/mapping.html"
    tab = "mapping"

    @cached_property
    def before(self):
        """Return the choices as they are kept."""
        return Mapping.of(self.request.event)

    @cached_property
    def form(self):
        """Return the form with what was posted, and a suggestion taken over where somebody asked for one."""
        event, data = self.request.event, self.request.POST or None
        if data and "take" in data:
            data = with_suggestion(data, event, data["take"])
        return MappingForm(data, event=event, mapping=self.before)

    def get_context_data(self, **kwargs):
        """Add the table, and the ticket to look at."""
        event, form = self.request.event, self.form
        asked = self.request.POST.get("ticket", self.request.GET.get("ticket", ""))
        unsaved = form.is_bound and form.is_valid()
        mapping = form.mapping() if unsaved else self.before
        rows = list(form.rows())
        may_look = self.may(READS_ORDERS)
        ticket, candidates = find(event, asked) if may_look else (None, [])
        return {
            **super().get_context_data(**kwargs),
            "form": form,
            "errors": summary_of(form),
            "rows": rows,
            "asks_consent": any(
                "consent.matching" in mapping.targets_for(one.identifier) for one in form.questions
            ),
            "confirmed": self.before.confirmed,
            "missing": missing(event, mapping),
            "questions_page": address(event, "questions"),
            "may_look": may_look,
            "asked": asked,
            "unsaved": unsaved,
            "taken": "take" in self.request.POST,
            "candidates": candidates,
            # As it will be when this is saved: the page says above what holds until then.
            "preview": preview(ticket, replace(mapping, confirmed=True)) if ticket else None,
            **kwargs,
        }

    def post(self, request, *args, **kwargs):
        """Save; or show the preview, or a suggestion ticked, with nothing saved."""
        form = self.form
        if "preview" in request.POST or "take" in request.POST or not form.is_valid():
            return self.render_to_response(self.get_context_data())
        after = form.mapping()
        changed = differences(self.before, after)
        if not changed and self.before.confirmed:
            messages.info(request, _("Nothing was changed."))
            return self.back()
        with transaction.atomic():
            save(request.event, after)
            mark(request.event, Mark.EVERYTHING)
            request.event.log_action(
                logdisplay.MAPPING, user=request.user, data={"keys": ", ".join(changed or ["confirmed"])}
            )
        messages.success(request, _("Saved. Everybody whom it concerns is sent again, in the background."))
        return self.back()
