"""The settings page: drawn from what the service gave, saved here, sent later, open when the service is away."""

import copy

import pytest
from django.urls import reverse
from django.utils.timezone import now
from django_scopes import scopes_disabled
from pretix.base.models import LogEntry
from switchboard import EVERYWHERE, MANIFEST, SHOWN, board_of

from pretix_entremise.control import board
from pretix_entremise.models import Connection, Mark

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback_may_be_reached(settings):
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = True


@pytest.fixture
def answers(service):
    """Return a function that has the service answer with this board."""

    def give(values=(), manifest=MANIFEST, **others):
        service.answers["GET /manifest.json"] = (200, manifest, {"ETag": '"m1"'})
        path = "GET /v1/installations/inst1/host-events/summit/settings"
        service.answers[path] = (200, board_of(values, **others), {"ETag": '"3-a"'})

    give()
    return give


def _address(event):
    return reverse(
        "plugins:pretix_entremise:settings", kwargs={"organizer": event.organizer.slug, "event": event.slug}
    )


def _open(office, event):
    answer = office.get(_address(event))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def _save(office, event, **changes):
    connection = Connection.objects.get(event=event)
    given = {"seen": board.seen(connection), **SHOWN, **changes}
    return office.post(_address(event), {key: value for key, value in given.items() if value is not None})


def test_before_anything_is_connected_the_page_says_what_to_do_first(office, event):
    assert "Connect this event to an introduction service." in _open(office, event)


def test_every_feature_is_a_switch_with_its_settings_in_the_language_of_whoever_looks(
    office, event, connection, answers, admin
):
    page = _open(office, event)
    assert "Suggested connections" in page
    assert 'name="connections.enabled"' in page
    assert 'min="1" max="20"' in page or ('min="1"' in page and 'max="20"' in page)
    assert "Allow" in page
    admin.locale = "fr"
    admin.save()
    page = _open(office, event)
    assert "Rencontres suggérées" in page
    assert "Autoriser" in page
    assert "Enregistrer" in page


def test_what_cannot_be_set_for_one_event_is_not_there_and_what_is_unknown_is_named(
    office, event, connection, answers
):
    page = _open(office, event)
    assert "For operators" not in page
    assert "which this version of the extension cannot show: Palette" in page


def test_a_feature_that_is_switched_off_is_kept_marked_logged_and_sent_later(
    office, event, connection, answers, service
):
    _open(office, event)
    before = len(service.requests)
    answer = _save(office, event, **{"connections.enabled": None, "connections.list_length": "5"})
    assert answer.status_code == 302
    assert len(service.requests) == before
    connection.refresh_from_db()
    assert connection.wanted == {"connections.enabled": False, "connections.list_length": 5}
    with scopes_disabled():
        assert Mark.objects.filter(event=event, kind=Mark.SETTINGS).count() == 1
    entry = LogEntry.objects.get(action_type="pretix_entremise.settings.changed")
    assert "connections.enabled, connections.list_length" in entry.display()
    page = _open(office, event)
    assert "are being sent to the service" in page
    assert 'value="5"' in page
    Connection.objects.update(wanted=None)
    answers({"connections.enabled": False, "connections.list_length": 5})
    assert "The service has these settings." in _open(office, event)


def test_what_nobody_touched_stays_with_the_scope_that_it_comes_from(office, event, connection, answers):
    answers(**{"connections.list_length": (7, "organisation", None)})
    page = _open(office, event)
    assert "Set for your organisation." in page
    _save(office, event, **{"connections.list_length": "7", "connections.colleagues": "allow"})
    connection.refresh_from_db()
    assert connection.wanted == {"connections.colleagues": "allow"}


def test_what_is_set_for_this_event_can_be_taken_back(office, event, connection, answers):
    answers({"connections.list_length": 4, "connections.colleagues": "allow"})
    page = _open(office, event)
    assert "Set for this event." in page
    assert "Back to the default (10)" in page
    assert "Back to the default (Avoid)" in page
    _save(
        office, event,
        **{"connections.list_length": "4", "connections.list_length.reset": "on", "connections.colleagues": "allow"},
    )  # fmt: skip
    connection.refresh_from_db()
    assert connection.wanted == {"connections.colleagues": "allow"}


def test_what_is_locked_is_shown_with_who_locked_it_and_cannot_be_changed(office, event, connection, answers):
    answers(**{"connections.colleagues": ("allow", "system", "system")})
    page = _open(office, event)
    assert "Locked by whoever runs the service" in page
    _save(office, event, **{"connections.colleagues": "avoid", "connections.list_length": "3"})
    connection.refresh_from_db()
    assert connection.wanted == {"connections.list_length": 3}


