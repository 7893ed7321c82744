"""Results follow the state: once per change, under a lease, and gone when a switch is off."""

from __future__ import annotations

from typing import Any

import pytest
from world import World

from entremise.plugin.domain.model import stamp
from entremise.plugin.services import recompute as recomputing
from entremise.plugin.services.jobs import JOBS
from entremise.plugin.services.privacy import recompute_lease
from entremise.plugin.services.recompute import recompute
from entremise.plugin.services.working import leased


def switch(world: World, **values: bool) -> None:
    from entremise.plugin.services.ports import SwitchRecord

    with world.services.store.begin() as unit:
        known = unit.switches.get(world.installation.id, "system", "")
        record = SwitchRecord("system", "", {**known.values, **{k.replace("__", "."): v for k, v in values.items()}},
                              known.locked, known.version)  # fmt: skip
        assert unit.switches.put(
            world.installation.id, record, expected_version=known.version, actor="test", now=world.time[0]
        )
        unit.host_events.soil(world.installation.id, "conf")
    world.services.queue.ring("recompute", world.installation.id, "conf")
    world.work()


def test_many_deliveries_cost_one_pass(world: World) -> None:
    for number in range(50):
        world.register(f"a{number}")
    world.work()
    assert world.counted()["recomputes"] == 1


def test_a_feature_that_is_off_computes_nothing_and_its_results_are_withdrawn(world: World) -> None:
    world.register("a1")
    world.register("a2")
    world.work()
    assert set(world.shelf.shown()) == {"a1/connections", "a2/connections"}
    switch(world, connections__enabled=False)
    assert world.shelf.shown() == {}
    switch(world, connections__enabled=True)
    assert set(world.shelf.shown()) == {"a1/connections", "a2/connections"}


def test_a_cancelled_host_event_withdraws_everything(world: World) -> None:
    world.register("a1")
    world.register("a2")
    world.work()
    world.deliver("HostEventCancelled", at=5, host_event="conf")
    world.work()
    assert world.shelf.shown() == {}


def test_somebody_who_cancels_disappears_from_everybodys_list(world: World) -> None:
    for ref in ("a1", "a2", "a3"):
        world.register(ref)
    world.work()
    world.deliver("RegistrationCancelled", at=5, host_event="conf", attendee="a3")
    world.work()
    shown = world.shelf.shown()
    assert "a3/connections" not in shown
    assert all(item["person"] != "a3" for result in shown.values() for item in result["suggestions"])


def test_nobody_without_consent_is_shown_or_gets_anything(world: World) -> None:
    world.register("a1")
    world.register("a2")
    world.register("quiet", consent={"matching": False})
    world.work()
    shown = world.shelf.shown()
    assert "quiet/connections" not in shown
    assert all(item["person"] != "quiet" for result in shown.values() for item in result["suggestions"])


def test_a_check_in_changes_the_persons_own_result(world: World) -> None:
    world.register("a1")
    world.register("a2")
    world.work()
    before = world.shelf.shown()
    assert "here_now" not in before["a1/connections"]
    world.deliver("AttendeeCheckedIn", at=5, host_event="conf", attendee="a1")
    world.deliver("AttendeeCheckedIn", at=5, host_event="conf", attendee="a2")
    world.work()
    after = world.shelf.shown()
    assert [item["person"] for item in after["a1/connections"]["here_now"]] == ["a2"]


def test_two_workers_never_compute_the_same_host_event_at_once(world: World) -> None:
    world.register("a1")
    world.register("a2")
    world.services.queue.run(lambda job, *args: _all_but_recompute(world, job, *args))
    with leased(world.services, recompute_lease(world.installation.id, "conf"), 60):
        recompute(world.services, world.installation.id, "conf")
        assert world.counted().get("recomputes", 0) == 0
    world.work()
    recompute(world.services, world.installation.id, "conf")
    assert world.counted()["recomputes"] == 1


