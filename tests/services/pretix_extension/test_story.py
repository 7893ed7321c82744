"""A whole congress at a real pretix with the extension: what ticket pages show is what people agreed to, and stays so.

The extension is installed from its built wheel and connected on pretix's own pages; orders, scans and changes go through
pretix's API; the service's REST API and pretix's database are asked what became of it. The tests go on from one another.
"""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
import requests
from chromium import PHONE
from congress import SOON, Congress
from playwright.sync_api import Browser, expect
from recommended_form import SHIRT, as_asked
from standardwebhooks import Webhook

from entremise.plugin.demo.conference import STAR, Person, make_conference
from entremise.plugin.demo.lives import Message, life_of

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def congress(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Congress]:
    """A congress of 30 after everything has happened to its people that happens."""
    with Congress(tmp_path_factory.mktemp("congress"), browser) as running:
        running.set_up()
        running.play(running.sell())
        running.settle()
        yield running


def named(payload: dict[str, Any]) -> dict[str, str]:
    """Return ticket → name of everybody whom a result shows."""
    return {
        item["person"]: item["name"]
        for part in ("suggestions", "here_now", "pairings")
        for item in payload.get(part, ())
    }


def shown_to(congress: Congress, ref: str) -> dict[str, str]:
    """Return ticket → name of everybody whom the holder of a ticket is shown."""
    return {
        other: name
        for (holder, _), payload in congress.pretix.held().items() if holder == ref
        for other, name in named(payload).items()
    }  # fmt: skip


def mentioned(congress: Congress) -> set[str]:
    """Return the tickets of everybody who is shown to somebody."""
    return {other for payload in congress.pretix.held().values() for other in named(payload)}


def somebody(congress: Congress, *, alone: bool = False) -> Person:
    """Return somebody who holds suggestions and is shown to others; with an order of their own if ``alone``."""
    shown = mentioned(congress)
    for ref in congress.holders():
        person = congress.person_with(ref)
        if ref in shown and (congress.office.tickets[person.ref].alone or not alone):
            return person
    raise AssertionError("nobody is left for this")


def ref_of(congress: Congress, person: Person) -> str:
    return congress.office.tickets[person.ref].ref


def say(congress: Congress, person: Person, kind: Any, **changes: Any) -> None:
    """Do something to somebody at the box office; ``changes`` are to their profile."""
    ref = ref_of(congress, person)
    told = [message.data for message in congress.office.done if message.subject == ref and message.data]
    data = None
    if kind in {"registered", "updated"}:
        data = {**told[-1], **changes, "version": told[-1]["version"] + 1}
    message = Message(f"{ref}-{time.time()}", kind, congress.host_event, ref, time.time(), data)
    congress.office.act(person, message)


def wait_for(what: Any, *, why: str, seconds: float = SOON) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, why
        time.sleep(0.3)


def test_everybody_who_agreed_holds_what_they_should_and_nobody_else(congress: Congress) -> None:
    comparison = congress.compare()
    assert comparison.losses == {}
    assert comparison.holding >= 15
    assert len(congress.holders()) == comparison.holding


def test_ticket_pages_show_it(congress: Congress) -> None:
    for ref in congress.holders()[:6]:
        expected = shown_to(congress, ref)
        page, ticket = unescape(congress.page_of(ref)), unescape(congress.ticket_page_of(ref))
        assert expected
        assert [name for name in expected.values() if name not in page] == []
        assert any(name in ticket for name in expected.values())


def test_buyers_see_nothing_of_it_but_the_way_to_each_ticket(congress: Congress) -> None:
    pages = congress.pretix.ticket_pages()
    for order in congress.pretix.orders()[:8]:
        valid = {
            f"{order['code']}-{position['positionid']}": order["status"] == "p" and not position["canceled"]
            for position in order["positions"]
        }
        refs = [*valid]
        page = unescape(requests.get(order["url"], timeout=30).text)
        own = {congress.person_with(ref).profile["name"] for ref in refs}
        shown = {name for ref in refs for name in shown_to(congress, ref).values()} - own
        assert [name for name in shown if name in page] == []
        for ref in refs:
            way = pages[ref].removeprefix(congress.pretix.url) + "entremise/"
            assert (way in page) == valid[ref], ref


