"""Of those who read the same settings and write at the same time, one wins and the others hear of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from office import an_office

from entremise.plugin.domain.errors import Stale
from entremise.plugin.services import switches

WRITERS = 6
ROUNDS = 5


def test_no_change_is_lost_and_none_wins_twice(tmp_path: Path, database_url: str) -> None:
    with an_office(tmp_path, database_url) as office:
        one = office.tenant()
        id_ = one.installation.id
        office.host_event(one)
        together = Barrier(WRITERS)
        found: list[int] = []

        def write(number: int, version: int) -> bool:
            together.wait()
            try:
                switches.change(
                    office.container, id_, "organisation", "acme", expected_version=version, actor=str(number),
                    values={"connections.list_length": number + 1},
                )  # fmt: skip
            except Stale as stale:
                found.append(stale.version)
                return False
            return True

        with ThreadPoolExecutor(WRITERS) as threads:
            for version in range(ROUNDS):
                won = list(threads.map(write, range(WRITERS), [version] * WRITERS))
                assert won.count(True) == 1
                assert found == [version + 1] * (WRITERS - 1), "the others hear which version there is now"
                found.clear()
                held = switches.show(office.container, id_, "organisation", "acme").record
                assert (held.version, held.values) == (
                    version + 1,
                    {"connections.list_length": won.index(True) + 1},
                )
        with office.container.store.snapshot() as unit:
            trail = [line for line in unit.switches.audit(id_) if line["action"] == "settings"]
        assert [line["details"]["version"] for line in trail] == list(range(ROUNDS, 0, -1))
