"""Meetings as iCalendar (RFC 5545), for the calendar that people use already.

A meeting keeps its UID for ever. The sequence is when the result last changed, so that a calendar which is told of the
same meeting by the service itself, in the same count, takes the newer of the two.
"""

from datetime import UTC

import vobject
from django.http import Http404, HttpResponse
from django.utils.translation import get_language, gettext

from .cards import Gallery
from .views import TicketView

MAKER = "-//entremise//meetings//EN"
FIRST_SEQUENCE = 1_577_836_800
"""2020, in seconds since 1970: counted from there, seconds stay small enough for every calendar until 2088."""


class CalendarView(TicketView):
    """All meetings, or one. Whoever has none gets an empty calendar: one that is read again must be able to empty."""

    http_method_names = ["get", "head"]

    def get(self, request, meeting=None, **kwargs):
        """Return the file."""
        wanted = [one for one in Gallery(self.ticket).meetings() if meeting in {None, one.key}]
        if meeting and not wanted:
            raise Http404
        answer = HttpResponse(
            calendar(wanted, changed_at=self.ticket.changed_at("meetings")),
            content_type="text/calendar; charset=utf-8",
        )
        answer.headers["Content-Disposition"] = 'attachment; filename="meetings.ics"'
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


def calendar(meetings, *, changed_at):
    """Return the meetings as one file, in the active language; moments in UTC, so that no time zone has to be known."""
    found = vobject.iCalendar()
    found.add("prodid").value = MAKER
    found.add("calscale").value = "GREGORIAN"
    for meeting in meetings:
        entry = found.add("vevent")
        entry.add("uid").value = meeting.uid
        entry.add("dtstamp").value = changed_at.astimezone(UTC).replace(microsecond=0)
        entry.add("last-modified").value = changed_at.astimezone(UTC).replace(microsecond=0)
        entry.add("sequence").value = str(int(changed_at.timestamp()) - FIRST_SEQUENCE)
        entry.add("dtstart").value = meeting.starts.astimezone(UTC)
        entry.add("dtend").value = meeting.ends.astimezone(UTC)
        summary = entry.add("summary")
        summary.value = titled(meeting)
        summary.params["LANGUAGE"] = [get_language() or "en"]
        if meeting.spot:
            entry.add("location").value = _printable(meeting.spot)
        if meeting.link:
            entry.add("url").value = _printable(meeting.link)
        entry.add("status").value = "CONFIRMED"
    return found.serialize()


def titled(meeting):
    """Return what the meeting is called."""
    *first, last = [_printable(card.name) for card in meeting.people]
    names = gettext("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last} if first else last
    return gettext("Meeting with %(names)s") % {"names": names}


def _printable(text):
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