@pytest.mark.parametrize(
    ("key", "value"),
    [("connections.list_length", "21"), ("connections.list_length", "many"), ("connections.weight", "-1"),
     ("connections.colleagues", "hire"), ("connections.days", ["sun"]), ("connections.weight", "nan")],
)  # fmt: skip
def test_a_value_out_of_range_is_refused_beside_its_field(office, event, connection, answers, key, value):
    _open(office, event)
    page = " ".join(_save(office, event, **{key: value}).content.decode().split())
    assert 'role="alert"' in page
    assert f'href="#id_{key}' in page
    assert "<details open>" in page
    connection.refresh_from_db()
    assert connection.wanted is None


def test_every_kind_of_setting_is_sent_as_what_it_is(office, event, connection, answers):
    _open(office, event)
    _save(
        office, event,
        **{"connections.weight": "1.5", "connections.here_now": None, "connections.days": ["mon", "tue"],
           "connections.greeting": "Hello", "connections.key": "s3cret", "peers.enabled": "on"},
    )  # fmt: skip
    connection.refresh_from_db()
    assert connection.wanted == {
        "connections.weight": 1.5, "connections.here_now": False, "connections.days": ["mon", "tue"],
        "connections.greeting": "Hello", "connections.key": "s3cret", "peers.enabled": True,
    }  # fmt: skip


def test_a_secret_is_never_shown_and_never_lost_unnoticed(office, event, connection, answers):
    answers({"connections.key": "kept-there"})
    assert "kept-there" not in _open(office, event)
    page = _save(office, event, **{"connections.list_length": "3"}).content.decode()
    assert "the service never shows it" in page
    assert _save(office, event, **{"connections.key.reset": "on"}).status_code == 302


def test_the_page_opens_while_the_service_is_away_with_what_was_known_last(
    office, event, connection, answers, service
):
    _open(office, event)
    service.close()
    page = _open(office, event)
    assert "this is what it said last" in page
    assert 'name="connections.list_length"' in page


def test_the_page_opens_even_where_nothing_was_ever_known(office, event, connection, service):
    service.close()
    page = _open(office, event)
    assert "appears here as soon as the service has answered once" in page


def test_nobody_waits_for_a_service_that_the_sender_found_away(office, event, connection, answers, service):
    _open(office, event)
    before = len(service.requests)
    Connection.objects.update(retry_at=now().replace(year=now().year + 1), problem="timeout")
    assert "took too long to answer" in _open(office, event)
    assert len(service.requests) == before


def test_two_people_do_not_overwrite_each_other(office, event, connection, answers):
    _open(office, event)
    connection.refresh_from_db()
    mine = board.seen(connection)
    _save(office, event, **{"connections.list_length": "5"})
    answer = office.post(_address(event), {"seen": mine, **SHOWN, "connections.list_length": "6"})
    assert "Somebody else changed these settings" in answer.content.decode()
    connection.refresh_from_db()
    assert connection.wanted == {"connections.list_length": 5}


def test_saving_what_is_there_already_changes_nothing(office, event, connection, answers):
    _open(office, event)
    assert _save(office, event).status_code == 302
    connection.refresh_from_db()
    assert connection.wanted is None
    with scopes_disabled():
        assert not Mark.objects.exists()


def test_a_manifest_that_is_nonsense_breaks_nothing(office, event, connection, answers):
    for broken in (
        {"features": []}, {"features": {"x": 3, "y": {"scopes": "all"}}}, {},
        {"features": {"x": {"scopes": EVERYWHERE, "settings": {"a": {"type": ["boolean"], "scopes": EVERYWHERE}}}}},
        {"features": {"x": {"scopes": EVERYWHERE, "settings": {"a": {"type": "string", "enum": [1], "scopes": EVERYWHERE}}}}},
    ):  # fmt: skip
        answers(manifest=copy.deepcopy(broken))
        _open(office, event)


def test_what_the_service_refuses_is_said_beside_the_field_until_it_is_corrected(
    office, event, connection, answers
):
    _open(office, event)
    _save(office, event, **{"connections.colleagues": "allow"})
    Connection.objects.update(
        problem="settings_locked", problem_detail="connections.colleagues", problem_at=now()
    )
    page = _open(office, event)
    assert "did not accept your last changes" in page
    assert "A setting has been locked at a higher level." in page
    assert 'id="id_connections.colleagues_error"' in page
    assert "<details open>" in page


def test_what_waits_to_be_sent_is_compared_with_what_it_was_saved_over(office, event, connection, answers):
    _open(office, event)
    _save(office, event, **{"connections.list_length": "5"})
    answers({"peers.enabled": True})
    _open(office, event)
    connection.refresh_from_db()
    assert connection.board["values"] == {}
