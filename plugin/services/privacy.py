"""Erasure: out of every table at once, out of the host as fast as it answers, and never back by accident."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import orjson

from ..domain.model import NEVER, Attendee, just_after, stamp
from ..domain.suggestions import FEATURES, Feature
from .ports import Services, UnitOfWork
from .vault import Vault

_EVERYBODY = "everybody"
"""In the place of a person's digest: no digest is that short."""
SHORTEST_PLAIN_NAME = 5
"""A shorter name is looked for in quotes only: plain, it would be found in words of others."""


def forget(
    services: Services,
    installation_id: str,
    ref: str,
    host_event: str | None = None,
    *,
    actor: str = "operator",
) -> int:
    """Erase a person from one host event, or from all; return from how many. ``actor`` goes into the audit trail.

    Afterwards nothing that was delivered before can bring them back: only a newer registration with consent.
    """
    now = services.clock()
    when = stamp(at=now, tie="forget")
    with services.store.begin() as unit:
        unit.attendees.lock(installation_id)
        if host_event is not None:
            scenes = [host_event]
        else:
            scenes = sorted(unit.attendees.host_events_of(installation_id, ref))
            # Also where no row is left (or none was made yet): late deliveries are stopped everywhere.
            unit.tombstones.add(installation_id, _everywhere(services.vault, installation_id, ref), when)
            # What names them without their ever having become an attendee here.
            _drop_letters(unit, installation_id, ref, "")
            unit.feedback.remove(installation_id, None, ref)
            unit.requests.remove(installation_id, None, ref)
            # Organisers may have named somebody who is to register yet.
            for known in unit.host_events.list(installation_id):
                if known.ref not in scenes:
                    unit.host_events.soil(installation_id, known.ref)
                    _take_out_of_plans(
                        unit, installation_id, known.ref, frozenset({ref}), FEATURES, everywhere=True
                    )
        for scene in scenes:
            grave = _after_what_is_known(unit.attendees.get(installation_id, scene, ref), when)
            erase(unit, services.vault, installation_id, scene, ref, grave, now=now)
        unit.inbox.forget(installation_id, ref, host_event)
        unit.switches.note(installation_id, actor=actor, action="person erased", details={}, now=now)
    services.store.scrub()
    services.queue.ring("write_back", installation_id)
    for scene in scenes:
        services.queue.ring("recompute", installation_id, scene)
    return len(scenes)


def erase(
    unit: UnitOfWork, vault: Vault, installation_id: str, host_event: str, ref: str, when: str, *, now: float
) -> None:
    """Take one person out of one host event, within the caller's transaction."""
    person = unit.attendees.get(installation_id, host_event, ref)
    _drop_letters(unit, installation_id, ref, person.profile.name if person is not None else "")
    _take_out(unit, vault, installation_id, host_event, ref, when, now=now)
    unit.feedback.remove(installation_id, host_event, ref)
    unit.requests.remove(installation_id, host_event, ref)
    unit.attendees.remove(installation_id, host_event, ref)


def erase_former(
    unit: UnitOfWork, vault: Vault, installation_id: str, host_event: str, ref: str, when: str, *, now: float
) -> None:
    """Take a former holder out whose erasure is heard of after the next holder of the ref was registered.

    What was said up to ``when`` goes. What has no such moment goes altogether: results and places in plans, which are
    worked out anew; raw bytes and dead letters, which are kept for mending alone; and places in organisers' briefs,
    where nobody can tell whom the organiser meant. The attendee's registers are the caller's.
    """
    _drop_letters(unit, installation_id, ref, "")
    _take_out(unit, vault, installation_id, host_event, ref, when, now=now)
    unit.feedback.remove(installation_id, host_event, ref, until=when)
    unit.requests.remove(installation_id, host_event, ref, until=when)


def _take_out(
    unit: UnitOfWork, vault: Vault, installation_id: str, host_event: str, ref: str, when: str, *, now: float
) -> None:
    """Take somebody out of all that was worked out or kept as it came, and remember that they were erased."""
    unit.host_events.soil(installation_id, host_event)
    _stop_computing(unit, installation_id, host_event)
    unit.outbox.take_out(installation_id, host_event, frozenset({ref}), erased=True, now=now)
    _take_out_of_plans(unit, installation_id, host_event, frozenset({ref}), FEATURES, everywhere=True)
    unit.inbox.forget(installation_id, ref, host_event)
    unit.tombstones.add(installation_id, _digest(vault, installation_id, host_event, ref), when)
    unit.host_events.drop_states(installation_id, host_event)


