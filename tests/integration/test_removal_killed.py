"""``entremise installation remove`` as a real process that is killed half-way, while the doors go on for another host."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import an_attendee
from running import ReceivingHost, Tenant, command, environment, registrations

from entremise.plugin.services import installations, removal
from entremise.plugin.storage.rq_queue import MemoryQueue

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PEOPLE = 30_000


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path / "home")


@pytest.fixture
def tenants(environ: dict[str, str]) -> Iterator[tuple[Tenant, Tenant]]:
    host = ReceivingHost()
    made = [Tenant(environ, host, name=name, queue=MemoryQueue()) for name in ("ending", "staying")]
    yield made[0], made[1]
    for tenant in made:
        tenant.close()
    host.close()


def test_killed_half_way_it_is_finished_by_the_same_command_while_another_host_delivers(
    environ: dict[str, str], tenants: tuple[Tenant, Tenant], tmp_path: Path
) -> None:
    ending, staying = tenants
    found, store = ending.installation.id, ending.container.store
    for start in range(0, PEOPLE, 5_000):
        people = [an_attendee(f"p-{n}", installation=found) for n in range(start, start + 5_000)]
        with store.begin() as unit:
            unit.attendees.save(people, version=1, profile_changed=frozenset())

    def left() -> int:
        return removal.extent(ending.container, found).people

    over = threading.Event()
    sent: list[int] = []

    def deliver() -> None:
        while not over.is_set():
            staying.deliver(*registrations(len(sent), len(sent) + 1))
            sent.append(1)

    door = threading.Thread(target=deliver)
    door.start()
    try:
        words = ("installation", "remove", found, "--yes", "--force")
        with command(*words, environ=environ, log=tmp_path / "log") as killed:
            while left() == PEOPLE:
                assert killed.poll() is None, (tmp_path / "log").read_text()
            killed.kill()
            killed.wait()
        assert 0 < left() < PEOPLE
        assert said("doctor", environ=environ).count("being removed") == 1
        done = said(*words, environ=environ)
        assert f"removed {ending.installation.name}: " in done
        assert "removed" not in said("installation", "list", environ=environ)
    finally:
        over.set()
        door.join()
    assert left() == 0
    assert [each.id for each in _known(staying)] == [staying.installation.id]
    assert staying.counted()["received"] == len(sent) > 0


def _known(tenant: Tenant) -> list[installations.Installation]:
    with tenant.container.store.snapshot() as unit:
        return list(unit.installations.list())


def said(*words: str, environ: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "entremise.plugin.cli", *words],
        env=environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout
