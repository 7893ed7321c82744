"""What is kept of a ticket's holder, for the holder, as a file: the right of access, without having to ask anybody.

Of other people it holds what the pages show at that moment, and not a word more: whoever does not show there (they left,
they blocked the reader) is not in the file either, and nobody's answers are but the holder's own.
"""

from collections import Counter

from django.http import JsonResponse
from django.utils.timezone import now

from ..models import Answer
from .sections import look
from .views import TicketView


class DownloadView(TicketView):
    """The file."""

    http_method_names = ["get", "head"]

    def get(self, request, **kwargs):
        """Return it."""
        answer = JsonResponse(
            kept_of(self.ticket), json_dumps_params={"ensure_ascii": False, "indent": 2}
        )  # fmt: skip
        name = f"{request.event.slug}-{self.ticket.ref}-introductions.json"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


def kept_of(ticket):
    """Return what is kept of the ticket's holder, as data."""
    told, opting = None if ticket.handed_over else ticket.told, ticket.opting
    return {
        "ticket": ticket.ref,
        "event": str(ticket.event.name),
        "written_at": now().isoformat(),
        "agreed_to": sorted(ticket.agreed),
        "has_left_everything": ticket.out,
        "left_or_came_back_at": opting.at.isoformat() if opting else None,
        # As it leaves pretix; of those who have left, nothing does.
        "profile": None if ticket.out else ticket.profile,
        "told_to_the_service": told
        and {
            "registered": told.registered,
            "registered_at": _moment(told.registered_at),
            "presence": told.presence.removeprefix(told.UNSURE),
            "presence_at": _moment(told.presence_at),
        },
        "you_are_shown": _shown(look(ticket)) if ticket.agreed and not ticket.out else {},
        "you_answered": _answered(ticket),
        "all_your_answers": dict(Counter(ticket.answers.values())),
    }  # fmt: skip


def _shown(page):
    found = {
        "meetings": [
            _filled(
                starts=one.starts.isoformat(), ends=one.ends.isoformat(), spot=one.spot, remote=one.remote, link=one.link,
                people=_people(one.people),
            )
            for one in page.meetings
        ],
        "circles": [
            _filled(
                label=one.label, round=one.round, you_host=one.hosted, people=_people(one.people),
                topics=_topics(one.topics),
            )
            for one in page.circles
        ],
        "tables": [
            _filled(meal=one.meal, table=one.table, people=_people(one.people), topics=_topics(one.topics))
            for one in page.seats
        ],
        "mentoring": _people(page.pairings),
        "here_now": _people(page.here_now),
        "experts": _people(page.experts),
        "peers": _people(page.peers),
        "suggestions": _people(page.suggestions),
    }  # fmt: skip
    return _filled(**found)


def _people(cards):
    return [
        _filled(
            name=one.name, title=one.title, organisation=one.organisation, is_here=one.here, hosts=one.hosts,
            reasons_for_both=one.for_both, reasons_for_you=one.for_you, reasons_for_them=one.for_them,
            your_answer=one.verdict,
        )
        for one in cards
    ]  # fmt: skip


def _topics(topics):
    # An empty name is the reader's own.
    return [
        _filled(
            text=one.text,
            made_of=[_filled(by=[name or "you" for name in names], text=text) for names, text in one.said],
        )
        for one in topics
    ]  # fmt: skip


def _answered(ticket):
    when = dict(Answer.objects.filter(position=ticket.position).values_list("other", "at"))
    return [
        {"name": name, "answer": verdict, "at": when[ref].isoformat()}
        for ref, name, verdict in ticket.answered
        if ref in when
    ]


def _filled(**fields):
    return {name: value for name, value in fields.items() if value not in ("", False, (), [])}


def _moment(when):
    return when.isoformat() if when else None
