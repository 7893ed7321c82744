"""Says in one line whether pretix answers, what the token may do, and which questions mean nothing to entremise."""

from __future__ import annotations

from ....plugin.domain.errors import HostUnauthorized
from ...contract import HostContext
from .client import PretixClient
from .translate import Rules


def describe(context: HostContext, client: PretixClient, rules: Rules) -> str:
    """Return the line; raises ``HostError`` when the credential does not suffice."""
    chosen = list(context.installation.config.get("events", ())) or [
        found["slug"] for found in client.events()
    ]
    if not chosen:
        raise HostUnauthorized(f"the token sees no event of the organizer {client.organizer!r}")
    return "; ".join(_one(slug, client, rules) for slug in chosen)


def _one(slug: str, client: PretixClient, rules: Rules) -> str:
    series = client.event(slug)["has_subevents"]
    client.clock(slug)
    if not client.may_write(slug):
        raise HostUnauthorized(
            f"the token may read the orders of {slug!r} but not change them (event.orders:write)"
        )
    form, questions = rules.form, client.questions(slug)
    used = sorted(name for name in questions if form.targets_for(name))
    unused = sorted(name for name in questions if form.targets_for(name) is None and not form.is_ours(name))
    link = next((question for name, question in questions.items() if form.is_ours(name)), None)
    parts = [
        f"{slug}: reads and changes orders",
        f"questions used: {', '.join(used) or 'none'}",
        f"not mapped: {', '.join(unused) or 'none'}",
        f"personal link goes into {link.identifier}"
        if link
        else f"no question {form.link_question} for the personal link",
    ]
    if series:
        parts.append("an event series is treated as one gathering")
    return ", ".join(parts)
