"""An organiser's work with a plan: brief, draft, publish, and what happens to it when people leave."""

from __future__ import annotations

from typing import Any

import pytest
from builders import EVERYTHING
from hypothesis import given
from hypothesis import strategies as st
from world import World

from entremise.plugin.domain.errors import Conflict, InvalidPayload, NotFound, Stale
from entremise.plugin.domain.plans import Brief, Group, LeftOver, Member, Pin, Plan, Planning, Problem
from entremise.plugin.services import plans
from entremise.plugin.services.features import Mentorship
from entremise.plugin.services.plans import PlanView
from entremise.plugin.services.privacy import forget
from entremise.plugin.services.switches import change

CONSENT = {name: getattr(EVERYTHING, name) for name in EVERYTHING.__slots__}


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


class Desk:
    """The organiser's desk: mentorship reviewed before it is published."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.where = world.installation.id, "conf"
        self.switch(**{"mentorship.publication": "review"})
        for ref, needs in (("mia", "export"), ("max", "poterie"), ("moe", "tricot")):
            self.person(ref, mentoring={"role": "mentee"}, needs=[needs])
        for ref, offers in (("olga", "export"), ("otto", "poterie")):
            self.person(ref, mentoring={"role": "mentor", "capacity": 1}, offers=[offers])
        world.work()

    def person(self, ref: str, *, at: float = 0, **profile: Any) -> None:
        self.world.register(ref, at=at, interests=[], consent=CONSENT, **profile)

    def person_with(self, consent: dict[str, bool], ref: str, *, at: float) -> None:
        known = {"mentoring": {"role": "mentee"}, "needs": ["export"], "interests": []}
        self.world.register(ref, at=at, consent=consent, **known)
        self.world.work()

    def switch(self, **values: Any) -> None:
        services, (installation, _) = self.world.services, self.where
        with services.store.snapshot() as unit:
            record = unit.switches.get(installation, "system", "")
        change(
            services, installation, "system", "", values={**record.values, **values},
            expected_version=record.version, actor="test",
        )  # fmt: skip
        self.world.work()

    def view(self) -> PlanView:
        return plans.show(self.world.services, *self.where, "mentorship")

    def draft(self) -> dict[str, str]:
        """Have a draft made; return whose mentor is who."""
        plans.ask(self.world.services, *self.where, "mentorship", actor="test")
        self.world.work()
        return paired(self.view().planning.draft)

    def brief(self, brief: Brief) -> dict[str, str]:
        version = self.view().planning.version
        plans.change_brief(
            self.world.services, *self.where, "mentorship", brief, expected_version=version, actor="test"
        )
        self.world.work()
        return paired(self.view().planning.draft)

    def publish(self) -> None:
        version = self.view().planning.version
        plans.publish(self.world.services, *self.where, "mentorship", expected_version=version, actor="test")
        self.world.work()

    def told(self) -> dict[str, str]:
        """Whose mentor is who, as the host holds it."""
        return {
            key.partition("/")[0]: item["person"]
            for key, result in self.world.shelf.shown().items()
            if key.endswith("/mentorship")
            for item in result["pairings"]
            if item["role"] == "mentee"
        }


def paired(plan: Plan | None) -> dict[str, str]:
    assert plan is not None
    return {
        member.person: group.key
        for group in plan.groups
        for member in group.members
        if member.role == "mentee"
    }


def test_nobody_sees_a_pair_before_the_draft_is_published(desk: Desk) -> None:
    assert desk.view().planning.draft is None
    assert desk.draft() == {"mia": "olga", "max": "otto"}
    assert desk.told() == {}
    desk.publish()
    assert desk.told() == {"mia": "olga", "max": "otto"}


def test_whoever_is_left_over_is_told_to_the_organiser_with_the_reason(desk: Desk) -> None:
    desk.draft()
    draft = desk.view().planning.draft
    assert draft is not None
    assert [one.person for one in draft.left_over] == ["moe"]
    assert desk.view().names["moe"] == "MOE"


def test_pins_vetoes_and_pauses_change_the_draft_and_nothing_that_is_published(desk: Desk) -> None:
    desk.draft()
    desk.publish()
    assert desk.brief(Brief(pins=(Pin("moe", "olga"),))) == {"moe": "olga", "max": "otto"}
    assert set(desk.view().moved) == {"mia", "moe"}
    assert desk.brief(Brief(apart=(("moe", "olga"),))) == {"mia": "olga", "max": "otto"}
    assert desk.brief(Brief(paused=("mia",))) == {"moe": "olga", "max": "otto"}
    assert desk.told() == {"mia": "olga", "max": "otto"}


def test_a_plan_that_has_changed_since_it_was_read_is_not_published(desk: Desk) -> None:
    read = desk.view().planning.version
    desk.draft()
    with pytest.raises(Stale):
        plans.publish(desk.world.services, *desk.where, "mentorship", expected_version=read, actor="test")
    with pytest.raises(Stale):
        plans.change_brief(
            desk.world.services, *desk.where, "mentorship", Brief(), expected_version=read, actor="test"
        )


def test_there_is_nothing_to_publish_before_a_draft_and_while_one_is_computed(desk: Desk) -> None:
    with pytest.raises(Conflict, match="no draft"):
        desk.publish()
    plans.ask(desk.world.services, *desk.where, "mentorship", actor="test")
    with pytest.raises(Conflict, match="being computed"):
        desk.publish()


def test_what_was_published_is_taken_back_and_published_again(desk: Desk) -> None:
    desk.draft()
    desk.publish()
    plans.retract(desk.world.services, *desk.where, "mentorship", actor="test")
    desk.world.work()
    assert desk.told() == {}
    desk.publish()
    assert desk.told() == {"mia": "olga", "max": "otto"}


def test_a_late_registration_moves_nobody_until_the_next_draft(desk: Desk) -> None:
    desk.draft()
    desk.publish()
    desk.person("omar", at=9, mentoring={"role": "mentor", "capacity": 1}, offers=["tricot"])
    desk.world.work()
    assert desk.told() == {"mia": "olga", "max": "otto"}
    assert desk.draft() == {"mia": "olga", "max": "otto", "moe": "omar"}


def test_when_a_mentee_leaves_the_one_who_waited_takes_the_place(desk: Desk) -> None:
    desk.draft()
    desk.publish()
    desk.world.deliver("RegistrationCancelled", at=10, host_event="conf", attendee="mia")
    desk.world.work()
    assert desk.told() == {"moe": "olga", "max": "otto"}


def test_consent_that_is_withdrawn_empties_the_place_at_once_and_the_group_is_made_whole(desk: Desk) -> None:
    desk.draft()
    desk.publish()
    desk.person("otto", at=11, mentoring={"role": "mentor", "capacity": 1}, offers=["poterie"])
    desk.world.deliver(
        "AttendeeRegistered", at=12, host_event="conf", attendee="otto",
        profile={"name": "OTTO", "consent": {"matching": True}},
    )  # fmt: skip
    with desk.world.services.store.snapshot() as unit:
        before = unit.plans.get(*desk.where, "mentorship")
    assert before.published is not None
    desk.world.work()
    assert desk.told() == {"mia": "olga"}
    published = desk.view().planning.published
    assert published is not None
    assert "otto" not in published.people
    assert all(not group.lost for group in published.groups)


def test_an_erased_person_is_in_no_plan_and_no_brief(desk: Desk) -> None:
    desk.draft()
    desk.publish()
    desk.brief(Brief(pins=(Pin("mia", "olga"),), apart=(("max", "mia"),), paused=("moe",)))
    forget(desk.world.services, desk.world.installation.id, "mia")
    with desk.world.services.store.snapshot() as unit:
        planning = unit.plans.get(*desk.where, "mentorship")
    assert planning == planning.without({"mia"}, everywhere=True)
    assert planning.brief == Brief(paused=("moe",))
    desk.world.work()
    assert desk.told() == {"max": "otto"}


def test_somebody_who_says_never_again_after_publishing_is_parted(desk: Desk) -> None:
    desk.draft()
    desk.publish()
    desk.world.deliver(
        "FeedbackGiven", at=20, host_event="conf", attendee="olga", other="mia", verdict="blocked"
    )
    desk.world.work()
    assert desk.told() == {"moe": "olga", "max": "otto"}


def test_a_feature_that_is_off_shows_nothing_and_can_be_asked_for_nothing(desk: Desk) -> None:
    desk.draft()
    desk.publish()
    desk.switch(**{"mentorship.enabled": False})
    assert desk.told() == {}
    with pytest.raises(Conflict, match="switched off"):
        plans.ask(desk.world.services, *desk.where, "mentorship", actor="test")
    desk.switch(**{"mentorship.enabled": True})
    assert desk.told() == {"mia": "olga", "max": "otto"}


def test_who_did_what_to_a_plan_is_audited_without_a_name(desk: Desk) -> None:
    desk.draft()
    desk.publish()
    with desk.world.services.store.snapshot() as unit:
        lines = unit.switches.audit(desk.world.installation.id)
    assert [line["action"] for line in lines][:2] == ["plan published", "draft asked for"]
    assert lines[0]["details"] == {"host_event": "conf", "feature": "mentorship"}


def test_a_frame_that_the_feature_does_not_know_is_refused_by_name(desk: Desk) -> None:
    with pytest.raises(InvalidPayload) as refused:
        desk.brief(Brief(frame={"tables": 3}))
    assert refused.value.field == "frame.tables"
    with pytest.raises(NotFound):
        plans.show(desk.world.services, *desk.where, "connections")
    with pytest.raises(NotFound):
        plans.show(desk.world.services, desk.where[0], "nowhere", "mentorship")


def test_a_mentor_who_waited_takes_in_whoever_lost_theirs(desk: Desk) -> None:
    desk.person("omar", mentoring={"role": "mentor", "capacity": 1}, offers=["broderie"])
    desk.world.work()
    made = desk.draft()
    desk.publish()
    leaving = made["mia"]
    desk.world.deliver("RegistrationCancelled", at=10, host_event="conf", attendee=leaving)
    desk.person("oona", at=11, mentoring={"role": "mentor", "capacity": 1}, offers=["broderie"])
    desk.world.work()
    told = desk.told()
    assert {mentee for mentee, mentor in made.items() if mentor == leaving} <= told.keys()
    assert {mentee: mentor for mentee, mentor in made.items() if mentor != leaving}.items() <= told.items()


def test_a_pin_that_cannot_be_kept_is_told_to_the_organiser(desk: Desk) -> None:
    desk.brief(Brief(pins=(Pin("mia", "max"), Pin("mia", "nobody"))))
    draft = desk.view().planning.draft
    assert draft is not None
    assert [(one.code, one.people, one.rules) for one in draft.problems] == [
        ("pin_refused", ("mia",), ("max",)), ("pin_refused", ("mia",), ("nobody",)),
    ]  # fmt: skip


def test_what_is_published_on_its_own_is_taken_back_by_the_setting_only(desk: Desk) -> None:
    desk.switch(**{"mentorship.publication": "automatic"})
    with pytest.raises(Conflict, match="publication"):
        plans.retract(desk.world.services, *desk.where, "mentorship", actor="test")


def test_a_fault_while_planning_is_told_and_stops_nothing_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.draft()
    desk.publish()
    before = desk.told()

    def broken(*_: object) -> Plan:
        raise ValueError("a fault of ours")

    monkeypatch.setattr(Mentorship, "plan", broken)
    desk.person("late", at=30, needs=["export"])
    desk.draft()
    draft = desk.view().planning.draft
    assert draft is not None
    assert [problem.code for problem in draft.problems] == ["fault"]
    assert desk.told() == before
    assert "late/connections" in desk.world.shelf.shown()


def test_a_draft_keeps_no_word_of_an_erased_mentor(desk: Desk) -> None:
    desk.draft()
    forget(desk.world.services, desk.world.installation.id, "olga")
    draft = desk.view().planning.draft
    assert draft is not None
    assert "olga" not in str(draft.to_dict())


def test_whoever_is_erased_everywhere_is_in_no_brief_of_a_host_event_that_they_never_came_to(
    desk: Desk,
) -> None:
    desk.world.register("other", host_event="next", consent=CONSENT)
    desk.world.work()
    where = desk.where[0], "next"
    plans.change_brief(
        desk.world.services, *where, "mentorship", Brief(paused=("mia",)), expected_version=0, actor="test"
    )
    forget(desk.world.services, desk.world.installation.id, "mia")
    assert plans.show(desk.world.services, *where, "mentorship").planning.brief == Brief()


def test_numbers_spaces_and_names_of_diets_do_not_hide_anybody_in_a_frame() -> None:
    frame = {
        "tables": [{"name": "7", "seats": 4, "diets": ["7"]}], "meals": ["7"], "step_free": [7, " 7 "],
        "diets": {"slots": ["7"], "vegan": [7]}, "hosts": [{"person": 7, "table": "7"}],
    }  # fmt: skip
    left = Brief(frame=frame).without(frozenset({"7"})).frame
    assert left == {
        "tables": [{"name": "7", "seats": 4, "diets": ["7"]}], "meals": ["7"], "step_free": [],
        "diets": {"slots": [], "vegan": []}, "hosts": [],
    }  # fmt: skip


def test_people_who_are_named_twice_in_one_rule_are_refused(desk: Desk) -> None:
    with pytest.raises(InvalidPayload) as refused:
        desk.brief(Brief(together=(("mia", "max"), ("moe", "moe"))))
    assert refused.value.field == "together.1"


def test_consent_to_suggestions_taken_back_leaves_mentoring_where_it_was(desk: Desk) -> None:
    desk.draft()
    desk.publish()
    desk.person_with({**CONSENT, "matching": False}, "mia", at=40)
    assert desk.told()["mia"] == "olga"
    assert "mia/connections" not in desk.world.shelf.shown()


refs = st.sampled_from(["a", "b", "c", "d", "e"])
members = st.lists(st.builds(Member, refs, st.sampled_from(["", "host"])), max_size=4).map(tuple)
groups = st.lists(st.builds(Group, st.sampled_from(["1", "2"]), members, st.just({"meal": "x"})), max_size=3)
drafts = st.builds(
    Plan,
    groups.map(tuple),
    st.lists(st.builds(LeftOver, refs, st.just("full")), max_size=2).map(tuple),
    st.lists(st.builds(Problem, st.just("no"), st.lists(refs).map(tuple), st.just(("r",)))).map(tuple),
    st.just({"worth": 1.5}),
)
briefs = st.builds(
    Brief,
    st.lists(st.builds(Pin, refs, refs)).map(tuple),
    st.lists(st.lists(refs, min_size=2).map(tuple)).map(tuple),
    st.lists(st.tuples(refs, refs)).map(tuple),
    st.lists(refs).map(tuple),
    st.fixed_dictionaries(
        {"hosts": st.lists(st.fixed_dictionaries({"person": refs})), "people": st.lists(refs)}
    ),
)


@given(drafts, briefs)
def test_plans_and_briefs_survive_the_store(plan: Plan, brief: Brief) -> None:
    assert Plan.from_dict(plan.to_dict()) == plan
    assert Brief.from_dict(brief.to_dict()) == brief


@given(drafts, briefs, st.frozensets(refs))
def test_nobody_who_is_gone_is_named_anywhere(plan: Plan, brief: Brief, gone: frozenset[str]) -> None:
    planning = Planning(feature="seating", brief=brief, draft=plan, published=plan)
    left = planning.without(gone, everywhere=True)
    assert not _words(left.brief.to_dict()) & gone
    for held in (left.draft, left.published):
        assert held is not None
        assert not _words(held.to_dict()) & gone
        assert sum(len(group.members) + group.lost for group in held.groups) <= sum(
            len(group.members) for group in plan.groups
        )


def _words(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(_words(held) for held in value.values()))
    if isinstance(value, list):
        return set().union(*(_words(held) for held in value))
    return {value} if isinstance(value, str) else set()
