"""The page that shows an organiser how introductions stand: numbers and pictures of the whole event."""

import hashlib

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from pretix.control.permissions import EventPermissionRequiredMixin

from ..guards import PluginRequired, connection_of
from .asking import LABELS, LOOK
from .drawing import MOST_DOTS, bars_of, histogram, network, parts_of
from .insights import PLACES, gather

MOST_LISTED = 200
KEPT = 3600
"""Seconds for which a drawn network is kept: it is drawn anew only when somebody is shown somebody else."""

PURPOSE_LABELS = {
    "matching": _("suggestions of people to meet"),
    "mentoring": _("mentoring"),
    "groups": _("circles and tables"),
    "presence": _("being shown as present"),
    "follow_up": _("staying in touch afterwards"),
    "memory": _("being remembered at the next event"),
    "learning": _("learning from answers"),
}
VERDICT_LABELS = {
    "accepted": _("“interested”"),
    "met": _("“we met”"),
    "declined": _("“not for me”"),
    "blocked": _("“never again”"),
}


class PeoplePage(PluginRequired, EventPermissionRequiredMixin, TemplateView):
    """Who agreed, who is shown how often, who would be left alone, and what people answered, as numbers."""

    permission = LOOK
    template_name = "pretix_entremise/organiser/people.html"

    def get_context_data(self, **kwargs):
        """Return what the page shows."""
        event = self.request.event
        found, connection = gather(event), connection_of(event)
        floor, cap = limits_of(connection)
        bars = bars_of(found.exposure)
        parts = parts_of(found.there, found.edges)
        return {
            **super().get_context_data(**kwargs),
            "connection": connection,
            "found": found,
            "agreed": [(PURPOSE_LABELS[purpose], number) for purpose, number in found.agreed],
            "with_list": sum(bool(others) for others in found.lists.values()),
            "places": [(LABELS[feature], found.places[feature]) for feature in PLACES],
            "alone": found.alone[:MOST_LISTED],
            "alone_more": max(len(found.alone) - MOST_LISTED, 0),
            "bars": bars,
            "floor": floor,
            "cap": cap,
            "below": sum(number < floor for number in found.exposure.values()) if floor is not None else None,
            "above": sum(number > cap for number in found.exposure.values()) if cap is not None else None,
            "histogram": histogram(bars, floor, cap),
            "network": self.network(found),
            "network_text": network_text(found, parts),
            "cut": max(len(found.there) - MOST_DOTS, 0),
            "verdicts": [(label, found.verdicts[verdict]) for verdict, label in VERDICT_LABELS.items()],
        }

    def network(self, found):
        """Return the picture, from the cache where nothing has changed. There is no name in it."""
        if not found.edges:
            return ""
        # Refs are codes of orders: only their digest leaves the database, and only whom lines join is in it.
        said = repr((sorted(found.there), found.edges, get_language()))
        key = f"entremise_network_{hashlib.sha256(said.encode()).hexdigest()}"
        drawn = self.request.event.cache.get(key)
        if drawn is None:
            drawn = network(found.there, found.edges)
            self.request.event.cache.set(key, drawn, KEPT)
        return drawn


def limits_of(connection):
    """Return in how many lists everybody is shown at least and at most, as the service's settings say; ``None`` unknown."""
    board = (connection.board if connection else None) or {}
    effective = board.get("effective")
    if not isinstance(effective, dict):
        return None, None
    found = []
    for key in ("connections.floor", "connections.cap"):
        value = effective.get(key)
        value = value.get("value") if isinstance(value, dict) else value
        found.append(value if isinstance(value, int) and not isinstance(value, bool) else None)
    return tuple(found)


def network_text(found, parts):
    """Return the picture in sentences."""
    if not parts:
        return []
    links = len(found.edges)
    lines = [
        ngettext(
            "%(count)s person agreed to be suggested.",
            "%(count)s people agreed to be suggested.",
            len(found.there),
        )
        % {"count": len(found.there)},
        ngettext("%(count)s line joins two of them.", "%(count)s lines each join two of them.", links)
        % {"count": links},
    ]
    joined = [size for size in parts if size > 1]
    if joined:
        lines.append(
            ngettext(
                "The largest part in which everybody is joined to everybody, if by others, has %(count)s person.",
                "The largest part in which everybody is joined to everybody, if by others, has %(count)s people.",
                joined[0],
            )
            % {"count": joined[0]}
        )
    if len(joined) > 1:
        lines.append(
            ngettext("There is %(count)s other part.", "There are %(count)s other parts.", len(joined) - 1)
            % {"count": len(joined) - 1}
        )
    single = len(parts) - len(joined)
    if single:
        lines.append(
            ngettext("%(count)s person has no line.", "%(count)s people have no line.", single)
            % {"count": single}
        )
    return lines
