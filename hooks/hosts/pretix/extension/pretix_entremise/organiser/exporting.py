"""What organisers and programs can take out: numbers and own places as a list, and the same of one ticket as a file.

No file says who was suggested to whom or why, and none says who answered what about whom: with and without somebody
who was blocked, two files would tell by whom. Whoever holds a ticket downloads the whole on the page of their ticket.
Only what is taken out before it is shredded has results in it, as they arrived.
"""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from pretix.base.exporter import ListExporter
from pretix.base.models import OrderPosition
from pretix.control.permissions import EventPermissionRequiredMixin

from .. import shown
from ..guards import PluginRequired
from ..held import Ticket, ref_of
from ..models import Connection, Held
from .insights import PLACES, gather


class PeopleExporter(ListExporter):
    """One line for each ticket that counts: consents, numbers, and the ticket's own places."""

    identifier = "entremise_people"
    verbose_name = gettext_lazy("Introductions: consents, numbers and places")
    category = gettext_lazy("Order data")
    description = gettext_lazy(
        "One line for each attendee: what they agreed to, how many people they are shown and are shown to, and their "
        "own circle, tables, meetings and mentoring. Neither reasons nor answers are in it."
    )

    def iterate_list(self, form_data):
        """Yield the headings, then one line a ticket."""
        yield [
            _("Order code"), _("Position"), _("Name"), _("Agreed to suggestions"), _("Agreed to mentoring"),
            _("Agreed to circles and tables"), _("Has left everything"), _("People they are shown"),
            _("People they are shown to"), _("Circle"), _("Tables"), _("Meetings"), _("Mentoring"),
        ]  # fmt: skip
        found = gather(self.event)
        places = _places(self.event)
        for one in found.attendees:
            ref, own = one.person.ref, places.get(one.pk, {}) if one.there else {}
            circles, seats, mentoring = (
                own.get("circles", []), own.get("seating", []), own.get("mentorship", []),
            )  # fmt: skip
            yield [
                one.person.order, ref.rpartition("-")[2], _plain(one.person.name),
                *(_("yes") if purpose in one.purposes else _("no") for purpose in ("matching", "mentoring", "groups")),
                _("yes") if one.out else _("no"), len(found.lists.get(ref, ())), found.shown.get(ref, 0),
                _plain(", ".join(circles)), _plain("; ".join(seats)), len(own.get("meetings", [])),
                len(mentoring),
            ]  # fmt: skip

    def get_filename(self):
        """Return the file's name without its ending."""
        return f"{self.event.slug}-introductions"


def _places(event):
    """Return for each ticket its own places in words, by feature."""
    found = {}
    rows = Held.objects.filter(position__order__event=event, payload__isnull=False, feature__in=PLACES)
    for pk, feature, payload in rows.values_list("position", "feature", "payload"):
        listed = shown.items({feature: payload}, feature)
        found.setdefault(pk, {})[feature] = [_place(feature, one) for one in listed]
    return found


def _place(feature, one):
    if feature == "circles":
        return str(one.get("label") or one.get("circle") or "")
    if feature == "seating":
        return ": ".join(filter(None, (str(one.get("meal") or ""), str(one.get("table") or ""))))
    return ""


def _plain(cell):
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell


def details_of(position):
    """Return the ticket's own places for pretix's API; empty where its holder sees none.

    Read with one query an order. It is what the service sent last; people who have left since are only in numbers.
    """
    order = position.order
    kept = order.__dict__.get("_entremise_places")
    if kept is None:
        kept = order.__dict__["_entremise_places"] = {}
        rows = Held.objects.filter(
            position__order=order, payload__isnull=False,
            position__order__event__entremise_connection__state__in=Connection.LIVE,
        ).exclude(position__entremise_opting__out=True)  # fmt: skip
        for pk, feature, payload in rows.values_list("position", "feature", "payload"):
            kept.setdefault(pk, {})[feature] = payload
    own = kept.get(position.pk)
    if not own:
        return {}
    lists = [feature for feature in own if feature not in shown.LISTS]
    return {
        "people_to_meet": len({str(one["person"]) for name in lists for one in shown.items(own, name) if one.get("person")}),
        "mentoring": len(shown.items(own, "mentorship")),
        "circles": [_part(one, "round", "label", "role") for one in shown.items(own, "circles")],
        "tables": [_part(one, "meal", "table", "role") for one in shown.items(own, "seating")],
        "meetings": [_part(one, "meeting", "starts", "ends", "spot", "remote") for one in shown.items(own, "meetings")],
    }  # fmt: skip


def _part(one, *keys):
    return {key: one[key] for key in keys if key in one}


def of_ticket(position):
    """Return what is held of one ticket, as data: the holder's own places, and of other people numbers.

    It is the same whatever anybody answered about anybody, but for the number of answers that the holder gave.
    """
    ticket = Ticket(position)
    told = None if ticket.handed_over else ticket.told
    return {
        "ticket": ticket.ref,
        "written_at": now().isoformat(),
        "agreed_to": sorted(ticket.agreed),
        "has_left_everything": ticket.out,
        "results": {
            row.feature: {"revision": row.revision, "at": row.at.isoformat()}
            for row in Held.objects.filter(position=position, payload__isnull=False).order_by("feature")
        },
        "places": {} if ticket.handed_over else details_of(position),
        "answers": len(ticket.answers),
        "named_in_results_of": _naming(position.order.event, ticket.ref),
        "with_people_and_answers": _("Under the ticket, for its holder to download."),
        "told_to_the_service": None
        if told is None
        else {"registered": told.registered, "version": told.version, "presence": told.presence},
    }  # fmt: skip


def _naming(event, ref):
    """Return in the results of how many other tickets somebody is named."""
    rows = Held.objects.filter(position__order__event=event, payload__isnull=False)
    naming = {
        pk
        for pk, code, number, payload in rows.values_list(
            "position", "position__order__code", "position__positionid", "payload"
        ).iterator()
        if f"{code}-{number}" != ref and ref in shown.people_in(payload)
    }
    return len(naming)


def of_event(event):
    """Return all that is held of every ticket of an event, as data by ticket."""
    found = {}
    rows = Held.objects.filter(position__order__event=event).select_related("position__order")
    for row in rows.order_by("position", "feature"):
        entry = found.setdefault(ref_of(row.position), {})
        entry.setdefault("results", {})[row.feature] = {
            "revision": row.revision, "at": row.at.isoformat(), "content": row.payload,
        }  # fmt: skip
    return found


class TicketFile(PluginRequired, EventPermissionRequiredMixin, View):
    """What is held of one ticket, as a file: for when its holder asks the organiser."""

    permission = "event.orders:read"

    def get(self, request, order, position, **_kwargs) -> HttpResponse:
        """Return the file."""
        found = get_object_or_404(
            OrderPosition.all.select_related("order", "order__event"),
            order__event=request.event, order__code=order.upper(), positionid=position, addon_to__isnull=True,
        )  # fmt: skip
        response = JsonResponse(of_ticket(found), json_dumps_params={"ensure_ascii": False, "indent": 2})
        name = f"{request.event.slug}-{ref_of(found)}-introductions.json"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "private, no-store"
        return response
