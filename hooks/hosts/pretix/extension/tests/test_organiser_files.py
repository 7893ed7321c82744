"""What goes out as a file: tables, pictures to print, lists, and what is held of one ticket."""

import csv
import io
import json
import time

import pytest
from django.utils.timezone import now
from django_scopes import scope, scopes_disabled
from organised import API, RECORDED, address, asked, consent, hold, loopback, people, reader
from pretix.base.models import Event, OrderPosition

from pretix_entremise.held import Ticket
from pretix_entremise.models import Answer, Opting
from pretix_entremise.organiser import printing
from pretix_entremise.organiser.exporting import PeopleExporter, of_ticket

pytestmark = pytest.mark.django_db


def draw(service, feature="seating", pages=2):
    """Have the service draw like the real one: each page names the next."""
    drawn = []

    def answer(_body):
        drawn.append(1)
        page = int(service.requests[-1][1].partition("page=")[2])
        more = {"Link": f'<?of=published&page={page + 1}>; rel="next"'} if page < pages else {}
        return (
            200,
            (RECORDED / f"{feature}-{page}.svg").read_bytes(),
            {"Content-Type": "image/svg+xml", **more},
        )

    service.answers[f"GET {API}/plans/{feature}/picture.svg"] = answer


def test_a_picture_comes_from_our_own_address_and_can_load_and_run_nothing(
    office, event, connection, service
):
    draw(service)
    answer = office.get(address(event, "plans/seating/picture.svg?of=draft&page=2"))
    assert answer.content == (RECORDED / "seating-2.svg").read_bytes()
    assert answer.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "no-store" in answer.headers["Cache-Control"]
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src-elem 'none'" in policy
    assert "script-src-attr 'none'" in policy
    assert "unsafe-inline" not in policy
    ((path, headers, _),) = asked(service, "GET")
    assert path.endswith("picture.svg?of=draft&page=2")
    assert headers["authorization"] == "Bearer entremise_token"


def test_the_print_page_has_one_image_a_sheet_and_the_token_stays_here(office, event, connection, service):
    draw(service)
    page = office.get(address(event, "plans/seating/print?of=draft")).content.decode()
    assert page.count("<img") == 2
    assert f'src="{address(event, "plans/seating/picture.svg")}?of=draft&amp;page=2"' in page
    assert 'alt="Tables, page 1 of 2.' in page
    assert "entremise_token" not in page
    assert "<svg" not in page


def test_pages_that_do_not_end_keep_nobody_here(office, event, connection, service, monkeypatch):
    monkeypatch.setattr(printing, "PATIENCE", 0.5)

    def slow(_body):
        time.sleep(0.2)
        return 200, b"<svg/>", {"Link": '<?page=2>; rel="next"'}

    service.answers[f"GET {API}/plans/seating/picture.svg"] = slow
    page = office.get(address(event, "plans/seating/print?of=draft")).content.decode()
    assert "The service does not answer at the moment." in page
    assert len(service.requests) < 5


def test_where_nothing_is_published_the_print_page_says_so(office, event, connection, service):
    service.answers[f"GET {API}/plans/seating/picture.svg"] = (404, {"code": "not_found"}, {})
    page = office.get(address(event, "plans/seating/print")).content.decode()
    assert "Nothing is published yet." in page
    assert "<img" not in page


@pytest.mark.parametrize(
    "path",
    [
        "plans/circles/picture.svg", "plans/seating/picture.svg?page=0", "plans/seating/picture.svg?page=x",
        "plans/seating/picture.svg?of=../..", "plans/circles/print", "plans/seating/export.csv?of=all",
        "plans/nonsense/", "plans/seating/picture.svg?page=²",
    ],
)  # fmt: skip
def test_what_there_is_no_picture_of_is_not_there(office, event, connection, service, path):
    assert office.get(address(event, path)).status_code == 404
    assert service.requests == []


def test_the_table_of_a_plan_is_handed_on_as_the_service_wrote_it(reader, event, connection, service):
    body = (RECORDED / "seating.csv").read_bytes()
    service.answers[f"GET {API}/plans/seating/export.csv"] = (200, body, {"Content-Type": "text/csv"})
    answer = reader.get(address(event, "plans/seating/export.csv?of=published"))
    assert answer.content == body
    assert answer.headers["Content-Disposition"] == 'attachment; filename="summit-seating-published.csv"'


@pytest.mark.parametrize("path", ["plans/seating/picture.svg", "plans/seating/export.csv"])
def test_files_say_in_a_line_that_the_service_is_away(office, event, connection, service, path):
    service.close()
    answer = office.get(address(event, path))
    assert answer.status_code == 503
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "does not answer" in answer.content.decode()


