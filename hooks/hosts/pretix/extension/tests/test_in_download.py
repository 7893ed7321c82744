"""What a ticket's holder downloads: all that is kept of them, and of other people what the page shows and no more."""

import json

import pytest
from django.utils.timezone import now
from django_scopes import scope, scopes_disabled
from introductions import introduced, ref, say, state, text, ticket
from outbox import changed

from pretix_entremise import sending
from pretix_entremise.models import Answer, Held, Opting, Told

pytestmark = pytest.mark.django_db
OTHERS = ("Maya Mentor", "Pia Peer", "Hugo Garnier", "Olga Other")


@pytest.fixture(autouse=True)
def _any_scope(settings):
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = True
    with scopes_disabled():
        yield


@pytest.fixture
def people(event, connection, ask, sell):
    return introduced(event, ask, sell)


def download(client, order):
    """Download the file; return what is in it."""
    answer = client.get(ticket(order, 1, "kept.json"))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == f'attachment; filename="summit-{ref(order)}-introductions.json"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    return json.loads(answer.content)


def test_the_file_says_what_leaves_pretix_what_is_shown_and_what_was_answered(
    client, people, connection, service, organizer
):
    with scope(organizer=organizer):
        changed(people[0])
        sending.send(connection.pk)
    say(client, people[0], people[4], "accepted")
    found = download(client, people[0])
    sent = service.sent()[0]["data"]
    assert found["profile"] == {name: value for name, value in sent.items() if name != "version"}
    assert found["told_to_the_service"]["registered"] is True
    assert found["agreed_to"] == ["groups", "matching", "mentoring", "presence"]
    assert not found["has_left_everything"]
    shown = found["you_are_shown"]
    assert shown["mentoring"][0]["name"] == "Maya Mentor"
    assert shown["tables"][0]["table"] == "4"
    assert shown["circles"][0]["topics"][0]["made_of"] == [
        {"by": ["Pia Peer"]}, {"by": ["you"], "text": "public tenders"},
    ]  # fmt: skip
    assert shown["suggestions"][0]["your_answer"] == "accepted"
    assert [(one["name"], one["answer"]) for one in found["you_answered"]] == [("Olga Other", "accepted")]
    assert found["all_your_answers"] == {"accepted": 1}
    assert json.dumps(found, ensure_ascii=False).count("score") == 0


def test_the_page_leads_to_the_file_in_english_and_french_and_a_visit_changes_nothing(client, people):
    before = state()
    for order in people:
        page = client.get(ticket(order)).content.decode()
        assert f'href="{ticket(order, 1, "kept.json")}"' in page
        download(client, order)
    assert "Download what is kept about you" in page
    answer = client.get(ticket(people[0]), headers={"Accept-Language": "fr"})
    assert "Télécharger ce qui est conservé à votre sujet" in text(answer)
    assert state() == before
    assert client.post(ticket(people[0], 1, "kept.json")).status_code == 405


def test_everybody_in_the_file_is_on_the_page_and_whoever_is_not_there_is_not_in_it(client, people):
    found = json.dumps(download(client, people[0]), ensure_ascii=False)
    page = text(client.get(ticket(people[0])))
    assert [name for name in OTHERS if name in found] == [name for name in OTHERS if name in page]
    for other in people[1:]:
        assert other.code not in found
        assert other.email not in found
    # One blocks the reader, one leaves, one cancels, one is blocked: the file says nothing of why they are gone.
    say(client, people[0], people[2], "accepted")
    for order in people[1:3]:
        Answer.objects.create(
            position=order.positions.get(), other=ref(people[0]), verdict="blocked", at=now()
        )
    Opting.objects.create(position=people[3].positions.get(), out=True, at=now())
    say(client, people[0], people[4], "blocked")
    file = download(client, people[0])
    found, page = json.dumps(file, ensure_ascii=False), text(client.get(ticket(people[0])))
    for name in OTHERS[:3]:
        assert name not in found
        assert name not in page
    assert OTHERS[3] in page
    assert [(one["name"], one["answer"]) for one in file["you_answered"]] == [(OTHERS[3], "blocked")]
    # All that one said is counted, whoever it was about.
    assert file["all_your_answers"] == {"accepted": 1, "blocked": 1}


def test_whoever_left_or_never_agreed_downloads_that(client, people, sell):
    say(client, people[0], people[4], "met")
    client.post(ticket(people[0], 1, "leave"))
    assert f'href="{ticket(people[0], 1, "kept.json")}"' in client.get(ticket(people[0])).content.decode()
    found = download(client, people[0])
    assert found["has_left_everything"] is True
    assert found["left_or_came_back_at"]
    assert (found["profile"], found["you_are_shown"], found["you_answered"]) == (None, {}, [])
    assert found["all_your_answers"] == {"met": 1}
    stranger = sell("Nobody")
    assert f'href="{ticket(stranger, 1, "kept.json")}"' in client.get(ticket(stranger)).content.decode()
    found = download(client, stranger)
    assert (found["agreed_to"], found["profile"], found["told_to_the_service"]) == ([], None, None)


def test_the_next_holder_of_a_ticket_downloads_nothing_of_the_former(
    client, people, connection, organizer, event
):
    position = people[0].positions.get()
    position.attendee_name_parts = {"_scheme": "full", "full_name": "Ada Lovelace"}
    position.save()
    with scope(organizer=organizer):
        changed(people[0])
        sending.send(connection.pk)
    say(client, people[0], people[4], "accepted")
    client.post(ticket(people[0], 1, "leave"))
    position.attendee_name_parts = {"_scheme": "full", "full_name": "Grace Hopper"}
    position.save()
    for noticed in (False, True):
        found = download(client, people[0])
        assert not [name for name in OTHERS if name in json.dumps(found)]
        assert (found["has_left_everything"], found["left_or_came_back_at"]) == (False, None)
        assert (found["you_answered"], found["all_your_answers"]) == ([], {})
        if not noticed:
            assert found["told_to_the_service"] is None
            with scope(organizer=organizer):
                changed(people[0])
                sending.send(connection.pk)
            assert Held.objects.filter(payload__isnull=False).count() == 0
            assert Told.objects.get(ref=ref(people[0])).registered