def test_a_worker_that_lost_its_lease_commits_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.register("a1")
    world.register("a2")
    world.services.queue.run(lambda job, *args: _all_but_recompute(world, job, *args))
    look = recomputing._look

    def look_and_lose_the_lease(*args: Any) -> Any:
        seen = look(*args)
        with world.services.store.begin() as unit:
            unit.leases.revoke(recompute_lease(world.installation.id, "conf"))
        return seen

    monkeypatch.setattr(recomputing, "_look", look_and_lose_the_lease)
    recompute(world.services, world.installation.id, "conf")
    assert world.counted().get("recomputes", 0) == 0
    monkeypatch.undo()
    world.work()
    assert set(world.shelf.shown()) == {"a1/connections", "a2/connections"}


def test_a_change_while_computing_is_computed_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.register("a1")
    world.register("a2")
    world.services.queue.run(lambda job, *args: _all_but_recompute(world, job, *args))
    look = recomputing._look

    def look_and_have_somebody_register(*args: Any) -> Any:
        seen = look(*args)
        monkeypatch.undo()
        world.register("a3")
        from entremise.plugin.services.process import drain

        drain(world.services, world.installation.id)
        return seen

    monkeypatch.setattr(recomputing, "_look", look_and_have_somebody_register)
    recompute(world.services, world.installation.id, "conf")
    world.work()
    assert "a3/connections" in world.shelf.shown()


def test_what_somebody_said_of_another_is_respected_in_both_directions(world: World) -> None:
    for ref in ("a1", "a2", "a3"):
        world.register(ref)
    world.work()
    world.deliver("FeedbackGiven", at=5, host_event="conf", attendee="a1", other="a2", verdict="blocked")
    world.work()
    shown = world.shelf.shown()
    assert [item["person"] for item in shown["a1/connections"]["suggestions"]] == ["a3"]
    assert [item["person"] for item in shown["a2/connections"]["suggestions"]] == ["a3"]


def test_incremental_passes_end_like_one_full_pass(world: World) -> None:
    for number in range(10):
        world.register(f"a{number}", interests=[f"topic {number % 4}", "tea"])
        world.work()
    for number in range(0, 10, 3):
        world.deliver("AttendeeCheckedIn", at=50, host_event="conf", attendee=f"a{number}")
        world.work()
    world.deliver("RegistrationCancelled", at=60, host_event="conf", attendee="a6")
    world.work()
    incremental = world.shelf.shown()
    with world.services.store.begin() as unit:
        unit.host_events.drop_states(world.installation.id, "conf")
        unit.host_events.soil(world.installation.id, "conf")
    recompute(world.services, world.installation.id, "conf")
    world.work()
    assert world.shelf.shown() == incremental


def _all_but_recompute(world: World, job: str, *args: str) -> None:
    from entremise.plugin.services.jobs import JOBS

    if job != "recompute":
        JOBS[job](world.services, *args)


def test_a_stamp_is_a_text_that_sorts() -> None:
    assert stamp(at=1, tie="x") < stamp(at=2, tie="a") < stamp(version=1, at=0, tie="a")


def test_who_withdraws_mentoring_is_taken_out_of_the_pair_before_anything_is_computed(world: World) -> None:
    both = {"matching": True, "mentoring": True, "presence": True}
    world.register("mia", needs=["export"], mentoring={"role": "mentee"}, consent=both)
    world.register("otto", offers=["export"], mentoring={"role": "mentor"}, consent=both)
    world.work()
    assert "otto/mentorship" in world.shelf.shown()
    world.register("otto", at=9, offers=["export"], consent={**both, "mentoring": False})
    JOBS["process"](world.services, world.installation.id)
    with world.services.store.snapshot() as unit:
        paired = unit.outbox.payloads(world.installation.id, "conf", "mentorship", ["mia", "otto"])
        listed = unit.outbox.payloads(world.installation.id, "conf", "connections", ["mia", "otto"])
    assert "otto" not in str(paired)
    assert "otto" in str(listed)
