"""What an organiser does with a plan: say what it is for, ask for a draft, publish it, take it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ..domain.errors import Conflict, InvalidPayload, NotFound, Stale
from ..domain.model import HostEvent
from ..domain.plans import PLAN_FEATURES, Brief, Plan, PlanFeature, Planning
from .features import PLANNERS
from .features.planning import AUTOMATIC, NOW, PUBLICATION, as_published
from .ports import Services, UnitOfWork
from .privacy import recompute_lease
from .switches import effective


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan as its organiser sees it: how far it is, whose names are whose, and how it comes to be published.

    ``publication`` is ``review`` or ``automatic``. ``moved`` are those whom publishing the draft would move or take
    in or out, beside what is published now.
    """

    planning: Planning
    publication: str
    enabled: bool
    names: Mapping[str, str]
    moved: tuple[str, ...]


def overview(services: Services, installation_id: str, host_event: str) -> tuple[PlanView, ...]:
    """Return every plan of the host event; raises ``NotFound``."""
    with services.store.snapshot() as unit:
        known = _host_event(unit, installation_id, host_event)
        return tuple(
            _view(services, unit, known, unit.plans.get(installation_id, host_event, feature))
            for feature in PLAN_FEATURES
            if feature in PLANNERS
        )


def show(services: Services, installation_id: str, host_event: str, feature: str) -> PlanView:
    """Return one plan; raises ``NotFound``."""
    named = _feature(feature)
    with services.store.snapshot() as unit:
        known = _host_event(unit, installation_id, host_event)
        return _view(services, unit, known, unit.plans.get(installation_id, host_event, named))


def change_brief(
    services: Services, installation_id: str, host_event: str, feature: str, brief: Brief, *,
    expected_version: int, actor: str,
) -> PlanView:  # fmt: skip
    """Replace what the organiser says of a plan, and ask for a draft that follows it.

    Raises ``NotFound``, ``Stale``, ``Conflict`` where the feature is off, or ``InvalidPayload`` naming the field.
    """
    named = _feature(feature)
    PLANNERS[named].check(brief.frame)
    for name, sets in (("apart", brief.apart), ("together", brief.together)):
        for place, people in enumerate(sets):
            if len(set(people)) < len(people):
                raise InvalidPayload("must name different people", field=f"{name}.{place}")

    def change(planning: Planning, _publication: str) -> Planning:
        return replace(planning, brief=brief, asked=planning.asked + 1)

    return _change(
        services, installation_id, host_event, named, change, "plan briefed", actor, expected_version
    )


def ask(services: Services, installation_id: str, host_event: str, feature: str, *, actor: str) -> PlanView:
    """Ask for a draft from who is there now; raises ``NotFound``, or ``Conflict`` where the feature is off."""

    def change(planning: Planning, _publication: str) -> Planning:
        return replace(planning, asked=planning.asked + 1)

    return _change(services, installation_id, host_event, _feature(feature), change, "draft asked for", actor)


def form_now(
    services: Services, installation_id: str, host_event: str, feature: str, *, actor: str
) -> PlanView:
    """Have groups form on the spot among those who are here; raises ``NotFound``, or ``Conflict`` where it cannot."""
    named = _feature(feature)
    if not PLANNERS[named].by_presence:
        raise Conflict(f"{feature} is planned ahead: ask for a draft")

    def change(planning: Planning, publication: str) -> Planning:
        if publication == AUTOMATIC:
            raise Conflict(
                "drafts are published on their own here: everybody who can be is in a circle already"
            )
        frame = {**planning.brief.frame, NOW: True}
        return replace(planning, brief=replace(planning.brief, frame=frame))

    return _change(services, installation_id, host_event, named, change, "groups formed now", actor)


def publish(
    services: Services, installation_id: str, host_event: str, feature: str, *, expected_version: int, actor: str
) -> PlanView:  # fmt: skip
    """Make the draft what attendees see; raises ``NotFound``, ``Stale``, or ``Conflict`` where there is none (yet)."""
    now = services.clock()

    def change(planning: Planning, _publication: str) -> Planning:
        if planning.is_due:
            raise Conflict("a draft is being computed: read the plan again in a moment, then publish")
        if planning.draft is None:
            raise Conflict("there is no draft: ask for one, then publish it")
        return as_published(planning, now=now)

    return _change(
        services, installation_id, host_event, _feature(feature), change, "plan published", actor,
        expected_version,
    )  # fmt: skip


