"""A host that only hints is asked; one that is away, or asks for quiet, is left in peace."""

from __future__ import annotations

from dataclasses import replace

from world import World

from entremise.plugin.domain.errors import HostRejected, HostUnavailable
from entremise.plugin.domain.events import AttendeeRegistered, Hint
from entremise.plugin.domain.model import Consent, Profile, stamp
from entremise.plugin.services.sweep import Sweeper

HINT = b'{"kind": "hint", "object": "%s"}'


def registered(ref: str, at: float) -> AttendeeRegistered:
    profile = Profile(name=ref, consent=Consent(matching=True), interests=("tea",), visible=("interests",))
    return AttendeeRegistered(host_event="conf", attendee=ref, profile=profile, stamp=stamp(at=at, tie="x"))


def hint(world: World, key: str) -> None:
    world.deliver_raw(HINT % key.encode(), key=None)


def sweep_and_work(world: World, seconds: float) -> None:
    world.time[0] += seconds
    Sweeper().sweep(world.services)
    world.work()


def test_what_a_hint_names_is_looked_up(world: World) -> None:
    world.shelf.objects = {"a": [registered("a1", 1)], "b": [registered("a2", 1)]}
    hint(world, "a")
    hint(world, "b")
    world.work()
    assert set(world.shelf.shown()) == {"a1/connections", "a2/connections"}


def test_a_host_that_asks_for_quiet_is_asked_for_nothing_until_then(world: World) -> None:
    world.shelf.objects = {key: [registered(f"{key}1", 1)] for key in "abcd"}
    world.shelf.failures = [HostUnavailable("429", retry_after=100)]
    for key in "abcd":
        hint(world, key)
    world.work()
    for _ in range(5):
        sweep_and_work(world, 15)
    assert len(world.shelf.looked_up) == 1
    sweep_and_work(world, 30)
    assert sorted(world.shelf.looked_up[1:]) == ["a", "b", "c", "d"]
    assert len(world.shelf.shown()) == 4


def test_an_object_that_the_host_refuses_is_a_dead_letter_and_the_others_go_on(world: World) -> None:
    world.shelf.objects = {"a": [registered("a1", 1)], "b": [registered("a2", 1)], "c": [registered("a3", 1)]}
    world.shelf.failures = [HostRejected("418")]
    for key in "abc":
        hint(world, key)
    world.work()
    assert len(world.shelf.shown()) == 2
    with world.services.store.snapshot() as unit:
        [letter] = unit.dead_letters.list(world.installation.id)
    assert "418" in letter.reason


def test_reconciling_that_fails_is_tried_again_later_and_not_every_second(world: World) -> None:
    world.shelf.capabilities = replace(world.shelf.capabilities, reconcile_every=100.0)
    world.shelf.objects = {"a": [registered("a1", 1)], "b": [registered("a2", 1)]}
    world.shelf.reconcile_failures = [HostUnavailable("503"), HostRejected("400")]
    world.shelf.found = [Hint("a"), Hint("b")]
    sweep_and_work(world, 1)
    for _ in range(10):
        sweep_and_work(world, 1)
    assert world.shelf.reconciled == 1
    sweep_and_work(world, 60)
    assert world.shelf.reconciled == 2
    sweep_and_work(world, 60)
    assert world.shelf.reconciled == 3
    assert len(world.shelf.shown()) == 2
    sweep_and_work(world, 60)
    assert world.shelf.reconciled == 3
