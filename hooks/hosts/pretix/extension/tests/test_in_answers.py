"""Only a form with a token changes anything; what is said is kept, noted for sending, shown, and can be changed."""

import re

import pytest
from django.test import Client
from django_scopes import scopes_disabled
from introductions import (
    CONSENTS,
    handle,
    introduced,
    ref,
    say,
    state,
    text,
    ticket,
)
from pretix.base.models import Order

from pretix_entremise.models import Answer, Mark, Opting

pytestmark = pytest.mark.django_db

SUFFIXES = ("", "answer", "leave", "return", "meetings.ics", "more")


@pytest.fixture(autouse=True)
def _any_scope():
    with scopes_disabled():
        yield


@pytest.fixture
def people(event, connection, ask, sell):
    return introduced(event, ask, sell)


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
    marks = [(Mark.OPTING, str(row.pk)), (Mark.ORDER, people[0].code)]
    assert list(Mark.objects.order_by("pk").values_list("kind", "ref")) == marks * 2
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
