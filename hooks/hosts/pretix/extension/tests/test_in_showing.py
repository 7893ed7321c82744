"""What somebody is shown is decided when they look: whoever is gone, has left or was turned down is not there."""

from typing import NamedTuple

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now, timedelta
from django_scopes import scopes_disabled
from introductions import (
    CONSENTS,
    EVERYTHING,
    consenting,
    deliver,
    introduce,
    person,
    ref,
    result,
    suggested,
    ticket,
)
from pretix.base.models import Event, Order, Organizer

from pretix_entremise import shown
from pretix_entremise.held import Ticket, handle_of, visible_to
from pretix_entremise.models import Answer, Connection, Opting
from pretix_entremise.organiser.exporting import details_of
from pretix_entremise.organiser.placeholders import layout_variables

pytestmark = pytest.mark.django_db


class Crowd(NamedTuple):
    """Who is there; Ada reads."""

    ada: Order
    mentor: Order
    peer: Order
    expert: Order
    other: Order


@pytest.fixture(autouse=True)
def _any_scope():
    with scopes_disabled():
        yield


@pytest.fixture
def consents(ask):
    consenting(ask)


@pytest.fixture
def crowd(event, connection, consents, sell):
    """Ada, who reads, and four others; everything has been suggested to her."""
    orders = [sell(name, answers=CONSENTS) for name in ("Ada", "Mentor", "Peer", "Expert", "Other")]
    introduce(event, orders[0], orders[1:])
    return Crowd(*orders)


def position(order):
    return order.positions.select_related("order__event").get()


def names(order):
    """Return everybody and everything that is shown to the holder of the order's one ticket."""
    return "\n".join(shown.strings_in(dict(visible_to(position(order)))))


def test_what_is_held_is_shown(crowd):
    seen = visible_to(position(crowd.ada))
    assert set(seen) == set(EVERYTHING)
    assert {ref(order) for order in crowd[1:]} <= set(shown.people_in(dict(seen)))


@pytest.mark.parametrize("status", [Order.STATUS_CANCELED, Order.STATUS_EXPIRED, Order.STATUS_PENDING])
def test_whoever_has_no_valid_ticket_any_more_is_gone_at_once_with_what_quotes_them(crowd, status):
    assert "Peer" in names(crowd.ada)
    crowd.peer.status = status
    crowd.peer.save()
    found = names(crowd.ada)
    assert "Peer" not in found
    assert ref(crowd.peer) not in found
    assert "Open source in public procurement" not in found
    assert "Circle 3" not in found
    assert all(name in found for name in ("Mentor", "Expert", "Other", "Words of the other"))


def test_a_ticket_that_is_cancelled_or_gone_takes_its_holder_away(crowd):
    crowd.other.positions.update(canceled=True)
    assert "Other" not in names(crowd.ada)
    crowd.expert.positions.get().answers.all().delete()
    crowd.expert.all_positions.all().delete()
    assert "Expert" not in names(crowd.ada)


def test_whoever_left_is_gone_for_others_at_once_and_is_back_when_they_come_back(crowd):
    opting = Opting.objects.create(position=position(crowd.mentor), out=True, at=now())
    assert "Mentor" not in names(crowd.ada)
    assert not any(visible_to(position(crowd.ada))["meetings"]["meetings"])
    opting.out = False
    opting.save()
    assert "Mentor" in names(crowd.ada)


def test_whoever_left_sees_nobody(crowd):
    Opting.objects.create(position=position(crowd.ada), out=True, at=now())
    assert visible_to(position(crowd.ada)) == {}


@pytest.mark.parametrize("verdict", ["declined", "blocked"])
def test_whom_the_reader_turned_down_is_not_shown_again(crowd, verdict):
    Answer.objects.create(position=position(crowd.ada), other=ref(crowd.expert), verdict=verdict, at=now())
    assert "Expert" not in names(crowd.ada)
    assert "Mentor" in names(crowd.ada)


@pytest.mark.parametrize("verdict", ["accepted", "met"])
def test_who_was_answered_kindly_stays(crowd, verdict):
    Answer.objects.create(position=position(crowd.ada), other=ref(crowd.expert), verdict=verdict, at=now())
    assert "Expert" in names(crowd.ada)