def retract(
    services: Services, installation_id: str, host_event: str, feature: str, *, actor: str
) -> PlanView:
    """Take back what is published; the draft stays. Raises ``NotFound``, or ``Conflict`` where the feature is off."""

    def change(planning: Planning, publication: str) -> Planning:
        if publication == AUTOMATIC:
            raise Conflict(
                f"drafts are published on their own here: set {feature}.publication to review first"
            )
        return replace(planning, published=None, published_at=None)

    return _change(services, installation_id, host_event, _feature(feature), change, "plan taken back", actor)


def _change(
    services: Services, installation_id: str, host_event: str, feature: PlanFeature,
    change: Callable[[Planning, str], Planning], action: str, actor: str, expected_version: int | None = None,
) -> PlanView:  # fmt: skip
    with _changing(services, installation_id, host_event) as (unit, known):
        planning = unit.plans.get(installation_id, host_event, feature)
        if expected_version is not None and planning.version != expected_version:
            raise Stale("this plan has changed since it was read", version=planning.version)
        settings = _settings(services, unit, known)
        if not settings[f"{feature}.enabled"]:
            raise Conflict(f"{feature} is switched off for this host event: switch it on first")
        saved = unit.plans.save(
            installation_id, host_event, change(planning, settings[f"{feature}.{PUBLICATION}"])
        )
        unit.switches.note(
            installation_id, actor=actor, action=action,
            details={"host_event": host_event, "feature": feature}, now=services.clock(),
        )  # fmt: skip
        view = _view(services, unit, known, saved)
    services.queue.ring("recompute", installation_id, host_event)
    return view


@contextmanager
def _changing(
    services: Services, installation_id: str, host_event: str
) -> Iterator[tuple[UnitOfWork, HostEvent]]:
    """A transaction in which no pass can commit what it made of an earlier plan."""
    with services.store.begin() as unit:
        known = _host_event(unit, installation_id, host_event)
        unit.host_events.soil(installation_id, host_event)
        unit.leases.revoke(recompute_lease(installation_id, host_event))
        yield unit, known


def _view(services: Services, unit: UnitOfWork, known: HostEvent, planning: Planning) -> PlanView:
    settings = _settings(services, unit, known)
    plans = [plan for plan in (planning.draft, planning.published) if plan is not None]
    refs = set().union(*(_named(plan) for plan in plans), _briefed(planning.brief))
    people = unit.attendees.get_many(known.installation_id, known.ref, sorted(refs))
    return PlanView(
        planning=planning,
        publication=settings[f"{planning.feature}.{PUBLICATION}"],
        enabled=settings[f"{planning.feature}.enabled"],
        names={ref: person.profile.name for ref, person in people.items()},
        moved=_moved(planning),
    )


def _named(plan: Plan) -> frozenset[str]:
    troubled = frozenset(person for problem in plan.problems for person in problem.people)
    return plan.people | {one.person for one in plan.left_over} | troubled


def _briefed(brief: Brief) -> set[str]:
    together = {person for people in brief.together for person in people}
    apart = {person for pair in brief.apart for person in pair}
    return {pin.person for pin in brief.pins} | together | apart | set(brief.paused)


def _moved(planning: Planning) -> tuple[str, ...]:
    """Return who is in other groups in the draft than in what is published."""
    if planning.draft is None or planning.draft == planning.published:
        return ()
    now, then = _groups_of(planning.published), _groups_of(planning.draft)
    return tuple(person for person in sorted(now.keys() | then.keys()) if now.get(person) != then.get(person))


def _groups_of(plan: Plan | None) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for group in plan.groups if plan else ():
        for member in group.members:
            found.setdefault(member.person, set()).add(group.key)
    return found


def _settings(services: Services, unit: UnitOfWork, known: HostEvent) -> Mapping[str, Any]:
    return effective(unit, services.manifest, known.installation_id, known.organisation, known.ref)


def _host_event(unit: UnitOfWork, installation_id: str, ref: str) -> HostEvent:
    known = unit.host_events.get(installation_id, ref)
    if known is None:
        raise NotFound("there is no such host event")
    return known


def _feature(name: str) -> PlanFeature:
    for feature in PLAN_FEATURES:
        if feature == name and feature in PLANNERS:
            return feature
    raise NotFound("there is no such plan")
