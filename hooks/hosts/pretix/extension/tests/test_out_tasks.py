"""When sending happens: without a task worker, with one, and by hand."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from django.utils.timezone import now
from outbox import YES, changed
from pretix.base.models import Event
from pretix.base.signals import periodic_task

from pretix_entremise import tasks
from pretix_entremise.management.commands import entremise_send
from pretix_entremise.marking import mark
from pretix_entremise.models import Connection, Mark

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("near")]
DOOR = "POST /hosts/inst1/deliveries"


@pytest.fixture
def order(ask, sell, connection):
    ask("CONSENT", "B")
    made = sell("Ada", answers=YES)
    Mark.objects.all().delete()
    changed(made)
    return made


def run(*arguments):
    written = io.StringIO()
    call_command("entremise_send", *arguments, stdout=written)
    return written.getvalue()


@pytest.mark.usefixtures("order")
def test_the_periodic_task_sends_where_there_is_no_worker(service):
    # By its own name: pretix has other receivers, which ask the world for updates and rates of exchange.
    assert tasks.periodically in periodic_task._live_receivers(None)[0]
    tasks.periodically(sender=None)
    assert len(service.sent()) == 1
    assert not Mark.objects.exists()


def _broken(organizer, service):
    """Return a connection with which nothing can be signed: it is no service that is away, but a fault in here."""
    other = Event.objects.create(
        organizer=organizer, name="Other", slug="other", date_from=now(), plugins="pretix_entremise"
    )
    broken = Connection.objects.create(
        event=other, service=service.url, installation="inst9", host_event="other", signing_secret="whsec_!",
        callback_secret="whsec_!", token="none", door="e" * 43,
    )  # fmt: skip
    # Its turn comes first.
    Connection.objects.exclude(pk=broken.pk).update(attended_at=now())
    Mark(event=other, kind=Mark.HOST_EVENT).save()
    return broken


@pytest.mark.usefixtures("order", "connection")
def test_trouble_with_one_connection_keeps_no_other_waiting(service, organizer):
    broken = _broken(organizer, service)
    tasks.run_due()
    assert [one["hostevent"] for one in service.sent()] == ["summit"]
    assert list(Mark.objects.values_list("event", flat=True)) == [broken.event_id]
    broken.refresh_from_db()
    assert broken.lease_by == ""


@pytest.mark.usefixtures("order", "connection")
def test_the_command_goes_on_with_the_others_as_well(service, organizer, caplog):
    _broken(organizer, service)
    with pytest.raises(CommandError, match="not everything could be sent"):
        run()
    assert [one["hostevent"] for one in service.sent()] == ["summit"]
    assert "ValueError" in caplog.text


class Later:
    def __init__(self):
        self.asked = []

    def apply_async(self, **asked):
        self.asked.append(asked)


@pytest.fixture
def worker(settings, monkeypatch):
    settings.HAS_CELERY = True
    settings.CELERY_TASK_ALWAYS_EAGER = False
    later = Later()
    monkeypatch.setattr(tasks, "look_after", later)
    return later


@pytest.mark.usefixtures("order")
def test_the_periodic_task_leaves_sending_to_the_worker(service, connection, worker):
    tasks.periodically(sender=None)
    assert worker.asked == [{"kwargs": {"connection_pk": connection.pk}}]
    assert service.requests == []


@pytest.mark.usefixtures("order")
def test_the_worker_sends_for_the_event_it_was_told_of(service, event):
    tasks.send_for(event_pk=event.pk)
    assert len(service.sent()) == 1
    tasks.send_for(event_pk=987654)


@pytest.mark.usefixtures("order")
def test_the_worker_comes_back_when_the_service_could_not_take_it(service, event, worker, monkeypatch):
    again = Later()
    service.answers[DOOR] = (503, {}, {"Retry-After": "70"})
    real = tasks.send_for.run
    monkeypatch.setattr(tasks, "send_for", again)
    real(event.pk)
    (asked,) = again.asked
    assert asked["kwargs"] == {"event_pk": event.pk}
    assert asked["countdown"] >= 70


@pytest.mark.usefixtures("order", "worker")
def test_of_all_who_ring_while_the_service_is_away_one_is_called_again(service, event, monkeypatch):
    again = Later()
    service.answers[DOOR] = (503, {}, {"Retry-After": "70"})
    real = tasks.send_for.run
    monkeypatch.setattr(tasks, "send_for", again)
    for _ in range(5):
        real(event.pk)
    assert len(again.asked) == 1
    # The pause is over, and it still is away.
    Connection.objects.update(retry_at=now())
    for _ in range(5):
        real(event.pk)
    assert len(again.asked) == 2


@pytest.mark.usefixtures("order", "worker")
def test_settings_that_cannot_be_sent_have_one_task_going_round_and_no_more(
    service, connection, event, monkeypatch
):
    again = Later()
    Connection.objects.update(wanted={"a": True}, board={"values": {}}, board_etag='"1"')
    mark(event, Mark.SETTINGS)
    service.answers["PUT /v1/installations/inst1/host-events/summit/settings"] = (500, {}, {})
    real = tasks.send_for.run
    monkeypatch.setattr(tasks, "send_for", again)
    for _ in range(5):
        real(event.pk)
    assert len(again.asked) == 1
    assert Mark.objects.filter(kind=Mark.SETTINGS).exists()


@pytest.mark.usefixtures("order")
def test_the_command_sends_and_ends(service):
    assert "1 sent" in run()
    assert len(service.sent()) == 1
    assert "0 sent" in run("--event", "rencontres/summit")


@pytest.mark.usefixtures("order")
def test_the_command_for_one_event_does_not_wait_for_the_pause(service):
    service.answers[DOOR] = (503, {}, {})
    with pytest.raises(CommandError):
        run()
    del service.answers[DOOR]
    assert run() == ""
    assert "1 sent" in run("--event", "rencontres/summit")


def test_the_command_goes_on_until_it_is_stopped(service, connection, order, monkeypatch):
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            raise KeyboardInterrupt
        changed(order)
        order.all_positions.update(company=f"Company {len(pauses)}")

    monkeypatch.setattr(entremise_send.time, "sleep", pause)
    with pytest.raises(KeyboardInterrupt):
        run("--forever", "--pause", "2")
    assert pauses == [2.0, 2.0, 2.0]
    assert len(service.sent()) == 3


@pytest.mark.parametrize("named", ["rencontres/nothing", "summit", "rencontres/unconnected"])
def test_the_command_says_what_it_cannot_find(named, connection, organizer):
    Event.objects.create(organizer=organizer, name="U", slug="unconnected", date_from=now())
    with pytest.raises(CommandError, match=named):
        run("--event", named)


def test_the_command_explains_itself(capsys):
    with pytest.raises(SystemExit):
        call_command("entremise_send", "--help")
    shown = capsys.readouterr().out
    for word in ("examples:", "--forever", "ORGANIZER/EVENT", "cron"):
        assert word in shown


def test_the_command_explains_itself_in_french(capsys):
    with translation.override("fr"), pytest.raises(SystemExit):
        call_command("entremise_send", "--help")
    shown = capsys.readouterr().out
    for word in (
        "exemples\u00a0:",
        "continuer jusqu’à l’arrêt",
        "seulement cet événement",
        "Transmet à entremise",
    ):
        assert word in shown
    for word in ("examples:", "go on until", "only this event", "Sends to"):
        assert word not in shown


def test_a_connection_with_nothing_to_say_costs_next_to_nothing(
    connection, service, django_assert_max_num_queries
):
    Connection.objects.update(status_at=now())
    with django_assert_max_num_queries(6):
        tasks.look_after(connection_pk=connection.pk)
    assert service.requests == []
