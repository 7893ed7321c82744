"""What stands on tickets and badges and in mails: places and numbers as they are when it is printed."""

import datetime as dt
from urllib.parse import urlsplit

import pytest
from django.utils.timezone import now
from django_scopes import scope, scopes_disabled
from organised import RESULTS, consent, hold, loopback, people
from pretix.base.email import get_available_placeholders
from pretix.base.i18n import language
from pretix.base.models import OrderPosition
from pretix.base.pdf import get_variables
from pretix.base.services.placeholders import PlaceholderContext

from pretix_entremise.models import Held, Opting

pytestmark = pytest.mark.django_db


def printed(event, position, name):
    """Return what a layout's variable prints, from a ticket that was read anew."""
    with scope(organizer=event.organizer), language(position.order.locale):
        fresh = OrderPosition.objects.get(pk=position.pk)
        return get_variables(event)[f"entremise_{name}"]["evaluate"](fresh, fresh.order, event)


def test_a_badge_has_table_circle_mentor_and_number_of_people(event, connection, people):
    hold(people)
    one = people["AB001-1"]
    assert printed(event, one, "table") == "4"
    assert printed(event, one, "tables") == "Lunch: table 4\nDinner: table 1"
    assert printed(event, one, "circle") == "Cercle 4"
    assert printed(event, one, "mentoring") == "Karim Haddad"
    held = [item for item in RESULTS if item["attendee"] == "AB001-1"]
    met = {
        one["person"]
        for item in held
        if item["feature"] in {"connections", "peers", "experts"}
        for one in item["payload"]["suggestions"]
    }
    assert printed(event, one, "people") == str(len(met))


def test_the_next_meeting_is_the_first_that_is_not_over(event, connection, people):
    event.settings.timezone = "Europe/Paris"
    later = now() + dt.timedelta(days=1)
    meetings = [
        {"meeting": "c", "starts": (later + dt.timedelta(hours=2)).isoformat(), "ends": "", "spot": "Attic", "people": []},
        {"meeting": "b", "starts": later.isoformat(), "ends": (later + dt.timedelta(minutes=20)).isoformat(),
         "spot": "Lobby", "remote": False, "people": [{"person": "AB002-1", "name": "Élodie Diallo"}]},
        {"meeting": "a", "starts": "2026-01-01T10:00:00+00:00", "ends": "2026-01-01T10:20:00+00:00", "spot": "Past",
         "people": [{"person": "AB002-1", "name": "Élodie Diallo"}]},
    ]  # fmt: skip
    with scopes_disabled():
        Held.objects.create(
            position=people["AB001-1"],
            feature="meetings",
            revision=1,
            payload={"language": "en", "meetings": meetings},
        )
    said = printed(event, people["AB001-1"], "meeting")
    assert said.endswith(", Lobby, Élodie Diallo")
    assert said[:1].isdigit()


@pytest.mark.parametrize("name", ["table", "tables", "circle", "meeting", "mentoring", "people"])
def test_nothing_is_printed_where_there_is_nothing(event, connection, people, name):
    assert printed(event, people["AB001-1"], name) == ""


@pytest.mark.parametrize("name", ["table", "tables", "circle", "meeting", "mentoring", "people"])
def test_nothing_is_printed_for_who_has_left_or_without_a_connection(event, connection, people, name):
    hold(people)
    with scopes_disabled():
        Opting.objects.create(position=people["AB001-1"], out=True, at=now())
    assert printed(event, people["AB001-1"], name) == ""
    with scopes_disabled():
        Opting.objects.all().delete()
    connection.state = connection.LEAVING
    connection.save()
    assert printed(event, people["AB001-1"], name) == ""


def test_a_mentor_who_may_not_be_shown_any_more_is_not_printed(event, connection, people):
    hold(people)
    with scopes_disabled():
        order = people["AB010-1"].order
        order.status = "c"
        order.save()
    assert printed(event, people["AB001-1"], "mentoring") == ""


def test_the_editor_has_a_sample_and_a_label_for_each(event, connection):
    with scope(organizer=event.organizer):
        ours = {name: one for name, one in get_variables(event).items() if name.startswith("entremise_")}
    assert len(ours) == 6
    assert all(str(one["label"]) and str(one["editor_sample"]) for one in ours.values())


def test_where_the_plugin_is_off_no_layout_knows_of_it(event):
    event.plugins = ""
    with scope(organizer=event.organizer):
        assert not [name for name in get_variables(event) if name.startswith("entremise_")]


def test_a_mail_to_an_attendee_can_hold_the_address_of_their_page(client, event, connection, people):
    hold(people)
    with scope(organizer=event.organizer):
        position = people["AB001-1"]
        assert "entremise_url" in get_available_placeholders(event, ["event", "order", "position"])
        assert "entremise_url" not in get_available_placeholders(event, ["event", "order"])
        context = PlaceholderContext(event=event, order=position.order, position=position)
        address = context.format("Your page: {entremise_url}").removeprefix("Your page: ")
        sample = get_available_placeholders(event, ["event", "position"])["entremise_url"].render_sample(
            event
        )
    assert sample.startswith("http")
    assert client.get(urlsplit(address).path).status_code == 200
