"""Words for what answers can say, and for why a ticket makes nobody an attendee."""

from django.utils.translation import gettext_lazy as _

TARGETS = {
    "consent.matching": _("Agrees to be introduced to people"),
    "consent.mentoring": _("Agrees to mentoring"),
    "consent.groups": _("Agrees to circles and tables"),
    "consent.presence": _("Agrees that others see who is here"),
    "consent.follow_up": _("Agrees to be asked afterwards"),
    "consent.memory": _("Agrees to be remembered for the next event"),
    "consent.learning": _("Agrees that suggestions learn from their answers"),
    "hidden_for_matching": _("What others do not read may still be used"),
    "visible": _("Which answers others may read"),
    "interests": _("Interests"),
    "goals": _("Goals"),
    "challenges": _("Challenges"),
    "offers": _("Offers"),
    "needs": _("Needs"),
    "bio": _("About the person"),
    "organisation": _("Organisation"),
    "title": _("Job title"),
    "sector": _("Sector"),
    "languages": _("Languages"),
    "seniority": _("Seniority"),
    "first_time": _("First time here"),
    "mode": _("On site or remote"),
    "mentor": _("Wants to be a mentor"),
    "mentee": _("Looks for a mentor"),
    "capacity": _("How many mentees"),
}
"""What a question may say."""

FIELDS = {
    **TARGETS,
    "name": _("Name"),
    "mentoring": _("Mentoring"),
    "consent": _("Agreed to"),
    "hidden_for_matching": _("Answers that others do not read may be used"),
    "visible": _("Others may read"),
}
"""What a profile holds."""

ROLES = {
    "mentor": _("wants to be a mentor"),
    "mentee": _("looks for a mentor"),
    "both": _("both, mentor and mentee"),
    "none": _("neither mentor nor mentee"),
}
MODES = {"on_site": _("on site"), "remote": _("remote"), "both": _("on site and remote")}
SENIORITY = (_("student"), _("junior"), _("some experience"), _("senior"), _("lead"), _("executive"))

REASONS = {
    "canceled": _("the ticket is cancelled"),
    "blocked": _("the ticket is blocked"),
    "approval": _("the order is still to be approved"),
    "addon": _("it is an add-on to another ticket"),
    "item": _("its product does not count, as you chose above"),
    "testmode": _("the order was placed in test mode, and the event has left it"),
    "unpaid": _("the order is not paid"),
}
SHREDDED = _("the personal data of the ticket has been shredded")
