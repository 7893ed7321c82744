"""Connecting, renewing, leaving; switching the plugin off and on; copying and deleting events."""

import datetime as dt
import json

import pytest
from django.utils.timezone import now
from django_scopes import scopes_disabled
from outbox import YES, changed, said
from pretix.base.models import Event

from pretix_entremise import client, connecting, farewell, sending, upkeep
from pretix_entremise.marking import mark
from pretix_entremise.models import Connection, Held, Mark, Opting, Told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("near")]

CONNECT = "POST /v1/connections"
HERE = "/v1/installations/inst1/connection"
MADE = {
    "installation": "inst2", "name": "Summit", "signing_secret": "whsec_" + "c2lnbmluZyBzZWNyZXQgbnVtYmVyIDIuLi4u",
    "callback_secret": "whsec_" + "Y2FsbGJhY2sgc2VjcmV0IG51bWJlciAyLi4u", "token": "entremise_second",
    "fingerprint": "f2",
}  # fmt: skip


@pytest.fixture
def reads(settings, tmp_path):
    """Return a function that sets ``[entremise]`` of pretix's configuration file."""
    from configparser import RawConfigParser

    from pretix.helpers.config import EnvOrParserConfig

    def make(**values):
        parser = RawConfigParser()
        parser.read_dict({"entremise": values} if values else {})
        settings.CONFIG_FILE = EnvOrParserConfig(parser)

    make()
    return make


def test_a_code_is_exchanged_for_a_connection_that_tells_everything(service, event, settings):
    service.answers[CONNECT] = (201, MADE, {})
    made = connecting.connect(event, f" {service.url}/ ", "connect_abc", None)
    asked = json.loads(service.requests[0][3])
    assert asked["code"] == "connect_abc"
    assert asked["name"] == "Summit (rencontres/summit)"
    assert asked["callback_url"].startswith(f"{settings.SITE_URL}/rencontres/summit/entremise/results/")
    assert asked["callback_url"].endswith(f"/{made.door}/")
    assert len(made.door) >= 43
    assert asked["settings_page"] == f"{settings.SITE_URL}/control/event/rencontres/summit/entremise/"
    assert asked["host"]["kind"] == "pretix"
    stored = Connection.objects.get(event=event)
    assert (stored.service, stored.installation, stored.host_event) == (service.url, "inst2", "summit")
    assert stored.signing_secret == MADE["signing_secret"]
    kinds = set(Mark.objects.values_list("kind", flat=True))
    assert kinds == {Mark.EVERYTHING, Mark.HOST_EVENT}
    with connecting.service_of(stored) as opened:
        assert "entremise_second" not in repr(opened.credentials)


def test_a_code_that_is_refused_leaves_everything_as_it_was(service, event, connection):
    service.answers[CONNECT] = (403, {"code": "bad_code", "detail": "no"}, {})
    with pytest.raises(client.ServiceRefused) as refused:
        connecting.connect(event, service.url, "connect_abc")
    assert refused.value.code == "bad_code"
    assert Connection.objects.get().pk == connection.pk


def test_an_invitation_for_another_pretix_is_named_as_that(service, event, settings):
    service.answers[CONNECT] = (422, {"code": "invalid", "field": "callback_url"}, {})
    with pytest.raises(connecting.ConnectingFailed) as refused:
        connecting.connect(event, service.url, "connect_abc")
    assert (refused.value.code, refused.value.detail) == ("elsewhere", settings.SITE_URL)


@pytest.mark.parametrize(
    "address", ["http://tickets.example.org", "ftp://127.0.0.1", "tickets", "https://user@example.org", ""]
)
def test_secrets_do_not_travel_in_the_clear_or_to_an_address_that_is_none(address, event, reads):
    with pytest.raises(client.ServiceRefused) as refused:
        connecting.connect(event, address, "connect_abc")
    assert refused.value.code == "bad_address"


def test_the_operator_may_allow_plain_http_and_configure_a_service(reads):
    assert connecting.configured() == ("", "")
    for address in ("http://127.0.0.1:1", "http://localhost", "http://[::1]:80", "https://a.example.org"):
        assert connecting.allowed(address) == address
    reads(insecure="on", url=" https://service.example.org ", invitation="connect_xyz")
    assert connecting.allowed("http://service.internal:8000") == "http://service.internal:8000"
    assert connecting.configured() == ("https://service.example.org", "connect_xyz")


def test_another_service_begins_with_nothing_shown_and_the_former_one_forgets_everybody(
    service, event, connection, sell
):
    position = sell("Ada").all_positions.get()
    Held.objects.create(position=position, feature="connections", revision=900, payload={"suggestions": []})
    Told.objects.create(connection=connection, ref="AB001-1", code="AB001")
    service.answers[CONNECT] = (201, MADE, {})
    made = connecting.connect(event, service.url, "connect_abc")
    assert made.pk != connection.pk
    assert not Held.objects.exists()
    assert not made.told.exists()
    upkeep.look_after(connection.pk)
    assert ("DELETE", f"{HERE}?erase=true") in [(one[0], one[1]) for one in service.requests]
    assert [one.pk for one in Connection.objects.all()] == [made.pk]


