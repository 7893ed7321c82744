"""A job in a fresh fork must not spend its time importing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

JOBS = """
import sys
from entremise.plugin import jobs, worker
from entremise.plugin.bootstrap import build_container
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue
from running import ReceivingHost, Tenant, registrations
import os

worker.preload()
host = ReceivingHost()
tenant = Tenant(os.environ, host, queue=MemoryQueue())
before = set(sys.modules)
for first in (0, 20):  # the second time by the incremental way
    tenant.deliver(*registrations(first, first + 20))
    jobs.run_bells(tenant.container)
assert len(host.served()) == 40, len(host.served())
host.close()
print(*sorted(set(sys.modules) - before))
"""


@pytest.mark.slow
def test_jobs_import_nothing_of_weight_that_the_worker_has_not_imported(tmp_path: Path) -> None:
    environ = dict(os.environ) | {
        "ENTREMISE_HOME": str(tmp_path),
        "DATABASE_URL": "sqlite://",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    done = subprocess.run(
        [sys.executable, "-c", JOBS], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    imported = done.stdout.split()
    heavy = [
        name
        for name in imported
        if name.partition(".")[0] in {"numpy", "scipy", "sklearn", "kafka", "tokenizers", "safetensors"}
    ]
    ours = [name for name in imported if name.startswith("entremise.plugin.engine")]
    assert (heavy, ours) == ([], []), "add it to LAZILY_IMPORTED in plugin/worker.py"
    assert len(imported) < 30, imported


READ = """
import sys
from entremise.hooks.encoder_choice import encoder_module
from entremise.plugin import worker

worker.preload(sys.argv[1])
before = set(sys.modules)
encode = encoder_module(sys.argv[1]).entremise_encode_texts
load = encoder_module(sys.argv[1]).ABOUT.load
assert load.cache_info().currsize == 1
encode(["a line of a profile"])
print(*sorted(set(sys.modules) - before))
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["static", "multilingual"])
def test_the_chosen_encoders_model_is_read_once_for_all_jobs(name: str) -> None:
    done = subprocess.run([sys.executable, "-c", READ, name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