def test_whoever_blocked_the_reader_is_not_shown_to_them_and_whoever_declined_is(crowd):
    Answer.objects.create(position=position(crowd.expert), other=ref(crowd.ada), verdict="declined", at=now())
    assert "Expert" in names(crowd.ada)
    Answer.objects.update(verdict="blocked")
    assert "Expert" not in names(crowd.ada)


def test_what_somebody_said_about_another_ticket_of_that_name_elsewhere_hides_nobody(crowd, event):
    elsewhere = Organizer.objects.create(name="Else", slug="else")
    twin = Event.objects.create(organizer=elsewhere, name="T", slug="t", date_from=now())
    order = Order.objects.create(
        event=twin, code=crowd.expert.code, email="e@example.org", status="p", datetime=now(), expires=now(), total=0,
        sales_channel=elsewhere.sales_channels.get(identifier="web"),
    )  # fmt: skip
    product = twin.items.create(name="T", default_price=0)
    there = order.positions.create(item=product, price=0, positionid=1)
    Answer.objects.create(position=there, other=ref(crowd.ada), verdict="blocked", at=now())
    assert "Expert" in names(crowd.ada)


def test_consent_that_is_taken_back_in_pretix_holds_before_the_service_hears_of_it(crowd):
    crowd.peer.positions.get().answers.filter(question__identifier="CONSENT_GROUPS").update(answer="False")
    seen = visible_to(position(crowd.ada))
    assert seen["circles"]["circles"] == []
    assert ref(crowd.peer) not in set(shown.people_in(seen["seating"]))
    assert ref(crowd.peer) in set(shown.people_in(seen["peers"]))
    crowd.peer.positions.get().answers.filter(question__identifier="CONSENT_MATCHING").update(answer="False")
    assert ref(crowd.peer) not in names(crowd.ada)


def test_who_does_not_agree_to_be_seen_on_site_is_not_among_those_who_are_here(crowd):
    crowd.expert.positions.get().answers.filter(question__identifier="CONSENT_PRESENCE").delete()
    seen = visible_to(position(crowd.ada))
    assert seen["connections"]["here_now"] == []
    assert ref(crowd.expert) in set(shown.people_in(seen["experts"]))


def test_a_reader_who_takes_consent_back_sees_nothing_of_that_purpose(crowd):
    crowd.ada.positions.get().answers.filter(question__identifier="CONSENT_MENTORING").update(answer="False")
    assert set(EVERYTHING) - set(visible_to(position(crowd.ada))) == {"mentorship"}
    crowd.ada.positions.get().answers.filter(question__identifier="CONSENT_MATCHING").delete()
    assert visible_to(position(crowd.ada)) == {}


def test_a_reader_whose_own_ticket_is_not_valid_sees_nothing(crowd):
    crowd.ada.status = Order.STATUS_CANCELED
    crowd.ada.save()
    assert visible_to(position(crowd.ada)) == {}


@pytest.mark.parametrize("state", [Connection.LEAVING, Connection.STOPPED])
def test_nothing_is_shown_once_the_connection_is_taken_down(crowd, state):
    Connection.objects.update(state=state)
    assert visible_to(position(crowd.ada)) == {}


def test_while_the_service_refuses_us_what_is_held_is_still_shown(crowd):
    Connection.objects.update(state=Connection.REFUSED)
    assert visible_to(position(crowd.ada)) != {}


def test_nothing_is_shown_where_the_plugin_is_off(crowd, event):
    event.plugins = ""
    event.save()
    assert visible_to(position(crowd.ada)) == {}


def test_ninety_days_after_the_end_nothing_is_shown(crowd, event):
    event.date_from, event.date_to = now() - timedelta(days=92), now() - timedelta(days=89)
    event.save()
    assert visible_to(position(crowd.ada)) != {}
    event.date_to = now() - timedelta(days=91)
    event.save()
    assert visible_to(position(crowd.ada)) == {}


