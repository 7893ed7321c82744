"""A host connects by a code, proves afterwards who it is by signing, and leaves: over the real REST API."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from builders import NOON, a_cloudevent
from invited import CALLBACK, HOST, PAGE, SHOP, a_code, connected, connecting
from office import SUGGESTED, Office
from sqlalchemy import func, select, text

from entremise.hooks import signatures
from entremise.plugin.bootstrap import Container
from entremise.plugin.domain.meetings import MeetingRequest
from entremise.plugin.domain.model import stamp
from entremise.plugin.services import installations, invitations, leaving, switches
from entremise.plugin.services.addresses import current_address
from entremise.plugin.services.ports import DeadLetter, Limits
from entremise.plugin.services.sweep import Sweeper
from entremise.plugin.storage import connections
from entremise.plugin.storage.tables import metadata
from entremise.plugin.web.connections import FAILURES

PEOPLE = (
    "attendees",
    "outbox",
    "inbox",
    "dead_letters",
    "feedback",
    "meeting_requests",
    "plans",
    "computations",
)


def _status(office: Office, installation_id: str) -> tuple[str, str]:
    with office.container.store.snapshot() as unit:
        found = unit.installations.get(installation_id)
    assert found is not None
    return found.status, found.paused_because


# Connecting.


def test_a_code_makes_an_installation_whose_switches_the_host_owns(office: Office) -> None:
    host = connected(office)
    given = host.given
    found = installations.open_installation(office.container, given["installation"])
    assert (found.host, found.settings_owner, found.name) == ("generic", "host", "Summit")
    assert found.config == {"callback_url": CALLBACK, "settings_page": PAGE}
    assert found.secrets["signing_secrets"] == [given["signing_secret"]]
    assert found.secrets["callback_secrets"] == [given["callback_secret"]]
    public = office.container.settings.public_url
    assert given["api"] == f"{public}/v1/installations/{found.id}"
    assert given["deliveries"] == f"{public}/hosts/{found.id}/deliveries"
    with office.container.store.snapshot() as unit:
        (token,) = unit.installations.tokens(found.id)
    assert token.scopes == {"settings", "plans", "read_results"}


def test_the_one_token_reads_results_and_changes_switches_and_nothing_else(office: Office) -> None:
    host = connected(office)
    token = host.given["token"]
    changed = office.ask(
        "PUT", f"{host.root}/host-events/conf/settings", token, headers={"If-Match": "*"},
        json={"values": {"connections.enabled": False}},
    )  # fmt: skip
    assert changed.status_code == 200
    assert office.ask("GET", f"{host.root}/host-events", token).status_code == 200
    office.host_event(_tenant(installations.open_installation(office.container, host.given["installation"])))
    assert office.ask("GET", f"{host.root}/host-events/conf/plans", token).status_code == 200
    for path in ("status", "audit", "dead-letters"):
        assert office.ask("GET", f"{host.root}/{path}", token).status_code == 403
    assert office.ask("POST", f"{host.root}/deliveries", token, data=b"{}").status_code == 403


def test_a_spent_an_expired_an_ended_and_a_guessed_code_are_refused_in_the_same_words(office: Office) -> None:
    spent = a_code(office)
    assert connecting(office, spent).status_code == 201
    expired = a_code(office, days=1)
    invitation, ended = invitations.invite(office.container, name="Two", addresses=[SHOP])
    invitations.end(office.container, invitation.id)
    office.time[0] += 86400
    good = a_code(office)
    guessed = good[:-1] + ("A" if good[-1] != "A" else "B")
    told = []
    for code in (spent, expired, ended, guessed, "connect_", "x", "é\N{PILE OF POO}", "' OR 1=1 --"):
        answer = connecting(office, code)
        assert answer.status_code == 403, code
        told.append(answer.get_json())
    assert all(problem == told[0] for problem in told)
    assert told[0]["code"] == "bad_code"
    assert connecting(office, good).status_code == 201


def test_a_code_with_several_uses_serves_that_often(office: Office) -> None:
    code = a_code(office, uses=3)
    assert [connecting(office, code).status_code for _ in range(4)] == [201, 201, 201, 403]
    (listed,) = invitations.listed(office.container)
    assert (listed.uses, listed.left) == (3, 0)


def test_installations_of_one_name_are_told_apart(office: Office) -> None:
    code = a_code(office, uses=3)
    names = [connecting(office, code).get_json()["name"] for _ in range(3)]
    assert names == ["Summit", "Summit (2)", "Summit (3)"]


@pytest.mark.parametrize("field", ["callback_url", "settings_page"])
@pytest.mark.parametrize(
    "address",
    [
        "https://tickets.example.org/shopping", "https://tickets.example.org.evil.example/shop",
        "https://a:b@tickets.example.org/shop/x", f"{SHOP}/../x", f"{SHOP}/%2e%2e/x", f"{SHOP}\\x", "http://127.0.0.1/x",
        "x",
    ],
)  # fmt: skip
def test_an_address_beside_the_invitation_is_refused_by_name_and_spends_nothing(
    office: Office, field: str, address: str
) -> None:
    code = a_code(office)
    answer = connecting(office, code, **{field: address})
    assert (answer.status_code, answer.get_json()["field"]) == (422, field)
    assert connecting(office, code).status_code == 201


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "Bell\x07"}, "name"),
        ({"host": {**HOST, "version": "1\n2"}}, "host.version"),
        ({"host": {"kind": "pretix"}}, "host.version"),
        ({"more": 1}, "more"),
        ({"code": 7}, "code"),
    ],
)
def test_what_makes_no_sense_is_named_and_spends_nothing(
    office: Office, changes: dict[str, Any], field: str
) -> None:
    code = a_code(office)
    answer = connecting(office, code, **changes)
    assert (answer.status_code, answer.get_json()["field"]) == (422, field)
    assert connecting(office, code).status_code == 201


def test_private_addresses_are_reachable_only_where_the_invitation_says_so(office: Office) -> None:
    code = a_code(office, addresses=["http://127.0.0.1:8345"], allow_private=["127.0.0.1:8345"])
    answer = connecting(
        office, code, callback_url="http://127.0.0.1:8345/r", settings_page="http://127.0.0.1:8345/c"
    )
    found = installations.open_installation(office.container, answer.get_json()["installation"])
    assert found.config["allow_private"] == ["127.0.0.1:8345"]


def test_whoever_guesses_is_told_to_wait_and_who_has_a_good_code_connects_beside_them(office: Office) -> None:
    good = a_code(office)
    guesses = [
        connecting(office, "connect_" + "x" * 43, peer="203.0.113.9") for _ in range(FAILURES.amount + 5)
    ]
    assert [guess.status_code for guess in guesses] == [403] * FAILURES.amount + [429] * 5
    assert guesses[-1].get_json()["code"] == "too_many"
    assert int(guesses[-1].headers["Retry-After"]) > 0
    # Behind a proxy a stranger has the address of everybody: it takes the code to connect, and nothing more.
    assert connecting(office, good, peer="203.0.113.9").status_code == 201
    # What was good once is a wrong code now; and another address may still err.
    assert connecting(office, good, peer="203.0.113.9").status_code == 429
    assert connecting(office, good, peer="203.0.113.10").status_code == 403


def test_a_wrong_code_holds_up_nobody_who_writes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def writing() -> None:
        raise AssertionError("a transaction that may write")

    monkeypatch.setattr(office.container.store, "begin", writing)
    for wrong in ("connect_" + "x" * 43, "x"):
        assert connecting(office, wrong).status_code == 403


def test_wrong_signatures_for_one_installation_stop_no_other_at_the_same_address(office: Office) -> None:
    host, other = connected(office), connected(office, name="Other")
    statuses = [host.signed("POST", b"{}", secret=signatures.new_secret()).status_code for _ in range(31)]
    assert statuses == [401] * FAILURES.amount + [429]
    assert other.renew().status_code == 200
    # Behind a proxy a stranger has the address of the host: what the host signs itself is taken all the same.
    assert host.renew().status_code == 200
    assert host.leave(erase=True).status_code == 204
    assert host.signed("POST", b"{}", secret=signatures.new_secret()).status_code == 429


def test_no_secret_stands_in_the_database_the_audit_trail_or_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = a_code(office)
    first = connecting(office, code).get_json()
    host = connected(office, name="Other")
    second = host.renew(rotate=["secrets", "token"]).get_json()
    with office.container.store.begin() as unit:
        tables = [
            row[0]
            for row in unit.connection.execute(text("SELECT name FROM sqlite_master WHERE type='table'"))
        ]  # type: ignore[attr-defined]
        stored = "".join(
            str(tuple(row))
            for table in tables
            for row in unit.connection.execute(text(f'SELECT * FROM "{table}"'))  # type: ignore[attr-defined]
        )
    assert first["installation"] in stored
    for given in (first, host.given, second):
        for name in ("signing_secret", "callback_secret", "token"):
            assert given[name] not in stored
            assert given[name] not in caplog.text
    assert code not in stored
    assert code not in caplog.text
    assert ("host", "rotated", {"path": False, "secrets": ["callback_secrets", "signing_secrets"], "tokens": []}) in (
        host.audit()
    )  # fmt: skip
    assert [details for _, action, details in host.audit() if action == "connected"] == [HOST]


# Proving.


def test_the_newest_credentials_come_for_a_signature(office: Office) -> None:
    host = connected(office)
    answer = host.renew()
    assert answer.status_code == 200
    assert answer.get_json() == {**host.given, "token": None}
    assert answer.headers["Cache-Control"] == "no-store"


def test_secrets_rotate_with_a_day_of_overlap(office: Office) -> None:
    host = connected(office)
    former = host.given["signing_secret"]
    host.given |= {"signing_secret": host.renew(rotate=["secrets"]).get_json()["signing_secret"]}
    assert host.given["signing_secret"] != former
    assert host.renew().status_code == 200
    assert host.signed("POST", b"{}", secret=former).status_code == 200
    office.time[0] += 86401
    assert host.signed("POST", b"{}", secret=former).status_code == 401
    assert host.renew().status_code == 200


def test_a_new_token_ends_the_former_at_once(office: Office) -> None:
    host = connected(office)
    former = host.given["token"]
    fresh = host.renew(rotate=["token"]).get_json()["token"]
    assert office.ask("GET", f"{host.root}/connection", former).status_code == 401
    assert office.ask("GET", f"{host.root}/connection", fresh).status_code == 200


def test_a_host_that_rotates_in_circles_is_stopped_before_secrets_pile_up(office: Office) -> None:
    host = connected(office)
    statuses = [host.renew(rotate=["secrets"]).status_code for _ in range(9)]
    assert statuses[0] == 200
    assert statuses[-1] == 409
    office.time[0] += 86401
    newest = installations.open_installation(office.container, host.given["installation"]).secrets
    host.given["signing_secret"] = newest["signing_secrets"][0]
    assert host.renew(rotate=["secrets"]).status_code == 200


def test_the_operators_rotation_shows_in_the_fingerprint_and_is_fetched_by_the_former_secret(
    office: Office,
) -> None:
    host = connected(office)
    seen = host.fares()["fingerprint"]
    assert seen == host.given["fingerprint"]
    installations.rotate(
        office.container, host.given["installation"], generate=["signing_secrets", "callback_secrets"]
    )
    assert host.fares()["fingerprint"] != seen
    renewed = host.renew().get_json()
    assert renewed["fingerprint"] == host.fares()["fingerprint"]
    assert renewed["signing_secret"] != host.given["signing_secret"]
    assert renewed["callback_secret"] != host.given["callback_secret"]


def test_the_operators_change_of_addresses_shows_in_the_fingerprint(office: Office) -> None:
    host = connected(office)
    found = installations.open_installation(office.container, host.given["installation"])
    installations.configure(office.container, found.id, {**found.config, "callback_url": f"{SHOP}/other"})
    assert host.fares()["fingerprint"] != host.given["fingerprint"]


def test_a_token_that_the_operator_replaced_is_made_anew_by_the_signature(office: Office) -> None:
    host = connected(office)
    installations.rotate(office.container, host.given["installation"], scopes=["settings"])
    assert office.ask("GET", f"{host.root}/connection", host.given["token"]).status_code == 401
    host.given["token"] = host.renew(rotate=["token"]).get_json()["token"]
    assert host.fares()["status"] == "active"


def test_a_host_that_moved_says_so_but_only_below_its_invitation(office: Office) -> None:
    host = connected(office)
    moved = host.renew(callback_url=f"{SHOP}/new", settings_page=f"{SHOP}/new-page")
    assert moved.get_json()["fingerprint"] != host.given["fingerprint"]
    found = installations.open_installation(office.container, host.given["installation"])
    assert found.config == {"callback_url": f"{SHOP}/new", "settings_page": f"{SHOP}/new-page"}
    refused = host.renew(callback_url="https://tickets.example.org/shopping", rotate=["secrets", "token"])
    assert (refused.status_code, refused.get_json()["field"]) == (422, "callback_url")
    assert host.fares()["fingerprint"] == moved.get_json()["fingerprint"]  # nothing was rotated either


def test_a_signed_request_is_good_once_and_within_its_window(office: Office) -> None:
    host = connected(office)
    body = json.dumps({"rotate": ["token"]}).encode()
    first = host.signed("POST", body, message_id="renew_abc")
    assert first.status_code == 200
    again = host.signed("POST", body, message_id="renew_abc")
    assert (again.status_code, again.get_json()["code"]) == (409, "conflict")
    host.given["token"] = first.get_json()["token"]
    assert host.fares()["status"] == "active"  # the replay changed nothing
    for at in (NOON - 301, NOON + 301):
        assert host.signed("POST", b"{}", at=at).status_code == 401
    ahead = {"at": NOON + 299, "message_id": "renew_ahead"}
    assert host.signed("POST", b"{}", **ahead).status_code == 200
    office.time[0] += 598
    leaving.expire(office.container)
    assert host.signed("POST", b"{}", **ahead).status_code == 409


def test_a_signature_for_one_purpose_serves_no_other(office: Office) -> None:
    host = connected(office)
    delivery = host.signed("POST", b'{"rotate": ["secrets"]}', message_id="msg_1")
    assert delivery.status_code == 401
    assert host.signed("DELETE", purpose="leave", query="?erase=true").status_code == 401
    assert host.signed("DELETE", purpose="erase").status_code == 401
    assert host.signed("POST", b"{}", purpose="leave").status_code == 401
    assert _status(office, host.given["installation"])[0] == "active"


def test_nobody_but_the_host_itself_may_renew_or_end_its_connection(office: Office) -> None:
    host, other = connected(office), connected(office, name="Other")
    by_hand = office.tenant()
    secret = by_hand.generated["signing_secrets"]
    told = set()
    for installation, signs in (
        (host.given["installation"], other.given["signing_secret"]),
        (by_hand.installation.id, host.given["signing_secret"]),
        (by_hand.installation.id, secret),  # an installation that was not made by connecting
        ("nobody", host.given["signing_secret"]),
        (host.given["installation"], host.given["callback_secret"]),
    ):
        for method, purpose in (("POST", "renew"), ("DELETE", "leave")):
            answer = host.signed(method, b"", purpose=purpose, secret=signs, installation=installation)
            assert answer.status_code == 401
            told.add(answer.text)
    assert len(told) == 1
    assert office.ask("GET", f"{host.root}/connection", other.given["token"]).status_code == 404
    assert office.ask("POST", f"{host.root}/connection", host.given["token"], json={}).status_code == 401
    assert office.ask("GET", f"/v1/installations/{by_hand.installation.id}/connection",
                      by_hand.tokens["read_results"]).status_code == 404  # fmt: skip


def test_a_body_that_is_no_json_object_is_refused(office: Office) -> None:
    host = connected(office)
    assert host.signed("POST", b"{").status_code == 400
    assert host.signed("POST", b"[]").status_code == 422
    assert host.signed("POST", b'{"rotate": ["everything"]}').status_code == 422
    assert host.signed("POST", b'{"resume": "yes"}').status_code == 422
    assert host.signed("DELETE", b"{}", purpose="leave").status_code == 422


# Leaving, and coming back.


def test_a_host_that_left_may_come_back(office: Office) -> None:
    host = connected(office)
    installation = host.given["installation"]
    assert host.leave().status_code == 204
    assert host.leave().status_code == 204
    assert _status(office, installation) == ("disabled", "disabled by the host")
    assert host.fares()["status"] == "disabled"
    assert host.renew().status_code == 200
    assert _status(office, installation)[0] == "disabled"  # looking is not resuming
    assert host.renew(resume=True).status_code == 200
    assert _status(office, installation) == ("active", "")


def test_what_the_operator_disabled_the_host_cannot_resume(office: Office) -> None:
    host = connected(office)
    installation = host.given["installation"]
    host.leave()
    installations.disable(office.container, installation, because="contract ended")
    for asked_for in ({}, {"resume": True}, {"rotate": ["token"]}):
        assert host.renew(**asked_for).status_code == 409
    assert host.leave(erase=True).status_code == 204  # erasing is the host's right all the same
    assert _status(office, installation) == ("disabled", "contract ended")


def test_a_pause_ends_when_the_host_says_that_it_answers_again(office: Office) -> None:
    host = connected(office)
    with office.container.store.begin() as unit:
        unit.installations.set_status(host.given["installation"], "paused", "the callback answered 404")
    assert host.renew(callback_url=f"{SHOP}/moved", resume=True).status_code == 200
    assert _status(office, host.given["installation"]) == ("active", "")
    assert office.container.queue.depth()["write_back"] >= 1


def _full(office: Office, installation: str) -> None:
    """Have traces of a person in every table that can hold them."""
    with office.container.store.begin() as unit:
        unit.outbox.desire(installation, "conf", "connections", {"p-1": SUGGESTED}, {"p-1": ["a2"]}, now=NOON)
        unit.dead_letters.add(
            DeadLetter(f"letter {installation}", installation, "delivery", "no use", None, NOON)
        )
        unit.plans.save(installation, "conf", unit.plans.get(installation, "conf", "seating"))
        unit.host_events.save_state(installation, "conf", "connections", 1, "f", b"state")
        unit.requests.save(
            installation, "conf",
            MeetingRequest(ref="r", requester="p-1", invitee="a2", starts_at=NOON, ends_at=NOON + 600,
                           made=stamp(at=NOON, tie="x"), expires_at=NOON + 60),
        )  # fmt: skip


def _rows(office: Office, installation: str) -> dict[str, int]:
    with office.container.store.snapshot() as unit:
        return {
            table.name: unit.connection.execute(  # type: ignore[attr-defined]
                select(func.count()).select_from(table).where(table.c.installation_id == installation)
            ).scalar_one()
            for table in metadata.tables.values()
            if "installation_id" in table.c
        }


def test_erasing_leaves_nobody_in_any_table_and_touches_no_other_host(office: Office) -> None:
    host, other = connected(office), connected(office, name="Other")
    for each in (host, other):
        installation = each.given["installation"]
        found = installations.open_installation(office.container, installation)
        office.host_event(_tenant(found))
        office.attendee(_tenant(found), "p-1")
        _deliver(office, each, "p-1")
        _full(office, installation)
        with office.container.store.begin() as unit:
            switches_before = unit.switches.get(installation, "host_event", "conf")
        switches.change(
            office.container, installation, "host_event", "conf", values={"connections.enabled": False},
            expected_version=switches_before.version, actor="host", token=_token(office, installation),
        )  # fmt: skip
    before = _rows(office, other.given["installation"])
    assert all(before[name] for name in PEOPLE if name != "feedback"), before
    assert host.leave(erase=True).status_code == 204
    after = _rows(office, host.given["installation"])
    assert not [name for name in PEOPLE if after[name]]
    assert not {name for name, rows in after.items() if rows} - {
        "tokens", "audit", "switches", "host_events", "counters", "connections", "signed_requests", "tombstones",
    }  # fmt: skip
    assert after["tombstones"] == 1  # of everybody, and of nobody by name
    assert _rows(office, other.given["installation"]) == before
    assert host.leave(erase=True).status_code == 204
    assert host.audit()[0][1:] == ("disconnected", {"erased": True, "people": 0})
    assert host.audit()[1][1:] == ("disconnected", {"erased": True, "people": 1})


def test_what_arrives_after_the_erasure_does_not_stay(office: Office) -> None:
    host = connected(office)
    installation = host.given["installation"]
    host.leave(erase=True)
    for forgetting in (lambda: leaving.expire(office.container), lambda: host.renew(resume=True)):
        with office.container.store.begin() as unit:
            unit.dead_letters.add(DeadLetter("late", installation, "delivery", "no use", None, NOON))
            unit.connection.execute(  # type: ignore[attr-defined]
                metadata.tables["inbox"].insert().values(
                    installation_id=installation, delivery_key=b"k" * 16, door="webhook", headers=b"{}", body=b"{}",
                    received_at=NOON,
                )
            )  # fmt: skip
        forgetting()
        assert not _rows(office, installation)["inbox"]
        assert not _rows(office, installation)["dead_letters"]


def test_the_clock_forgets_what_is_long_over(office: Office) -> None:
    host = connected(office)
    host.renew()
    assert _rows(office, host.given["installation"])["signed_requests"] == 1
    Sweeper().sweep(office.container)
    assert _rows(office, host.given["installation"])["signed_requests"] == 1
    assert invitations.listed(office.container)
    office.time[0] += 38 * 86400
    Sweeper().sweep(office.container)
    assert _rows(office, host.given["installation"])["signed_requests"] == 0
    assert not invitations.listed(office.container)
    assert host.renew().status_code == 200  # the connection does not end with the invitation


def test_a_host_that_erased_everybody_and_came_back_can_send_the_same_people_again(office: Office) -> None:
    host = connected(office)
    _deliver(office, host, "p-1")
    host.leave(erase=True)
    host.renew(resume=True)
    _deliver(office, host, "p-1")
    assert host.fares()["backlog"] == 1


def test_the_addresses_of_before_everybody_was_erased_open_nothing_when_the_host_came_back(
    office: Office,
) -> None:
    host = connected(office)
    here = host.given["installation"]
    tenant = _tenant(installations.open_installation(office.container, here))
    office.host_event(tenant)
    office.attendee(tenant, "p-1")
    former = current_address(office.container, here, "conf", "p-1")
    assert office.web.get(f"/me/{former.rpartition('/')[2]}").status_code == 200
    host.leave(erase=True)
    host.renew(resume=True)
    office.attendee(tenant, "p-1")
    latter = current_address(office.container, here, "conf", "p-1")
    assert office.web.get(f"/me/{former.rpartition('/')[2]}").status_code == 404
    assert office.web.get(f"/me/{latter.rpartition('/')[2]}").status_code == 200


# Kept when the host is gone.


def _people(office: Office, installation: str) -> int:
    return _rows(office, installation)["attendees"]


def _left_behind(office: Office) -> Any:
    host = connected(office)
    tenant = _tenant(installations.open_installation(office.container, host.given["installation"]))
    office.host_event(tenant)
    office.attendee(tenant, "p-1")
    _deliver(office, host, "p-1")
    host.leave()
    return host


def _keeping(office: Office, days: float) -> Container:
    return replace(office.container, limits=Limits(keep_disconnected_seconds=days * 86400))


def test_whom_a_host_left_behind_is_erased_when_they_were_kept_long_enough(office: Office) -> None:
    host = _left_behind(office)
    installation = host.given["installation"]
    keeping = _keeping(office, 10)
    for days in (5, 5):
        Sweeper().sweep(keeping)
        assert _people(office, installation) == 1
        office.time[0] += days * 86400
        host.leave()  # said again, it does not begin anew
    office.time[0] += 1
    Sweeper().sweep(keeping)
    rows = _rows(office, installation)
    assert not [name for name in PEOPLE if rows[name]]
    assert host.audit()[0] == ("entremise", "erased after leaving", {"people": 1})
    Sweeper().sweep(keeping)
    assert len([line for line in host.audit() if line[1] == "erased after leaving"]) == 1
    assert host.renew(resume=True).status_code == 200
    _deliver(office, host, "p-1")  # the same delivery is news again
    assert host.fares()["backlog"] == 1
    office.time[0] += 400 * 86400
    Sweeper().sweep(keeping)
    assert _rows(office, installation)["inbox"] == 1


def test_people_are_kept_for_ever_where_the_operator_says_so(office: Office) -> None:
    host = _left_behind(office)
    office.time[0] += 4000 * 86400
    Sweeper().sweep(_keeping(office, 0))
    assert _people(office, host.given["installation"]) == 1


@pytest.mark.parametrize("who", ["host", "operator"])
def test_nobody_is_erased_of_a_host_that_came_back(office: Office, who: str) -> None:
    host = _left_behind(office)
    installation = host.given["installation"]
    office.time[0] += 9 * 86400
    if who == "host":
        host.renew(resume=True)
    else:
        installations.resume(office.container, installation)
    office.time[0] += 9 * 86400
    Sweeper().sweep(_keeping(office, 10))
    assert _people(office, installation) == 1
    host.leave()
    office.time[0] += 9 * 86400
    Sweeper().sweep(_keeping(office, 10))
    assert _people(office, installation) == 1


def test_one_that_the_operator_disabled_is_kept_unless_its_host_left_as_well(office: Office) -> None:
    host, other = _left_behind(office), connected(office, name="Other")
    office.attendee(
        _tenant(installations.open_installation(office.container, other.given["installation"])), "p-1"
    )
    for each in (host, other):
        installations.disable(office.container, each.given["installation"], because="contract ended")
    office.time[0] += 11 * 86400
    Sweeper().sweep(_keeping(office, 10))
    assert _people(office, host.given["installation"]) == 0
    assert _status(office, host.given["installation"]) == ("disabled", "contract ended")
    assert _people(office, other.given["installation"]) == 1


def test_a_host_that_comes_back_at_that_very_moment_is_not_erased(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = _left_behind(office)
    office.time[0] += 11 * 86400
    stop_jobs = leaving.stop_jobs

    def meanwhile(*given: Any) -> None:
        monkeypatch.setattr(leaving, "stop_jobs", stop_jobs)
        given[0].connections.came_back(host.given["installation"])
        stop_jobs(*given)

    monkeypatch.setattr(leaving, "stop_jobs", meanwhile)
    leaving.expire(_keeping(office, 10))
    assert _people(office, host.given["installation"]) == 1


# Looking.


def test_the_status_counts_what_waits_and_what_could_not_be_used(office: Office) -> None:
    host = connected(office)
    installation = host.given["installation"]
    assert {**host.fares(), "fingerprint": ""} == {
        "status": "active", "paused_because": "", "fingerprint": "", "backlog": 0, "waiting": 0, "dead_letters": 0,
        "last_delivery_at": None, "last_result_at": None, "version": office.container.manifest.version,
    }  # fmt: skip
    _deliver(office, host, "p-1")
    _full(office, installation)
    fares = host.fares()
    assert (fares["backlog"], fares["waiting"], fares["dead_letters"]) == (1, 1, 1)
    assert fares["last_delivery_at"] == "2026-05-04T10:00:00.000Z"
    assert fares["last_result_at"] is None
    with office.container.store.begin() as unit:
        (cell,) = unit.departures.due(installation, 10, now=NOON)
        unit.departures.acknowledge([(cell.id, cell.result.revision)])
    assert host.fares()["last_result_at"] == "2026-05-04T10:00:00.000Z"


def test_the_personal_page_of_somebody_known_is_told_and_opens(office: Office) -> None:
    host = connected(office)
    found = _tenant(installations.open_installation(office.container, host.given["installation"]))
    office.host_event(found)
    office.attendee(found, "K3P9Q-1")
    path = f"{host.root}/host-events/conf/attendees/K3P9Q-1/page"
    answer = office.ask("GET", path, host.given["token"])
    address = answer.get_json()["address"]
    public = office.container.settings.public_url
    assert address.startswith(f"{public}/me/")
    assert office.ask("GET", address.removeprefix(public)).status_code == 200
    unknown = office.ask("GET", path.replace("K3P9Q-1", "K3P9Q-2"), host.given["token"])
    assert unknown.status_code == 404
    host.leave()
    assert office.ask("GET", path, host.given["token"]).status_code == 404


def _tenant(installation: Any) -> Any:
    return installations.NewInstallation(installation, {}, None, {})


def _token(office: Office, installation: str) -> Any:
    with office.container.store.snapshot() as unit:
        return unit.installations.tokens(installation)[0]


def _deliver(office: Office, host: Any, ref: str) -> None:
    body = json.dumps(a_cloudevent(subject=ref)).encode()
    headers = signatures.sign([host.given["signing_secret"]], "msg_1", office.time[0], body)
    sent = office.ask(
        "POST", f"/hosts/{host.given['installation']}/deliveries", data=body,
        headers={**headers, "content-type": "application/cloudevents+json"},
    )  # fmt: skip
    assert sent.status_code == 202, sent.text


def test_every_table_that_can_hold_people_is_emptied_when_everybody_is_erased() -> None:
    of_installations = {table.name for table in metadata.tables.values() if "installation_id" in table.c}
    emptied = {table.name for table in connections.PEOPLE} | {"attendees"}
    assert of_installations - emptied == {
        "tokens", "audit", "switches", "host_events", "counters", "connections", "signed_requests", "tombstones",
        "reconciliations",
    }  # fmt: skip
