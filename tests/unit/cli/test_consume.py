"""``entremise consume --file`` reads a file once, however often it is called."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from running import ReceivingHost, Tenant, registrations

from entremise.plugin import cli
from entremise.plugin.embedded import EmbeddedValkey
from entremise.plugin.storage.rq_queue import MemoryQueue


@pytest.fixture
def tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    home = tmp_path / "home"
    for name in ("DATABASE_URL", "REDIS_URL", "KAFKA_BOOTSTRAP_SERVERS", "ENTREMISE_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTREMISE_HOME", str(home))
    host = ReceivingHost()
    with EmbeddedValkey(home):
        made = Tenant({"ENTREMISE_HOME": str(home)}, host, queue=MemoryQueue())
        yield made
    made.close()
    host.close()


def consume(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["consume", *arguments])


def lines(first: int, last: int) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in registrations(first, last))


def test_a_file_is_read_once_and_what_was_added_the_next_time(tenant: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "june.jsonl"
    path.write_bytes(lines(0, 30))
    arguments = ("--file", str(path))
    assert consume(*arguments).stdout == "30 records read\n"
    assert consume(*arguments).stdout == "0 records read\n"
    with path.open("ab") as out:
        out.write(lines(30, 35))
    assert consume(*arguments).stdout == "5 records read\n"
    with tenant.container.store.snapshot() as uow:
        assert uow.inbox.backlog(tenant.installation.id) == 35


def test_the_same_deliveries_in_another_file_are_duplicates(tenant: Tenant, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(0, 30))
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(lines(10, 40)))
    for name in ("a.jsonl", "b.jsonl.gz"):
        assert consume("--file", str(tmp_path / name), "-i", "one").exit_code == 0
    assert tenant.counted()["received"] == 60
    assert tenant.counted()["duplicates"] == 20


def test_lines_that_are_too_long_are_kept_as_dead_letters(
    tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTREMISE_BODY_LIMIT", "2000")
    path = tmp_path / "june.jsonl"
    path.write_bytes(b'{"bio": "' + b"x" * 5000 + b'"}\n' + lines(0, 1))
    assert consume("--file", str(path), "--installation", tenant.installation.id).exit_code == 0
    with tenant.container.store.snapshot() as uow:
        [letter] = uow.dead_letters.list(tenant.installation.id)
        assert uow.inbox.backlog(tenant.installation.id) == 1
    assert letter.reason == "the value has more than 2000 bytes"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--installation", "x"), "are for --file"),
        (("--follow",), "are for --file"),
        (("--file", "nowhere.jsonl"), "nowhere.jsonl does not exist"),
        (("--file", "x.jsonl", "--installation", "x", "--kafka"), "exclude each other"),
        ((), "set KAFKA_BOOTSTRAP_SERVERS"),
    ],
)
def test_what_cannot_be_meant_is_refused(tenant: Tenant, arguments: tuple[str, ...], said: str) -> None:
    result = consume(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_an_unknown_installation_is_named(tenant: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "june.jsonl"
    path.write_bytes(lines(0, 1))
    result = consume("--file", str(path), "--installation", "nobody")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: there is no")
