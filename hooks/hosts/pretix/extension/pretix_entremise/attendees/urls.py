"""Addresses below a ticket's own page; each holds the ticket's secret."""

from pretix.multidomain import event_url

from . import calendar, download, views

_TICKET = r"^ticket/(?P<order>[^/]+)/(?P<position>[0-9]{1,9})/(?P<secret>[A-Za-z0-9]+)/entremise/"

event_patterns = [
    event_url(_TICKET + "$", views.PageView.as_view(), name="attendee"),
    event_url(_TICKET + "answer$", views.AnswerView.as_view(), name="attendee.answer"),
    event_url(_TICKET + "leave$", views.LeaveView.as_view(), name="attendee.leave"),
    event_url(_TICKET + "return$", views.ReturnView.as_view(), name="attendee.return"),
    event_url(_TICKET + r"meetings\.ics$", calendar.CalendarView.as_view(), name="attendee.calendar"),
    event_url(
        _TICKET + r"meetings/(?P<meeting>[0-9a-f]{24})\.ics$",
        calendar.CalendarView.as_view(),
        name="attendee.calendar.one",
    ),
    event_url(_TICKET + "more$", views.MoreView.as_view(), name="attendee.more"),
    event_url(_TICKET + r"kept\.json$", download.DownloadView.as_view(), name="attendee.download"),
]
