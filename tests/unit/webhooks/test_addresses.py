"""A host that signs nothing is known by the unguessable last part of its address."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from doors import Door, a_door
from limits import parse

from entremise.hooks.hosts.generic.host import GenericHost
from entremise.hooks.markers import hookimpl
from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.services import installations
from entremise.webhooks import access_log, receive


class Unsigned(GenericHost):
    """A host that signs nothing, like pretix."""

    name = "unsigned"
    capabilities = dataclasses.replace(GenericHost.capabilities, signed=False)

    def verify(self, delivery: Delivery, installation: object, *, now: float) -> None:
        """Proved by the address."""

    def delivery_key(self, delivery: Delivery) -> None:
        return None


class Plugin:
    @hookimpl
    def entremise_register_host(self) -> Unsigned:
        return Unsigned()


@dataclasses.dataclass
class Unguessable:
    door: Door
    base: str
    part: str

    def post(self, part: str | None) -> int:
        where = self.base if part is None else f"{self.base}/{part}"
        return self.door.client.post(where, data=b'{"any": "thing"}').status_code


@pytest.fixture
def unguessable(tmp_path: Path) -> Iterator[Unguessable]:
    with a_door(tmp_path, plugins=(Plugin(),)) as door:
        made = installations.create(door.container, host="unsigned", name="Two", config={}, secrets={})
        assert made.path is not None
        yield Unguessable(door, f"/hosts/{made.installation.id}/deliveries", made.path)


def test_the_right_part_opens(unguessable: Unguessable) -> None:
    assert unguessable.post(unguessable.part) == 202


@pytest.mark.parametrize("part", [None, "wrong", "", "x" * 500, "%00", "%ed%a0%80"])
def test_any_other_part_gets_the_answer_of_an_unknown_installation(
    unguessable: Unguessable, part: str | None
) -> None:
    where = unguessable.base if part is None else f"{unguessable.base}/{part}"
    refused = unguessable.door.client.post(where, data=b"{}")
    unknown = unguessable.door.client.post(f"/hosts/{'0' * 16}/deliveries/{part or 'x'}", data=b"{}")
    assert refused.status_code == unknown.status_code == 404
    assert part == "" or refused.data == unknown.data


def test_a_new_address_closes_the_old_one(unguessable: Unguessable) -> None:
    installation_id = unguessable.base.split("/")[2]
    rotated = installations.rotate(unguessable.door.container, installation_id, path=True)
    unguessable.door.reopen()
    assert unguessable.post(unguessable.part) == 404
    assert unguessable.post(rotated.path) == 202


def test_hints_beyond_the_rate_are_put_off(unguessable: Unguessable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "HINTS", parse("3/minute"))
    assert [unguessable.post(unguessable.part) for _ in range(5)] == [202, 202, 202, 429, 429]
    answer = unguessable.door.client.post(f"{unguessable.base}/{unguessable.part}", data=b"{}")
    assert answer.content_type == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    # Somebody else's deliveries are not held up by that.
    assert unguessable.door.post().status_code == 202


def test_a_signed_host_has_no_rate_to_keep_to(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "HINTS", parse("1/minute"))
    assert [door.post().status_code for _ in range(3)] == [202, 202, 202]


def test_the_secret_part_is_in_no_log(unguessable: Unguessable, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert unguessable.post(unguessable.part) == 202
        assert unguessable.post("guessed") == 404
    assert "deliveries/<part> 202" in caplog.text
    assert unguessable.part not in caplog.text
    assert "guessed" not in caplog.text


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("POST /hosts/i1/deliveries/s3cr3t HTTP/1.1", "POST /hosts/i1/deliveries/… HTTP/1.1"),
        ('"GET /entremise/me/s3cr3t?lang=fr HTTP/1.1" 200', '"GET /entremise/me/…?… HTTP/1.1" 200'),
        ("POST /me/s3cr3t/answer", "POST /me/…/answer"),
        ("GET /v1/installations/i/host-events/s3cr3t/attendees/s3/cr3t/results?x=1", None),
        ("POST /hosts/i1/deliveries HTTP/1.1", "POST /hosts/i1/deliveries HTTP/1.1"),
    ],
)
def test_a_servers_own_log_lines_are_blotted(line: str, kept: str | None) -> None:
    record = logging.LogRecord(
        "gunicorn.access", logging.INFO, __file__, 1, "%s - %s", ("127.0.0.1", line), None
    )
    assert access_log.Redaction().filter(record)
    assert "s3cr3t" not in record.getMessage()
    assert "cr3t" not in record.getMessage()
    if kept is not None:
        assert record.getMessage() == f"127.0.0.1 - {kept}"


def test_protecting_the_loggers_twice_is_protecting_them_once() -> None:
    access_log.protect(("a server of a test",))
    access_log.protect(("a server of a test",))
    assert len(logging.getLogger("a server of a test").filters) == 1
