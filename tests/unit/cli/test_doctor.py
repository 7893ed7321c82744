"""``entremise doctor`` finds what is wrong and says what to do."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from running import ReceivingHost, Tenant

from entremise.plugin import cli
from entremise.plugin.cli import diagnosis
from entremise.plugin.embedded import EmbeddedValkey
from entremise.plugin.services import installations
from entremise.plugin.services.vault import Vault
from entremise.plugin.storage.rq_queue import MemoryQueue

Checks = dict[str, dict[str, Any]]


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in (
        "DATABASE_URL",
        "REDIS_URL",
        "KAFKA_BOOTSTRAP_SERVERS",
        "ENTREMISE_SECRET_KEY",
        "ENTREMISE_PUBLIC_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTREMISE_HOME", str(tmp_path / "home"))
    return {"ENTREMISE_HOME": str(tmp_path / "home")}


@pytest.fixture
def host() -> Iterator[ReceivingHost]:
    running = ReceivingHost()
    yield running
    running.close()


@pytest.fixture
def tenant(environ: dict[str, str], host: ReceivingHost) -> Iterator[Tenant]:
    made = Tenant(environ, host, queue=MemoryQueue(), name="Rencontres")
    yield made
    made.close()


def examined(*, code: int) -> Checks:
    result = CliRunner().invoke(cli.main, ["doctor", "--json"])
    assert result.exit_code == code, result.output
    found = json.loads(result.stdout)
    assert found["ok"] is (code == 0)
    for check in found["checks"]:
        assert bool(check["remedy"]) is (check["status"] != "ok"), check
    return {check["name"]: check for check in found["checks"]}


def test_on_a_fresh_machine_it_says_how_to_begin(environ: dict[str, str], tmp_path: Path) -> None:
    checks = examined(code=1)
    assert checks["database"]["status"] == checks["queue"]["status"] == "failed"
    assert "entremise up" in checks["database"]["remedy"]
    assert "entremise up" in checks["queue"]["remedy"]
    assert not (tmp_path / "home").exists()


def test_with_everything_running_only_the_missing_workers_are_found(
    environ: dict[str, str], tenant: Tenant, tmp_path: Path
) -> None:
    with EmbeddedValkey(tmp_path / "home"):
        checks = examined(code=1)
    assert {name for name, check in checks.items() if check["status"] == "failed"} == {"workers"}
    assert "entremise work" in checks["workers"]["remedy"]
    assert checks["public address"]["status"] == "warning"
    assert checks["Rencontres"]["status"] == "ok"


def test_a_host_that_refuses_the_credential_is_named(tenant: Tenant, host: ReceivingHost) -> None:
    host.status = 401
    check = examined(code=1)["Rencontres"]
    assert check["status"] == "failed"
    assert f"installation rotate {tenant.installation.id}" in check["remedy"]


def test_a_paused_installation_whose_host_is_well_again_can_be_resumed(tenant: Tenant) -> None:
    with tenant.container.store.begin() as uow:
        uow.installations.set_status(tenant.installation.id, "paused", "401")
    check = examined(code=1)["Rencontres"]
    assert "installation resume" in check["remedy"]


def test_a_disabled_installation_is_left_alone(tenant: Tenant, host: ReceivingHost) -> None:
    installations.disable(tenant.container, tenant.installation.id)
    assert examined(code=1)["Rencontres"]["found"] == "disabled"
    assert not host.asked.is_set()


def test_a_key_that_opens_nothing_is_found(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREMISE_SECRET_KEY", Vault.make_key())
    check = examined(code=1)["secret key"]
    assert check["status"] == "failed"
    assert "Rencontres" in check["found"]
    assert "ENTREMISE_SECRET_KEY" in check["remedy"]


def test_an_address_that_answers_not_is_shown_without_its_password(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://user:hush@127.0.0.1:1/0")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:hush@127.0.0.1:1/entremise")
    result = CliRunner().invoke(cli.main, ["doctor"])
    assert result.exit_code == 1
    assert "hush" not in result.output
    assert result.output.count("127.0.0.1:1/") == 2


def test_a_topic_without_a_broker_is_found(environ: dict[str, str], host: ReceivingHost) -> None:
    made = Tenant(environ, host, queue=MemoryQueue(), name="Kafka one", kafka_topic="deliveries")
    made.close()
    check = examined(code=1)["Kafka"]
    assert check["status"] == "failed"
    assert "Kafka one" in check["found"]


def test_a_clock_that_is_wrong_is_found(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with EmbeddedValkey(tmp_path / "home"):
        now = diagnosis.time.time
        monkeypatch.setattr(diagnosis.time, "time", lambda: now() + 100)
        check = examined(code=1)["clock"]
    assert check["status"] == "failed"
    assert "-100 s" in check["found"]


def test_a_missing_extra_is_a_failure_only_where_it_is_needed(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    find = diagnosis.importlib.util.find_spec
    monkeypatch.setattr(
        diagnosis.importlib.util,
        "find_spec",
        lambda name: None if name in {"psycopg", "sklearn"} else find(name),
    )
    checks = [each for each in diagnosis.examine(_settings()) if each.name == "extras"]
    assert {(each.status, each.remedy) for each in checks} == {
        ("ok", ""),
        ("failed", "pip install 'entremise[engine]'"),
    }


def _settings() -> Any:
    import os

    from entremise.plugin.settings import Settings

    return Settings.from_environment(os.environ)


def test_it_is_read_by_people_too(environ: dict[str, str]) -> None:
    result = CliRunner().invoke(cli.main, ["doctor"])
    assert "FAIL  database: sqlite:///" in result.stdout
    assert "      → " in result.stdout
    assert "\x1b" not in result.stdout or sys.stdout.isatty()
