"""A host that does not come with entremise: installed as a distribution of its own, and used from door to write-back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "third_party_host"

pytestmark = pytest.mark.slow  # pip and a second pytest

STORY = """
import hashlib, hmac, json, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from local_http import serving
from entremise.plugin.bootstrap import build_container
from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.jobs import run_bells
from entremise.plugin.services import ingest, installations
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue

secret = "a secret of sixteen or more"
settings = Settings.from_environment({"ENTREMISE_HOME": sys.argv[2]})
container = build_container(settings, queue=MemoryQueue())
with serving() as guestbook:
    made = installations.create(
        container, host="guestbook", name="Guestbook",
        config={"url": guestbook.url, "allow_private": ["127.0.0.1"]},
        secrets={"webhook_secret": secret, "api_token": "t0ken"},
    )
    for number, name in enumerate(["Inès Lambert", "Jonas Weber", "Awa Diop"]):
        body = json.dumps({
            "what": "guest.said_yes", "when": int(time.time()), "gathering": "spring-26",
            "guest": {"id": f"g-{number}", "full_name": name, "looking_for": ["logistics", "partners"],
                      "share_with_guests": True},
        }).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        delivery = Delivery(
            made.installation.id, "webhook", {"x-guestbook-signature": signature}, body, time.time()
        )
        ingest.accept(container, made.installation, [delivery], trust="verify")
    for _ in range(20):
        run_bells(container)
print(json.dumps([[one.method, one.path, one.headers["authorization"], one.json()] for one in guestbook.asked]))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example without any network, from a copy, so that nothing is left in the repository."""
    folder = tmp_path_factory.mktemp("third_party")
    source, target = folder / "source", folder / "site"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("__pycache__"))
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    subprocess.run([*command, "--target", str(target), str(source)], check=True)
    return target


def run(site: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    paths = os.environ | {"PYTHONPATH": str(site)} | environ
    return subprocess.run(
        command, cwd=ROOT, env=paths, capture_output=True, text=True, check=False, timeout=100
    )


def test_it_is_found_through_its_entry_point_once_it_is_installed(site: Path) -> None:
    asked = [sys.executable, "-m", "entremise.plugin.cli", "hosts", "--json"]
    with_it = json.loads(run(site, *asked).stdout)
    assert [host["name"] for host in with_it] == ["generic", "guestbook", "pretix"]
    without = json.loads(run(site.parent, *asked).stdout)
    assert [host["name"] for host in without] == ["generic", "pretix"]


def test_it_fulfils_the_contract_of_every_host(site: Path) -> None:
    done = run(
        site, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        "tests/contracts/test_host_adapter.py", "-k", "guestbook",
        ENTREMISE_HOST_TESTS="examples/third_party_host/tests",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "passed" in done.stdout


def test_its_deliveries_come_back_as_suggestions(site: Path, tmp_path: Path) -> None:
    done = run(site, sys.executable, "-c", STORY, str(ROOT / "tests"), str(tmp_path))
    assert done.returncode == 0, done.stderr[-3000:]
    asked = json.loads(done.stdout.splitlines()[-1])
    assert {(method, token) for method, _, token, _ in asked} == {("PUT", "Bearer t0ken")}
    final = {path: document["list"] for _, path, _, document in asked}
    assert set(final) == {f"/guests/g-{number}/connections" for number in range(3)}
    for path, payload in final.items():
        others = {suggestion["person"] for suggestion in payload["suggestions"]}
        assert others == {"g-0", "g-1", "g-2"} - {path.split("/")[2]}
