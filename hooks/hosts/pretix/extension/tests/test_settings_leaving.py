"""What a connection leaves at a service is told to the organiser until they put it away, and a series is called one."""

import html
import re

import pytest
from django.urls import reverse
from django.utils.timezone import now
from django_scopes import scope, scopes_disabled
from pretix.base.models import Event, LogEntry

from pretix_entremise import connecting, farewell, upkeep
from pretix_entremise.models import Connection, Told

pytestmark = pytest.mark.django_db
HERE = "DELETE /v1/installations/inst1/connection"
REFUSED = (401, {"code": "unauthenticated"}, {})
COMMAND = "entremise installation remove inst1"
STILL_KEPT = "People of this event are still kept at a service"
UNHEARD = "A service refused to be told that this event was disconnected"


@pytest.fixture(autouse=True)
def near(settings):
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = True


@pytest.fixture
def told(connection):
    """The service was told of somebody."""
    return Told.objects.create(
        connection=connection, ref="AB001-1", code="AB001", digest="d", registered=True
    )


def page(office, event, name):
    where = {"organizer": event.organizer.slug, "event": event.slug}
    address = reverse(f"plugins:pretix_entremise:{name}", kwargs=where)
    answer = office.get(address).content.decode()
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer)))


def leave(connection, callbacks, *, erase):
    with scopes_disabled(), callbacks(execute=True):
        connecting.disconnect(connection, erase=erase)


def refuse(service, connection, callbacks, *, erase=True):
    """Have the service refuse the farewell until nobody says it any more."""
    service.answers[HERE] = REFUSED
    leave(connection, callbacks, erase=erase)
    for _ in range(farewell.PATIENCE):
        upkeep.look_after(connection.pk)


@pytest.mark.parametrize("name", ["connection", "status"])
def test_who_was_kept_at_a_service_is_told_with_the_id_and_the_command(
    office, event, connection, service, told, name, django_capture_on_commit_callbacks
):
    leave(connection, django_capture_on_commit_callbacks, erase=False)
    text = page(office, event, name)
    assert STILL_KEPT in text
    assert service.url in text
    assert COMMAND in text
    assert "ask whoever runs that service" in text
    assert "90 days, unless whoever runs it has set another time" in text


@pytest.mark.parametrize("name", ["connection", "status"])
@pytest.mark.parametrize("erase", [True, False])
def test_a_farewell_that_is_refused_to_the_last_is_told_where_the_event_still_is(
    office, event, connection, service, told, name, erase, django_capture_on_commit_callbacks, caplog
):
    refuse(service, connection, django_capture_on_commit_callbacks, erase=erase)
    text = page(office, event, name)
    assert UNHEARD in text
    assert ("Everybody was to be erased there, and may still be kept." in text) == erase
    assert COMMAND in text
    assert COMMAND in caplog.text


def test_until_then_the_page_says_that_it_is_tried_again(
    office, event, connection, service, django_capture_on_commit_callbacks
):
    service.answers[HERE] = (503, {}, {})
    leave(connection, django_capture_on_commit_callbacks, erase=True)
    text = page(office, event, "connection")
    assert "A service has yet to be told that this event was disconnected" in text
    assert "Put this note away" not in text
    service.answers[HERE] = (204, b"", {})
    upkeep.look_after(connection.pk)
    assert "has yet to be told" not in page(office, event, "connection")
    assert not Connection.objects.exists()


def test_who_was_erased_leaves_no_note_and_nobody_who_was_never_sent_does(
    office, event, connection, service, django_capture_on_commit_callbacks
):
    leave(connection, django_capture_on_commit_callbacks, erase=False)
    assert not Connection.objects.exists()
    assert STILL_KEPT not in page(office, event, "connection")


def test_a_note_holds_no_secret_nobody_s_ticket_and_is_never_due(
    connection, service, told, django_capture_on_commit_callbacks
):
    door = connection.door
    leave(connection, django_capture_on_commit_callbacks, erase=False)
    left = Connection.objects.get()
    assert (left.signing_secret, left.callback_secret, left.former_callback_secret, left.token) == ("",) * 4
    assert left.door != door
    assert not Told.objects.exists()
    assert left.pk not in upkeep.due()
    before = len(service.requests)
    assert upkeep.look_after(left.pk).state == "off"
    upkeep.tidy()
    assert len(service.requests) == before
    left.refresh_from_db()
    assert left.state == Connection.KEPT


