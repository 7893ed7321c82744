"""What becomes of notes and answers when tickets move to another order, and when an event goes for good."""

import pytest
from django.db import transaction
from django.utils.timezone import now
from django_scopes import scope, scopes_disabled
from outbox import YES, changed, said
from pretix.base.models import Event, OrderPosition
from pretix.base.services.orders import OrderChangeManager

from pretix_entremise import sending
from pretix_entremise.held import Ticket
from pretix_entremise.models import Answer, Connection, Held, Mark


@pytest.fixture(autouse=True)
def reachable(settings):
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = True


@pytest.fixture
def scene(event, connection, ask, sell, organizer):
    """An order of two, and somebody else who blocked the second of them; each is held for the other."""
    ask("CONSENT", "B")
    with scope(organizer=organizer):
        buyer, other = sell("Anna", "Bob", answers=YES), sell("Carl", answers=YES)
        bob, carl = buyer.positions.get(positionid=2), other.positions.get()
        for position, ref, name in ((bob, f"{other.code}-1", "Carl"), (carl, f"{buyer.code}-2", "Bob")):
            Held.objects.create(
                position=position, feature="connections", revision=7,
                payload={"suggestions": [{"person": ref, "name": name}]},
            )  # fmt: skip
        Answer.objects.create(position=carl, other=f"{buyer.code}-2", verdict="blocked", at=now())
        changed(buyer)
        changed(other)
        sending.send(connection.pk)
    return buyer, bob, carl


def _split(buyer, bob, admin):
    change = OrderChangeManager(buyer, user=admin, notify=False)
    change.split(bob)
    change.commit()
    bob = OrderPosition.objects.get(pk=bob.pk)
    return bob, f"{bob.order.code}-{bob.positionid}"


def test_who_was_blocked_stays_blocked_in_an_order_of_their_own(scene, admin, organizer):
    buyer, bob, carl = scene
    with scope(organizer=organizer):
        bob, ref = _split(buyer, bob, admin)
        assert Answer.objects.get().other == ref
        for position, other, name in ((bob, f"{carl.order.code}-1", "Carl"), (carl, ref, "Bob")):
            Held.objects.update_or_create(
                position=position, feature="connections",
                defaults={"revision": 8, "payload": {"suggestions": [{"person": other, "name": name}]}},
            )  # fmt: skip
        assert Ticket(bob).features["connections"]["suggestions"] == []
        assert Ticket(carl).features["connections"]["suggestions"] == []


def test_the_service_hears_of_the_block_under_the_new_name(scene, admin, organizer, connection, service):
    buyer, bob, carl = scene
    with scope(organizer=organizer):
        before = len(service.sent())
        bob, ref = _split(buyer, bob, admin)
        sending.send(connection.pk)
    news = service.sent()[before:]
    assert ("attendee.registered", ref) in said(service)[before:]
    (block,) = [one for one in news if one["type"] == "org.entremise.feedback.blocked.v1"]
    assert (block["subject"], block["data"]["other"]) == (f"{carl.order.code}-1", ref)


def test_what_was_held_under_the_former_name_does_not_hide_what_comes(scene, admin, organizer):
    buyer, bob, _carl = scene
    with scope(organizer=organizer):
        bob, _ref = _split(buyer, bob, admin)
        assert not Held.objects.filter(position=bob).exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_whose_form_asks_something_can_be_deleted(event, connection, ask):
    ask("CONSENT", "B")
    ask("TITLE", "C", options=("a", "b"))
    with scopes_disabled():
        with transaction.atomic():
            event.delete_sub_objects()
            event.delete()
        assert not Event.objects.filter(pk=event.pk).exists()
        assert not Mark.objects.exists()
        assert Connection.objects.get().state == Connection.LEAVING
