"""What organisers can print on tickets and badges and write into mails: places, numbers, and the address of the page.

Everything is read at the moment of printing, from what the ticket's holder may see then; nothing there prints nothing.
"""

from django.utils.formats import date_format
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pretix.base.services.placeholders import SimpleFunctionalTextPlaceholder

from .. import shown
from ..addresses import in_shop
from ..held import visible_to
from .wording import moment


def layout_variables():
    """Return variables for layouts of tickets and badges, as pretix's signal wants them."""
    return {
        f"entremise_{name}": {
            "label": label,
            "editor_sample": sample,
            "evaluate": lambda position, order, event, of=of: of(_seen(position, order)),
        }
        for name, (label, sample, of) in _VARIABLES.items()
    }


def text_placeholders():
    """Return placeholders for mails that are about one ticket."""
    return [
        SimpleFunctionalTextPlaceholder(
            "entremise_url",
            ["event", "position"],
            lambda event, position: in_shop(
                event,
                "attendee",
                order=position.order.code,
                position=position.positionid,
                secret=position.web_secret,
            ),
            lambda event: in_shop(event, "attendee", order="F8VVL", position="1", secret="6zzjnumtsx136ddy"),  # noqa: S106 - a sample
        )
    ]


class _Seen:
    """What the holder of one ticket may see now, and the event's clocks."""

    def __init__(self, features, zone):
        self.features, self.zone = features, zone

    def items(self, feature, name=""):
        """Return a feature's list."""
        return shown.items(self.features, feature, name)


def _seen(position, order):
    """Return what may be seen; read once for all variables of one printing."""
    ticket = position.addon_to or position
    kept = ticket.__dict__.get("_entremise_seen")
    if kept is None:
        kept = ticket.__dict__["_entremise_seen"] = _Seen(visible_to(ticket), order.event.timezone)
    return kept


def _table(seen):
    return next((str(seat.get("table") or "") for seat in seen.items("seating")), "")


def _tables(seen):
    seats = [(str(seat.get("meal") or ""), str(seat.get("table") or "")) for seat in seen.items("seating")]
    said = [
        _("%(meal)s: table %(table)s") % {"meal": meal, "table": table} if meal else table
        for meal, table in seats
    ]
    return "\n".join(said)


def _circle(seen):
    return next((str(circle.get("label") or "") for circle in seen.items("circles")), "")


def _meeting(seen):
    timed = [
        (moment(one.get("starts"), seen.zone), moment(one.get("ends"), seen.zone), one)
        for one in seen.items("meetings")
    ]
    upcoming = sorted(
        ((starts, one) for starts, ends, one in timed if starts and (ends or starts) > now()),
        key=lambda pair: pair[0],
    )
    if not upcoming:
        return ""
    starts, meeting = upcoming[0]
    spot = str(meeting.get("spot") or (_("by video") if meeting.get("remote") else ""))
    people = meeting.get("people")
    people = people if isinstance(people, list) else []
    names = [str(one.get("name") or "") for one in people if isinstance(one, dict)]
    time = f"{date_format(starts, 'SHORT_DATE_FORMAT')} {date_format(starts, 'TIME_FORMAT')}"
    return ", ".join(filter(None, [time, spot, *names]))


def _mentoring(seen):
    return ", ".join(filter(None, (str(one.get("name") or "") for one in seen.items("mentorship"))))


def _people(seen):
    features = [name for name in seen.features if name not in shown.LISTS]
    found = {one.get("person") for name in features for one in seen.items(name)} - {None}
    return str(len(found)) if found else ""


_VARIABLES = {
    "table": (gettext_lazy("Introductions: table at the first meal"), "12", _table),
    "tables": (gettext_lazy("Introductions: tables at all meals"), gettext_lazy("Lunch: table 12"), _tables),
    "circle": (gettext_lazy("Introductions: circle"), gettext_lazy("Circle 3"), _circle),
    "meeting": (gettext_lazy("Introductions: next meeting"), "10:30, Lobby, Alex Doe", _meeting),
    "mentoring": (gettext_lazy("Introductions: mentor, or mentees"), "Alex Doe", _mentoring),
    "people": (gettext_lazy("Introductions: number of people to meet"), "8", _people),
}
