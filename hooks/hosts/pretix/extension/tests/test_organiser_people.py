"""The page of numbers: who agreed, who is shown how often, who would be left alone, and what is told of answers."""

import datetime as dt
import itertools
import math
import re
import time

import pytest
from django.utils.timezone import now
from django_scopes import scope, scopes_disabled
from organised import address, consent, crowd, hold, loopback, people, reader
from pretix.base.models import Event, Order, OrderPosition, Team

from pretix_entremise.models import Answer, Connection, Held, Opting
from pretix_entremise.organiser import layout as layouts
from pretix_entremise.organiser.drawing import bars_of, network, parts_of
from pretix_entremise.organiser.insights import gather
from pretix_entremise.organiser.layout import layout

pytestmark = pytest.mark.django_db


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def say(position, other, verdict):
    with scopes_disabled():
        Answer.objects.create(position=position, other=other, verdict=verdict, at=now())


def sell_out(event):
    """Have no tickets any more."""
    with scopes_disabled():
        OrderPosition.all.filter(order__event=event).delete()
        Order.objects.filter(event=event).delete()


def see(event):
    with scope(organizer=event.organizer):
        return gather(event)


def test_the_page_counts_who_agreed_who_has_people_to_meet_and_who_is_left_alone(
    office, event, connection, people
):
    hold(people)
    response = office.get(address(event, "people/"))
    assert response.status_code == 200
    text = text_of(response)
    assert "30 tickets that count" in text
    assert "30 agreed to be suggested" in text
    assert "28 have people to meet" in text
    found = see(event)
    lonely = {one.person.ref for one in found.alone}
    assert lonely == {ref for ref in people if not found.lists[ref] or not found.shown[ref]}
    assert lonely
    for ref in lonely:
        assert ref in text


def test_who_agreed_is_counted_for_each_purpose_and_without_a_yes_to_suggestions_for_none(
    event, item, consent
):
    matching, mentoring, *_ = consent
    crowd(event, item, 3, consent=[matching])
    found = dict(see(event).agreed)
    assert found["matching"] == 3
    assert found["mentoring"] == 0
    sell_out(event)
    crowd(event, item, 2, consent=[mentoring])
    assert dict(see(event).agreed)["mentoring"] == 0


def test_tickets_that_do_not_count_are_nowhere(event, people):
    hold(people)
    with scopes_disabled():
        order = people["AB003-1"].order
        order.status = "c"
        order.save()
    found = see(event)
    assert len(found.attendees) == 29
    assert "AB003-1" not in found.there
    assert all("AB003-1" not in others for others in found.lists.values())
    assert all("AB003-1" not in pair for pair in found.edges)


def test_who_has_left_everything_is_counted_as_that_and_stands_on_no_list(office, event, connection, people):
    hold(people)
    with scopes_disabled():
        Opting.objects.create(position=people["AB003-1"], out=True, at=now())
    found = see(event)
    assert found.left == 1
    assert all("AB003-1" not in others for others in found.lists.values())
    assert "has left everything 1" in text_of(office.get(address(event, "people/")))


def test_somebody_whom_the_reader_declined_is_on_their_list_no_more(event, people):
    hold(people)
    before = see(event)
    ref, others = next((ref, others) for ref, others in before.lists.items() if others)
    other = min(others)
    say(people[ref], other, "declined")
    after = see(event)
    assert after.lists[ref] == others - {other}
    assert after.shown[other] == before.shown[other] - 1


def test_answers_are_numbers_and_nobody_learns_who_gave_them(office, event, connection, people):
    hold(people)
    plain = office.get(address(event, "people/")).content.decode()
    say(people["AB001-1"], "AB002-1", "blocked")
    say(people["AB004-1"], "AB005-1", "accepted")
    say(people["AB005-1"], "AB004-1", "met")
    say(people["AB007-1"], "AB010-1", "declined")
    response = office.get(address(event, "people/"))
    text = text_of(response)
    assert "“never again” 1" in text
    assert "“not for me” 1" in text
    assert "“interested” 1" in text
    assert "“we met” 1" in text
    assert "pairs in which both are interested 1" in text
    assert "pairs in which both said that they met 0" in text
    for ref in ("AB001-1", "AB002-1", "AB007-1", "AB010-1"):
        assert response.content.decode().count(ref) == plain.count(ref)


def test_two_met_only_if_both_said_so(event, people):
    say(people["AB004-1"], "AB005-1", "met")
    assert see(event).both_met == 0
    say(people["AB005-1"], "AB004-1", "met")
    assert see(event).both_met == 1


def test_how_often_people_are_shown_is_a_picture_and_a_table_with_floor_and_cap(
    office, event, connection, people
):
    hold(people)
    effective = {
        "connections.floor": {"value": 3, "source": "default"}, "connections.cap": {"value": 9, "source": "default"},
    }  # fmt: skip
    Connection.objects.update(board={"effective": effective})
    found = see(event)
    response = office.get(address(event, "people/")).content.decode()
    below = sum(number < 3 for number in found.exposure.values())
    assert f"{below} pe" in response
    assert "fewer lists than the 3 of the settings" in response
    assert "at least 3" in response
    picture = response[response.index("entremise-picture") : response.index("The same as a table")]
    bars = bars_of(found.exposure)
    assert picture.count('class="entremise-bar') == len(bars)
    assert sum(people_in for _low, _high, people_in in bars) == 30
    for low, _high, number in bars:
        assert re.search(rf'<th scope="row">{low}</th><td class="text-right">{number}</td>', response)