def test_what_is_held_of_a_ticket_can_be_handed_over_without_who_said_what(reader, event, connection, people):
    hold(people)
    with scopes_disabled():
        Answer.objects.create(position=people["AB001-1"], other="AB010-1", verdict="blocked", at=now())
        Answer.objects.create(position=people["AB001-1"], other="AB003-1", verdict="accepted", at=now())
    answer = reader.get(address(event, "people/AB001-1.json"))
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "no-store" in answer.headers["Cache-Control"]
    found = json.loads(answer.content)
    assert found["ticket"] == "AB001-1"
    assert found["answers"] == 2
    assert found["agreed_to"] == ["groups", "matching", "mentoring", "presence"]
    assert {"connections", "seating", "circles"} <= found["results"].keys()
    assert found["places"]["tables"][0]["table"] == "4"
    assert found["named_in_results_of"] > 0


def test_no_file_tells_the_organiser_who_blocked_whom(event, connection, people):
    hold(people)
    with scope(organizer=event.organizer):
        named = next(
            one["person"] for one in Ticket(people["AB001-1"]).features["connections"]["suggestions"]
        )

        def files():
            found = of_ticket(OrderPosition.objects.get(pk=people["AB001-1"].pk))
            return {name: value for name, value in found.items() if name != "written_at"}

        before = files()
        Answer.objects.create(position=people[named], other="AB001-1", verdict="blocked", at=now())
        assert named not in json.dumps(Ticket(people["AB001-1"]).features)
        assert files() == before
        Answer.objects.create(position=people["AB001-1"], other="AB010-1", verdict="blocked", at=now())
        assert files() == {**before, "answers": 1}
        # Neither a name nor a ticket of anybody else, nor a reason.
        text = json.dumps(before, ensure_ascii=False)
        assert not [
            ref
            for ref, one in people.items()
            if ref != "AB001-1" and (ref in text or one.attendee_name in text)
        ]


def test_the_order_page_leads_to_what_is_held(office, event, connection, people):
    page = office.get(f"/control/event/{event.organizer.slug}/{event.slug}/orders/AB001/").content.decode()
    assert address(event, "people/AB001-1.json") in page


def test_what_is_held_is_for_this_event_and_those_who_may_look(office, client, event, connection, people):
    assert office.get(address(event, "people/AB999-1.json")).status_code == 404
    assert office.get(address(event, "people/AB001-9.json")).status_code == 404
    with scopes_disabled():
        Event.objects.update(plugins="")
    assert office.get(address(event, "people/AB001-1.json")).status_code == 404


def test_the_list_has_numbers_and_own_places_and_neither_reasons_nor_other_people(
    event, organizer, connection, people
):
    hold(people)
    with scopes_disabled():
        Opting.objects.create(position=people["AB002-1"], out=True, at=now())
        position = people["AB003-1"]
        position.attendee_name_parts = {"_scheme": "full", "full_name": "=HYPERLINK(1)"}
        position.save()
    with scope(organizer=organizer):
        _name, kind, body = PeopleExporter(event, organizer).render({"_format": "default"})
        assert kind == "text/csv"
        text = body.decode() if isinstance(body, bytes) else body
        rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 31
    assert all(len(row) == len(rows[0]) for row in rows)
    by_code = {row[0]: row for row in rows[1:]}
    assert by_code["AB001"][9:11] == ["Cercle 4", "Lunch: 4; Dinner: 1"]
    assert by_code["AB002"][6] == "yes"
    assert by_code["AB002"][7:] == ["0", "0", "", "", "0", "0"]
    assert by_code["AB003"][2] == "'=HYPERLINK(1)"
    assert "recrutement" not in text


def test_the_list_is_among_the_exports_of_the_event(office, event, connection):
    page = office.get(f"/control/event/{event.organizer.slug}/{event.slug}/orders/export/").content.decode()
    assert "Introductions: consents, numbers and places" in page


def test_programs_read_a_tickets_own_places_with_its_order(
    office, event, connection, people, django_assert_max_num_queries
):
    hold(people)
    root = f"/api/v1/organizers/{event.organizer.slug}/events/{event.slug}/orders/"
    (position,) = office.get(f"{root}AB001/").json()["positions"]
    details = position["plugin_data"]["entremise"]
    assert details["tables"] == [
        {"meal": "Lunch", "table": "4", "role": ""}, {"meal": "Dinner", "table": "1", "role": ""},
    ]  # fmt: skip
    assert details["circles"][0]["label"] == "Cercle 4"
    assert details["mentoring"] == 1
    assert details["meetings"][0]["spot"] == "Lobby"
    assert details["people_to_meet"] > 3
    assert "name" not in json.dumps(details)


def test_programs_read_nothing_of_who_has_left_or_where_nothing_is_connected(
    office, event, connection, people
):
    hold(people)
    address_of = f"/api/v1/organizers/{event.organizer.slug}/events/{event.slug}/orders/AB001/"
    with scopes_disabled():
        Opting.objects.create(position=people["AB001-1"], out=True, at=now())
    assert office.get(address_of).json()["positions"][0]["plugin_data"]["entremise"] == {}
    with scopes_disabled():
        Opting.objects.all().delete()
    assert office.get(address_of).json()["positions"][0]["plugin_data"]["entremise"]
    connection.state = "leaving"
    connection.save()
    assert office.get(address_of).json()["positions"][0]["plugin_data"]["entremise"] == {}
