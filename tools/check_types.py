"""Type-checks the built wheel, strictly: what is shipped, not what happens to lie in the folders.

The folders cannot be checked in place (their relative imports lead out of what mypy takes for a package), and an
editable installation hides the packages from it altogether.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile

from wheel_of import ROOT, build_wheel

SITE = ROOT / ".cache" / "types"
PACKAGES = ("plugin", "hooks", "consumers", "webhooks")


def main() -> int:
    """Build, unpack, check; print findings with the paths of the folders."""
    site = SITE / "site"
    wheel = build_wheel(SITE / "wheel")
    shutil.rmtree(site, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")]
    # Without its cache: what it remembered of another state of the protocols has led it to errors that are none.
    command += ["--cache-dir", os.devnull, "--no-error-summary", "--no-pretty"]
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


if __name__ == "__main__":
    sys.exit(main())
