"""A person is forgotten in a running set-up, then everything is replayed: no table, file, queue, log or host has them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import a_cloudevent
from redis import Redis
from running import ReceivingHost, Tenant, command, environment, registrations, wait_until
from sqlalchemy import inspect, text

from entremise.plugin.embedded import valkey_url

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

REF = "ticket-of-zephyrine"
NAME = "Zéphyrine Quillfeather"
WORDS = "Je collectionne les plumes de paon."


@pytest.fixture
def host() -> Iterator[ReceivingHost]:
    running = ReceivingHost()
    yield running
    running.close()


def about_her(number: int) -> list[dict[str, object]]:
    """Everything that her host says of her, under new identifiers each time but of the same moments."""
    document = a_cloudevent(subject=REF, id_=f"z{number}")
    document["data"] |= {"id": REF, "name": NAME, "bio": WORDS, "interests": ["batteries"]}
    return [
        document,
        a_cloudevent("org.entremise.attendee.checked_in.v1", REF, id_=f"in{number}", data={}),
        a_cloudevent(
            "org.entremise.feedback.met.v1", "a1", id_=f"met{number}", data={"other": REF}
        ),
    ]  # fmt: skip


def forms_of(secret: str) -> set[bytes]:
    """The bytes that a text may be kept as: plain, in JSON with and without escapes, in a repr."""
    encoded = secret.encode()
    return {encoded, json.dumps(secret)[1:-1].encode(), repr(encoded)[2:-1].encode()}


NEEDLES = set().union(*(forms_of(secret) for secret in (REF, NAME, WORDS)))


def traces(tenant: Tenant, environ: dict[str, str], folder: Path) -> list[str]:
    """Where she is still found: tables, files (database, log, queue's file), the queue in memory."""
    found = []
    with tenant.container.store.snapshot() as unit:
        for table in inspect(unit.connection).get_table_names():
            rows = unit.connection.execute(text(f'SELECT * FROM "{table}"')).all()
            if any(needle in repr(tuple(row)).encode() for row in rows for needle in NEEDLES):
                found.append(f"table {table}")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found += [
        f"file {path.relative_to(folder)}"
        for path in files
        if any(map(path.read_bytes().__contains__, NEEDLES))
    ]
    with Redis.from_url(valkey_url(Path(environ["ENTREMISE_HOME"]))) as redis:
        for key in redis.scan_iter():
            kept = redis.dump(key) or b""
            if any(needle in key or needle in kept for needle in NEEDLES):
                found.append(f"queue {key!r}")
    return found


def entremise(*arguments: str, environ: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "entremise.plugin.cli", *arguments],
        env=environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_she_is_nowhere_after_forgetting_and_replaying_everything(
    host: ReceivingHost, tmp_path: Path
) -> None:
    environ = environment(tmp_path / "home", LANG="C.UTF-8")
    log = tmp_path / "home" / "log"
    log.parent.mkdir()
    with command("up", "--port", "0", "--workers", "2", environ=environ, log=log):
        wait_until(lambda: "listening on" in log.read_text())
        tenant = Tenant(environ, host)
        tenant.deliver(*registrations(0, 20), *about_her(1))
        broken = a_cloudevent(subject=REF, id_="broken")
        broken["data"] |= {"name": NAME, "seniority": "very"}
        tenant.deliver(broken)
        wait_until(lambda: REF in {recipient for _, recipient, _ in host.holds} and tenant.is_settled())
        assert any(NAME in json.dumps(payload, ensure_ascii=False) for _, payload in host.holds.values())
        assert traces(tenant, environ, tmp_path / "home"), "the search must be able to find her"

        entremise("forget", REF, "--installation", tenant.installation.id, "--yes", environ=environ)
        wait_until(tenant.is_settled)
        # Everything again: what we kept, and all that her host ever sent, under old and new identifiers.
        entremise("replay", "--installation", tenant.installation.id, "--all", environ=environ)
        entremise("replay", "--installation", tenant.installation.id, "--processed", environ=environ)
        tenant.deliver(*about_her(1), *about_her(2))
        wait_until(tenant.is_settled)
        time.sleep(2)
        wait_until(tenant.is_settled)

        wait_until(
            lambda: not traces(tenant, environ, tmp_path / "home"), seconds=20, what="her last trace going"
        )
        shown = [payload for _, payload in host.holds.values() if payload]
        assert NAME not in json.dumps(shown, ensure_ascii=False)
        assert REF not in json.dumps(shown)
        assert not any(payload for (_, recipient, _), (_, payload) in host.holds.items() if recipient == REF)
        assert len(shown) >= 20
        tenant.close()
