"""People of an event by their tickets: what organisers type for one, and what plans call them (``K3P9Q-1``)."""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pretix.base.models import OrderPosition

_REF = re.compile(r"([A-Za-z0-9]{1,16})-([0-9]{1,9})")
_TYPED = re.compile(r"(?:^|\()\s*([A-Za-z0-9]{1,16}-[0-9]{1,9})\s*\)?$")


@dataclass(frozen=True)
class Person:
    """Somebody as pages show them; ``order`` is empty where the ticket is not there (any more)."""

    ref: str
    name: str
    order: str = ""

    def __str__(self):
        """Return the name, or the ticket of somebody without one."""
        return self.name or self.ref


class Names:
    """Names and orders of these people, from pretix: one query. ``known`` are names that stand in for missing ones."""

    def __init__(self, event, refs, known=None):
        self._known = known or {}
        self._found = {}
        wanted = {match.group(1) for ref in refs if (match := _REF.fullmatch(ref))}
        tickets = OrderPosition.all.filter(order__event=event, order__code__in=wanted)
        for code, number, name in tickets.values_list("order__code", "positionid", "attendee_name_cached"):
            ref = f"{code}-{number}"
            self._found[ref] = Person(ref, name or self._known.get(ref) or "", code)

    def __getitem__(self, ref):
        """Return the person; one of whom there is no ticket has no order."""
        return self._found.get(ref) or Person(ref, self._known.get(ref) or "")

    def written(self, ref):
        """Return how a field names the person, so that it can be read again between semicolons and colons."""
        name = self[ref].name
        return f"{name} ({ref})" if name and not set(name) & set(";:\n") else ref

    def all(self, refs):
        """Return these people by name."""
        return sorted((self[ref] for ref in set(refs)), key=lambda one: (str(one).casefold(), one.ref))


def refs_in(text, event):
    """Return the people whom the lines of a text name. Raises ``ValidationError``."""
    return [ref_in(line, event) for line in text.splitlines() if line.strip()]


def ref_in(text, event):
    """Return whom somebody meant: a ticket (``K3P9Q-1``, also behind a name, in brackets), or a name that only one has.

    Raises ``ValidationError``, which says whom there is to choose from.
    """
    text = text.strip()
    match = _TYPED.search(text)
    if match:
        code, number = match.group(1).upper().rsplit("-", 1)
        chosen = Q(order__code=code, positionid=number)
    else:
        chosen = Q(attendee_name_cached__iexact=text)
    found = OrderPosition.objects.filter(chosen, order__event=event, addon_to__isnull=True)
    refs = [f"{code}-{number}" for code, number in found.values_list("order__code", "positionid")[:4]]
    if len(refs) == 1:
        return refs[0]
    if not refs:
        raise ValidationError(_("There is no ticket of “%(text)s”."), params={"text": text[:80]})
    raise ValidationError(
        _("Several tickets are in the name of “%(text)s”. Write which one: %(tickets)s."),
        params={"text": text[:80], "tickets": ", ".join(sorted(refs))},
    )