def test_whoever_did_not_agree_is_shown_nobody_and_is_told_how_it_would_work(congress: Congress) -> None:
    told = {message.subject: message.data for message in congress.office.done if message.data}
    valid = {order["code"] for order in congress.pretix.orders() if order["status"] == "p"}
    refused = [
        ref for ref, data in told.items() if not data["consent"]["matching"] and ref.partition("-")[0] in valid
    ]  # fmt: skip
    assert refused
    names = {person.profile["name"] for person in congress.conference.people}
    for ref in refused:
        page = unescape(congress.page_of(ref))
        own = congress.person_with(ref).profile["name"]
        assert [name for name in names - {own} if name in page] == []
        assert ref not in mentioned(congress)


def test_what_nobody_mapped_and_whoever_refused_never_left_pretix(congress: Congress) -> None:
    told = [(message.subject, message.data) for message in congress.office.done if message.data]
    agreed = {ref for ref, data in told if data["consent"]["matching"]}
    kept = b"".join(path.read_bytes() for path in congress.service.home.rglob("*.db*") if path.is_file())
    heard = [ref for ref in agreed if ref.encode() in kept]
    assert len(heard) > 10, "this would not find anything"
    assert [ref for ref in {ref for ref, _ in told} - agreed if ref.encode() in kept] == []
    for nobody_asked in ("buyer@example.org", SHIRT.split("}")[1].strip(" ,"), "SHIRT"):
        assert nobody_asked.encode() not in kept


def test_a_changed_answer_is_what_others_see(congress: Congress) -> None:
    person = somebody(congress)
    say(congress, person, "updated", name="Nouvelle Personne")
    assert congress.settle().losses == {}
    reader = next(
        ref for ref in congress.holders() if "Nouvelle Personne" in shown_to(congress, ref).values()
    )
    assert "Nouvelle Personne" in congress.page_of(reader)


def test_an_annulled_check_in_is_noticed(congress: Congress) -> None:
    here = congress.compare().expected
    person = next(one for one in congress.conference.people if here[ref_of(congress, one)].here)
    ref = ref_of(congress, person)
    say(congress, person, "left")
    say(congress, person, "checked_in")
    assert congress.settle().losses == {}
    assert "here_now" in congress.pretix.held()[ref, "connections"]
    say(congress, person, "check_in_reversed")
    wait_for(
        lambda: "here_now" not in congress.pretix.held().get((ref, "connections"), {}),
        why="the service still takes them for present",
    )
    # What counts now is the scan before the annulled one: they had left.
    say(congress, person, "left")
    assert congress.settle().losses == {}


def test_consent_taken_back_takes_everything_back(congress: Congress) -> None:
    person = somebody(congress)
    ref = ref_of(congress, person)
    say(congress, person, "updated", consent=dict.fromkeys(person.profile["consent"], False))
    # Nobody has to wait for the service: what is shown is looked at when it is shown.
    readers = [holder for holder in congress.holders() if ref in shown_to(congress, holder)]
    name = shown_to(congress, readers[0])[ref]
    assert name not in unescape(congress.page_of(readers[0]))
    assert congress.settle().losses == {}
    assert ref not in {*congress.holders(), *mentioned(congress)}


def test_a_cancellation_takes_everything_back_and_coming_back_brings_it_back(congress: Congress) -> None:
    person = somebody(congress, alone=True)
    ref = ref_of(congress, person)
    say(congress, person, "cancelled")
    assert congress.settle().losses == {}
    assert ref not in {*congress.holders(), *mentioned(congress)}
    say(congress, person, "registered")
    assert congress.settle().losses == {}
    assert ref in congress.holders()


