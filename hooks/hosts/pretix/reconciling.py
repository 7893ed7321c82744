"""Finds what pretix never announces: annulled check-ins, shredded answers, lost webhooks, tickets that are gone.

Every pass reads what changed since the last one; the first pass, and one a day, compares everything.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ....plugin.domain.errors import HostUnauthorized
from ....plugin.domain.events import DomainEvent, Hint
from ...contract import HostContext
from .client import PretixClient
from .profile import needs_labels
from .translate import Named, Rules, counts, presence, read_host_event, read_order, read_ref, ref_of

log = logging.getLogger(__name__)

OVERLAP = 300.0
"""Seconds that two passes overlap, for transactions that committed late and clocks that differ a little."""
ANNULLED_WITHIN = 15 * 60.0
"""Seconds for which pretix lets a check-in be taken back."""
DAY = 86_400.0
OVER_AFTER = 2 * DAY
"""Seconds after its end for which a host event is looked through as often as while it lasts."""


def reconcile(
    since: float | None, context: HostContext, client: PretixClient, rules: Rules
) -> Iterator[Hint | DomainEvent]:
    """Yield what may have changed since then; ``None`` compares everything."""
    everything = since is None or int(since // DAY) != int(context.now // DAY)
    for found in _host_events(context, client, everything=everything):
        slug = found["slug"]
        yield read_host_event(found, client.organizer, client.languages(slug), seen_at=context.now)
        if everything or since is None:
            _report(slug, context, client, rules)
            yield from _orders(slug, None, context, client, rules)
            continue
        # What pretix calls "since" is by its own clock.
        behind = max(0.0, context.now - (client.clock(slug) or context.now))
        after = since - OVERLAP - behind
        yield from _orders(slug, after, context, client, rules)
        yield from _scans(slug, after, context, client, rules)


def _host_events(context: HostContext, client: PretixClient, *, everything: bool) -> Iterable[dict[str, Any]]:
    """Return what to look through: the operator's choice, or all that is not long over.

    What is over is compared once a day while we hold people of it, since data are shredded after the end.
    """
    chosen = frozenset(context.installation.config.get("events", ()))
    found = [one for one in client.events() if not chosen or one["slug"] in chosen]
    if chosen and not found:
        raise HostUnauthorized("the token sees none of the events that are configured")
    return [
        one
        for one in found
        if not _is_over(one, context.now) or (everything and context.known_refs(one["slug"], ""))
    ]


def _is_over(found: Mapping[str, Any], now: float) -> bool:
    end = found["date_to"] or found["date_from"]
    return end is not None and end.timestamp() + OVER_AFTER < now


def _report(slug: str, context: HostContext, client: PretixClient, rules: Rules) -> None:
    """Say which questions nobody mapped, once a day; their identifiers only."""
    unmapped = sorted(
        name
        for name in client.questions(slug)
        if rules.form.targets_for(name) is None and not rules.form.is_ours(name)
    )
    if unmapped:
        log.info(
            "questions that mean nothing to entremise",
            extra={"installation": context.installation.id, "host_event": slug, "questions": unmapped},
        )


def _orders(
    slug: str, after: float | None, context: HostContext, client: PretixClient, rules: Rules
) -> Iterator[Hint | DomainEvent]:
    held: dict[str, set[str]] = {}
    for ref in context.known_refs(slug, ""):
        code = (read_ref(ref) or ("", 0))[0]
        held.setdefault(code, set()).add(ref)
    for order in client.orders(slug, modified_since=None if after is None else _iso(after)):
        known = held.pop(order["code"], set())
        if not known and not any(counts(order, position, rules) for position in order["positions"]):
            continue  # nobody of it was ever here
        questions = client.questions(slug) if needs_labels(order["positions"], rules.form) else {}
        yield from read_order(order, slug, rules, questions, known=known, seen_at=context.now)
    if after is None:
        # Listed nowhere: asked for one by one, so that only pretix's own "no such order" counts.
        for code in sorted(held):
            if code:
                yield Named(slug, code).hint()


def _scans(
    slug: str, after: float, context: HostContext, client: PretixClient, rules: Rules
) -> Iterator[Hint | DomainEvent]:
    for number in client.annulled(slug, created_since=_iso(after - ANNULLED_WITHIN)):
        position = client.position(slug, number)
        if position is not None and position["order"]:
            yield Named(slug, position["order"]).hint()
    for checkin_list in sorted(rules.checkin_lists) or client.checkin_lists(slug):
        for position in client.last_checked_in(slug, checkin_list):
            if not _scanned_since(position, after):
                break
            ref = ref_of(position["order"], position["positionid"])
            if position["order"] and position["addon_to"] is None:
                yield presence(position, ref, slug, rules, seen_at=context.now)


def _scanned_since(position: Mapping[str, Any], after: float) -> bool:
    return any(one["datetime"].timestamp() >= after for one in position["checkins"])


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
