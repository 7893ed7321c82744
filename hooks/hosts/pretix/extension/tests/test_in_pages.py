"""The pages below a ticket: who may open them, what they say, and that only a form with a token changes anything."""

import re

import pytest
from django.utils.timezone import now, timedelta
from django_scopes import scopes_disabled
from introductions import (
    CONSENTS,
    consenting,
    deliver,
    handle,
    introduce,
    introduced,
    person,
    ref,
    result,
    say,
    state,
    suggested,
    text,
    ticket,
)
from pretix.base.models import Event, Organizer

from pretix_entremise.models import Connection

pytestmark = pytest.mark.django_db

SUFFIXES = ("", "answer", "leave", "return", "meetings.ics", "more", "kept.json")


@pytest.fixture(autouse=True)
def _any_scope():
    with scopes_disabled():
        yield


@pytest.fixture
def reachable(settings, service):
    """The service is on this machine, where pretix asks nobody unless it is told that it may."""
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = True
    return service


@pytest.fixture
def people(event, connection, ask, sell):
    return introduced(event, ask, sell)


def test_the_page_shows_everybody_with_the_reason(client, people):
    found = text(client.get(ticket(people[0])))
    for name in ("Maya Mentor", "Pia Peer", "Hugo Garnier", "Olga Other"):
        assert name in found
    assert "Knows about: accessible front desks" in found
    assert "Dinner: table 4" in found
    assert "Circle 3" in found
    assert "Open source in public procurement" in found


def test_nobody_is_suggested_twice(client, people):
    page = client.get(ticket(people[0])).content.decode()
    assert page.count(f'id="person-{handle(people[0], people[3])}"') == 1


def test_the_page_never_names_an_order_of_somebody_else(client, people):
    page = client.get(ticket(people[0])).content.decode()
    block = client.get(ticket(people[0]).removesuffix("entremise/")).content.decode()
    for other in people[1:]:
        assert other.code not in page
        assert other.code not in block
        assert other.positions.get().web_secret not in page + block
        assert other.email not in page + block


def test_the_page_is_neither_indexed_nor_kept_nor_named_to_other_sites(client, people, service):
    for suffix in SUFFIXES:
        answer = client.get(ticket(people[0], 1, suffix))
        assert "noindex" in answer["X-Robots-Tag"], suffix
        assert "no-store" in answer["Cache-Control"], suffix
        assert answer["Referrer-Policy"] in {"same-origin", "no-referrer"}, suffix


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_secret_of_another_ticket_opens_nothing(client, people, suffix):
    wrong = ticket(people[0], 1, suffix).replace(
        people[0].positions.get().web_secret, people[1].positions.get().web_secret
    )
    before = state()
    for method in ("get", "post"):
        assert getattr(client, method)(wrong).status_code == 404
    missing = ticket(people[0], 1, suffix).replace(f"/{people[0].code}/1/", f"/{people[0].code}/99/")
    assert client.get(missing).status_code == 404
    assert client.post(missing).status_code == 404
    assert state() == before


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_ticket_opens_nothing_at_another_event_or_organizer(client, people, event, suffix):
    Event.objects.create(
        organizer=event.organizer, name="Other", slug="other", live=True, date_from=now(), plugins="pretix_entremise"
    )  # fmt: skip
    elsewhere = Organizer.objects.create(name="Else", slug="else")
    Event.objects.create(
        organizer=elsewhere, name="Summit", slug="summit", live=True, date_from=now(), plugins="pretix_entremise"
    )  # fmt: skip
    right = ticket(people[0], 1, suffix)
    for wrong in (right.replace("/summit/", "/other/"), right.replace("/rencontres/", "/else/")):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong).status_code == 404


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_where_the_plugin_is_off_there_is_no_page(client, people, event, suffix):
    event.plugins = "pretix.plugins.banktransfer"
    event.save()
    assert client.get(ticket(people[0], 1, suffix)).status_code == 404
    assert client.post(ticket(people[0], 1, suffix)).status_code == 404
    block = client.get(ticket(people[0]).removesuffix("entremise/"))
    assert block.status_code == 200
    assert "Hugo Garnier" not in text(block)


def test_ninety_days_after_the_end_the_pages_are_closed(client, people, event):
    event.date_from, event.date_to = now() - timedelta(days=95), now() - timedelta(days=91)
    event.save()
    for suffix in ("", "meetings.ics", "more", "kept.json"):
        answer = client.get(ticket(people[0], 1, suffix))
        assert answer.status_code == 410
        assert "Hugo Garnier" not in text(answer)
    before = state()
    for suffix in ("answer", "leave", "return"):
        assert client.post(ticket(people[0], 1, suffix)).status_code == 410
    assert state() == before
    assert "Hugo Garnier" not in text(client.get(ticket(people[0]).removesuffix("entremise/")))


def test_where_nothing_is_connected_the_page_says_so(client, people):
    Connection.objects.update(event=None)
    answer = client.get(ticket(people[0]))
    assert answer.status_code == 404
    assert "There is nothing here" in text(answer)