def test_a_topic_goes_with_whoever_it_quotes_while_the_others_stay_at_the_table(crowd):
    assert "Words of the other" in names(crowd.ada)
    Opting.objects.create(position=position(crowd.other), out=True, at=now())
    seen = visible_to(position(crowd.ada))
    assert list(shown.people_in(seen["seating"])) == [ref(crowd.peer)]
    assert [group["of"] for group in seen["topics"]["topics"]] == ["circle"]
    assert "Words of the other" not in names(crowd.ada)


def test_topics_of_a_group_that_is_not_shown_are_not_shown(event, crowd):
    deliver(event, [result(ref(crowd.ada), "circles", 2)])
    seen = visible_to(position(crowd.ada))
    assert [group["of"] for group in seen["topics"]["topics"]] == ["seat"]


def test_what_is_held_itself_is_never_changed_by_looking(crowd):
    ticket = Ticket(position(crowd.ada))
    Opting.objects.create(position=position(crowd.mentor), out=True, at=now())
    assert "Mentor" not in "\n".join(shown.strings_in(dict(ticket.features)))
    Opting.objects.all().delete()
    assert "Mentor" in names(crowd.ada)


def test_many_people_cost_as_many_queries_as_one(event, connection, consents, sell):
    ada, *others = [
        sell(name, answers=CONSENTS) for name in ("Ada", *(f"Nr {number}" for number in range(25)))
    ]
    counted = []
    for revision, wanted in ((1, others[:1]), (2, others)):
        people = [person(ref(order), order.positions.get().attendee_name) for order in wanted]
        deliver(event, [result(ref(ada), "connections", revision, suggested(*people))])
        mine = position(ada)
        visible_to(mine)
        with CaptureQueriesContext(database) as seen:
            assert len(visible_to(mine)["connections"]["suggestions"]) == len(wanted)
        counted.append(sum("settingsstore" not in query["sql"] for query in seen))
    assert counted[0] == counted[1]
    assert counted[0] <= 7  # beside the event's settings, which pretix caches


def test_a_handle_says_nothing_and_is_another_for_every_reader(crowd):
    mine, theirs = (
        handle_of(position(crowd.ada), ref(crowd.peer)),
        handle_of(position(crowd.mentor), ref(crowd.peer)),
    )
    assert mine != theirs
    assert crowd.peer.code.lower() not in mine
    assert Ticket(position(crowd.ada)).behind(mine) == ref(crowd.peer)
    assert Ticket(position(crowd.ada)).behind(theirs) is None


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"suggestions": None},
        {"suggestions": {"a": 1}, "here_now": 7},
        {"suggestions": [7, None, "text", {"name": "No ref"}, {"person": ["x"], "name": "A list"}]},
        {
            "circles": [{"people": "x"}],
            "topics": 3,
            "seats": [[]],
            "meetings": [{"people": [1], "starts": 3}],
        },
        {"topics": [{"of": "circle", "key": "k", "items": [{"from": 4, "text": 3}, 9]}, 4]},
        {"role": [], "pairings": [{"person": {}, "name": "A"}], "suggestions": [{"person": [], "name": "B"}]},
        {
            "meetings": [
                {"people": 7, "starts": "0001-01-01T00:00:00+14:00", "ends": "9999-12-31T23:59:00-14:00"}
            ]
        },
        {
            "meetings": [
                {"people": 7, "starts": "2199-01-01T00:00:00+14:00", "ends": "2199-01-01T01:00:00+14:00"}
            ]
        },
    ],
)
def test_data_of_an_unexpected_shape_is_left_out_and_breaks_nothing(
    client, event, connection, consents, sell, data
):
    ada = sell("Ada", answers=CONSENTS)
    deliver(event, [result(ref(ada), feature, 1, data) for feature in EVERYTHING])
    visible_to(position(ada))

    assert client.get(ticket(ada)).status_code == 200
    assert client.get(ticket(ada, 1, "meetings.ics")).status_code == 200
    for variable in layout_variables().values():
        assert isinstance(variable["evaluate"](position(ada), ada, event), str)
    details_of(position(ada))
