"""From pretix's words to ours, by table and without side effects: webhooks to hints, orders to domain events.

Everything that one look at an order says carries one stamp: when pretix last changed the order, then when we looked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
from marshmallow import ValidationError

from ....plugin.domain.errors import HostRejected, InvalidPayload, UnsupportedDelivery
from ....plugin.domain.events import (
    AttendeeCheckedIn,
    AttendeeErased,
    AttendeeLeft,
    AttendeeRegistered,
    CheckInReversed,
    DomainEvent,
    Hint,
    HostEventUpdated,
    RegistrationCancelled,
)
from ....plugin.domain.model import stamp
from .profile import read_profile
from .questions import Form, Question, in_language
from .schemas import CODE, SLUG, WebhookSchema

ORDER_ACTIONS = re.compile(r"pretix\.event\.(order\.[a-z_.]+|checkin|checkin\.reverted)\Z")
HOST_EVENT_ACTIONS = frozenset({
    "pretix.event.added", "pretix.event.changed", "pretix.event.deleted",
    "pretix.event.live.activated", "pretix.event.live.deactivated",
    "pretix.event.testmode.activated", "pretix.event.testmode.deactivated",
})  # fmt: skip
_WEBHOOK = WebhookSchema()


@dataclass(frozen=True, slots=True)
class Rules:
    """Which orders and tickets count as registrations of one installation."""

    form: Form = field(default_factory=Form)
    pending_counts: bool = False
    test_orders: bool = False
    items: frozenset[int] = frozenset()
    checkin_lists: frozenset[int] = frozenset()

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """Read an installation's validated configuration."""
        return cls(
            form=Form.of(config),
            pending_counts=config.get("pending_counts", False),
            test_orders=config.get("test_orders", False),
            items=frozenset(config.get("items", ())),
            checkin_lists=frozenset(config.get("checkin_lists", ())),
        )


@dataclass(frozen=True, slots=True)
class Named:
    """What a hint names: an order of a host event, or the host event itself."""

    host_event: str
    code: str | None = None

    def hint(self) -> Hint:
        """Return the hint; ``read`` is its inverse."""
        if self.code is None:
            return Hint(f"hostevent:{self.host_event}")
        return Hint(f"order:{self.host_event}/{self.code}")

    @classmethod
    def read(cls, hint: Hint) -> Self:
        """Read a hint that ``hint`` made; raises ``HostRejected`` for any other."""
        kind, _, rest = hint.object.partition(":")
        slug, slash, code = rest.partition("/")
        fits = bool(slash) and CODE.fullmatch(code) if kind == "order" else kind == "hostevent" and not slash
        if not fits or not SLUG.fullmatch(slug):
            raise HostRejected("not a hint of this adapter")
        return cls(slug, code or None)


def read_webhook(body: bytes, *, organizer: str, chosen: Collection[str]) -> Named:
    """Return what a webhook's body names, at this organizer and among the chosen host events (none = all).

    Raises ``InvalidPayload`` naming the field, ``UnsupportedDelivery`` for actions that change nothing about people.
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidPayload("the body is not JSON") from error
    if not isinstance(data, dict):
        raise InvalidPayload("the body is not a JSON object")
    try:
        fields: dict[str, Any] = _WEBHOOK.load(data)
    except ValidationError as error:
        name, messages = next(iter(error.normalized_messages().items()))
        raise InvalidPayload(
            str(messages[0] if isinstance(messages, list) else messages), field=str(name)
        ) from None
    action = fields["action"]
    concerns_order = ORDER_ACTIONS.match(action)
    if not concerns_order and action not in HOST_EVENT_ACTIONS:
        raise UnsupportedDelivery(f"nothing about people follows from {action[:80]!r}")
    for name in ("event", "code") if concerns_order else ("event",):
        if name not in fields:
            raise InvalidPayload("Missing data for required field.", field=name)
    if fields["organizer"] != organizer:
        raise InvalidPayload("belongs to another organizer than this installation reads", field="organizer")
    if chosen and fields["event"] not in chosen:
        raise UnsupportedDelivery("belongs to a host event that this installation does not read")
    return Named(fields["event"], fields["code"] if concerns_order else None)


def ref_of(code: str, place: int) -> str:
    """Return an attendee's key: the number that pretix itself prints, order code and place in the order."""
    return f"{code}-{place}"


