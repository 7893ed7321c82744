"""What leaves pretix about one ticket under given choices, what others would read of it, or why nothing leaves."""

import json
import re
from dataclasses import dataclass, field

from django.conf.locale import LANG_INFO
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from pretix.base.models import OrderPosition

from .. import profile as profiles
from ..questions import SHOWN
from . import words

MOST_FOUND = 10
TICKET = re.compile(r"([A-Za-z0-9]{1,16})(?:-([0-9]{1,6}))?")


@dataclass(frozen=True)
class Preview:
    """One ticket: ``sent`` and ``read`` are rows of (label, text), ``against`` reasons why nothing leaves.

    ``left``: its holder has left everything on the page of the ticket.
    """

    ref: str
    holder: str
    sent: list = field(default_factory=list)
    read: list = field(default_factory=list)
    against: list = field(default_factory=list)
    unread: list = field(default_factory=list)
    document: str = ""
    left: bool = False


def find(event, wanted):
    """Return (the ticket, others that are meant perhaps). Without anything wanted, the newest ticket."""
    tickets = _tickets(event)
    match = TICKET.fullmatch(wanted.strip()) if wanted.strip() else None
    if match is None:
        return (None if wanted.strip() else tickets.order_by("-order__datetime", "positionid").first()), []
    code, place = match[1], match[2]
    exact = list(tickets.filter(order__code__iexact=code).order_by("positionid")[:MOST_FOUND])
    if place is not None:
        exact = [one for one in exact if one.positionid == int(place)]
    if len(exact) == 1:
        return exact[0], []
    return None, exact or list(
        tickets.filter(order__code__istartswith=code).order_by("order__code")[:MOST_FOUND]
    )


def preview(position, mapping):
    """Return what leaves about the ticket."""
    order, reading = position.order, profiles.look(position, mapping)
    against = [words.REASONS[reason] for reason in profiles.reasons_against(order, position, mapping)]
    if "_shredded" in (position.attendee_name_parts or {}):
        against.append(words.SHREDDED)
    elif not reading.agreed:
        against.append(_why_not_agreed(position, mapping, reading))
    opting = getattr(position, "entremise_opting", None)
    found = None if against else profiles.read(position, mapping)
    named = {answer.question.identifier: str(answer.question.question) for answer in position.answers.all()}
    return Preview(
        ref=f"{order.code}-{position.positionid}",
        holder=position.attendee_name or "",
        sent=[(words.FIELDS.get(key, key), _text(key, value)) for key, value in (found or {}).items()],
        read=_others_read(found) if found else [],
        against=against,
        unread=[named[identifier] for identifier in reading.unread],
        document=json.dumps(found, ensure_ascii=False, indent=2) if found else "",
        left=opting is not None and opting.out,
    )


def _tickets(event):
    return (
        # Cancelled ones, too: it says why nothing leaves about them.
        OrderPosition.all.filter(order__event=event, addon_to__isnull=True)
        .select_related("order", "order__event", "entremise_opting")
        .prefetch_related("answers", "answers__question", "answers__options")
    )


def _why_not_agreed(position, mapping, reading):
    event = position.order.event
    asking = [
        question.identifier
        for question in event.questions.all()
        if "consent.matching" in mapping.targets_for(question.identifier)
    ]
    if not asking:
        return _("no question of this event asks whether somebody agrees to be introduced")
    if any(identifier in reading.unread for identifier in asking):
        return _("the answer to the question whether they agree is neither yes nor no")
    if "consent.matching" in reading.votes:
        return _("they said no to being introduced")
    return _("they did not say whether they agree to be introduced")


def _others_read(found):
    shown = [("name", found.get("name", ""))]
    shown += [(name, found[name]) for name in SHOWN if name in found.get("visible", ()) and name in found]
    return [(words.FIELDS[name], _text(name, value)) for name, value in shown if value]


def _text(key, value):
    """Return a value of a profile as people read it."""
    if key == "consent":
        return _listed(words.TARGETS[f"consent.{name}"] for name, yes in value.items() if yes)
    if key == "mentoring":
        role = str(words.ROLES[value["role"]])
        return f"{role} ({value['capacity']})" if value["role"] in ("mentor", "both") else role
    if key == "visible":
        return _listed(words.FIELDS[name] for name in value)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if key == "languages":
        return _listed(_language(code) for code in value)
    if key == "seniority":
        return str(words.SENIORITY[value])
    if key == "mode":
        return str(words.MODES[value])
    return _listed(value) if isinstance(value, list) else str(value)


def _listed(parts):
    return " · ".join(str(part) for part in parts)


def _language(code):
    return get_language_info(code)["name_translated"] if code in LANG_INFO else code