def test_an_answer_on_the_page_reaches_the_service_without_script(congress: Congress) -> None:
    ref = next(one for one in congress.holders() if len(shown_to(congress, one)) >= 4)
    with congress.someone(size=PHONE, script=False) as attendee:
        page = attendee.page
        page.goto(f"{congress.pretix.ticket_pages()[ref]}entremise/")
        label = page.get_by_role("button", name="Not for me").first.get_attribute("aria-label") or ""
        name = label.partition(":")[2].strip()
        other = next(key for key, said in shown_to(congress, ref).items() if said == name)
        page.get_by_role("button", name=label, exact=True).first.click()
        expect(page.get_by_text("this person is not suggested to you any more")).to_be_visible()
        assert other.partition("-")[0] not in page.content(), "somebody else's order code is in the page"
    wait_for(
        lambda: other not in named(congress.at_the_service()[ref, "connections"]),
        why="the service still suggests somebody who was declined",
    )


def test_leaving_takes_somebody_out_for_everybody_and_they_may_come_back(congress: Congress) -> None:
    person = somebody(congress)
    ref = ref_of(congress, person)
    reader = next(one for one in congress.holders() if ref in shown_to(congress, one))
    name = shown_to(congress, reader)[ref]
    with congress.someone(size=PHONE, script=False) as attendee:
        page = attendee.page
        page.goto(f"{congress.pretix.ticket_pages()[ref]}entremise/")
        page.get_by_text("Leave everything").click()
        page.get_by_role("button", name="Yes, take me out").click()
        expect(page.get_by_role("heading", name="You are not taking part")).to_be_visible()
        assert name not in unescape(congress.page_of(reader)), "shown until the service has heard of it"
        wait_for(
            lambda: (ref, "connections") not in congress.at_the_service() and ref not in mentioned(congress),
            why="the service goes on with somebody who left",
        )
        page.get_by_role("button", name="Come back").click()
    wait_for(lambda: ref in congress.holders(), why="nothing comes back")


def test_secrets_are_replaced_and_everything_goes_on(congress: Congress) -> None:
    before = congress.access
    page = congress.back_office.open("entremise/connection/rotate")
    congress.back_office.press(page.get_by_role("button", name="Replace the secrets"))
    after = congress.access
    assert after.id == before.id
    assert {after.token, after.signing_secret, after.callback_secret}.isdisjoint(
        {before.token, before.signing_secret, before.callback_secret}
    )
    person = somebody(congress)
    say(congress, person, "updated", name="Personne Autrement")
    wait_for(
        lambda: any("Personne Autrement" in named(held).values() for held in congress.pretix.held().values()),
        why="nothing arrives under the new secrets",
    )


def test_a_copy_of_the_event_is_not_connected_and_holds_no_secret(congress: Congress) -> None:
    pretix, access = congress.pretix, congress.access
    body = {
        "name": {"en": "Next year"},
        "slug": "next",
        "plugins": ["pretix_entremise"],
        "date_from": "2030-01-01T09:00Z",
    }
    pretix.ask("POST", f"{pretix.event}/clone/", body)
    ((copy,),) = pretix.rows_of("SELECT id FROM pretixbase_event WHERE slug = 'next'")
    assert pretix.rows_of("SELECT 1 FROM pretix_entremise_connection WHERE event_id = ?", copy) == []
    stored = pretix.rows_of("SELECT key, value FROM pretixbase_event_settingsstore WHERE object_id = ?", copy)
    for secret in (access.token, access.signing_secret, access.callback_secret, access.id):
        assert [key for key, value in stored if secret in value] == []
    page = congress.back_office.open("entremise/connection", slug="next")
    expect(page.get_by_text("This event is not connected yet")).to_be_visible()
    assert "CONSENT_GROUPS" in congress.back_office.open("entremise/mapping", slug="next").content()


