"""``make`` on a machine where something is missing says what to install."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from source import ROOT

NEW = '#!/bin/sh\n[ "$2" != venv ] || echo "made by ${0##*/}" > "$4"\n'
OLD = "#!/bin/sh\nexit 1\n"
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; *platform*) echo 3.12.1;; esac\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A search path with a shell and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("bash", "env", "rm", "sh"):
        found = shutil.which(tool)
        assert found
        (folder / tool).symlink_to(found)
    return folder


def _make_venv(path: Path, target: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "tools" / "make_venv", target],
        env={"PATH": str(path)} | environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_python_it_says_which_one_is_needed(path: Path, tmp_path: Path) -> None:
    done = _make_venv(path, tmp_path / "venv")
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr
    assert "apt-get install" in done.stderr


def test_an_old_python_or_a_dead_shim_is_passed_over(path: Path, tmp_path: Path) -> None:
    (path / "python3").write_text(OLD)
    (path / "python3").chmod(0o755)
    (path / "python3.12").write_text(NEW)
    (path / "python3.12").chmod(0o755)
    done = _make_venv(path, tmp_path / "venv")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "venv").read_text() == "made by python3.12\n"


def test_without_the_venv_module_it_names_the_package_and_leaves_nothing(path: Path, tmp_path: Path) -> None:
    (path / "python3").write_text(WITHOUT_VENV)
    (path / "python3").chmod(0o755)
    done = _make_venv(path, tmp_path / "venv")
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_continuous_integration_runs_what_contributors_run() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    for part in ("make test\n", "make test-slow\n", "make test-services\n"):
        assert part in script
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=False).returncode == 0
