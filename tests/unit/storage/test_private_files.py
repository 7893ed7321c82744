"""What is kept on disk is for its owner alone, whatever the umask says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from entremise.plugin.bootstrap import build_container
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
@pytest.mark.parametrize("made_before", [False, True])
def test_nobody_else_on_the_machine_reads_the_database(tmp_path: Path, made_before: bool) -> None:
    home = tmp_path / "home"
    if made_before:  # by an operator, who may have their reasons for how
        home.mkdir(mode=0o755)
    settings = Settings.from_environment({"ENTREMISE_HOME": str(home)})
    container = build_container(settings, queue=MemoryQueue())
    with container.store.begin() as unit:
        unit.counters.read()
        found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
    container.store.dispose()
    assert found.keys() >= {"entremise.db", "entremise.db-wal", "secret.key"}
    assert set(found.values()) == {0o600}
    assert made_before or stat.S_IMODE(home.stat().st_mode) == 0o700