def test_secrets_are_rotated_and_the_former_one_holds_for_a_day(service, connection):
    former = connection.callback_secret
    service.answers[f"POST {HERE}"] = (200, {**MADE, "installation": "inst1"}, {})
    connecting.renew(connection, rotate=("secrets", "token"))
    assert json.loads(service.requests[0][3])["rotate"] == ["secrets", "token"]
    connection.refresh_from_db()
    assert connection.token == "entremise_second"
    assert connection.former_callback_secret == former
    assert now() + dt.timedelta(hours=23) < connection.former_until < now() + dt.timedelta(hours=25)
    upkeep.tidy()
    connection.refresh_from_db()
    assert connection.former_callback_secret == former
    Connection.objects.update(former_until=now() - dt.timedelta(seconds=1))
    upkeep.tidy()
    connection.refresh_from_db()
    assert connection.former_callback_secret == ""


@pytest.mark.parametrize("erase", [True, False])
def test_leaving_is_at_once_here_and_when_it_answers_at_the_service(
    service, connection, event, sell, erase, django_capture_on_commit_callbacks
):
    position = sell("Ada").all_positions.get()
    Held.objects.create(position=position, feature="connections", revision=1, payload={})
    service.answers[f"DELETE {HERE}"] = (503, {}, {})
    with django_capture_on_commit_callbacks(execute=True):
        connecting.disconnect(connection, erase=erase)
    assert not Held.objects.exists()
    assert not Mark.objects.exists()
    assert not Connection.objects.filter(event=event).exists()
    left = Connection.objects.get()
    assert (left.state, left.failures) == (Connection.LEAVING, 1)
    assert left.pk not in upkeep.due()
    service.answers[f"DELETE {HERE}"] = (204, {}, {})
    Connection.objects.update(retry_at=None)
    assert left.pk in upkeep.due()
    upkeep.look_after(left.pk)
    assert not Connection.objects.exists()
    asked = {one[1] for one in service.requests}
    assert asked == {f"{HERE}?erase={'true' if erase else 'false'}"}


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_service_that_refuses_our_farewell_is_asked_again_for_a_while_only(
    service, connection, status, caplog
):
    service.answers[f"DELETE {HERE}"] = (status, {"code": "unauthenticated"}, {})
    Connection.objects.update(state=Connection.LEAVING, event=None)
    for _ in range(farewell.PATIENCE):
        assert upkeep.look_after(connection.pk).state == "later"
    assert not caplog.records
    upkeep.look_after(connection.pk)
    assert not Connection.objects.exists()
    assert "refused our farewell" in caplog.text


@pytest.mark.parametrize("status", [200, 201, 301, 400, 500])
def test_whoever_answers_in_the_services_place_does_not_end_the_farewell(service, connection, status):
    service.answers[f"DELETE {HERE}"] = (status, b"<html>parked</html>", {"Content-Type": "text/html"})
    Connection.objects.update(state=Connection.LEAVING, event=None, failures=farewell.PATIENCE)
    assert upkeep.look_after(connection.pk).state == "later"
    assert Connection.objects.exists()


def test_switching_off_takes_back_what_is_shown_and_switching_on_goes_on(
    service, connection, event, sell, ask
):
    ask("CONSENT", "B")
    order = sell("Ada", answers=YES)
    changed(order)
    sending.send(connection.pk)
    Held.objects.create(position=order.all_positions.get(), feature="peers", revision=1, payload={})
    before = len(service.requests)
    event.disable_plugin("pretix_entremise")
    event.save()
    # Within the organiser's request: nothing is shown any more, nothing was said over the network.
    assert len(service.requests) == before
    assert not Held.objects.exists()
    assert not Mark.objects.exists()
    changed_state = Connection.objects.values_list("state", flat=True)
    assert list(changed_state) == [Connection.STOPPING]
    service.answers[f"DELETE {HERE}"] = (204, {}, {})
    upkeep.look_after(connection.pk)
    assert service.requests[-1][:2] == ("DELETE", f"{HERE}?erase=false")
    assert list(changed_state.all()) == [Connection.STOPPED]
    assert connection.pk not in upkeep.due() or upkeep.look_after(connection.pk).state == "off"
    event.enable_plugin("pretix_entremise")
    event.save()
    assert list(changed_state.all()) == [Connection.CONNECTED]
    # The service still holds that this host has stopped it, until it is asked to go on.
    resumed = []
    service.answers["POST /hosts/inst1/deliveries"] = lambda _: (
        (202, {}, {}) if resumed else (404, {"code": "not_found"}, {})
    )

    def resume(body):
        resumed.append(json.loads(body)["resume"])
        return 200, {**MADE, "installation": "inst1", "token": None}, {}

    service.answers[f"POST {HERE}"] = resume
    order.all_positions.update(company="Analytical Engines")
    assert upkeep.look_after(connection.pk).state == "done"
    assert resumed == [True]
    assert {kind for kind, _ in said(service)[1:]} == {"attendee.registered", "hostevent.updated"}


