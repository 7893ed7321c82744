"""Attendees ask each other for a meeting and answer; what two agreed on takes their time and goes into the plan.

A slot can be asked for while both are free in it. Whoever accepts first is first; a request that nobody answers ends
by itself, so that it holds nobody's time for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from ..domain.errors import ConfigurationError
from ..domain.intervals import Interval, covers, parse_interval
from ..domain.meetings import Calendar, MeetingRequest
from ..domain.model import Attendee, stamp
from ..domain.plans import Plan, Planning
from ..domain.suggestions import FEATURES
from .addresses import is_holder
from .calendars import meeting_uid
from .cards import people_in
from .dataset import KEEPS_APART
from .frames.documents import Wrong
from .frames.meetings import SchedulePlan, Slot, read_stored
from .links import AFTER_THE_END, Person
from .ports import Services, UnitOfWork
from .privacy import recompute_lease
from .switches import effective

Said = Literal["accept", "decline", "withdraw"]
Answered = Literal["asked", "agreed", "refused", "withdrawn", "taken", "waiting", "gone"]
LIFE = 86_400.0
"""Seconds after which a request that nobody answered ends."""
MOST_WAITING = 6
"""So many requests of one person wait for an answer at most."""


class Desk:
    """All requests of one host event at one moment, and when its people have time.

    ``is_open`` says whether anybody can ask at all: the organiser lets them, and there are slots to come.
    """

    def __init__(self, services: Services, unit: UnitOfWork, installation_id: str, host_event: str) -> None:
        self.now = services.clock()
        self._unit = unit
        self._where = installation_id, host_event
        known = unit.host_events.get(*self._where)
        organisation = known.organisation if known else None
        settings = effective(unit, services.manifest, installation_id, organisation, host_event)
        self.planning = unit.plans.get(installation_id, host_event, "meetings")
        self.requests: Mapping[str, MeetingRequest] = {
            one.ref: one for one in unit.requests.of_host_event(*self._where)
        }
        self.calendar = Calendar(self.requests.values(), now=self.now)
        allowed = bool(settings["meetings.enabled"] and settings["meetings.requests"])
        self._plan = _asked(self.planning) if allowed and known and not known.cancelled else None
        self._slots = [one for one in (self._plan.slots if self._plan else ()) if one.time[0] > self.now]
        self._published = _taken_by(self.planning.published, self.requests)

    @property
    def is_open(self) -> bool:
        return bool(self._slots)

    def slots(self, one: Attendee, other: Attendee) -> Sequence[Slot]:
        """Return the slots to come in which both are free and available."""
        if self.between(one.ref, other.ref) is not None:
            return ()
        return [slot for slot in self._slots if all(self._is_free(who, slot.time) for who in (one, other))]

    def slot_of(self, request: MeetingRequest) -> Slot | None:
        """Return the slot of a request as the plan calls it; ``None`` where the plan does not have it any more."""
        time = request.starts_at, request.ends_at
        return next((slot for slot in (self._plan.slots if self._plan else ()) if slot.time == time), None)

    def between(self, one: str, other: str) -> MeetingRequest | None:
        """Return the request between two people that waits or was accepted and is not over."""
        for request in self.requests.values():
            counts = self.calendar.standing(request.ref).state in {"requested", "accepted"}
            if counts and {one, other} == set(request.people) and request.ends_at > self.now:
                return request
        return None

    def is_free(self, ref: str, time: Interval, *, holding: bool = True) -> bool:
        """Whether somebody is in no meeting then; ``holding``: nor waits for an answer about that time."""
        held = self.calendar.held(ref) if holding else ()
        busy = (*self.calendar.taken(ref), *self._published.get(ref, ()), *held)
        return not any(start < time[1] and time[0] < end for start, end in busy)

    def waiting_of(self, ref: str) -> int:
        """Return how many requests of somebody wait for an answer."""
        return sum(
            one.requester == ref and self.calendar.standing(one.ref).state == "requested"
            for one in self.requests.values()
        )

    def _is_free(self, who: Attendee, time: Interval) -> bool:
        stated = who.profile.availability
        if stated and self._plan is not None and not covers(_readable(stated, self._plan), time):
            return False
        return self.is_free(who.ref, time)


def ask(services: Services, person: Person, other: str, slot: str) -> Answered:
    """Ask somebody whom the person was shown for a meeting in a slot, named as the plan does."""
    with services.store.begin() as unit:
        unit.attendees.lock(person.installation_id)
        both = _both(services, unit, person, other) if is_holder(services, unit, person) else None
        if both is None or other not in _shown(unit, person):
            return "gone"
        desk = Desk(services, unit, person.installation_id, person.host_event)
        if desk.waiting_of(person.ref) >= MOST_WAITING:
            return "waiting"
        chosen = next((one for one in desk.slots(*both) if one.text == slot), None)
        if chosen is None:
            return "taken"
        made = stamp(at=desk.now, tie="page")
        ref = meeting_uid(person.installation_id, person.host_event, "", "request", person.ref, other, made)
        request = MeetingRequest(
            ref=ref, requester=person.ref, invitee=other, starts_at=chosen.time[0], ends_at=chosen.time[1],
            made=made, expires_at=desk.now + LIFE,
        )  # fmt: skip
        unit.requests.save(person.installation_id, person.host_event, request)
    return "asked"


def answer_request(services: Services, person: Person, ref: str, said: Said) -> Answered:
    """Answer a request, or take one's own back; after a yes both call the meeting off."""
    with services.store.begin() as unit:
        unit.attendees.lock(person.installation_id)
        desk = Desk(services, unit, person.installation_id, person.host_event)
        request = desk.requests.get(ref) if is_holder(services, unit, person) else None
        if request is None or person.ref not in request.people:
            return "gone"
        other = next(one for one in request.people if one != person.ref)
        state = desk.calendar.standing(ref).state
        when = stamp(at=desk.now, tie="page")
        mine = request.requester == person.ref
        if state not in {"requested", "accepted"} or desk.now >= request.ends_at:
            return "gone"
        if said == "accept":
            if mine or state != "requested" or _both(services, unit, person, other) is None:
                return "gone"
            time = request.starts_at, request.ends_at
            if not all(desk.is_free(one, time, holding=False) for one in request.people):
                return "taken"
            heard, answered = request.with_acceptance(when), "agreed"
        elif said == "decline" and not mine:
            heard, answered = request.with_decline(when), "refused"
        elif said == "withdraw" and mine:
            heard, answered = request.with_withdrawal(when), "withdrawn"
        else:
            return "gone"
        unit.requests.save(person.installation_id, person.host_event, heard)
        changed = said == "accept" or state == "accepted"
        if changed:
            _have_planned(unit, person)
    if changed:
        services.queue.ring("recompute", person.installation_id, person.host_event)
    return answered  # type: ignore[return-value]


