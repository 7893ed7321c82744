"""``entremise installation remove``, and what ``list`` says of a host that is gone, as an operator types and reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import an_attendee
from click.testing import CliRunner, Result
from invited import HOST

from entremise.plugin.bootstrap import Container, build_container
from entremise.plugin.cli import main
from entremise.plugin.services import connections, invitations, leaving, removal
from entremise.plugin.services.connections import Proof
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue

Run = Callable[..., Result]
SHOP = "https://tickets.example.org"
DAY = 86400


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("DATABASE_URL", "REDIS_URL", "ENTREMISE_SECRET_KEY", "ENTREMISE_KEEP_DISCONNECTED_DAYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTREMISE_HOME", str(tmp_path))

    def command(*words: str, code: int = 0, **more: Any) -> Result:
        found = CliRunner().invoke(main, ["--log-level", "error", "installation", *words], **more)
        assert found.exit_code == code, (found.output, found.exception)
        return found

    return command


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Container]:
    settings = Settings.from_environment({"ENTREMISE_HOME": str(tmp_path)})
    container = build_container(settings, queue=MemoryQueue())
    yield container
    container.store.dispose()


def connect(service: Container, *, people: int = 2) -> str:
    """Have a host connect that sends so many people; return its installation."""
    _, code = invitations.invite(service, name="Shop", addresses=[SHOP])
    made = connections.connect(
        service, code=code, name="Summit", callback_url=f"{SHOP}/r", settings_page=f"{SHOP}/c", host=HOST
    )
    persons = [an_attendee(f"p-{number}", installation=made.installation) for number in range(people)]
    with service.store.begin() as unit:
        unit.attendees.save(persons, version=1, profile_changed=frozenset())
    return made.installation


def leave(service: Container, installation: str, *, erase: bool = False) -> None:
    leaving.disconnect(service, Proof(installation, f"{erase}"), erase=erase)


def people(service: Container, installation: str) -> int:
    return removal.extent(service, installation).people


def listed(run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("list", "--json").stdout)
    return found


def test_the_name_has_to_be_typed(run: Run, service: Container) -> None:
    installation = connect(service)
    leave(service, installation)
    for wrong in ("summit\n", "yes\n", "\n", f"{installation}\n"):
        refused = run("remove", "Summit", input=wrong, code=1)
        assert "2 registrations of people" in refused.output
        assert "not its name" in refused.output
    run("remove", "Summit", code=1)  # nobody there to ask
    assert people(service, installation) == 2
    assert "removed Summit: 2 registrations" in run("remove", "Summit", input="Summit\n").output
    assert listed(run) == []


def test_an_active_one_is_refused_before_anything_is_asked_and_forced_where_that_is_meant(
    run: Run, service: Container
) -> None:
    installation = connect(service)
    refused = run("remove", "Summit", "--yes", code=1)
    for told in (
        "Summit is active",
        "disconnect",
        f"entremise installation disable {installation}",
        "--force",
    ):
        assert told in " ".join(refused.output.split())
    assert people(service, installation) == 2
    run("remove", "Summit", "--yes", "--force")
    assert listed(run) == []


def test_for_programs_it_prints_nothing_but_what_went(run: Run, service: Container) -> None:
    installation = connect(service)
    run("disable", "Summit")
    told = run("remove", installation, "--yes", "--json")
    document = json.loads(told.stdout)
    assert {**document, "rows": 0} == {"id": installation, "name": "Summit", "people": 2, "rows": 0}
    assert document["rows"] > 2
    assert told.stderr == ""


def test_by_its_id_it_may_be_repeated_and_a_slip_in_a_name_is_an_error(run: Run, service: Container) -> None:
    installation = connect(service)
    run("remove", installation, "--yes", "--force")
    assert json.loads(run("remove", installation, "--yes", "--json").stdout) == {
        "id": installation, "name": None, "people": 0, "rows": 0,
    }  # fmt: skip
    assert f"nothing is left of {installation}" in run("remove", installation).stdout
    assert "there is no installation 'Sumit'" in run("remove", "Sumit", "--yes", code=1).output


def test_a_bar_is_shown_where_it_takes_long(
    run: Run, service: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "ROWS_AT_ONCE", 5)
    monkeypatch.setattr("entremise.plugin.cli.installation_removal.BAR_FROM", 10)
    connect(service, people=30)
    told = run("remove", "Summit", "--yes", "--force")
    assert "removing" in told.stderr
    assert "removing" not in told.stdout
    connect(service, people=1)
    assert "removing" not in run("remove", "Summit", "--yes", "--force").stderr


def test_what_was_interrupted_says_so_and_is_finished_by_the_same_command(
    run: Run, service: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = connect(service)

    def killed(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        removal.remove(service, installation, force=True, progress=killed)
    assert "disabled (being removed)" in run("list").stdout
    assert "installation remove" in run("resume", "Summit", code=1).output
    assert "installation remove" in run("disable", "Summit", code=1).output
    run("remove", "Summit", "--yes")
    assert listed(run) == []


def test_where_its_files_were_read_is_forgotten(run: Run, service: Container, tmp_path: Path) -> None:
    installation = connect(service)
    place = tmp_path / "offsets" / installation
    place.mkdir(parents=True)
    (place / "june.jsonl").write_text("{}")
    run("remove", "Summit", "--yes", "--force")
    assert not place.exists()
    assert place.parent.exists()


def test_the_list_says_since_when_a_host_is_gone_and_until_when_its_people_are_kept(
    run: Run, service: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = connect(service)
    (row,) = listed(run)
    assert (row["disconnected_at"], row["kept_until"], row["erased_at"]) == (None, None, None)
    assert "disconnected" not in run("list").stdout
    leave(service, installation)
    (row,) = listed(run)
    since, until = row["disconnected_at"], row["kept_until"]
    assert f"disconnected since {since}, people are kept until {until}" in run("list").stdout
    monkeypatch.setenv("ENTREMISE_KEEP_DISCONNECTED_DAYS", "0")
    assert listed(run)[0]["kept_until"] is None
    assert f"disconnected since {since}, people are kept until you remove it" in run("list").stdout
    leave(service, installation, erase=True)
    (row,) = listed(run)
    assert (row["disconnected_at"], row["kept_until"]) == (since, None)
    assert f"disconnected since {since}, everybody was erased {row['erased_at']}" in run("list").stdout
    assert since in run("show", "Summit").stdout
    run("resume", "Summit")
    assert "disconnected" not in run("list").stdout
