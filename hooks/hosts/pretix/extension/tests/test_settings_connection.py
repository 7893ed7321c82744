"""The connect page: two fields or one button, what goes wrong in words, and no secret anywhere."""

import html
import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from django_scopes import scopes_disabled
from pretix.base.models import LogEntry, Team, User
from pretix.multidomain.models import KnownDomain

from pretix_entremise.models import Connection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback_may_be_reached(settings):
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = True


def _page(event, name, **query):
    address = reverse(
        f"plugins:pretix_entremise:{name}", kwargs={"organizer": event.organizer.slug, "event": event.slug}
    )
    return address + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


PAGES = (
    "settings",
    "connection",
    "connection.rotate",
    "connection.disconnect",
    "mapping",
    "questions",
    "status",
)


def _text(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("name", PAGES)
def test_somebody_who_may_not_change_settings_is_refused(client, event, connection, name):
    user = User.objects.create_user("reader@example.org", "reader")
    team = Team.objects.create(
        organizer=event.organizer,
        name="Readers",
        all_events=True,
        limit_event_permissions={"event.orders:read": True},
    )
    team.members.add(user)
    client.login(email="reader@example.org", password="reader")
    assert client.get(_page(event, name)).status_code == 403
    assert client.post(_page(event, name)).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_where_the_plugin_is_off_no_page_is_there(office, event, connection, name):
    event.plugins = ""
    event.save()
    assert office.get(_page(event, name)).status_code == 404
    assert office.post(_page(event, name)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_nobody_else_s_page_can_make_a_browser_do_something_here(event, connection, admin, name):
    browser = Client(enforce_csrf_checks=True)
    browser.login(email="admin@example.org", password="admin")
    assert browser.post(_page(event, name), {"people": "erase", "resend": "1"}).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_no_page_shows_a_secret(office, event, connection, sell, service, name):
    answer = office.get(_page(event, name))
    assert answer.status_code == 200
    for secret in (connection.signing_secret, connection.callback_secret, connection.token, connection.door):
        assert secret not in answer.content.decode()


def test_the_pages_stand_among_the_settings_of_the_event(office, event):
    page = office.get(f"/control/event/{event.organizer.slug}/{event.slug}/settings/")
    assert _page(event, "settings") in page.content.decode()


def test_a_code_and_an_address_connect_the_event(office, event, service):
    service.answers["POST /v1/connections"] = (201, _agreed(service), {})
    answer = office.post(_page(event, "connection"), {"service": service.url + "/", "code": " connect_abc "})
    assert answer.status_code == 302
    made = Connection.objects.get(event=event)
    assert (made.service, made.installation, made.state) == (service.url, "inst9", "connected")
    asked = json.loads(service.requests[0][3])
    assert asked["code"] == "connect_abc"
    page = _text(office.get(_page(event, "connection")))
    assert "This event is connected to" in page
    assert made.token not in page
    assert LogEntry.objects.filter(action_type="pretix_entremise.connected").count() == 1
    names = {"organizer": event.organizer.slug, "event": event.slug}
    log = _text(office.get(reverse("control:event.log", kwargs=names)))
    assert f"connected to the introduction service at {service.url}" in log


def test_a_bad_code_is_said_beside_its_field_with_what_to_do_next(office, event, service):
    service.answers["POST /v1/connections"] = (403, {"code": "bad_code", "detail": "no"}, {})
    page = _text(office.post(_page(event, "connection"), {"service": service.url, "code": "connect_wrong"}))
    assert 'aria-invalid="true"' in page
    assert "Ask whoever runs the service for a new one" in page
    assert '<a href="#id_code">' in page
    assert not Connection.objects.exists()


def test_an_address_where_nobody_answers_says_what_to_check(office, event):
    page = _text(
        office.post(_page(event, "connection"), {"service": "http://127.0.0.1:9", "code": "connect_a"})
    )
    assert "does not answer at this address" in page
    assert "firewall" in page


def test_a_private_address_says_what_the_operator_of_pretix_has_to_set(office, event, settings):
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = False
    page = _text(
        office.post(_page(event, "connection"), {"service": "http://127.0.0.1:9", "code": "connect_a"})
    )
    assert "allow_http_to_private_networks=on" in page


def test_an_address_that_is_none_is_refused_before_anything_is_sent(office, event):
    page = _text(office.post(_page(event, "connection"), {"service": "tickets", "code": "connect_a"}))
    assert "beginning with https://" in page


def test_empty_fields_are_named_in_a_summary_that_links_to_them(office, event):
    page = _text(office.post(_page(event, "connection"), {"service": "", "code": ""}))
    assert 'role="alert"' in page
    assert '<a href="#id_service">' in page
    assert '<a href="#id_code">' in page


def test_what_the_operator_has_configured_is_one_button(office, event, service, monkeypatch):
    from pretix_entremise import connecting

    monkeypatch.setattr(connecting, "configured", lambda: (service.url, "connect_ops"))
    service.answers["POST /v1/connections"] = (201, _agreed(service), {})
    page = _text(office.get(_page(event, "connection")))
    assert "Connect this event" in page
    assert "connect_ops" not in page
    assert office.post(_page(event, "connection"), {"offered": "1"}).status_code == 302
    assert json.loads(service.requests[0][3])["code"] == "connect_ops"


def test_secrets_are_replaced_by_a_click_after_a_question_and_never_by_looking(
    office, event, connection, service
):
    service.answers["POST /v1/installations/inst1/connection"] = (
        200,
        _agreed(service, installation="inst1"),
        {},
    )
    office.get(_page(event, "connection.rotate"))
    assert service.requests == []
    assert office.post(_page(event, "connection.rotate")).status_code == 302
    asked = json.loads(service.requests[0][3])
    assert set(asked["rotate"]) == {"secrets", "token"}
    connection.refresh_from_db()
    assert connection.fingerprint == "f9"


@pytest.mark.parametrize(("choice", "erase"), [("keep", False), ("erase", True)])
def test_disconnecting_asks_what_becomes_of_people(office, event, connection, choice, erase):
    page = _text(office.get(_page(event, "connection.disconnect")))
    assert "Erase everybody of this event there" in page
    assert office.post(_page(event, "connection.disconnect"), {"people": choice}).status_code == 302
    connection.refresh_from_db()
    assert (connection.event, connection.state, connection.erase_on_leaving) == (None, "leaving", erase)
    assert "not connected yet" in _text(office.get(_page(event, "connection")))


def test_without_a_choice_nothing_is_disconnected(office, event, connection):
    page = _text(office.post(_page(event, "connection.disconnect"), {"people": "burn"}))
    assert 'href="#id_people_0"' in page
    connection.refresh_from_db()
    assert connection.state == "connected"


def test_a_service_that_refuses_the_event_leads_to_a_new_code(office, event, connection):
    Connection.objects.update(state="refused", problem="unauthenticated", problem_at=now())
    page = _text(office.get(_page(event, "connection")))
    assert "refuses this event" in page
    assert 'name="code"' in page


def test_everything_is_there_in_french(office, event, admin):
    admin.locale = "fr"
    admin.save()
    page = _text(office.get(_page(event, "connection")))
    assert "Code à usage unique" in page


def test_the_command_to_pass_on_quotes_the_name_and_names_the_domain_of_the_shop_too(office, event):
    event.name = "Ada's $(summit)"
    event.save()
    with scopes_disabled():
        KnownDomain.objects.create(domainname="tickets.example.net", organizer=event.organizer)
    page = html.unescape(_text(office.get(_page(event, "connection"))))
    assert "'Ada'\"'\"'s $(summit)'" in page
    assert "--address http://example.com" in page
    assert re.search(r"--address http://tickets\.example\.net", page)
    assert "allow_private" not in page


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        ("http://10.1.2.3", "allow_private=10.1.2.3:80"), ("https://localhost", "allow_private=localhost:443"),
        ("http://127.0.0.1:8345", "allow_private=127.0.0.1:8345"), ("http://[::1]:8345", "'allow_private=[::1]:8345'"),
    ],
)  # fmt: skip
def test_the_command_to_pass_on_allows_a_private_address(office, event, settings, at, allowed):
    settings.SITE_URL = at
    assert f"--set {allowed}" in html.unescape(_text(office.get(_page(event, "connection"))))


def _agreed(service, installation="inst9"):
    return {
        "installation": installation, "name": "Summit", "api": f"{service.url}/v1/installations/{installation}",
        "deliveries": f"{service.url}/hosts/{installation}/deliveries", "signing_secret": "whsec_bmV3c2VjcmV0bmV3c2VjcmV0",
        "callback_secret": "whsec_bmV3Y2FsbGJhY2tuZXdjYWxs", "token": "entremise_new", "fingerprint": "f9",
    }  # fmt: skip