@pytest.mark.parametrize("days", [0.5, 2])
def test_a_service_that_was_stopped_for_days_is_told_everybody_anew_since_it_may_have_erased_them(
    service, connection, event, sell, ask, days
):
    ask("CONSENT", "B")
    ada, bob = sell("Ada", answers=YES), sell("Bob", answers=YES)
    for order in (ada, bob):
        changed(order)
    sending.send(connection.pk)
    Opting.objects.create(position=bob.all_positions.get(), out=True, at=now())
    mark(event, Mark.ORDER, bob.code)
    sending.send(connection.pk)
    told = {one["subject"]: one["id"] for one in service.sent() if "registered" in one["type"]}
    service.answers[f"DELETE {HERE}"] = (204, {}, {})
    event.disable_plugin("pretix_entremise")
    event.save()
    upkeep.look_after(connection.pk)
    service.requests.clear()
    Connection.objects.update(status_at=now() - dt.timedelta(days=days))
    event.enable_plugin("pretix_entremise")
    event.save()
    assert service.requests == []
    upkeep.look_after(connection.pk)
    again = {one["subject"]: one["id"] for one in service.sent() if "registered" in one["type"]}
    assert again == (told if days > 1 else {})
    # Nobody comes back because the service has forgotten that they left.
    assert (("attendee.opted_out", f"{bob.code}-1") in said(service)) == (days > 1)


def test_switched_on_before_the_service_heard_of_the_end_it_hears_of_that_first(service, connection, event):
    event.disable_plugin("pretix_entremise")
    event.save()
    event.enable_plugin("pretix_entremise")
    event.save()
    service.answers[f"DELETE {HERE}"] = (204, {}, {})
    upkeep.look_after(connection.pk)
    # A service that never stopped would offer nothing again of what was taken down here.
    assert ("DELETE", f"{HERE}?erase=false") in [asked[:2] for asked in service.requests]
    assert Connection.objects.get().state == Connection.CONNECTED
    assert {kind for kind, _ in said(service)} == {"hostevent.updated"}


def test_a_service_that_was_stopped_goes_on_even_where_nothing_changed(service, connection, event):
    resumed = []

    def resume(body):
        resumed.append(json.loads(body)["resume"])
        return 200, {**MADE, "installation": "inst1", "token": None}, {}

    sending.send(connection.pk)
    service.answers[f"DELETE {HERE}"] = (204, {}, {})
    service.answers[f"POST {HERE}"] = resume
    service.answers[f"GET {HERE}"] = lambda _: (
        200, {"status": "active" if resumed else "disabled", "fingerprint": MADE["fingerprint"]}, {},
    )  # fmt: skip
    event.disable_plugin("pretix_entremise")
    event.save()
    upkeep.look_after(connection.pk)
    event.enable_plugin("pretix_entremise")
    event.save()
    upkeep.look_after(connection.pk)
    assert resumed[:1] == [True]
    assert Connection.objects.get().status["status"] == "active"


def test_who_left_just_before_the_plugin_was_switched_off_has_left_when_it_is_on_again(
    service, connection, event, sell, ask
):
    ask("CONSENT", "B")
    order = sell("Ada", answers=YES)
    changed(order)
    sending.send(connection.pk)
    left = Opting.objects.create(position=order.all_positions.get(), out=True, at=now())
    mark(event, Mark.OPTING, left.pk)
    event.disable_plugin("pretix_entremise")
    event.save()
    service.answers[f"DELETE {HERE}"] = (204, {}, {})
    for _ in range(2):  # while the service is still to be told, and when it has been
        upkeep.tidy()
        upkeep.look_after(connection.pk)
    assert Connection.objects.get().state == Connection.STOPPED
    event.enable_plugin("pretix_entremise")
    event.save()
    upkeep.look_after(connection.pk)
    assert ("attendee.opted_out", f"{order.code}-1") in said(service)
    assert not Mark.objects.exists()


