"""Puts plans into words: where a group is, who is in it, how far a plan is, and why somebody has no place."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .people import Person

ROLES = {
    "mentor": gettext_lazy("mentor"),
    "mentee": gettext_lazy("mentee"),
    "host": gettext_lazy("host"),
    "expert": gettext_lazy("expert"),
}


@dataclass(frozen=True)
class Row:
    """One group of a plan. ``people`` are pairs of a person and a role in words; ``key`` is what pins name."""

    key: str
    label: str
    people: list[tuple[Person, str]] = field(default_factory=list)
    score: float = 0.0
    lost: int = 0


def rows_of(feature, plan, names, zone):
    """Return the groups of a draft, or of what is published, in order of place."""
    labels = labels_of(feature, plan, names, zone)
    rows = [
        Row(
            key=group["key"],
            label=label,
            people=[
                (names[one["person"]], str(ROLES.get(one["role"], one["role"]))) for one in group["members"]
            ],
            score=group["score"],
            lost=group["lost"],
        )
        for group, label in zip(plan["groups"], labels, strict=True)
    ]
    return sorted(rows, key=lambda row: row.label.casefold()) if feature == "mentorship" else rows


def labels_of(feature, plan, names, zone):
    """Return where each group of a plan is, in words; rounds are named only where there are several."""
    rounds = len({group["place"].get("round") for group in plan["groups"]}) > 1
    return [place_of(feature, group, names, zone, rounds=rounds) for group in plan["groups"]]


def place_of(feature, group, names, zone, *, rounds=True):
    """Return where a group is: a circle, a table at a meal, a time and a spot, or its mentor."""
    place = group["place"]
    if feature == "circles":
        words = {"round": place.get("round", 1), "circle": place.get("circle", group["key"])}
        return _("Round %(round)s, circle %(circle)s") % words if rounds else _("Circle %(circle)s") % words
    if feature == "seating":
        words = {"meal": place.get("meal", ""), "table": place.get("table", group["key"])}
        return _("%(meal)s: table %(table)s") % words if words["meal"] else _("Table %(table)s") % words
    if feature == "meetings":
        return meeting_of(place, zone)
    mentors = [one["person"] for one in group["members"] if one["role"] == "mentor"]
    return _("With %(mentor)s") % {"mentor": names[mentors[0] if mentors else group["key"]]}


def meeting_of(place, zone):
    """Return when and where a meeting is, on the clocks of the event."""
    starts, ends = moment(place.get("starts"), zone), moment(place.get("ends"), zone)
    spot = place.get("spot") or (_("by video") if place.get("remote") else _("no spot yet"))
    if starts is None or ends is None:
        return spot
    return _("%(day)s, %(from)s to %(to)s, %(spot)s") % {
        "day": date_format(starts, "SHORT_DATE_FORMAT"),
        "from": date_format(starts, "TIME_FORMAT"),
        "to": date_format(ends, "TIME_FORMAT"),
        "spot": spot,
    }


def moment(text, zone):
    """Return an ISO 8601 moment on the clocks of ``zone``; ``None`` for what is none."""
    try:
        found = datetime.fromisoformat(str(text))
        return found.astimezone(zone) if is_aware(found) else found.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class State:
    """How far a plan is: a short word, a sentence, and whether the organiser is asked for something."""

    word: str
    text: str
    kind: str  # success | warning | info | default: pretix's own kinds of label


def state_of(plan):
    """Return how far a plan is, from its line in the list."""
    if not plan["enabled"]:
        return State(_("off"), _("Switched off for this event: nobody sees anything of it."), "default")
    if plan["due"]:
        return State(_("in the making"), _("A draft is being made. Look again in a moment."), "info")
    if plan["drafted"] is None and plan["published"] is None:
        return State(_("not begun"), _("There is no draft yet."), "default")
    if plan["published"] is None:
        return State(
            _("draft ready"), _("A draft is ready. Attendees see nothing until you publish it."), "warning"
        )
    if plan["moved"]:
        moved = ngettext(
            "Published. Publishing the newer draft would move %(count)s person.",
            "Published. Publishing the newer draft would move %(count)s people.",
            plan["moved"],
        ) % {"count": plan["moved"]}
        return State(_("published, newer draft"), moved, "warning")
    return State(_("published"), _("Published: attendees see it on the page of their ticket."), "success")


def reasons_in(plan):
    """Return why people have no place, in the service's words, with how many there are: most frequent first."""
    return Counter(one["text"] for one in plan["left_over"]).most_common() if plan else []
