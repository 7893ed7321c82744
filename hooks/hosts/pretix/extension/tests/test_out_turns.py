"""Without a worker, connections share the time of a run; and long after an event nobody looks after it any more."""

import datetime as dt

import pytest
from django.utils.timezone import now
from django_scopes import scopes_disabled
from outbox import YES, changed, said
from pretix.base.models import Event

from pretix_entremise import sending, tasks, turns, upkeep
from pretix_entremise.marking import mark
from pretix_entremise.models import Connection, Mark

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("near")]
DOOR = "POST /hosts/inst1/deliveries"
SLOW = 2.0
"""Seconds that the service takes for a delivery."""


class Clock:
    """Seconds that go by only while the service is waited for: a busy machine makes no difference."""

    def __init__(self):
        self.seconds = 0.0

    def monotonic(self):
        return self.seconds

    def takes_its_time(self, _body):
        self.seconds += SLOW
        return 202, {}, {}


@pytest.fixture
def clock(monkeypatch):
    ticking = Clock()
    for module in (turns, sending):
        monkeypatch.setattr(module, "time", ticking)
    return ticking


@pytest.fixture
def busy(ask, sell, connection, service, monkeypatch, clock):
    """The connection has more to send than one run can, to a service that takes its time."""
    monkeypatch.setattr(sending, "CHUNK", 1)
    ask("CONSENT", "B")
    orders = [sell("Ada", answers=YES) for _ in range(30)]
    Mark.objects.all().delete()
    for order in orders:
        changed(order)
    Connection.objects.update(status_at=now())
    service.answers[DOOR] = clock.takes_its_time
    return connection


def _others(organizer, service, clock, number):
    """Connect so many more events, each with a word to say."""
    made = []
    for at in range(number):
        event = Event.objects.create(
            organizer=organizer,
            name=f"Other {at}",
            slug=f"other{at}",
            date_from=now(),
            plugins="pretix_entremise",
        )
        name = f"more{at}"
        known = Connection.objects.get(installation="inst1")
        made.append(
            Connection.objects.create(
                event=event,
                service=service.url,
                installation=name,
                host_event=event.slug,
                door=name * 10,
                signing_secret=known.signing_secret,
                callback_secret=known.callback_secret,
                token="t",
                status_at=now(),
            )
        )
        service.answers[f"POST /hosts/{name}/deliveries"] = clock.takes_its_time
        mark(event, Mark.HOST_EVENT)
    return made


def _heard(service):
    """Return which events the service heard of, in the order in which it first did."""
    return list(dict.fromkeys(one["hostevent"] for one in service.sent()))


def test_one_with_much_to_send_leaves_time_for_everybody_else(busy, service, organizer, clock):
    _others(organizer, service, clock, 2)
    tasks.run_due()
    assert _heard(service) == ["summit", "other0", "other1"]
    assert Mark.objects.filter(event=busy.event).exists()


def test_what_is_left_of_the_run_goes_to_whoever_has_more(busy, service, clock):
    tasks.run_due()
    assert len(said(service)) * SLOW >= turns.RUN


def test_a_run_ends_in_time_and_the_next_one_begins_with_those_who_had_no_turn(
    busy, service, organizer, clock
):
    _others(organizer, service, clock, 30)
    tasks.run_due()
    # Nobody is interrupted: the last turn may be a little longer.
    assert turns.RUN <= clock.seconds <= turns.RUN + turns.TURN + SLOW
    first = _heard(service)
    assert first[0] == "summit"
    waiting = [name for name in (f"other{at}" for at in range(30)) if name not in first]
    assert waiting
    service.requests.clear()
    tasks.run_due()
    assert _heard(service) == [*waiting, "summit"]


def test_everybody_has_a_turn_some_day_however_much_all_have_to_send(service, connection, clock, monkeypatch):
    served = []

    def work(pk, seconds):
        upkeep.attended(pk)
        served.append(pk)
        clock.seconds += seconds
        return True

    for at in range(24):
        Connection.objects.create(service="s", installation=f"i{at}", host_event="e", door=f"{at:043}")
    for _ in range(3):
        turns.taken(upkeep.due(), work)
    everybody = set(Connection.objects.values_list("pk", flat=True))
    assert len(served) == 30
    assert set(served[:25]) == everybody


def test_one_that_ends_the_process_does_not_come_first_for_ever(busy, service, organizer, clock, monkeypatch):
    (other,) = _others(organizer, service, clock, 1)
    real = upkeep.look_after

    def dies(pk, **more):
        if pk == busy.pk:
            raise SystemExit
        return real(pk, **more)

    monkeypatch.setattr(upkeep, "look_after", dies)
    for _ in range(2):
        with pytest.raises(SystemExit):
            tasks.run_due()
    assert _heard(service) == [other.host_event]