def test_a_service_that_gave_up_delivering_is_told_where_we_are_and_asked_to_go_on(service, connection):
    asked = []

    def resume(body):
        asked.append(json.loads(body))
        return 200, {**MADE, "installation": "inst1", "token": None}, {}

    service.answers[f"POST {HERE}"] = resume
    service.answers[f"GET {HERE}"] = lambda _: (
        200, {"status": "active" if asked else "paused", "fingerprint": MADE["fingerprint"]}, {},
    )  # fmt: skip
    upkeep.look_after(connection.pk)
    assert [one["resume"] for one in asked] == [True]
    assert asked[0]["callback_url"].endswith(f"/entremise/results/{connection.door}/")
    assert Connection.objects.get().status["status"] == "active"


def test_a_service_that_is_away_is_waited_for_once(service, connection):
    service.answers[f"GET {HERE}"] = (503, {}, {})
    upkeep.look_after(connection.pk)
    assert [path for _, path, *_ in service.requests] == [HERE]


def test_a_plugin_that_was_taken_off_without_a_word_is_noticed(service, connection, event):
    Event.objects.filter(pk=event.pk).update(plugins="")
    service.answers[f"DELETE {HERE}"] = (204, {}, {})
    upkeep.look_after(connection.pk)
    assert Connection.objects.get().state == Connection.STOPPED
    Event.objects.filter(pk=event.pk).update(plugins="pretix_entremise")
    upkeep.look_after(connection.pk)
    assert Connection.objects.get().state == Connection.CONNECTED


def test_an_event_that_is_deleted_is_erased_at_the_service(service, connection, event):
    service.answers[f"DELETE {HERE}"] = (204, {}, {})
    event.delete_sub_objects()
    event.delete()
    left = Connection.objects.get()
    assert (left.state, left.erase_on_leaving, left.event_id) == (Connection.LEAVING, True, None)
    assert service.requests == []
    upkeep.look_after(left.pk)
    assert service.requests[-1][:2] == ("DELETE", f"{HERE}?erase=true")
    assert not Connection.objects.exists()


def test_a_copy_has_the_choices_and_not_the_connection(connection, event, item, organizer, ask):
    ask("TOPICS", "M", options=("sun", "wind"))
    event.settings.set("entremise_questions", json.dumps({"TOPICS": ["interests"]}))
    event.settings.set("entremise_items", json.dumps([item.pk, 999_999]))
    event.settings.set("entremise_pending_counts", True)
    with scopes_disabled():
        copy = Event.objects.create(
            organizer=organizer, name="Next", slug="next", date_from=now(), plugins=event.plugins
        )
        copy.copy_data_from(event)
    assert not Connection.objects.filter(event=copy).exists()
    assert "secret" not in json.dumps(list(copy.settings._objects.values_list("key", flat=True)))
    assert json.loads(copy.settings.get("entremise_items")) == [copy.items.get().pk]
    assert copy.items.get().pk != item.pk
    assert json.loads(copy.settings.get("entremise_questions")) == {"TOPICS": ["interests"]}
    assert copy.settings.get("entremise_pending_counts", as_type=bool) is True


def test_how_the_connection_fares_is_looked_at_now_and_then(service, connection):
    fares = {"status": "active", "fingerprint": "f1", "backlog": 3}
    service.answers[f"GET {HERE}"] = (200, fares, {})
    service.answers["GET /manifest.json"] = (200, {"features": []}, {"ETag": '"m1"'})
    place = "/v1/installations/inst1/host-events/summit/settings"
    service.answers[f"GET {place}"] = (200, {"values": {"a": 1}}, {"ETag": '"1-x"'})
    upkeep.look_after(connection.pk)
    connection.refresh_from_db()
    assert connection.status == fares
    assert (connection.manifest, connection.manifest_etag) == ({"features": []}, '"m1"')
    assert (connection.board, connection.board_etag) == ({"values": {"a": 1}}, '"1-x"')
    seen = len(service.requests)
    upkeep.look_after(connection.pk)
    assert len(service.requests) == seen
    # Whoever rotated there leaves another fingerprint; what is being saved here is not overwritten.
    Connection.objects.update(status_at=now() - dt.timedelta(minutes=6), wanted={"a": 2})
    service.answers[f"GET {HERE}"] = (200, {**fares, "fingerprint": "f2"}, {})
    service.answers[f"POST {HERE}"] = (200, {**MADE, "installation": "inst1"}, {})
    service.answers[f"GET {place}"] = (200, {"values": {"a": 7}}, {"ETag": '"2-x"'})
    upkeep.look_after(connection.pk)
    connection.refresh_from_db()
    assert connection.signing_secret == MADE["signing_secret"]
    assert connection.board == {"values": {"a": 1}}


def test_marks_that_nobody_will_send_are_cleared_away(event, connection, organizer):
    with scopes_disabled():
        other = Event.objects.create(organizer=organizer, name="Other", slug="other", date_from=now())
    mark(other, Mark.ORDER, "A1")
    mark(event, Mark.ORDER, "A1")
    upkeep.tidy()
    assert list(Mark.objects.values_list("event", flat=True)) == [event.pk]