def test_a_note_is_put_away_by_a_click_and_stays_in_the_log(
    office, event, connection, service, told, django_capture_on_commit_callbacks
):
    leave(connection, django_capture_on_commit_callbacks, erase=False)
    where = {"organizer": event.organizer.slug, "event": event.slug}
    address = reverse("plugins:pretix_entremise:connection.left", kwargs=where)
    assert office.get(address).status_code == 302
    assert Connection.objects.exists()
    for given in ("", "x", "9" * 40, "²"):
        office.post(address, {"left": given})
    assert Connection.objects.exists()
    assert office.post(address, {"left": Connection.objects.get().pk}).status_code == 302
    assert not Connection.objects.exists()
    assert STILL_KEPT not in page(office, event, "connection")
    assert LogEntry.objects.filter(action_type="pretix_entremise.left.put_away").count() == 1
    log = html.unescape(office.get(reverse("control:event.log", kwargs=where)).content.decode())
    assert f"people may still be kept at {service.url}, where the connection is called inst1" in log


def test_nobody_puts_away_the_note_of_another_event(
    office, event, organizer, connection, service, told, django_capture_on_commit_callbacks
):
    leave(connection, django_capture_on_commit_callbacks, erase=False)
    with scopes_disabled():
        other = Event.objects.create(
            organizer=organizer, name="Other", slug="other", date_from=now(), plugins="pretix_entremise"
        )
    assert STILL_KEPT not in page(office, other, "connection")
    where = {"organizer": organizer.slug, "event": other.slug}
    address = reverse("plugins:pretix_entremise:connection.left", kwargs=where)
    office.post(address, {"left": Connection.objects.get().pk})
    assert Connection.objects.filter(state=Connection.KEPT).exists()


def test_connecting_anew_puts_the_notes_away_but_no_farewell_that_is_still_to_be_said(
    event, connection, service, told, django_capture_on_commit_callbacks
):
    leave(connection, django_capture_on_commit_callbacks, erase=False)
    Connection.objects.create(
        service=service.url, installation="inst7", host_event="summit", door="f" * 43, former_event=event,
        state=Connection.LEAVING, signing_secret="s", callback_secret="c", token="t",
    )  # fmt: skip
    service.answers["POST /v1/connections"] = (
        201,
        {
            "installation": "inst2", "name": "Summit", "token": "entremise_second", "fingerprint": "f2",
            "signing_secret": "whsec_c2lnbmluZyBzZWNyZXQgbnVtYmVyIDIuLi4u",
            "callback_secret": "whsec_Y2FsbGJhY2sgc2VjcmV0IG51bWJlciAyLi4u",
        },
        {},
    )  # fmt: skip
    with scope(organizer=event.organizer):
        connecting.connect(event, service.url, "connect_abc")
    assert set(Connection.objects.values_list("installation", "state")) == {
        ("inst2", "connected"),
        ("inst7", "leaving"),
    }


def test_where_the_event_is_gone_the_log_has_the_last_word(
    event, connection, service, told, caplog, django_capture_on_commit_callbacks
):
    with scopes_disabled():
        event.delete()
    service.answers[HERE] = REFUSED
    for _ in range(farewell.PATIENCE + 1):
        upkeep.look_after(connection.pk)
    assert not Connection.objects.exists()
    assert COMMAND in caplog.text


def test_a_note_goes_with_the_event_and_the_log_says_it(
    event, connection, service, told, caplog, django_capture_on_commit_callbacks
):
    leave(connection, django_capture_on_commit_callbacks, erase=False)
    with scopes_disabled():
        event.delete()
    assert Connection.objects.exists()
    upkeep.tidy()
    assert not Connection.objects.exists()
    assert COMMAND in caplog.text


@pytest.mark.parametrize("name", ["settings", "connection"])
@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "This event is a series: all its dates count as one gathering"),
        ("fr", "Cet événement est une série : toutes ses dates comptent comme une seule rencontre"),
    ],
)
def test_the_organiser_of_a_series_is_told_that_it_counts_as_one_gathering(
    office, admin, event, connection, service, name, connected, locale, said
):
    admin.locale = locale
    admin.save()
    if not connected:
        connection.delete()
    assert said not in page(office, event, name)
    with scopes_disabled():
        event.has_subevents = True
        event.save()
    assert page(office, event, name).count(said) == 1


def test_the_notice_of_a_series_is_a_region_with_a_heading(office, event):
    with scopes_disabled():
        event.has_subevents = True
        event.save()
    where = {"organizer": event.organizer.slug, "event": event.slug}
    answer = office.get(reverse("plugins:pretix_entremise:connection", kwargs=where)).content.decode()
    assert '<section class="alert alert-warning" aria-labelledby="entremise-series">' in answer
    assert len(re.findall(r'<h2[^>]* id="entremise-series"', answer)) == 1


def test_the_status_says_that_an_event_long_over_is_looked_after_no_longer(
    office, event, connection, service
):
    assert "ended more than three months ago" not in page(office, event, "status")
    with scopes_disabled():
        Event.objects.filter(pk=event.pk).update(date_from="2020-01-01T10:00Z", date_to=None)
    assert "ended more than three months ago" in page(office, event, "status")
