"""Neither who somebody is nor where leaves pretix any more once they have left everything."""

import pytest
from django.utils.timezone import now
from django_scopes import scope
from outbox import YES, changed, said, scan

from pretix_entremise import sending
from pretix_entremise.attendees import saying
from pretix_entremise.held import Ticket
from pretix_entremise.models import Opting


@pytest.fixture(autouse=True)
def scoped(event, settings):
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = True
    with scope(organizer=event.organizer):
        yield


@pytest.fixture
def order(event, connection, ask, sell):
    ask("CONSENT", "B")
    ask("CONSENT_PRESENCE", "B")
    return sell("Ada", answers={**YES, "CONSENT_PRESENCE": "True"})


def _sent(connection, service, order):
    before = len(service.sent())
    changed(order)
    sending.send(connection.pk)
    return [kind for kind, _ in said(service)[before:]]


def test_whoever_left_everything_is_followed_no_longer(service, connection, order):
    assert _sent(connection, service, order) == ["attendee.registered"]
    Opting.objects.create(position=order.positions.get(), out=True, at=now())
    scan(order)
    assert _sent(connection, service, order) == ["attendee.registered"]
    told = service.sent()[-1]["data"]
    assert set(told) == {"consent", "version"}
    assert not any(told["consent"].values())
    assert _sent(connection, service, order) == []


def test_of_somebody_who_left_before_the_service_knew_them_nothing_is_told(service, connection, order):
    Opting.objects.create(position=order.positions.get(), out=True, at=now())
    assert _sent(connection, service, order) == []
    saying.opt(Ticket(order.positions.get()), out=False)
    assert "attendee.registered" in _sent(connection, service, order)


def test_leaving_takes_back_where_somebody_is_and_coming_back_tells_it_again(service, connection, order):
    scan(order, minutes_ago=5)
    assert _sent(connection, service, order) == ["attendee.registered", "attendee.checked_in"]
    for out, news in ((True, "check_in_reversed"), (False, "checked_in")):
        before = len(service.sent())
        saying.opt(Ticket(order.positions.get()), out=out)
        sending.send(connection.pk)
        opted = f"attendee.opted_{'out' if out else 'in'}"
        assert [kind for kind, _ in said(service)[before:]] == [
            "attendee.registered",
            f"attendee.{news}",
            opted,
        ]