def test_switched_off_there_is_nothing_and_switched_on_again_everything(congress: Congress) -> None:
    ref = congress.holders()[0]
    assert "entremise" in congress.ticket_page_of(ref)
    congress.back_office.switch_plugin(on=False)
    address = f"{congress.pretix.ticket_pages()[ref]}entremise/"
    assert requests.get(address, timeout=30).status_code == 404
    assert 'id="entremise"' not in congress.ticket_page_of(ref)
    response = congress.admin.page.goto(congress.back_office.address("entremise/"))
    assert response is not None
    assert response.status == 404
    assert congress.pretix.held() == {}
    wait_for(lambda: "disabled" in congress.installations(), why="the service goes on")
    congress.back_office.switch_plugin(on=True)
    wait_for(lambda: ref in congress.holders(), why="nothing comes back")
    assert requests.get(address, timeout=30).status_code == 200


def test_a_deleted_test_order_is_forgotten_by_the_service(congress: Congress) -> None:
    pretix = congress.pretix
    pretix.ask("PATCH", f"{pretix.event}/", {"testmode": True})
    person = make_conference(seed=3, size=20).people[STAR]
    data = as_asked(life_of(person, congress.conference, opens_at=time.time())[0], person)
    stranger = replace(person, ref="stranger")
    congress.office.sell([(stranger, data)], test=True)
    ref = ref_of(congress, stranger)
    wait_for(lambda: ref in congress.holders(), why="a test order does not count in test mode")
    pretix.ask("DELETE", f"{pretix.event}/orders/{ref.partition('-')[0]}/")
    wait_for(
        lambda: ref not in mentioned(congress) and (ref, "connections") not in congress.at_the_service(),
        why="the service still knows somebody whose order is gone",
    )
    pretix.ask("PATCH", f"{pretix.event}/", {"testmode": False})


def test_the_door_for_results_takes_only_what_the_service_signed(congress: Congress) -> None:
    congress.wait_until_quiet()
    before = congress.pretix.held()
    ref = congress.holders()[0]
    forged = a_result(ref, congress.host_event)
    other = "whsec_" + base64.b64encode(b"k" * 32).decode()
    hour = 3600.0
    refused = {
        "unsigned": deliver(congress, forged, secret=None),
        "signed by somebody else": deliver(congress, forged, secret=other),
        "signed an hour ago": deliver(congress, forged, at=time.time() - hour),
        "signed for tomorrow": deliver(congress, forged, at=time.time() + 24 * hour),
        "changed on the way": deliver(congress, forged, sent=forged.replace(b"Mallory", b"Malory!")),
    }
    assert {why: answer.status_code for why, answer in refused.items()} == dict.fromkeys(refused, 401)
    assert deliver(congress, forged, door="x" * 43).status_code == 404
    assert deliver(congress, forged, slug="next").status_code == 404
    assert deliver(congress, b"[not json").status_code == 400
    assert deliver(congress, b"[" * 100_000).status_code == 400
    assert deliver(congress, b'{"a": NaN}').status_code == 400
    assert deliver(congress, b"[" + b" " * 9_000_000 + b"]").status_code == 413
    assert deliver(congress, json.dumps([{"type": "?"}] * 1001).encode()).status_code == 400
    assert requests.get(door_of(congress), timeout=30).status_code == 405
    assert congress.pretix.held() == before
    # … and does take what it signed: an empty batch is how the service looks whether the door is there.
    answer = deliver(congress, b"[]")
    assert (answer.status_code, answer.json()) == (200, {"applied": 0})