def test_nothing_that_somebody_wrote_becomes_markup(client, event, connection, ask, sell):
    consenting(ask)
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    ada, bo = sell("Ada", answers=CONSENTS), sell(evil, answers=CONSENTS)
    introduce(event, ada, [bo, bo, bo, bo], language='"><script>')
    nasty = person(ref(bo), evil, you=[evil], them=[evil], title=evil, organisation=evil)
    deliver(
        event, [result(ref(ada), "experts", 2, suggested(nasty, language='en"><script>alert(1)</script>'))]
    )
    client.post(ticket(ada, 1, "answer"), {"person": handle(ada, bo), "verdict": "met"})
    for address in (ticket(ada), ticket(ada).removesuffix("entremise/")):
        page = client.get(address).content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//evil.example.org", "ftp://x", 7]
)
def test_a_link_that_is_no_web_address_is_none(client, event, people, link):
    meeting = {
        "meeting": "m", "starts": now().isoformat(), "ends": now().isoformat(), "spot": "", "remote": True,
        "link": link, "people": [person(ref(people[1]), "Maya Mentor")],
    }  # fmt: skip
    deliver(event, [result(ref(people[0]), "meetings", 2, {"language": "en", "meetings": [meeting]})])
    page = client.get(ticket(people[0])).content.decode()
    assert "Maya Mentor" in page
    assert "Join by video" not in page
    assert f'href="{link}' not in page


def test_the_page_is_in_the_readers_language_and_says_which_the_reasons_are_in(client, people):
    french = client.get(ticket(people[0]), headers={"Accept-Language": "fr"})
    page = french.content.decode()
    assert "Personnes à rencontrer" in page
    assert "Pas pour moi\u00a0: Hugo Garnier" in page
    assert re.search(r'<ul class="entremise-reasons" lang="en">\s*<li>Knows about', page)
    english = client.get(ticket(people[0]), headers={"Accept-Language": "en"}).content.decode()
    assert 'aria-label="Not for me: Hugo Garnier"' in english
    assert not re.search(r'entremise-reasons"[^>]* lang=', english)


def test_whoever_did_not_agree_is_told_so_and_shown_nobody(client, people, event, sell):
    quiet = sell("Quiet")
    page = client.get(ticket(quiet))
    assert page.status_code == 200
    assert "You did not agree" in text(page)


def test_what_others_can_see_of_somebody_is_what_leaves_pretix(client, event, connection, ask, sell):
    consenting(ask)
    ask("OFFERS", "T")
    ask("NEEDS", "T")
    ask("VISIBLE", "M", options=["offers"])
    answers = {**CONSENTS, "OFFERS": "Open data", "NEEDS": "A secret need", "VISIBLE": ["offers"]}
    page = text(client.get(ticket(sell("Ada Lovelace", answers=answers))))
    assert "You offer Open data" in page
    assert "A secret need" not in page


def test_more_leads_to_the_persons_own_page_at_the_service(client, people, reachable):
    path = f"/v1/installations/inst1/host-events/summit/attendees/{ref(people[0])}/page"
    reachable.answers[f"GET {path}"] = (200, {"address": "https://service.example.org/me/abc"}, {})
    answer = client.get(ticket(people[0], 1, "more"))
    assert (answer.status_code, answer["Location"]) == (302, "https://service.example.org/me/abc")
    assert answer["Referrer-Policy"] == "no-referrer"
    asked = reachable.requests[-1]
    assert (asked[0], asked[1]) == ("GET", path)
    assert asked[2]["authorization"] == "Bearer entremise_token"


@pytest.mark.parametrize(
    "said",
    [
        (503, {}, {}),
        (429, {}, {}),
        (404, {}, {}),
        (200, {"address": "javascript:alert(1)"}, {}),
        (200, {"address": "https://["}, {}),
        (200, {"address": "https://a.example/" + "a" * 20_000}, {}),
        (200, {"address": "https://a.example/\r\nSet-Cookie: a=b"}, {}),
        (200, {}, {}),
    ],
)
def test_more_says_so_when_the_service_is_away(client, people, reachable, said):
    path = f"/v1/installations/inst1/host-events/summit/attendees/{ref(people[0])}/page"
    reachable.answers[f"GET {path}"] = said
    answer = client.get(ticket(people[0], 1, "more"))
    assert (answer.status_code, answer["Location"]) == (303, ticket(people[0]))
    assert len(reachable.requests) == 1
    page = client.get(answer["Location"])
    assert "try again in a few minutes" in text(page)
    assert "Hugo Garnier" in text(page)


def test_more_says_so_when_pretix_may_not_ask_the_service(client, people, settings, service):
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = False
    answer = client.get(ticket(people[0], 1, "more"))
    assert "try again in a few minutes" in text(client.get(answer["Location"]))
    assert service.requests == []


def test_no_page_but_more_ever_asks_the_service(client, people, reachable):
    client.get(ticket(people[0]))
    client.get(ticket(people[0]).removesuffix("entremise/"))
    client.get(ticket(people[0], 1, "meetings.ics"))
    say(client, people[0], people[3], "met")
    client.post(ticket(people[0], 1, "leave"))
    client.post(ticket(people[0], 1, "return"))
    assert reachable.requests == []


def test_with_the_service_switched_off_everything_but_more_works(client, people, reachable):
    reachable.close()
    assert "Hugo Garnier" in text(client.get(ticket(people[0])))
    assert say(client, people[0], people[3], "met").status_code == 303
    assert client.get(ticket(people[0], 1, "more"))["Location"] == ticket(people[0])
