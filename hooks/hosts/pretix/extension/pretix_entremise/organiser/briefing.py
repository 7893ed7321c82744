"""The page on which organisers say what there is to fill in a plan, without writing JSON."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _

from ..client import ServiceError
from .asking import CHANGE, INVALID, LABELS, STALE, etag_of
from .brief_forms import CirclesForm
from .frame_lines import people_in
from .frames import people_of, sets_of
from .meeting_form import MeetingsForm
from .people import Names
from .planning import PlanView
from .seating_form import SeatingForm

FORMS = {"circles": CirclesForm, "seating": SeatingForm, "meetings": MeetingsForm}
"""By plan; mentorship has nothing to fill: how many mentees somebody takes is said by themselves."""


class BriefPage(PlanView):
    """What there is to fill."""

    permission = CHANGE

    def get(self, request, feature):
        """Show the form as it was filled in last."""
        plan, etag = self.read()
        return self.page(self.form(plan["brief"]["frame"]), etag)

    def post(self, request, feature):
        """Send what was filled in; a new draft follows."""
        plan, etag = self.read()
        form = self.form(plan["brief"]["frame"], request.POST)
        if not form.is_valid():
            return self.page(form, request.POST.get("etag"))
        try:
            self.service.put_brief(
                self.host_event, feature, {**plan["brief"], "frame": form.frame()},
                etag=etag_of(request.POST.get("etag")),
            )  # fmt: skip
        except ServiceError as error:
            if error.status == INVALID:
                form.blame(error.field, error.detail)
                return self.page(form, request.POST.get("etag"))
            if error.status in STALE:
                form.add_error(
                    None,
                    _(
                        "Not saved: meanwhile somebody else has changed this plan. What you filled in is still here. "
                        "Look at the plan first, then save again to put yours in its place."
                    ),
                )
                return self.page(form, etag)
            return self.told(error)
        self.log("brief")
        messages.success(request, _("Saved. A new draft is being made."))
        return self.back()

    def form(self, frame, data=None):
        """Return the plan's form."""
        if self.feature not in FORMS:
            raise Http404
        named = [
            *people_of(frame.get("hosts")),
            *(ref for group in sets_of(frame.get("acquaintances")) for ref in group),
            *people_in(frame),
        ]
        return FORMS[self.feature](self.request.event, frame, Names(self.request.event, named), data)

    def page(self, form, etag):
        """Return the page with this form."""
        kept = sorted(form.before.keys() - form.said)
        return render(
            self.request,
            "pretix_entremise/organiser/brief.html",
            {
                "form": form,
                "etag": etag,
                "label": LABELS[self.feature],
                "feature": self.feature,
                "kept": kept,
                "errors": form.summary,
            },
        )