def read_ref(ref: str) -> tuple[str, int] | None:
    """Return order code and place; ``None`` when ``ref_of`` did not make it.

    >>> read_ref("K3P9Q-2")
    ('K3P9Q', 2)
    """
    code, _, place = ref.rpartition("-")
    return (code, int(place)) if code and place.isascii() and place.isdigit() else None


def read_order(
    order: Mapping[str, Any],
    host_event: str,
    rules: Rules,
    questions: Mapping[str, Question],
    *,
    known: Collection[str],
    seen_at: float,
) -> Iterator[DomainEvent]:
    """Yield what a validated order says of everybody on it.

    ``known`` are the refs of this order that entremise holds. Somebody it does not hold is registered as of the
    moment the order was *placed*: whoever was erased since then stays erased, however often the order is read or
    changed, by us too. Cancellations and erasures are only told of those it holds.
    """
    looked = f"{round(seen_at * 1_000_000):019d}"
    now = stamp(at=order["last_modified"].timestamp(), tie=looked)
    placed = stamp(at=order["datetime"].timestamp(), tie=looked)
    present = set()
    for position in order["positions"]:
        ref = ref_of(order["code"], position["positionid"])
        present.add(ref)
        held = ref in known
        if position["attendee_name_parts"] and "_shredded" in position["attendee_name_parts"]:
            if held:
                yield AttendeeErased(host_event=host_event, attendee=ref, stamp=now)
        elif counts(order, position, rules):
            profile = read_profile(position, order["locale"] or "", rules.form, questions)
            yield AttendeeRegistered(
                host_event=host_event,
                attendee=ref,
                profile=profile,
                stamp=now if held else placed,
                profile_stamp=now,
            )
            yield presence(position, ref, host_event, rules, seen_at=seen_at)
        elif held:
            yield RegistrationCancelled(host_event=host_event, attendee=ref, stamp=now)
    for ref in sorted(set(known) - present):
        yield AttendeeErased(host_event=host_event, attendee=ref, stamp=now)


def counts(order: Mapping[str, Any], position: Mapping[str, Any], rules: Rules) -> bool:
    """Whether the ticket makes its holder an attendee now."""
    if position["canceled"] or position["blocked"] or order["require_approval"]:
        return False
    if position["addon_to"] is not None or (rules.items and position["item"] not in rules.items):
        return False
    if order["testmode"] and not rules.test_orders:
        return False
    pending = order["status"] == "n" and (rules.pending_counts or bool(order["valid_if_pending"]))
    return order["status"] == "p" or pending


def presence(
    position: Mapping[str, Any], ref: str, host_event: str, rules: Rules, *, seen_at: float
) -> AttendeeCheckedIn | AttendeeLeft | CheckInReversed:
    """Return where the holder is by the last scan; with no scan left, any earlier one was taken back.

    Check-ins do not count as changes of the order in pretix, so the moment of looking orders them.
    """
    scans = [
        one for one in position["checkins"] if not rules.checkin_lists or one["list"] in rules.checkin_lists
    ]
    last = max(scans, key=lambda one: (one["datetime"], one["id"]), default=None)
    kind = CheckInReversed if last is None else AttendeeLeft if last["type"] == "exit" else AttendeeCheckedIn
    when = stamp(at=seen_at, tie=f"{len(scans):06d}")
    return kind(host_event=host_event, attendee=ref, stamp=when)


def gone(refs: Sequence[str], host_event: str, *, seen_at: float) -> list[DomainEvent]:
    """Return the erasure of everybody on an order that pretix has deleted."""
    when = stamp(at=seen_at, tie="")
    return [AttendeeErased(host_event=host_event, attendee=ref, stamp=when) for ref in refs]


def read_host_event(
    found: Mapping[str, Any], organizer: str, languages: Sequence[str], *, seen_at: float
) -> HostEventUpdated:
    """Return the facts about what people attend. The organizer is the organisation that switches are set for."""
    end = found["date_to"] or found["date_from"]
    return HostEventUpdated(
        host_event=found["slug"],
        stamp=stamp(at=seen_at, tie=""),
        name=in_language(found["name"], languages[0] if languages else "en"),
        organisation=organizer,
        languages=tuple(languages),
        ends_at=end.timestamp() if end else None,
    )
