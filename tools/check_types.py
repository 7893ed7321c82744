"""Type-checks the built wheel, strictly: what is shipped, not what happens to lie in the folders.

The folders cannot be checked in place (their relative imports lead out of what mypy takes for a package), and an
editable installation hides the packages from it altogether.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from wheel_of import ROOT, build_wheel

SITE = ROOT / ".cache" / "types"
PACKAGES = ("plugin", "hooks", "consumers", "webhooks")


def main() -> int:
    """Build, unpack, check; print findings with the paths of the folders."""
    site = SITE / "site"
    wheel = build_wheel(SITE / "wheel")
    _unpack(wheel, site)
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")]
    command += ["--cache-dir", str(SITE / "mypy"), "--no-error-summary", "--no-pretty"]
    for package in PACKAGES:
        command += ["-p", f"entremise.{package}"]
    done = subprocess.run(
        command,
        cwd=SITE,
        env=os.environ | {"MYPYPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    sys.stdout.write(done.stdout.replace("site/entremise/", ""))
    sys.stderr.write(done.stderr)
    return done.returncode


def _unpack(wheel: Path, site: Path) -> None:
    """Lay the wheel's files out, touching only those that changed, so that mypy's cache keeps its worth."""
    with zipfile.ZipFile(wheel) as archive:
        wanted = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    for path in sorted(site.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(site).as_posix() not in wanted:
            path.unlink()
    for name, content in wanted.items():
        path = site / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
