"""``entremise installation invite``, ``invitations`` and ``uninvite``, as an operator types them, over a SQLite file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from invited import HOST

from entremise.plugin.bootstrap import build_container
from entremise.plugin.cli import main
from entremise.plugin.domain.errors import BadCode
from entremise.plugin.services import connections
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue

Run = Callable[..., Result]
SHOP = "https://tickets.example.org"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("DATABASE_URL", "REDIS_URL", "ENTREMISE_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTREMISE_HOME", str(tmp_path))
    monkeypatch.setenv("ENTREMISE_PUBLIC_URL", "https://people.example.org/entremise")

    def command(*words: str, code: int = 0) -> Result:
        found = CliRunner().invoke(main, ["--log-level", "error", "installation", *words])
        assert found.exit_code == code, (found.output, found.exception)
        return found

    return command


def _connect(home: Path, code: str, at: str = SHOP) -> Any:
    container = build_container(Settings.from_environment({"ENTREMISE_HOME": str(home)}), queue=MemoryQueue())
    try:
        return connections.connect(
            container, code=code, name="Summit", callback_url=f"{at}/r", settings_page=f"{at}/c", host=HOST
        )
    finally:
        container.store.dispose()


def test_the_code_that_is_printed_once_connects_a_host(run: Run, tmp_path: Path) -> None:
    shown = run("invite", "--name", "Our pretix", "--address", SHOP).stdout
    assert "https://people.example.org/entremise" in shown
    assert "shown this once" in shown
    code = shown.split()[-1]
    assert code.startswith("connect_")
    for listed in (run("invitations").stdout, run("invitations", "--json").stdout):
        assert "Our pretix" in listed
        assert SHOP in listed
        assert code not in listed
    assert "good for one use until" in run("invitations").stdout
    made = _connect(tmp_path, code)
    assert "  over  " in run("invitations").stdout
    for each in (run("show", made.installation).stdout, run("list").stdout):
        assert "Summit" in each
        assert made.token not in each
        assert made.signing_secret not in each


def test_a_code_for_many_may_name_several_addresses_and_be_ended(run: Run, tmp_path: Path) -> None:
    made = json.loads(
        run("invite", "--name", "All", "--address", SHOP, "--address", "http://127.0.0.1:8345", "--uses", "200",
            "--days", "365", "--set", "allow_private=127.0.0.1:8345", "--json").stdout
    )  # fmt: skip
    assert (made["uses"], made["left"], made["allow_private"]) == (200, 200, ["127.0.0.1:8345"])
    assert made["service"] == "https://people.example.org/entremise"
    first = _connect(tmp_path, made["code"], at="http://127.0.0.1:8345")
    _connect(tmp_path, made["code"])
    assert json.loads(run("invitations", "--json").stdout)[0]["left"] == 198
    assert made["id"] in run("uninvite", made["id"]).stdout
    with pytest.raises(BadCode):
        _connect(tmp_path, made["code"])
    assert "active" in run("show", first.installation).stdout
    run("uninvite", "nothing", code=1)


def test_the_operator_sees_what_connected_and_by_which_invitation(run: Run, tmp_path: Path) -> None:
    invited = json.loads(run("invite", "--name", "Shop", "--address", SHOP, "--json").stdout)
    made = _connect(tmp_path, invited["code"])
    shown = json.loads(run("show", made.installation, "--json").stdout)["connection"]
    assert {key: shown[key] for key in HOST} == HOST
    assert (shown["invitation"], shown["addresses"], shown["erased_at"]) == (invited["id"], [SHOP], None)
    assert "version = 2026.8.0" in run("show", "Summit").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("--address", SHOP),
        ("--name", "x"),
        ("--name", " ", "--address", SHOP),
        ("--name", "x", "--address", "tickets.example.org"),
        ("--name", "x", "--address", "https://a:b@tickets.example.org"),
        ("--name", "x", "--address", f"{SHOP}/../x"),
        ("--name", "x", "--address", SHOP, "--uses", "0"),
        ("--name", "x", "--address", SHOP, "--days", "0"),
        ("--name", "x", "--address", SHOP, "--days", "nan"),
        ("--name", "x", "--address", SHOP, "--set", "callback_url=https://x.example"),
        ("--name", "x", "--address", SHOP, "--set", "allow_private=everything"),
    ],
)
def test_what_makes_no_sense_is_refused_as_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    run("invite", *words, code=2)
    assert "no invitation" in run("invitations").stdout
