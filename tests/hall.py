"""A hall with people in it: a real store in memory, and passes committed the way the service commits them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pluggy
from builders import NOON, an_attendee

from entremise.hooks import specs
from entremise.hooks.manifest import load_manifest
from entremise.hooks.markers import PROJECT
from entremise.plugin.domain.events import FeedbackGiven, Verdict
from entremise.plugin.domain.model import Attendee, HostEvent, stamp
from entremise.plugin.domain.plans import Brief, PlanFeature, Planning
from entremise.plugin.services.features import FEATURES, Computation, FeatureComputation, Occasion
from entremise.plugin.services.features.planning import as_published
from entremise.plugin.services.recompute import Pass, last_pass, store
from entremise.plugin.services.state import unpack
from entremise.plugin.storage.sql import SqlStore

SETTINGS: Mapping[str, Any] = {
    **load_manifest().defaults(),
    "connections.list_length": 3,
    "connections.here_now_length": 2,
    "mentorship.publication": "automatic",
}
"""The manifest's defaults, with lists so short that a handful of people must be chosen from, and no waiting for an
organiser."""


_UNKNOWN: Mapping[str, Any] = {
    "languages": (), "organisation": None, "title": None, "seniority": None, "interests": (),
}  # fmt: skip


class Hall:
    """One host event; every change moves its clock and its version on."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.settings = dict(SETTINGS)
        self.plugins = pluggy.PluginManager(PROJECT)
        self.plugins.add_hookspecs(specs)
        self.people: dict[str, Attendee] = {}
        self._time = NOON
        with store.begin() as unit:
            unit.host_events.save(HostEvent("inst", "conf"))

    def now(self) -> str:
        self._time += 1
        return stamp(at=self._time, tie="test")

    def put(self, ref: str, **profile: Any) -> None:
        """Register somebody, or change who they are; nothing is known of them but what is given."""
        given = {"name": ref.title()} | _UNKNOWN | profile
        known = self.people.get(ref)
        person = an_attendee(ref, **given)
        if known is not None:
            person = known.with_profile(person.profile, self.now()).with_registration(True, self.now())
        self._save(person, profile=True)

    def arrive(self, *refs: str) -> None:
        for ref in refs:
            self._save(self.people[ref].with_presence("checked_in", self.now()), profile=False)

    def leave(self, *refs: str) -> None:
        for ref in refs:
            self._save(self.people[ref].with_presence("left", self.now()), profile=False)

    def opt_out(self, ref: str, opted_out: bool = True) -> None:
        self._save(self.people[ref].with_opt_out(opted_out, self.now()), profile=False)

    def erase(self, ref: str) -> None:
        del self.people[ref]
        with self.store.begin() as unit:
            unit.host_events.soil("inst", "conf")
            unit.attendees.remove("inst", "conf", ref)
            unit.outbox.take_out("inst", "conf", frozenset({ref}), erased=True, now=NOON)
            unit.feedback.remove("inst", "conf", ref)

    def say(self, ref: str, verdict: Verdict, other: str) -> None:
        with self.store.begin() as unit:
            unit.host_events.soil("inst", "conf")
            said = FeedbackGiven(
                host_event="conf", stamp=self.now(), attendee=ref, other=other, verdict=verdict
            )
            unit.feedback.save("inst", said)

    def planning(self, feature: PlanFeature) -> Planning:
        with self.store.snapshot() as unit:
            return unit.plans.get("inst", "conf", feature)

    def brief(self, feature: PlanFeature, brief: Brief, *, asked: bool = True) -> None:
        """Say what a plan is for, and ask for a draft unless told otherwise."""
        self._plan(feature, lambda planning: replace(planning, brief=brief, asked=planning.asked + asked))

    def ask(self, feature: PlanFeature) -> None:
        self._plan(feature, lambda planning: replace(planning, asked=planning.asked + 1))

    def publish(self, feature: PlanFeature) -> None:
        self._plan(feature, lambda planning: as_published(planning, now=self._time))

    def _plan(self, feature: PlanFeature, change: Callable[[Planning], Planning]) -> None:
        with self.store.begin() as unit:
            unit.host_events.soil("inst", "conf")
            unit.plans.save("inst", "conf", change(unit.plans.get("inst", "conf", feature)))

    def compute(self, feature: str, *, anew: bool = False) -> Computation | None:
        """One pass, not committed; ``anew`` forgets the last one."""
        return self._look(feature, anew=anew)[1]

    def run(self, feature: str = "connections") -> Computation | None:
        """One pass, committed."""
        occasion, computation = self._look(feature)
        if computation is None:
            return None
        fingerprint = _computed(feature).fingerprint(self.settings)
        looked = Pass(
            occasion.host_event, {feature: computation}, {feature: fingerprint}, occasion.vectors_if_used
        )
        with self.store.begin() as unit:
            store(unit, looked, now=NOON)
        return computation

    def _look(self, feature: str, *, anew: bool = False) -> tuple[Occasion, Computation | None]:
        computed = _computed(feature)
        with self.store.snapshot() as unit:
            if anew:
                unit.plans = _NoPlans()
            host_event = unit.host_events.get("inst", "conf")
            assert host_event is not None
            occasion = Occasion(
                uow=unit, host_event=host_event, roster=unit.attendees.roster("inst", "conf"),
                settings=self.settings, plugins=self.plugins, now=self._time,
            )  # fmt: skip
            previous = last_pass(unit, feature, host_event, computed.fingerprint(self.settings))
            return occasion, computed.compute(occasion, None if anew else previous)

    def left(self, feature: str) -> Mapping[str, Any]:
        """The arrays that the last pass left to the next one."""
        with self.store.snapshot() as unit:
            state = unit.host_events.state("inst", "conf", feature)
        assert state is not None
        return unpack(state[2])[1]

    def held(self, feature: str = "connections") -> dict[str, Any]:
        """Everything that anybody is desired to hold."""
        with self.store.snapshot() as unit:
            recipients = unit.outbox.recipients("inst", "conf", feature)
            return dict(unit.outbox.payloads("inst", "conf", feature, sorted(recipients)))

    def whom(self, ref: str, name: str = "suggestions") -> list[str]:
        """Who is suggested to this person."""
        return [item["person"] for item in self.held()[ref][name]]

    def _save(self, person: Attendee, *, profile: bool) -> None:
        self.people[person.ref] = person
        with self.store.begin() as unit:
            version = unit.host_events.soil("inst", "conf")
            changed = frozenset({person.ref}) if profile else frozenset()
            unit.attendees.save([person], version=version, profile_changed=changed)


class _NoPlans:
    """Plans as they are before anybody has computed one."""

    def get(self, _installation: str, _host_event: str, feature: PlanFeature) -> Planning:
        return Planning(feature=feature)

    def of_host_event(self, _installation: str, _host_event: str) -> list[Planning]:
        return []

    def save(self, _installation: str, _host_event: str, planning: Planning) -> Planning:
        return planning


def _computed(feature: str) -> FeatureComputation:
    return next(one for one in FEATURES if one.key == feature)
