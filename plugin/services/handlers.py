"""What each domain event does to our state: one small function each, in the table at the end.

Attendees are joined in memory (see ``domain.model``: registers), then saved at once, so a batch of hundreds costs a
few statements. The host event gets a new version only when something changed that ranking reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ..domain.events import (
    AttendeeCheckedIn,
    AttendeeErased,
    AttendeeEvent,
    AttendeeLeft,
    AttendeeRegistered,
    CheckInReversed,
    DomainEvent,
    FeedbackGiven,
    HostEventCancelled,
    HostEventUpdated,
    OptOutChanged,
    ProfileUpdated,
    RegistrationCancelled,
)
from ..domain.model import NEVER, Attendee, HostEvent, Purpose
from ..domain.suggestions import Feature
from .ports import Services, UnitOfWork
from .privacy import erase, erase_former, tombstones, withdraw
from .vault import Vault


@dataclass(frozen=True, slots=True)
class Applied:
    """Which host events have to be computed again, of whom events were ignored because they were erased, and whether
    results were taken back on the spot.
    """

    host_events: frozenset[str]
    ignored: frozenset[tuple[str, str]]
    withdrawn: bool


def record(services: Services, installation_id: str, happened: Sequence[DomainEvent]) -> None:
    """Apply domain events that did not come through the inbox (a person's own page) and ring."""
    with services.store.begin() as unit:
        applied = apply_events(unit, services.vault, installation_id, happened, now=services.clock())
    ring_after(services, installation_id, applied)


def ring_after(services: Services, installation_id: str, applied: Applied) -> None:
    """Ring for what a committed transaction left to do."""
    if applied.ignored:
        # Raw bytes about somebody erased were emptied: let no copy stay in the files.
        services.store.scrub()
    if applied.withdrawn:
        services.queue.ring("write_back", installation_id)
    for host_event in sorted(applied.host_events):
        services.queue.ring("recompute", installation_id, host_event)


def apply_events(
    unit: UnitOfWork, vault: Vault, installation_id: str, happened: Iterable[DomainEvent], *, now: float
) -> Applied:
    """Bring the state to what happened, within the caller's transaction.

    The order of ``happened`` does not matter but for events of the same stamp. Erased people stay erased: what is
    older than the erasure, or is no registration with consent, is ignored.
    """
    unit.attendees.lock(installation_id)
    by_host_event: dict[str, list[DomainEvent]] = {}
    for one in happened:
        by_host_event.setdefault(one.host_event, []).append(one)
    soiled, ignored, withdrawn = set(), set(), False
    for ref in sorted(by_host_event):
        scene = _Scene(unit, vault, installation_id, ref, now)
        scene.load(by_host_event[ref])
        for one in by_host_event[ref]:
            HANDLERS[type(one)](scene, one)
        scene.flush()
        if scene.soiled:
            soiled.add(ref)
        ignored |= {(ref, person) for person in scene.ignored}
        withdrawn = withdrawn or scene.withdrawn
    return Applied(frozenset(soiled), frozenset(ignored), withdrawn)


@dataclass
class _Scene:
    """One host event while a batch is applied to it."""

    unit: UnitOfWork
    vault: Vault
    installation_id: str
    host_event: str
    now: float
    before: dict[str, Attendee] = field(default_factory=dict)
    people: dict[str, Attendee] = field(default_factory=dict)
    erased_at: dict[str, str] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    changed: bool = False
    soiled: bool = False
    withdrawn: bool = False

    def load(self, happened: Sequence[DomainEvent]) -> None:
        refs = {one.attendee for one in happened if isinstance(one, AttendeeEvent)}
        refs |= {one.other for one in happened if isinstance(one, FeedbackGiven)}
        self.before = dict(self.unit.attendees.get_many(self.installation_id, self.host_event, sorted(refs)))
        self.people = dict(self.before)
        self.erased_at = dict(tombstones(self.unit, self.vault, self.installation_id, self.host_event, refs))

    def may_touch(self, one: AttendeeEvent) -> bool:
        """Whether the event may change this person; somebody erased only comes back by saying yes again."""
        grave = self.erased_at.get(one.attendee)
        if grave is None:
            return True
        back = one.attendee in self.people or (
            isinstance(one, AttendeeRegistered) and one.profile.consent.matching
        )
        if one.stamp > grave and back:
            return True
        self.ignored.add(one.attendee)
        return False

    def join(self, one: AttendeeEvent, change: Callable[[Attendee], Attendee]) -> None:
        if not self.may_touch(one):
            return
        person = self.people.get(one.attendee) or Attendee(
            self.installation_id, self.host_event, one.attendee
        )
        self.people[one.attendee] = change(person)

    def flush(self) -> None:
        """Save who changed; raise the host event's version if ranking has to look again."""
        new, old, deep = [], [], set()
        for ref, person in self.people.items():
            before = self.before.get(ref)
            if ref in self.touched:
                new.append(person)
                deep.add(ref)
                continue
            if person is before:
                continue
            if before is not None and _what_counts(person) == _what_counts(before):
                old.append(person)
                continue
            new.append(person)
            if before is None or _what_is_deep(person) != _what_is_deep(before):
                deep.add(ref)
        if new or self.changed:
            version = self.unit.host_events.soil(self.installation_id, self.host_event)
            self.unit.attendees.save(new, version=version, profile_changed=frozenset(deep))
            self.soiled = True
        for purpose, features in _WITHDRAWN_FROM:
            left = frozenset(person.ref for person in new if self._no_longer_agrees(person, purpose))
            if left:
                where = self.installation_id, self.host_event
                withdraw(self.unit, *where, left, now=self.now, features=features)
                self.withdrawn = True
        self.unit.attendees.save(old, version=None, profile_changed=frozenset())
        self.before = dict(self.people)
        self.changed = False
        self.touched.clear()

    def _no_longer_agrees(self, person: Attendee, purpose: Purpose) -> bool:
        before = self.before.get(person.ref)
        return before is not None and before.agrees_to(purpose) and not person.agrees_to(purpose)


_WITHDRAWN_FROM: tuple[tuple[Purpose, tuple[Feature, ...] | None], ...] = (
    ("matching", ("connections", "peers", "experts", "meetings")),
    ("mentoring", ("mentorship",)),
    ("groups", ("circles", "topics", "seating")),
)
"""Which features a purpose is for; whoever is not registered, or has left, agrees to none of them."""


def _what_is_deep(person: Attendee) -> object:
    """What every feature depends on."""
    return person.profile, person.registered, person.opted_out


def _what_counts(person: Attendee) -> object:
    """What any feature depends on: a newer stamp on an equal value is not a change."""
    return _what_is_deep(person), person.here


def _registered(scene: _Scene, one: AttendeeRegistered) -> None:
    profile_stamp = one.profile_stamp or one.stamp
    scene.join(
        one,
        lambda person: person.with_profile(one.profile, profile_stamp).with_registration(
            registered=True, when=one.stamp
        ),
    )


def _profile_updated(scene: _Scene, one: ProfileUpdated) -> None:
    scene.join(one, lambda person: person.with_profile(one.profile, one.profile_stamp or one.stamp))


def _checked_in(scene: _Scene, one: AttendeeCheckedIn) -> None:
    scene.join(one, lambda person: person.with_presence("checked_in", one.stamp))


def _check_in_reversed(scene: _Scene, one: CheckInReversed) -> None:
    scene.join(one, lambda person: person.with_presence("registered", one.stamp))


def _left(scene: _Scene, one: AttendeeLeft) -> None:
    scene.join(one, lambda person: person.with_presence("left", one.stamp))


def _cancelled(scene: _Scene, one: RegistrationCancelled) -> None:
    scene.join(one, lambda person: person.with_registration(registered=False, when=one.stamp))


def _opted_out(scene: _Scene, one: OptOutChanged) -> None:
    scene.join(one, lambda person: person.with_opt_out(one.opted_out, one.stamp))


def _feedback_given(scene: _Scene, one: FeedbackGiven) -> None:
    grave = scene.erased_at.get(one.other)
    if grave is not None and (one.stamp <= grave or one.other not in scene.people):
        scene.ignored.add(one.other)
    elif scene.may_touch(one) and scene.unit.feedback.save(scene.installation_id, one):
        scene.touched |= {one.attendee, one.other}


def _erased(scene: _Scene, one: AttendeeErased) -> None:
    person = scene.people.get(one.attendee)
    if scene.erased_at.get(one.attendee, NEVER) >= one.stamp:
        # Known already: whoever is here came after it.
        if person is None:
            scene.ignored.add(one.attendee)
        return
    scene.flush()
    where = scene.installation_id, scene.host_event, one.attendee
    if person is not None and person.registered_since(one.stamp):
        # The next holder of the ref was heard of first; the former one goes all the same.
        erase_former(scene.unit, scene.vault, *where, one.stamp, now=scene.now)
        scene.people[one.attendee] = person.since(one.stamp)
        scene.touched.add(one.attendee)
    else:
        erase(scene.unit, scene.vault, *where, one.stamp, now=scene.now)
        scene.people.pop(one.attendee, None)
        scene.before.pop(one.attendee, None)
    scene.erased_at[one.attendee] = one.stamp
    scene.soiled = scene.withdrawn = True
    scene.ignored.add(one.attendee)


def _facts(scene: _Scene) -> HostEvent:
    known = scene.unit.host_events.get(scene.installation_id, scene.host_event)
    return known or HostEvent(scene.installation_id, scene.host_event)


def _host_event_updated(scene: _Scene, one: HostEventUpdated) -> None:
    known = _facts(scene)
    if one.stamp <= known.stamp:
        return
    now_known = replace(
        known, name=one.name, organisation=one.organisation, languages=one.languages, ends_at=one.ends_at,
        cancelled=False, stamp=one.stamp,
    )  # fmt: skip
    scene.unit.host_events.save(now_known)
    if replace(now_known, stamp=known.stamp) != known:
        scene.changed = True
        # Languages and the organiser's switches may differ now.
        scene.unit.host_events.drop_states(scene.installation_id, scene.host_event)


def _host_event_cancelled(scene: _Scene, one: HostEventCancelled) -> None:
    known = _facts(scene)
    if one.stamp > known.stamp:
        scene.unit.host_events.save(replace(known, cancelled=True, stamp=one.stamp))
        scene.changed = scene.changed or not known.cancelled


HANDLERS: dict[type[DomainEvent], Callable[..., None]] = {
    AttendeeRegistered: _registered,
    ProfileUpdated: _profile_updated,
    AttendeeCheckedIn: _checked_in,
    CheckInReversed: _check_in_reversed,
    AttendeeLeft: _left,
    RegistrationCancelled: _cancelled,
    AttendeeErased: _erased,
    OptOutChanged: _opted_out,
    FeedbackGiven: _feedback_given,
    HostEventUpdated: _host_event_updated,
    HostEventCancelled: _host_event_cancelled,
}