def test_the_network_has_a_dot_for_everybody_who_agreed_and_no_name(office, event, connection, people):
    hold(people)
    found = see(event)
    page = office.get(address(event, "people/")).content.decode()
    picture = page[page.index("entremise-network-title") :]
    picture = picture[: picture.index("</svg>")]
    assert picture.count("<circle") == 30
    assert picture.count("M") == len(found.edges)
    for ref, position in people.items():
        assert ref not in picture
        assert position.attendee_name_cached not in picture
    assert f"{len(found.edges)} lines each join two of them" in page


def test_changes_of_the_last_day_are_counted(event, people):
    hold(people)
    with scopes_disabled():
        Held.objects.update(at=now() - dt.timedelta(days=2))
        Held.objects.filter(position=people["AB001-1"]).update(at=now())
    say(people["AB004-1"], "AB005-1", "accepted")
    found = see(event)
    assert (found.renewed, found.new, found.lately["answers"]) == (1, 0, 1)


def test_the_page_asks_the_database_as_often_for_many_tickets_as_for_few(
    office, event, item, connection, consent, django_assert_max_num_queries
):
    few = crowd(event, item, 3, consent=consent)
    hold(few)
    office.get(address(event, "people/"))
    with django_assert_max_num_queries(60) as small:
        office.get(address(event, "people/"))
    sell_out(event)
    many = crowd(event, item, 200, consent=consent)
    hold(many)
    with django_assert_max_num_queries(60) as large:
        office.get(address(event, "people/"))
    assert len(large) <= len(small)


def test_a_thousand_people_are_drawn_in_seconds_and_none_upon_another():
    everybody = [f"P{at}" for at in range(1000)]
    edges = sorted({
        tuple(sorted((everybody[at], everybody[(at * 7 + step * 131 + step) % 997]))) for at in range(960) for step in range(5)
    })  # fmt: skip
    edges = [pair for pair in edges if pair[0] != pair[1]]
    began = time.perf_counter()
    drawn = str(network(everybody, edges))
    assert time.perf_counter() - began < 15
    assert drawn.count("<circle") == 1000
    assert len(drawn) < 400_000
    points = layout(everybody, edges)
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in points.values())
    assert len({(round(x, 4), round(y, 4)) for x, y in points.values()}) > 950


def test_the_same_people_are_drawn_the_same_way():
    edges = [("a", "b"), ("b", "c"), ("d", "e")]
    assert layout(["a", "b", "c", "d", "e", "f"], edges) == layout(["a", "b", "c", "d", "e", "f"], edges)
    assert parts_of(["a", "b", "c", "d", "e", "f"], edges) == [3, 2, 1]


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_few_people_with_or_without_lines_can_be_drawn(number):
    everybody = list("abc")[:number]
    for edges in ([], [("a", "b")] if number > 1 else []):
        assert str(network(everybody, edges)).count("<circle") == number


def test_an_event_without_tickets_or_connection_has_a_page_that_says_so(office, event):
    text = text_of(office.get(address(event, "people/")))
    assert "not connected to a service" in text
    assert "Nobody has agreed to be suggested yet" in text


def test_who_may_look_at_orders_may_look_and_nobody_else(reader, client, event, connection):
    assert reader.get(address(event, "people/")).status_code == 200
    with scopes_disabled():
        Team.objects.update(limit_event_permissions={"event.items:write": True})
    assert reader.get(address(event, "people/")).status_code == 403
    client.logout()
    assert client.get(address(event, "people/")).status_code == 302


def test_where_the_plugin_is_off_there_is_no_page_and_no_entry(office, event, connection):
    home = f"/control/event/{event.organizer.slug}/{event.slug}/"
    assert address(event, "people/") in office.get(home).content.decode()
    with scopes_disabled():
        Event.objects.update(plugins="pretix.plugins.banktransfer")
    assert office.get(address(event, "people/")).status_code == 404
    assert address(event, "people/") not in office.get(home).content.decode()


def test_the_navigation_is_for_those_who_may_look_at_orders(reader, event):
    home = f"/control/event/{event.organizer.slug}/{event.slug}/"
    assert address(event, "plans/") in reader.get(home).content.decode()
    with scopes_disabled():
        Team.objects.update(limit_event_permissions={"event.items:write": True})
    assert address(event, "plans/") not in reader.get(home).content.decode()


def test_a_picture_of_a_crowd_that_is_all_linked_is_drawn_without_measuring_every_pair(monkeypatch):
    measured = []

    class Counting:
        def __getattr__(self, name):
            return getattr(math, name)

        def hypot(self, *sides):
            measured.append(None)
            return math.hypot(*sides)

    monkeypatch.setattr(layouts, "math", Counting())
    people = [f"p{number}" for number in range(120)]
    points = layout(people, list(itertools.combinations(people, 2)))
    assert len({(round(x, 3), round(y, 3)) for x, y in points.values()}) > 100
    assert len(measured) <= layouts.STEPS * len(people) * (layouts.PULLS + 1)


@pytest.mark.parametrize("number", [0, 1, 24, 25, 1000])
def test_whoever_stands_for_others_in_a_crowd_is_another_one_at_each_turn(number):
    crowd = list(range(number))
    stride = -(-number // 24) or 1
    turns = [list(layouts._some(crowd, 24, turn)) for turn in range(stride)]
    assert all(len(turn) <= 24 for turn in turns)
    assert sorted(one for turn in turns for one, _ in turn) == crowd
    assert {weight for turn in turns for _, weight in turn} <= {stride}
