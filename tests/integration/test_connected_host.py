"""A host's extension and the service over real HTTP: from the operator's code to leaving, through every method."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from local_http import Asked, LocalServer, Reply, serving
from migrated import lay_database

from entremise.hooks.extension_client import (
    Credentials,
    Service,
    ServiceRefused,
    cloudevent,
    connect,
    split,
    verify,
)
from entremise.plugin.bootstrap import Container, build_container
from entremise.plugin.jobs import run_bells
from entremise.plugin.services import installations, invitations
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue
from entremise.webhooks import create_app
from entremise.webhooks.server import WebServer, address_of, listen

PEOPLE = [f"K3P9{letter}-1" for letter in "ABCDEFGHIJKL"]


@dataclass
class Shop:
    """A host with its extension; ``holds`` is what it took of results, by attendee and feature."""

    address: str
    container: Container
    server: LocalServer
    credentials: Credentials
    code: str

    def __post_init__(self) -> None:
        self.holds: dict[tuple[str, str], Any] = {}
        self.refusing = 0
        self.server.answer = self._take

    def service(self) -> Service:
        return Service(self.credentials, timeout=10)

    def send(self, *cloudevents: dict[str, Any]) -> None:
        with self.service() as service:
            for batch in split(cloudevents):
                service.send(batch)

    def work(self) -> None:
        """Have the service do everything that it is rung for."""
        run_bells(self.container)

    def known(self) -> int:
        with self.container.store.snapshot() as unit:
            return len(unit.attendees.roster(self.credentials.installation, "summit"))

    def _take(self, asked: Asked) -> Reply:
        if self.refusing:
            return Reply(self.refusing)
        verify([self.credentials.callback_secret], asked.headers, asked.body, now=time.time())
        for result in json.loads(asked.body):
            feature = result["type"].split(".")[2]
            self.holds[result["subject"], feature] = result.get("data")
        return Reply(200, b"{}")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    lay_database(tmp_path)
    with ExitStack() as stack:
        listener = listen("127.0.0.1", 0)
        address = address_of(listener)
        settings = Settings.from_environment(
            {"ENTREMISE_HOME": str(tmp_path), "ENTREMISE_PUBLIC_URL": address}
        )
        container = build_container(settings, queue=MemoryQueue())
        stack.callback(container.store.dispose)
        server = WebServer(create_app(container), listener, body_limit=1 << 20, threads=4)
        thread = threading.Thread(target=server.run)
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.stop)
        host = stack.enter_context(serving())
        _, code = invitations.invite(
            container, name="Shop", addresses=[host.url], allow_private=["127.0.0.1"], uses=2
        )
        credentials = connect(
            f" {address}/ ", code, name="Summit 2026", callback_url=f"{host.url}/results/door",
            settings_page=f"{host.url}/control", host={"kind": "pretix", "version": "2026.8.0", "extension": "0.1.0"},
        )  # fmt: skip
        yield Shop(address, container, host, credentials, code)


def registered(ref: str, *, version: int = 1, at: float | None = None, **profile: Any) -> dict[str, Any]:
    consent = dict.fromkeys(("matching", "mentoring", "groups", "presence"), True)
    data = {
        "name": f"Person {ref}", "languages": ["en"], "interests": ["batteries", "recycling"],
        "challenges": ["finding suppliers"], "consent": consent, "visible": ["name", "interests"], "version": version,
    }  # fmt: skip
    return cloudevent(
        "org.entremise.attendee.registered.v1", ref, "summit", id=f"{ref}/{version}/{at}", source="/shop/summit",
        time=at or time.time(), data=data | profile,
    )  # fmt: skip


def about(kind: str, ref: str, **data: Any) -> dict[str, Any]:
    return cloudevent(
        f"org.entremise.attendee.{kind}.v1", ref, "summit", id=f"{ref}/{kind}", source="/shop/summit",
        time=time.time(), data=data or None,
    )  # fmt: skip


def everybody() -> list[dict[str, Any]]:
    ends = "2099-05-04T18:00:00+02:00"
    facts = cloudevent(
        "org.entremise.hostevent.updated.v1", None, "summit", id="facts", source="/shop/summit", time=time.time(),
        data={"name": "Summit", "organisation": "acme", "languages": ["en"], "ends_at": ends},
    )  # fmt: skip
    return [facts, *(registered(ref) for ref in PEOPLE)]


def test_what_is_sent_comes_back_as_signed_results_and_the_status_says_so(shop: Shop) -> None:
    with shop.service() as service:
        assert service.connection()["status"] == "active"
        assert service.connection()["last_result_at"] is None
    shop.send(*everybody())
    with shop.service() as service:
        assert service.connection()["backlog"] == len(PEOPLE) + 1
    shop.work()
    assert {ref for ref, feature in shop.holds if feature == "connections"} == set(PEOPLE)
    with shop.service() as service:
        fares = service.connection()
        assert (fares["backlog"], fares["waiting"], fares["dead_letters"]) == (0, 0, 0)
        assert fares["last_delivery_at"] is not None
        assert fares["last_result_at"] is not None
        assert fares["version"] == "0.1.0"
        assert fares["fingerprint"] == shop.credentials.fingerprint


def test_settings_are_drawn_from_the_manifest_and_changed_by_the_host_alone(shop: Shop) -> None:
    shop.send(*everybody())
    shop.work()
    with shop.service() as service:
        manifest, tag = service.manifest()
        assert manifest is not None
        assert "connections" in manifest["features"]
        assert service.manifest(tag) == (None, tag)
        board, etag = service.settings("summit", language="fr")
        assert board["owner"] == "host"
        assert board["page"] == f"{shop.server.url}/control"
        changed, _ = service.put_settings("summit", {"connections.enabled": False}, etag=etag, language="fr")
        assert changed["effective"]["connections.enabled"]["value"] is False
        with pytest.raises(ServiceRefused) as stale:
            service.put_settings("summit", {}, etag=etag)
        assert (stale.value.status, stale.value.code, stale.value.unauthorised) == (412, "stale", False)
        with pytest.raises(ServiceRefused) as unknown:
            service.put_settings("summit", {"connections.colour": 1}, etag="*")
        assert (unknown.value.status, unknown.value.field) == (422, "connections.colour")
    shop.work()
    assert all(data is None for (_, feature), data in shop.holds.items() if feature == "connections")


def test_somebody_who_opted_out_at_the_host_is_in_nobodys_results_until_they_come_back(shop: Shop) -> None:
    shop.send(*everybody())
    shop.work()
    left = PEOPLE[0]

    def shown() -> bool:
        return left in json.dumps(
            [data for (_, feature), data in shop.holds.items() if feature == "connections"]
        )

    assert shown()
    shop.send(about("opted_out", left))
    shop.work()
    assert not shown()
    assert shop.holds[left, "connections"] is None
    shop.send(about("opted_in", left))
    shop.work()
    assert shown()
    with shop.service() as service:
        assert service.connection()["dead_letters"] == 0


def test_plans_go_from_a_brief_to_what_is_published_and_back(shop: Shop) -> None:
    shop.send(*everybody())
    shop.work()
    with shop.service() as service:
        assert "circles" in {plan["feature"] for plan in service.plans("summit")}
        _, etag = service.plan("summit", "circles")
        drafting, etag = service.put_brief("summit", "circles", {"paused": [PEOPLE[0]]}, etag=etag)
        assert drafting["due"]
        shop.work()
        plan, etag = service.plan("summit", "circles", language="fr")
        placed = [member["person"] for group in plan["draft"]["groups"] for member in group["members"]]
        assert sorted(placed) == PEOPLE[1:]
        assert service.publish("summit", "circles", etag=etag)[0]["published"] is not None
        shop.work()
        assert {ref for (ref, feature), data in shop.holds.items() if feature == "circles" and data} == set(
            placed
        )
        assert PEOPLE[1].encode() in service.table("summit", "circles")
        with pytest.raises(ServiceRefused) as nothing:
            service.picture("summit", "circles")
        assert nothing.value.status == 404
        assert service.retract("summit", "circles")[0]["published"] is None
        assert service.draft("summit", "circles")[0]["due"]
        shop.work()
        assert not [ref for (ref, feature), data in shop.holds.items() if feature == "circles" and data]
        _, etag = service.plan("summit", "seating")
        tables = {"tables": [{"name": "Garden", "seats": 6}, {"name": "Hall", "seats": 6}]}
        service.put_brief("summit", "seating", {"frame": tables}, etag=etag)
        shop.work()
        picture, more = service.picture("summit", "seating", of="draft")
        assert picture.startswith(b"<svg")
        assert more is False


def test_circles_form_now_among_those_who_are_here(shop: Shop) -> None:
    shop.send(*everybody(), *(about("checked_in", ref) for ref in PEOPLE))
    shop.work()
    with shop.service() as service:
        service.form_now("summit")
        shop.work()
    assert [ref for (ref, feature), data in shop.holds.items() if feature == "circles" and data]


def test_a_personal_page_is_reached_from_the_host(shop: Shop) -> None:
    shop.send(*everybody())
    shop.work()
    with shop.service() as service:
        page = requests.get(service.personal_page("summit", PEOPLE[0]), timeout=10)
        assert page.status_code == 200
        assert "Person" in page.text
        with pytest.raises(ServiceRefused) as nobody:
            service.personal_page("summit", "NOBODY-1")
        assert nobody.value.status == 404


def test_secrets_rotate_from_the_hosts_side_without_losing_a_delivery_or_a_result(shop: Shop) -> None:
    shop.send(*everybody()[:4])
    former = shop.credentials
    with shop.service() as service:
        renewed = service.renew(rotate=["secrets", "token"])
    assert renewed.installation == former.installation
    for name in ("signing_secret", "callback_secret", "token", "fingerprint"):
        assert getattr(renewed, name) != getattr(former, name)
    shop.send(registered(PEOPLE[4]))  # still under the former secret
    shop.work()
    taken = len(shop.holds)  # verified under the former callback secret
    assert taken
    shop.credentials = renewed
    shop.send(registered(PEOPLE[5]))  # at once under the new one
    shop.work()
    assert len(shop.holds) > taken
    assert shop.known() == 5
    with Service(former) as service, pytest.raises(ServiceRefused) as revoked:
        service.connection()
    assert revoked.value.unauthorised


def test_secrets_rotate_from_the_operators_side_and_the_host_follows(shop: Shop) -> None:
    shop.send(*everybody()[:4])
    made = installations.rotate(
        shop.container, shop.credentials.installation, generate=["signing_secrets", "callback_secrets"],
        scopes=["settings"],
    )  # fmt: skip
    shop.send(registered(PEOPLE[4]))
    shop.work()
    assert shop.known() == 4
    with shop.service() as service:
        with pytest.raises(ServiceRefused) as revoked:
            service.connection()
        assert revoked.value.unauthorised
        shop.credentials = service.renew(rotate=["token"])
    assert shop.credentials.signing_secret == made.secrets["signing_secrets"]
    with shop.service() as service:
        assert service.connection()["fingerprint"] == shop.credentials.fingerprint
    shop.send(registered(PEOPLE[5]))
    shop.work()
    assert shop.known() == 5


def test_a_host_that_could_not_be_reached_says_when_it_answers_again(shop: Shop) -> None:
    shop.refusing = 404
    shop.send(*everybody())
    shop.work()
    with shop.service() as service:
        assert service.connection()["status"] == "paused"
        assert not shop.holds
        shop.refusing = 0
        shop.credentials = service.renew(resume=True, callback_url=f"{shop.server.url}/results/moved")
    shop.work()
    assert {asked.path for asked in shop.server.asked} == {"/results/door", "/results/moved"}
    assert {ref for ref, feature in shop.holds if feature == "connections"} == set(PEOPLE)


def test_a_host_that_left_is_not_served_and_may_come_back_at_once(shop: Shop) -> None:
    shop.send(*everybody())
    with shop.service() as service:
        service.disconnect(erase=False)
        service.disconnect(erase=False)
        shop.work()
        assert not shop.holds
        time.sleep(2.1)  # as long as a door goes by what it read of an installation
        with pytest.raises(ServiceRefused) as closed:
            service.send([registered(PEOPLE[0], version=2)])
        assert closed.value.unauthorised
        assert service.connection()["status"] == "disabled"
        assert service.renew(resume=True) == shop.credentials
        service.send([registered(PEOPLE[0], version=3)])  # not two seconds later
    shop.work()
    assert {ref for ref, feature in shop.holds if feature == "connections"} == set(PEOPLE)


def test_a_host_that_took_everything_down_and_comes_back_is_told_it_again(shop: Shop) -> None:
    shop.send(*everybody())
    shop.work()
    told = dict(shop.holds)
    assert told
    with shop.service() as service:
        service.disconnect(erase=False)
        shop.holds.clear()  # what a host does that is switched off
        shop.work()
        assert not shop.holds
        service.renew(resume=True)
    shop.work()
    assert shop.holds == told


def test_a_host_that_leaves_and_erases_leaves_nobody_and_can_begin_anew(shop: Shop) -> None:
    shop.send(*everybody())
    shop.work()
    assert shop.known() == len(PEOPLE)
    with shop.service() as service:
        service.disconnect(erase=True)
        assert shop.known() == 0
        service.disconnect(erase=True)
        service.renew(resume=True)
    shop.holds.clear()
    shop.send(*everybody())  # the very same again, as a backfill sends it
    shop.work()
    assert shop.known() == len(PEOPLE)
    assert {ref for ref, feature in shop.holds if feature == "connections"} == set(PEOPLE)


def test_one_shop_is_never_served_as_the_other(shop: Shop) -> None:
    again = {"callback_url": f"{shop.server.url}/b", "settings_page": f"{shop.server.url}/b"}
    host = {"kind": "pretix", "version": "1", "extension": "1"}
    other = connect(shop.address, shop.code, name="Summit 2026", host=host, **again)
    shop.send(*everybody())
    shop.work()
    mixed = Credentials(
        shop.address, shop.credentials.installation, other.signing_secret, other.callback_secret, other.token
    )
    with Service(mixed) as service:
        for ask in (
            service.connection, service.renew, lambda: service.disconnect(erase=True),
            lambda: service.send([registered("X-1")]), lambda: service.personal_page("summit", PEOPLE[0]),
            lambda: service.settings("summit"), lambda: service.plans("summit"),
        ):  # fmt: skip
            with pytest.raises(ServiceRefused) as refused:
                ask()
            assert refused.value.unauthorised
    assert shop.known() == len(PEOPLE)
    with pytest.raises(ServiceRefused) as spent:
        connect(shop.address, shop.code, name="Third", host=host, **again)
    assert spent.value.code == "bad_code"