def agreed_on(requests: Iterable[MeetingRequest], *, now: float) -> Sequence[MeetingRequest]:
    """Return the requests that became meetings."""
    return Calendar(requests, now=now).meetings()


def _have_planned(unit: UnitOfWork, person: Person) -> None:
    """Ask for a draft that keeps what two agreed on, so that nobody publishes one that does not know of it."""
    where = person.installation_id, person.host_event
    unit.host_events.soil(*where)
    unit.leases.revoke(recompute_lease(*where))
    # Read again: only from here on nobody else changes it.
    planning = unit.plans.get(*where, "meetings")
    unit.plans.save(*where, replace(planning, asked=planning.asked + 1))


def _both(
    services: Services, unit: UnitOfWork, person: Person, other: str
) -> tuple[Attendee, Attendee] | None:
    """Return two people who may meet: both agree to it, and neither has said that they do not want to."""
    where = person.installation_id, person.host_event
    installation = unit.installations.get(person.installation_id)
    host_event = unit.host_events.get(*where)
    over = host_event is not None and host_event.ends_at is not None
    if installation is None or installation.status == "disabled" or host_event is None:
        return None
    if over and services.clock() > (host_event.ends_at or 0.0) + AFTER_THE_END:
        return None
    found = unit.attendees.get_many(*where, [person.ref, other])
    if len(found) < 2 or not all(one.agrees_to("matching") for one in found.values()):
        return None
    said = [
        *((given.other, given.verdict) for given in unit.feedback.of_person(*where, person.ref) if given.other == other),
        *((given.other, given.verdict) for given in unit.feedback.of_person(*where, other) if given.other == person.ref),
    ]  # fmt: skip
    if any(verdict in KEEPS_APART for _, verdict in said):
        return None
    return found[person.ref], found[other]


def _shown(unit: UnitOfWork, person: Person) -> set[str]:
    """Whom the person is shown."""
    results = (
        unit.outbox.get(person.installation_id, person.host_event, person.ref, feature)
        for feature in FEATURES
    )
    return {ref for result in results if result is not None for ref in people_in(result.payload)}


def _asked(planning: Planning) -> SchedulePlan | None:
    """Return what slots there are: of the published plan, or else of the brief."""
    for brief in (planning.published_brief if planning.published else planning.brief, planning.brief):
        if brief.frame:
            try:
                return read_stored(brief.frame)
            except Wrong as wrong:
                raise ConfigurationError(f"a stored frame of meetings cannot be read: {wrong}") from wrong
    return None


def _taken_by(plan: Plan | None, requests: Mapping[str, MeetingRequest]) -> Mapping[str, list[Interval]]:
    """Return when people are in published meetings; those that were agreed on are in the calendar already."""
    taken: dict[str, list[Interval]] = {}
    for group in plan.groups if plan else ():
        if group.key not in requests:
            start, end = (
                datetime.fromisoformat(group.place[name]).timestamp() for name in ("starts", "ends")
            )
            for ref in group.people:
                taken.setdefault(ref, []).append((start, end))
    return taken


def _readable(stated: Sequence[str], plan: SchedulePlan) -> list[Interval]:
    found = []
    for text in stated:
        try:
            found.append(parse_interval(text, plan.zone))
        except (ValueError, OverflowError):
            continue
    return found