def test_one_that_asks_for_more_without_using_its_time_does_not_go_round_and_round():
    asked = []

    def work(pk, seconds):
        asked.append((pk, seconds))
        return True

    turns.taken([1, 2], work)
    assert asked == [(1, turns.TURN), (2, turns.TURN)]


# Long after the end.


def _ended(days, event):
    Event.objects.filter(pk=event.pk).update(
        date_from=now() - dt.timedelta(days=days + 1), date_to=now() - dt.timedelta(days=days)
    )
    event.refresh_from_db()


@pytest.fixture
def quiet(ask, sell, connection, service):
    """Everything was told; nobody has walked or asked for two days."""
    ask("CONSENT", "B")
    order = sell("Ada", answers=YES)
    changed(order)
    sending.send(connection.pk)
    past = now() - dt.timedelta(days=2)
    Connection.objects.update(walked_at=past, connected_at=past, status_at=past)
    service.requests.clear()
    return order


def _walked(connection):
    before = connection.walked_at
    connection.refresh_from_db()
    return connection.walked_at != before


def test_long_after_the_end_nobody_walks_and_nobody_asks_the_service(quiet, connection, service, event):
    connection.refresh_from_db()
    _ended(91, event)
    assert upkeep.look_after(connection.pk).state == "done"
    assert service.requests == []
    assert not Mark.objects.exists()
    assert not _walked(connection)


def test_for_ninety_days_after_the_end_all_goes_on(quiet, connection, service, event):
    connection.refresh_from_db()
    _ended(89, event)
    upkeep.look_after(connection.pk)
    assert "GET /v1/installations/inst1/connection" in {f"{one[0]} {one[1]}" for one in service.requests}
    assert _walked(connection)


def test_a_real_change_is_sent_however_long_ago_the_event_was(quiet, connection, service, event):
    _ended(400, event)
    quiet.status = "c"
    quiet.save()
    Mark.objects.all().delete()
    changed(quiet)
    assert upkeep.look_after(connection.pk).state == "done"
    assert said(service) == [("attendee.cancelled", f"{quiet.code}-1")]
    assert {one[0] for one in service.requests} == {"POST"}


def test_features_can_be_switched_however_long_ago_the_event_was(quiet, connection, service, event):
    _ended(400, event)
    path = "/v1/installations/inst1/host-events/summit/settings"
    service.answers[f"PUT {path}"] = (200, {"values": {"a": True}, "effective": {}}, {"ETag": '"2"'})
    Connection.objects.update(wanted={"a": True}, board={"values": {}}, board_etag='"1"')
    mark(event, Mark.SETTINGS)
    upkeep.look_after(connection.pk)
    assert [one[1] for one in service.requests if one[0] == "PUT"] == [path]
    assert not Mark.objects.exists()


def test_switching_the_plugin_off_is_told_however_long_ago_the_event_was(quiet, connection, service, event):
    _ended(400, event)
    event.disable_plugin("pretix_entremise")
    event.save()
    upkeep.look_after(connection.pk)
    assert [one[0] for one in service.requests] == ["DELETE"]


def test_a_date_in_the_future_takes_everything_up_again(quiet, connection, service, event):
    connection.refresh_from_db()
    _ended(400, event)
    upkeep.look_after(connection.pk)
    assert service.requests == []
    event.date_to = now() + dt.timedelta(days=30)
    event.save()
    upkeep.look_after(connection.pk)
    assert _walked(connection)
    assert "GET /v1/installations/inst1/connection" in {f"{one[0]} {one[1]}" for one in service.requests}


def test_a_series_is_over_with_its_last_date(quiet, connection, service, event):
    with scopes_disabled():
        event.has_subevents = True
        event.save()
        last = event.subevents.create(name="Last", date_from=now() - dt.timedelta(days=10))
        event.subevents.create(name="First", date_from=now() - dt.timedelta(days=300))
    _ended(300, event)
    assert not upkeep.is_long_over(event)
    last.date_from = now() - dt.timedelta(days=91)
    last.save()
    assert upkeep.is_long_over(event)


def test_a_service_that_refuses_is_left_alone_when_there_is_nothing_to_say(quiet, connection, service, event):
    _ended(400, event)
    Connection.objects.update(state=Connection.REFUSED, retry_at=None)
    upkeep.look_after(connection.pk)
    assert service.requests == []
