"""What pretix's own log says of what organisers did with plans. There is nobody in it."""

from django.utils.translation import gettext_lazy as _
from pretix.base.logentrytypes import EventLogEntryType, NoOpShredderMixin, log_entry_types

from .asking import LABELS

STEPS = {
    "publish": "pretix_entremise.plan.published",
    "retract": "pretix_entremise.plan.retracted",
    "draft": "pretix_entremise.plan.drafted",
    "now": "pretix_entremise.plan.formed",
    "brief": "pretix_entremise.plan.briefed",
}
"""What the log calls each step."""


@log_entry_types.new_from_dict({
    STEPS["publish"]: _("A plan of the introductions has been published: {plan}."),
    STEPS["retract"]: _("A plan of the introductions has been taken back: {plan}."),
    STEPS["draft"]: _("A new draft of a plan of the introductions has been asked for: {plan}."),
    STEPS["now"]: _("Circles have been asked to form at once."),
    STEPS["brief"]: _("What a plan of the introductions is to heed has been changed: {plan}."),
})  # fmt: skip
class PlanLogEntryType(NoOpShredderMixin, EventLogEntryType):
    """Entries that hold no personal data."""

    def display(self, logentry, data):
        """Say it with the plan's name."""
        return str(self.plain).format(plan=LABELS.get((data or {}).get("plan"), "?"))
