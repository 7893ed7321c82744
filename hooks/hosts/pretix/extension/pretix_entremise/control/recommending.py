"""Making the recommended questions: first what would be made, then, on a click, those that are wanted."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.utils.translation import ngettext

from ..marking import mark
from ..models import Mark
from ..questions import CONFIRMED, Mapping
from ..recommended import create, missing, products
from .pages import Page

MAKES_QUESTIONS = "event.items:write"


class RecommendedPage(Page):
    """What is missing, to be made by POST. Making questions needs pretix's permission for products, too."""

    template_name = "pretix_entremise/control/questions.html"
    tab = "mapping"

    def get_context_data(self, **kwargs):
        """Add what would be made, and for whom."""
        event = self.request.event
        return {
            **super().get_context_data(**kwargs),
            "missing": missing(event),
            "products": products(event),
            "may_create": self.may(MAKES_QUESTIONS),
        }

    def post(self, request, *args, **kwargs):
        """Make those that are ticked."""
        if not self.may(MAKES_QUESTIONS):
            raise PermissionDenied
        mapping = Mapping.of(request.event)
        theirs = any(mapping.targets_for(one.identifier) for one in request.event.questions.all())
        made = create(request.event, set(request.POST.getlist("identifier")), request.user)
        if made:
            if not theirs:
                # Everything that says something is ours, and says what it is recommended for.
                request.event.settings.set(CONFIRMED, True)
            mark(request.event, Mark.EVERYTHING)
        messages.success(
            request,
            ngettext("%(number)d question was made.", "%(number)d questions were made.", len(made))
            % {"number": len(made)},
        )
        return self.back("mapping")
