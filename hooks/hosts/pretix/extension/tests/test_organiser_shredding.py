"""Shredding and deleting: nothing of anybody stays here, and the service is asked to forget until it has."""

import datetime as dt
import io
import json
import zipfile

import pytest
from django.db import transaction
from django.utils.timezone import now
from django_scopes import scope, scopes_disabled
from organised import consent, hold, loopback, people
from pretix.base.models import CachedFile, Event, Order
from pretix.base.services.shredder import export, shred

from pretix_entremise.models import Answer, Connection, Held, Mark, Opting
from pretix_entremise.organiser.shredding import IntroductionsShredder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def over(event):
    """The event is over, and its shop offline: before that, pretix shreds nothing."""
    with scopes_disabled():
        event.live = False
        event.date_from = now() - dt.timedelta(days=9)
        event.date_to = now() - dt.timedelta(days=8)
        event.save()
    return event


def say(people):
    with scopes_disabled():
        Answer.objects.create(position=people["AB001-1"], other="AB010-1", verdict="blocked", at=now())
        Opting.objects.create(position=people["AB002-1"], out=True, at=now())


def delete(order):
    """Delete an order as pretix does it with orders in test mode."""
    order.testmode = True
    order.save()
    with transaction.atomic():
        order.gracefully_delete()


def shredded(event, *identifiers):
    """Have pretix export and shred, as its pages do; return what was exported."""
    with scopes_disabled():
        file = CachedFile.objects.get(
            pk=export.apply(kwargs={"event": event.pk, "shredders": list(identifiers)}).get()
        )
        exported = zipfile.ZipFile(io.BytesIO(file.file.read()))
        found = {name: exported.read(name) for name in exported.namelist()}
        code = found["CONFIRM_CODE.txt"].decode()
        shred.apply(kwargs={"event": event.pk, "fileid": str(file.pk), "confirm_code": code}).get()
    return found


def test_shredding_exports_what_is_held_and_says_of_answers_only_how_many(over, connection, service, people):
    hold(people)
    say(people)
    found = json.loads(shredded(over, "entremise")["introductions.json"])
    assert found["tickets"]["AB001-1"]["results"]["circles"]["content"]["circles"]
    assert found["answers"] == {"blocked": 1}
    assert found["left_everything"] == 1


def test_shredding_leaves_nothing_here_and_has_the_service_erase_everybody(over, connection, service, people):
    hold(people)
    say(people)
    shredded(over, "entremise")
    with scopes_disabled():
        for model in (Held, Answer, Opting):
            assert model.objects.count() == 0
        assert not Connection.objects.filter(event=over).exists()
    assert ("DELETE", "/v1/installations/inst1/connection?erase=true") in [
        one[:2] for one in service.requests
    ]


def test_while_the_service_is_away_the_farewell_waits_and_is_said_later(over, connection, service, people):
    from django.core.management import call_command

    hold(people)
    service.answers["DELETE /v1/installations/inst1/connection"] = (503, {"code": "database_away"}, {})
    shredded(over, "entremise")
    waiting = Connection.objects.get()
    assert (waiting.state, waiting.erase_on_leaving, waiting.event_id) == (Connection.LEAVING, True, None)
    with scopes_disabled():
        assert Held.objects.count() == 0
    service.answers["DELETE /v1/installations/inst1/connection"] = (204, b"", {})
    Connection.objects.update(retry_at=None)
    call_command("entremise_send")
    assert not Connection.objects.exists()
    said = [path for method, path, *_ in service.requests if method == "DELETE"]
    assert len(said) >= 2
    assert set(said) == {"/v1/installations/inst1/connection?erase=true"}


def test_after_shredding_nothing_that_arrives_is_taken_in(client, over, connection, service, people):
    from introductions import result, suggested

    shredded(over, "entremise")
    answer = client.post(
        f"/{over.organizer.slug}/{over.slug}/entremise/results/{connection.door}/",
        data=json.dumps([result("AB001-1", "connections", 9, suggested())]),
        content_type="application/cloudevents-batch+json",
    )
    assert answer.status_code == 404
    with scopes_disabled():
        assert Held.objects.count() == 0


def test_when_pretix_shreds_names_and_answers_the_service_hears_that_everybody_is_erased(
    over, connection, service, people
):
    from pretix_entremise.sending import send

    with transaction.atomic(), scopes_disabled():
        Mark(event=over, kind=Mark.EVERYTHING).save()
    send(connection.pk)
    before = len(service.sent())
    assert {one.get("subject") for one in service.sent()} >= set(people)
    shredded(over, "attendee_info", "question_answers")
    with scopes_disabled():
        assert Mark.objects.filter(event=over, kind=Mark.EVERYTHING).exists()
    send(connection.pk)
    after = service.sent()[before:]
    erased = {one["subject"] for one in after if one["type"] == "org.entremise.attendee.erased.v1"}
    assert erased == set(people)


def test_an_order_that_is_deleted_takes_along_what_is_held_of_it(event, connection, service, people):
    hold(people)
    say(people)
    with scopes_disabled():
        delete(Order.objects.get(code="AB001"))
        assert not Held.objects.filter(position=people["AB001-1"].pk).exists()
        assert not Answer.objects.exists()
        assert Held.objects.filter(position=people["AB002-1"]).exists()


def test_people_whose_order_is_gone_are_shown_to_nobody_at_once(event, connection, service, people):
    from pretix_entremise.held import visible_to
    from pretix_entremise.shown import people_in

    hold(people)
    with scope(organizer=event.organizer):
        assert "AB002-1" in people_in(dict(visible_to(people["AB001-1"])))
        delete(Order.objects.get(code="AB002"))
        assert "AB002-1" not in people_in(dict(visible_to(people["AB001-1"])))


def test_only_this_event_is_shredded(over, organizer, connection, service, people):
    with scopes_disabled():
        other = Event.objects.create(
            organizer=organizer, name="Other", slug="other", date_from=over.date_from, plugins=over.plugins
        )
        order = people["AB003-1"].order
        order.event = other
        order.save()
        hold(people)
    with scope(organizer=organizer):
        IntroductionsShredder(over).shred_data()
        assert set(Held.objects.values_list("position__order__code", flat=True)) == {"AB003"}


def test_an_event_without_a_connection_can_be_shredded(over, people):
    hold(people)
    shredded(over, "entremise")
    with scopes_disabled():
        assert Held.objects.count() == 0
