"""What a host answers decides what happens next, and no answer has a second effect."""

from __future__ import annotations

from sqlalchemy import update
from world import World

from entremise.plugin.domain.errors import HostRejected, HostUnauthorized, HostUnavailable
from entremise.plugin.services.installations import resume
from entremise.plugin.services.sweep import Sweeper
from entremise.plugin.storage.tables import outbox


def two_people(world: World) -> None:
    world.register("a1")
    world.register("a2")


def sweep_and_work(world: World, *, seconds: float) -> None:
    world.time[0] += seconds
    Sweeper().sweep(world.services)
    world.work()


def test_both_get_each_other(world: World) -> None:
    two_people(world)
    world.work()
    shown = world.shelf.shown()
    assert [item["person"] for item in shown["a1/connections"]["suggestions"]] == ["a2"]
    assert [item["person"] for item in shown["a2/connections"]["suggestions"]] == ["a1"]


def test_a_host_that_is_away_gets_everything_once_it_is_back(world: World) -> None:
    two_people(world)
    world.shelf.failures = [HostUnavailable("500")] * 3
    world.work()
    assert world.shelf.held == {}
    for _ in range(4):
        sweep_and_work(world, seconds=60)
    assert set(world.shelf.shown()) == {"a1/connections", "a2/connections"}
    assert world.counted()["resent"] > 0
    assert len(world.shelf.effects) == len(set(world.shelf.effects))


def test_a_host_that_asks_for_quiet_is_left_alone_that_long(world: World) -> None:
    two_people(world)
    world.shelf.failures = [HostUnavailable("429", retry_after=300)]
    world.work()
    sweep_and_work(world, seconds=200)
    assert world.shelf.held == {}
    sweep_and_work(world, seconds=101)
    assert world.shelf.held != {}


def test_a_refused_credential_pauses_the_installation_until_the_operator_resumes_it(world: World) -> None:
    two_people(world)
    world.shelf.failures = [HostUnauthorized("401: the token is unknown")]
    world.work()
    sweep_and_work(world, seconds=1000)
    assert world.shelf.held == {}
    with world.services.store.snapshot() as unit:
        paused = unit.installations.get(world.installation.id)
    assert (paused.status, paused.paused_because) == ("paused", "401: the token is unknown")
    resume(world.services, world.installation.id)
    sweep_and_work(world, seconds=1)
    assert len(world.shelf.held) == 2


def test_a_refused_result_is_a_dead_letter_and_the_others_arrive(world: World) -> None:
    two_people(world)
    world.shelf.refuses["a1"] = HostRejected("422: no such ticket")
    world.work()
    assert set(world.shelf.shown()) == {"a2/connections"}
    with world.services.store.snapshot() as unit:
        letters = unit.dead_letters.list(world.installation.id)
    assert [(letter.kind, letter.reason) for letter in letters] == [("result", "422: no such ticket")]
    sweep_and_work(world, seconds=1000)
    assert set(world.shelf.shown()) == {"a2/connections"}


def test_a_crash_after_the_host_answered_sends_again_without_a_second_effect(world: World) -> None:
    two_people(world)
    world.work()
    with world.services.store.begin() as unit:
        # As if the commit of the acknowledgement had never happened.
        unit.connection.execute(
            update(outbox).values(acknowledged_revision=0, due_at=world.time[0], attempts=1)
        )
    effects = list(world.shelf.effects)
    sweep_and_work(world, seconds=1)
    assert world.shelf.effects == effects
    assert world.counted()["resent"] == 2
