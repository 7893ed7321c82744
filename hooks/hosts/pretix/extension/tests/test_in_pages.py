"""The pages below a ticket: who may open them, what they say, and that only a form with a token changes anything."""

import re

import pytest
from django.test import Client
from django.utils.timezone import now, timedelta
from django_scopes import scopes_disabled
from introductions import CONSENTS, deliver, introduce, person, ref, result, suggested, ticket
from pretix.base.models import Event, Order, Organizer

from pretix_entremise.held import handle_of
from pretix_entremise.models import Answer, Connection, Held, Mark, Opting

pytestmark = pytest.mark.django_db

SUFFIXES = ("", "answer", "leave", "return", "meetings.ics", "more")


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
def consents(ask):
    for identifier in CONSENTS:
        ask(identifier, "B")


@pytest.fixture
def people(event, connection, consents, sell):
    """Ada, who reads, and four who were suggested to her."""
    orders = [
        sell(name, answers=CONSENTS)
        for name in ("Ada", "Maya Mentor", "Pia Peer", "Hugo Garnier", "Olga Other")
    ]
    introduce(event, orders[0], orders[1:])
    Mark.objects.all().delete()
    return orders


def handle(reader, other):
    return handle_of(reader.positions.get(), ref(other))


def text(answer):
    """Return what is read on a page, without markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def state():
    """Return everything that a visit could change."""
    return (
        list(Answer.objects.values_list("position", "other", "verdict")),
        list(Opting.objects.values_list("position", "out")),
        list(Held.objects.values_list("position", "feature", "revision", "at")),
        Mark.objects.count(),
        list(Order.objects.values_list("code", "status", "last_modified")),
    )


def say(browser, reader, other, verdict, **more):
    return browser.post(
        ticket(reader, 1, "answer"), {"person": handle(reader, other), "verdict": verdict}, **more
    )


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


def test_looking_changes_nothing_whoever_looks(people, service):
    before = state()
    for suffix in (
        *SUFFIXES,
        f"answer?person={handle(people[0], people[3])}&verdict=blocked",
        "leave?leave=1",
    ):
        for method in ("get", "head", "options"):
            getattr(Client(headers={"User-Agent": "MailScanner/1.0 (link check)"}), method)(
                ticket(people[0], 1, suffix)
            )
    for suffix in ("answer", "leave", "return"):
        assert Client().get(ticket(people[0], 1, suffix)).status_code == 405
    assert state() == before


def test_a_form_without_the_shops_token_is_refused(people):
    before = state()
    browser = Client(enforce_csrf_checks=True)
    assert say(browser, people[0], people[3], "blocked").status_code == 403
    for suffix in ("leave", "return"):
        assert browser.post(ticket(people[0], 1, suffix)).status_code == 403
    assert state() == before


def test_a_form_as_the_page_gives_it_is_taken(people):
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(ticket(people[0])).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    answer = browser.post(
        ticket(people[0], 1, "answer"),
        {"person": handle(people[0], people[3]), "verdict": "accepted", "csrfmiddlewaretoken": token},
        headers={"Origin": "http://testserver"},
    )
    assert answer.status_code == 303
    assert Answer.objects.get().verdict == "accepted"


@pytest.mark.parametrize("verdict", ["accepted", "met", "declined", "blocked"])
def test_an_answer_is_kept_noted_for_sending_and_confirmed(client, people, verdict):
    answer = say(client, people[0], people[3], verdict)
    assert answer.status_code == 303
    row = Answer.objects.get()
    assert (row.position, row.other, row.verdict) == (people[0].positions.get(), ref(people[3]), verdict)
    assert list(Mark.objects.values_list("kind", "ref")) == [(Mark.ANSWER, str(row.pk))]
    page = client.get(answer["Location"])
    assert "alert-success" in page.content.decode()
    assert "Noted" in text(page)
    # What was said stands there, and can be changed.
    assert {
        "accepted": "You are interested",
        "met": "You met",
        "declined": "Not for you",
        "blocked": "Never again",
    }[verdict] in text(page)
    assert handle(people[0], people[3]) in page.content.decode()


def test_the_last_word_counts_and_the_same_word_twice_is_sent_once(client, people):
    say(client, people[0], people[3], "declined")
    say(client, people[0], people[3], "declined")
    assert Mark.objects.count() == 1
    first = Answer.objects.get()
    say(client, people[0], people[3], "accepted")
    last = Answer.objects.get()
    assert (last.pk, last.verdict) == (first.pk, "accepted")
    assert last.at > first.at
    assert Mark.objects.count() == 2


def test_nobody_can_be_answered_who_was_not_shown(client, people, sell):
    stranger = sell("Stranger", answers=CONSENTS)
    before = state()
    said = [
        (handle(people[0], stranger), "accepted"),
        (handle(people[1], people[3]), "accepted"),
        (handle(people[0], people[0]), "accepted"),
        (ref(people[3]), "accepted"),
        (handle(people[0], people[3]), "registered"),
        (handle(people[0], people[3]), ""),
        ("", ""),
        ("x" * 5000, "accepted"),
    ]
    for someone, verdict in said:
        answer = client.post(ticket(people[0], 1, "answer"), {"person": someone, "verdict": verdict})
        assert answer.status_code == 303
        assert "can no longer be answered" in text(client.get(answer["Location"]))
    assert state() == before


def test_whoever_was_turned_down_is_gone_and_can_be_taken_back(client, people):
    say(client, people[0], people[3], "blocked")
    page = client.get(ticket(people[0]))
    assert page.content.decode().count(f'value="{handle(people[0], people[3])}"') == 1
    assert "Change your answer about Hugo Garnier" in text(page)
    say(client, people[0], people[3], "accepted")
    assert f'id="person-{handle(people[0], people[3])}"' in client.get(ticket(people[0])).content.decode()


def test_leaving_and_coming_back_is_one_click_each(client, people):
    answer = client.post(ticket(people[0], 1, "leave"))
    assert answer.status_code == 303
    page = text(client.get(answer["Location"]))
    assert "You are not taking part" in page
    assert "Hugo Garnier" not in page
    row = Opting.objects.get()
    assert row.out
    client.post(ticket(people[0], 1, "leave"))
    client.post(ticket(people[0], 1, "return"))
    row.refresh_from_db()
    assert not row.out
    assert list(Mark.objects.values_list("kind", "ref")) == [(Mark.OPTING, str(row.pk))] * 2
    assert "Hugo Garnier" in text(client.get(ticket(people[0])))


def test_whoever_left_answers_nobody(client, people):
    client.post(ticket(people[0], 1, "leave"))
    say(client, people[0], people[3], "met")
    assert not Answer.objects.exists()


def test_whoever_left_is_gone_from_the_pages_of_others_at_once(client, people):
    introduced = ticket(people[0])
    client.post(ticket(people[3], 1, "leave"))
    assert "Hugo Garnier" not in text(Client().get(introduced))
    assert "Hugo Garnier" not in text(Client().get(introduced.removesuffix("entremise/")))


def test_whoever_cancelled_is_gone_from_the_pages_of_others_at_once(client, people):
    people[3].status = Order.STATUS_CANCELED
    people[3].save()
    assert "Hugo Garnier" not in text(client.get(ticket(people[0])))
    assert "Hugo Garnier" not in text(client.get(ticket(people[0]).removesuffix("entremise/")))


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
    for suffix in ("", "meetings.ics", "more"):
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


def test_nothing_that_somebody_wrote_becomes_markup(client, event, connection, consents, sell):
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


def test_what_others_can_see_of_somebody_is_what_leaves_pretix(
    client, event, connection, consents, ask, sell
):
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