def test_nothing_is_lost_of_a_thousand_orders_imported_while_the_service_is_down(congress: Congress) -> None:
    pretix = congress.pretix
    began = time.monotonic()
    with congress.without_service():
        congress.import_orders(make_conference(seed=7, size=1000).people)
        # The worker imports first and sends then: it has to find out before it dies, too.
        wait_for(congress.problem, why="the status page does not say that the service is away")
        with pretix.without("worker"):
            assert pretix.unsent()
            time.sleep(max(0.0, 60.0 - (time.monotonic() - began)))
    agreed = pretix.agreed()
    assert len(agreed) > 800
    wait_for(
        lambda: not pretix.unsent() and set(congress.holders()) >= agreed,
        why="not everybody who agreed got something", seconds=400,
    )  # fmt: skip
    congress.wait_until_quiet(seconds=200)
    at_the_service = {ref for ref, feature in congress.at_the_service() if feature == "connections"}
    assert at_the_service == agreed
    assert set(congress.holders()) == agreed
    assert congress.pretix.held() == congress.at_the_service()


def test_shredding_leaves_nothing_of_people_here_or_there(congress: Congress) -> None:
    pretix = congress.pretix
    over = {
        "date_from": "2020-01-01T09:00Z",
        "date_to": "2020-01-02T18:00Z",
        "presale_end": None,
        "live": False,
    }
    pretix.ask("PATCH", f"{pretix.event}/", over)
    made = pretix.ask("POST", f"{pretix.event}/shredders/export/", {"shredders": ["entremise"]})
    api = pretix.facts["api_url"]
    headers = {"Authorization": f"Token {pretix.facts['token']}"}
    kept: list[requests.Response] = []

    def exported() -> bool:
        kept.append(requests.get(made["download"], headers=headers, timeout=30))
        return kept[-1].status_code == 200

    wait_for(exported, why="pretix exports nothing")
    with zipfile.ZipFile(io.BytesIO(kept[-1].content)) as archive:
        assert "introductions.json" in archive.namelist()
    pretix.ask("POST", made["shred"].removeprefix(api), {})
    tables = ("held", "answer", "opting", "mark", "told", "connection")
    wait_for(
        lambda: (
            not any(pretix.rows_of(f"SELECT 1 FROM pretix_entremise_{table} LIMIT 1") for table in tables)
        ),
        why="something is left",
    )
    assert "disabled" in congress.installations()


def door_of(congress: Congress, *, door: str = "", slug: str = "") -> str:
    ((ours,),) = congress.pretix.rows_of(
        "SELECT door FROM pretix_entremise_connection WHERE event_id IS NOT NULL"
    )
    facts = congress.pretix.facts
    path = f"{facts['organizer']}/{slug or facts['event']}/entremise/results/{door or ours}/"
    return f"{congress.pretix.url}/{path}"


def deliver(
    congress: Congress, body: bytes, *, secret: str | None = "", at: float = 0.0, sent: bytes = b"",
    door: str = "", slug: str = "",
) -> requests.Response:  # fmt: skip
    """Send something to the door, signed with the true secret unless told otherwise."""
    moment = datetime.fromtimestamp(at or time.time(), UTC)
    headers = {"content-type": "application/cloudevents-batch+json"}
    if secret is not None:
        signed = Webhook(secret or congress.access.callback_secret).sign("msg_1", moment, body.decode())
        headers |= {
            "webhook-id": "msg_1", "webhook-timestamp": str(int(moment.timestamp())), "webhook-signature": signed,
        }  # fmt: skip
    return requests.post(
        door_of(congress, door=door, slug=slug), data=sent or body, headers=headers, timeout=60
    )


def a_result(ref: str, host_event: str) -> bytes:
    """Return a batch that would show somebody who does not exist."""
    shown = {"person": "M-1", "name": "Mallory", "rank": 1, "score": 1.0, "for_you": [], "for_them": []}
    return json.dumps(
        [
            {
                "specversion": "1.0", "type": "org.entremise.connections.suggested.v1", "id": "x/1",
                "source": "/installations/x", "subject": ref, "hostevent": host_event, "partitionkey": host_event,
                "sequence": "999999", "datacontenttype": "application/json",
                "data": {"language": "en", "suggestions": [shown]},
            }
        ]
    ).encode()  # fmt: skip
