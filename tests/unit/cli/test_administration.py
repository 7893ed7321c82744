"""The administrative commands, as an operator types them, over a SQLite file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import a_cloudevent
from click.testing import CliRunner, Result

from entremise.plugin.bootstrap import build_container
from entremise.plugin.cli import main
from entremise.plugin.jobs import run_bells
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("DATABASE_URL", "REDIS_URL", "ENTREMISE_SECRET_KEY", "ENTREMISE_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTREMISE_HOME", str(tmp_path))

    def command(*words: str, code: int = 0, **more: Any) -> Result:
        found = CliRunner().invoke(main, ["--log-level", "error", *words], **more)
        assert found.exit_code == code, (found.output, found.exception)
        return found

    return command


def _add(run: Run, *more: str, name: str = "One") -> Any:
    return json.loads(run("installation", "add", "--host", "generic", "--name", name, "--json", *more).stdout)


def _work(home: Path) -> None:
    settings = Settings.from_environment({"ENTREMISE_HOME": str(home)})
    container = build_container(settings, queue=MemoryQueue())
    with container.store.snapshot() as unit:
        known = unit.installations.list()
    for installation in known:
        for job in ("process", "write_back"):
            container.queue.ring(job, installation.id)
    run_bells(container)
    container.store.dispose()


def test_adding_shows_everything_once_and_listing_shows_no_secret(run: Run) -> None:
    made = _add(
        run, "--set", "callback_url=https://host.example/results", "--set", "allow_private=127.0.0.1:80"
    )
    assert made["address"].endswith(f"/hosts/{made['id']}/deliveries")
    assert set(made["tokens"]) == {"deliver", "read_results", "settings", "plans", "admin"}
    assert made["secrets"]["signing_secrets"].startswith("whsec_")
    shown = run("installation", "show", "One", "--json").stdout + run("installation", "list", "--json").stdout
    for secret in (*made["tokens"].values(), *made["secrets"].values()):
        assert secret not in shown
    assert json.loads(run("installation", "show", made["id"], "--json").stdout)["config"] == {
        "callback_url": "https://host.example/results", "allow_private": ["127.0.0.1:80"],
    }  # fmt: skip


def test_people_read_the_same_in_words(run: Run) -> None:
    added = run("installation", "add", "--host", "generic", "--name", "Rencontres").stdout
    for word in ("Rencontres", "/deliveries", "whsec_", "read_results", "shown this once"):
        assert word in added
    listed = run("installation", "list").stdout
    assert "Rencontres" in listed
    assert "active" in listed


def test_a_host_that_signs_nothing_gets_an_unguessable_address(run: Run) -> None:
    hosts = json.loads(run("hosts", "--json").stdout)
    unsigned = [host["name"] for host in hosts if not host["signed"]]
    assert unsigned == ["pretix"]
    words = ("--set", "url=https://pretix.example", "--set", "organizer=demo", "--secret", "token")
    added = run(
        "installation", "add", "--host", "pretix", "--name", "Shop", "--json", *words, input="a" * 64 + "\n"
    )
    made = json.loads(added.stdout)
    base, _, part = made["address"].rpartition("/")
    assert base.endswith(f"/hosts/{made['id']}/deliveries")
    assert len(part) >= 40
    assert part not in run("installation", "show", "Shop").stdout
    rotated = json.loads(run("installation", "rotate", "Shop", "--address", "--json").stdout)
    assert rotated["address"] != made["address"]


@pytest.mark.parametrize(
    "words",
    [
        ("--set", "callback_url"),
        ("--set", "colour=blue"),
        ("--set", "callback_url=ftp://x"),
        ("--secret", "colour"),
        ("--secret", "signing_secrets=short"),
        ("--secret", "signing_secrets=@/nowhere/at/all"),
    ],
)
def test_a_wrong_field_is_a_usage_error_that_names_it(run: Run, words: tuple[str, ...]) -> None:
    refused = run("installation", "add", "--host", "generic", "--name", "One", *words, code=2)
    assert words[1].partition("=")[0] in refused.output or "nowhere" in refused.output
    assert json.loads(run("installation", "list", "--json").stdout) == []


def test_secrets_come_from_a_file_or_from_standard_input(run: Run, tmp_path: Path) -> None:
    secret = "whsec_" + "c2VjcmV0" * 4
    (tmp_path / "secret.txt").write_text(secret + "\n")
    made = _add(run, "--secret", f"signing_secrets=@{tmp_path / 'secret.txt'}")
    assert "signing_secrets" not in made["secrets"]
    rotated = run("installation", "rotate", "One", "--secret", "kafka_password", "--json", input="a word\n")
    assert json.loads(rotated.stdout)["secrets"] == {}
    assert "a word" not in rotated.output


def test_rotating_disabling_resuming_and_revoking(run: Run) -> None:
    made = _add(run)
    run("installation", "rotate", "One", code=2)
    rotated = json.loads(
        run(
            "installation", "rotate", "One", "--generate", "signing_secrets", "--token", "admin", "--json"
        ).stdout
    )
    assert rotated["secrets"]["signing_secrets"] != made["secrets"]["signing_secrets"]
    assert rotated["tokens"]["admin"] != made["tokens"]["admin"]
    token = json.loads(run("installation", "token", "One", "--scope", "read_results", "--json").stdout)
    run("installation", "revoke", "One", token["id"])
    run("installation", "revoke", "One", "nothing", code=1)
    run("installation", "disable", "One", "--because", "contract ended")
    assert "contract ended" in run("installation", "list").stdout
    run("installation", "resume", "One")
    run("installation", "configure", "One", "--set", "settings_page=https://host.example/page")
    assert "https://host.example/page" in run("installation", "show", "One").stdout
    run("installation", "configure", "One", "--unset", "settings_page")
    assert "https://host.example/page" not in run("installation", "show", "One").stdout
    assert "1 installation" in run("installation", "reseal").stdout
    run("installation", "show", "Two", code=1)


def test_a_recorded_delivery_is_played_and_a_broken_one_taken_back(run: Run, tmp_path: Path) -> None:
    _add(run)
    recorded = tmp_path / "registered.json"
    recorded.write_text(json.dumps(a_cloudevent()))
    recorded.with_suffix(".headers.json").write_text('{"Content-Type": "application/cloudevents+json"}')
    assert json.loads(run("replay", str(recorded), "--json").stdout) == {"deliveries": 1, "results": 0}
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    run("replay", str(broken))
    _work(tmp_path)
    [letter] = json.loads(run("replay", "--list", "--json").stdout)
    assert letter["id"] in run("replay", "--list").stdout
    assert json.loads(run("replay", letter["id"], "--json").stdout)["deliveries"] == 1
    run("replay", letter["id"], code=1)
    _work(tmp_path)
    assert json.loads(run("replay", "--all", "--json").stdout)["deliveries"] == 1
    assert json.loads(run("replay", "--processed", "--json").stdout)["deliveries"] == 1
    for words in ((), ("--all", "--list"), ("--all", letter["id"])):
        run("replay", *words, code=2)


def test_a_person_is_erased_after_a_question_or_with_yes(run: Run, tmp_path: Path) -> None:
    _add(run)
    recorded = tmp_path / "registered.json"
    recorded.write_text(json.dumps(a_cloudevent()))
    recorded.with_suffix(".headers.json").write_text('{"Content-Type": "application/cloudevents+json"}')
    run("replay", str(recorded))
    _work(tmp_path)
    run("forget", "a1", input="n\n", code=1)
    assert json.loads(run("forget", "a1", "--yes", "--json").stdout)["host_events"] == 1
    assert "nothing was known" in run("forget", "a1", input="y\n").stdout


def test_the_manifest_is_printed_and_another_one_checked(run: Run, tmp_path: Path) -> None:
    text = run("manifest").stdout
    assert "features:" in text
    assert set(json.loads(run("manifest", "--json").stdout)["features"]) >= {"connections", "mentorship"}
    copy = tmp_path / "copy.yaml"
    copy.write_text(text)
    assert "good manifest" in run("manifest", "--check", str(copy)).stdout
    copy.write_text(text.replace("default: true", "default: perhaps", 1))
    assert "default" in run("manifest", "--check", str(copy), code=2).output


def test_hosts_are_listed_and_an_unknown_one_is_a_configuration_error(run: Run) -> None:
    assert "generic" in run("hosts").stdout
    assert "signing_secrets" in run("hosts", "generic").stdout
    assert "nowhere" in run("hosts", "nowhere", code=2).output


def test_a_fresh_key_is_one(run: Run) -> None:
    assert len(run("installation", "make-key").stdout.strip()) == 44