def withdraw(
    unit: UnitOfWork, installation_id: str, host_event: str, refs: frozenset[str], *,
    now: float, features: tuple[Feature, ...] | None = None,
) -> None:  # fmt: skip
    """Take people who no longer agree out of all results (or those of some features) at once.

    The host event must be soiled already.
    """
    _stop_computing(unit, installation_id, host_event)
    for feature in features or (None,):
        unit.outbox.take_out(installation_id, host_event, refs, erased=False, now=now, feature=feature)
    if features is None or "meetings" in features:
        unit.requests.withdraw(installation_id, host_event, refs, stamp(at=now, tie="left"))
    _take_out_of_plans(unit, installation_id, host_event, refs, features or FEATURES, everywhere=False)


def _take_out_of_plans(
    unit: UnitOfWork, installation_id: str, host_event: str, refs: frozenset[str], features: tuple[Feature, ...], *,
    everywhere: bool,
) -> None:  # fmt: skip
    """Leave these people in no plan of the features; ``everywhere``: nor in the briefs."""
    for planning in unit.plans.of_host_event(installation_id, host_event):
        if planning.feature not in features:
            continue
        left = planning.without(refs, everywhere=everywhere)
        if left != planning:
            unit.plans.save(installation_id, host_event, left)


def tombstones(
    unit: UnitOfWork, vault: Vault, installation_id: str, host_event: str, refs: Iterable[str]
) -> Mapping[str, str]:
    """Return the stamps of erasure of those who were erased here or everywhere."""
    people = list(refs)
    here = {ref: _digest(vault, installation_id, host_event, ref) for ref in people}
    everywhere = {ref: _everywhere(vault, installation_id, ref) for ref in people}
    found = dict(unit.tombstones.get_many(installation_id, here))
    for ref, when in unit.tombstones.get_many(installation_id, everywhere).items():
        found[ref] = max(when, found.get(ref, ""))
    return found


def end_every_life(unit: UnitOfWork, installation_id: str, *, now: float) -> None:
    """Remember that everybody was erased, which keeps nobody from coming back: only addresses end with it."""
    unit.tombstones.add(installation_id, _EVERYBODY, stamp(at=now, tie="everybody"))


def life_of(unit: UnitOfWork, vault: Vault, installation_id: str, host_event: str, ref: str) -> str:
    """Return what tells the holders of a ref apart, in clear; empty where nobody was erased."""
    everybody = unit.tombstones.get_many(installation_id, {ref: _EVERYBODY}).get(ref, NEVER)
    grave = tombstones(unit, vault, installation_id, host_event, [ref]).get(ref, NEVER)
    # The greater of both would not do: a grave may be dated ahead, and then hide that everybody was erased.
    return "\0".join(filter(None, (grave, everybody)))


def _stop_computing(unit: UnitOfWork, installation_id: str, host_event: str) -> None:
    """After the host event, in the order of ``recompute``: a computation under way has read who must not be shown.

    It has committed when we are past this, or it never will.
    """
    unit.leases.revoke(recompute_lease(installation_id, host_event))


def recompute_lease(installation_id: str, host_event: str) -> str:
    """Return the name of the lease under which this host event is computed."""
    return f"recompute:{installation_id}/{host_event}"


def _after_what_is_known(person: Attendee | None, when: str) -> str:
    """A host may have dated a registration ahead: sent once more, under whatever id, it is no newer one."""
    if person is None or person.registered_stamp == NEVER:
        return when
    return max(when, just_after(person.registered_stamp, tie="forget"))


def _drop_letters(unit: UnitOfWork, installation_id: str, ref: str, name: str) -> None:
    """Remove dead letters whose raw bytes hold the key in quotes, or the name: plain, or as JSON writes them."""
    needles = {orjson.dumps(ref), json.dumps(ref).encode()}
    if name:
        needles |= {orjson.dumps(name), json.dumps(name).encode()}
    if len(name) >= SHORTEST_PLAIN_NAME:
        needles.add(name.encode())
    for letter in unit.dead_letters.mentioning(installation_id, sorted(needles)):
        unit.dead_letters.remove(letter)


def _digest(vault: Vault, installation_id: str, host_event: str, ref: str) -> str:
    return vault.digest(installation_id, f"{host_event}\0{ref}")


def _everywhere(vault: Vault, installation_id: str, ref: str) -> str:
    return vault.digest(installation_id, ref)
