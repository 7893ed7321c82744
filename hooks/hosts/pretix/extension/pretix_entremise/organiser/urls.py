"""Addresses of the pages for organisers: who would meet whom, the plans, and what is held of one ticket."""

from django.urls import re_path

from . import briefing, planning, printing
from .exporting import TicketFile
from .people_page import PeoplePage

_EVENT = r"^control/event/(?P<organizer>[^/]+)/(?P<event>[^/]+)/entremise/"
_PLAN = _EVENT + r"plans/(?P<feature>mentorship|circles|seating|meetings)/"

urlpatterns = [
    re_path(_EVENT + r"people/$", PeoplePage.as_view(), name="people"),
    re_path(
        _EVENT + r"people/(?P<order>[0-9A-Za-z]+)-(?P<position>[0-9]+)\.json$",
        TicketFile.as_view(),
        name="people.ticket",
    ),
    re_path(_EVENT + r"plans/$", planning.PlanList.as_view(), name="plans"),
    re_path(_PLAN + r"$", planning.PlanPage.as_view(), name="plan"),
    re_path(_PLAN + r"(?P<step>publish|retract|draft|now)$", planning.PlanStep.as_view(), name="plan.step"),
    re_path(_PLAN + r"brief$", briefing.BriefPage.as_view(), name="plan.brief"),
    re_path(_PLAN + r"print$", printing.PrintPage.as_view(), name="plan.print"),
    re_path(_PLAN + r"picture\.svg$", printing.Picture.as_view(), name="plan.picture"),
    re_path(_PLAN + r"export\.csv$", printing.Table.as_view(), name="plan.export"),
]
