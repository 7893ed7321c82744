"""Meetings as files that every calendar reads: RFC 5545 to the letter, and the same meeting under the same name."""

import pytest
import vobject
from django.utils.timezone import now
from django_scopes import scopes_disabled
from introductions import (
    CONSENTS,
    deliver,
    introduce,
    introduced,
    person,
    ref,
    result,
    ticket,
)

from pretix_entremise.models import Opting

pytestmark = pytest.mark.django_db

UID = "0b6f1b1e-8e1d-5a52-9f0c-0a6a4f1e9c11"


@pytest.fixture(autouse=True)
def _any_scope():
    with scopes_disabled():
        yield


@pytest.fixture
def people(event, connection, ask, sell):
    return introduced(event, ask, sell)


def meet(event, order, *meetings, revision):
    data = {"language": "en", "meetings": list(meetings)}
    deliver(event, [result(ref(order), "meetings", revision, data)])


def meeting(uid, *people, **more):
    return {
        "meeting": uid, "starts": "2026-05-05T23:50:00+02:00", "ends": "2026-05-06T00:10:00+02:00", "spot": "",
        "remote": False, "people": [person(ref(order), order.positions.get().attendee_name) for order in people], **more,
    }  # fmt: skip


def fetch(client, order, suffix="meetings.ics", **more):
    answer = client.get(ticket(order, 1, suffix), **more)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return answer.content.decode()


def entries(file):
    return vobject.readOne(file).contents.get("vevent", [])


def test_a_meeting_stands_in_the_file_with_place_link_and_name(client, people, event):
    (entry,) = entries(fetch(client, people[0]))
    assert entry.uid.value == UID
    assert entry.summary.value == "Meeting with Maya Mentor"
    assert entry.location.value == "Table 12"
    assert entry.url.value == "https://meet.example.org/a"
    assert entry.dtstart.value == event.date_from.replace(minute=0, second=0, microsecond=0)
    assert entry.status.value == "CONFIRMED"


def test_the_file_is_in_the_readers_language(client, people):
    file = fetch(client, people[0], headers={"Accept-Language": "fr"})
    assert "SUMMARY;LANGUAGE=fr:Rencontre avec Maya Mentor" in file


def test_lines_end_and_fold_as_the_standard_says_whatever_is_in_them(client, event, people, sell):
    names = ["Zoë, " + "ü" * 90, "back\\slash; semi", "new\nline\r\nBEGIN:VALARM", "Ж" * 120]
    others = [sell(name, answers=CONSENTS) for name in names]
    meet(event, people[0], meeting("m1", *others, spot="Hall A; left, 2nd\nfloor"), revision=2)
    file = fetch(client, people[0])
    raw = file.encode()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert [line for line in file.split("\r\n") if line.startswith("BEGIN")] == [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
    ]
    (entry,) = entries(file)
    for name in ("Zoë, " + "ü" * 90, "back\\slash; semi", "new line BEGIN:VALARM", "Ж" * 120):
        assert name in entry.summary.value
    assert entry.location.value == "Hall A; left, 2nd floor"


def test_the_name_of_a_meeting_stays_and_its_count_rises_only_with_a_change(client, event, people):
    first = fetch(client, people[0])
    assert fetch(client, people[0]) == first
    from pretix_entremise.models import Held

    Held.objects.filter(feature="meetings").update(at=now().replace(year=2025))
    (before,) = entries(fetch(client, people[0]))
    introduce(event, people[0], people[1:], revision=2)
    (after,) = entries(fetch(client, people[0]))
    assert after.uid.value == before.uid.value
    assert int(after.sequence.value) > int(before.sequence.value) >= 0
    assert int(after.sequence.value) < 2**31


def test_each_meeting_has_a_file_of_its_own(client, event, people):
    meet(event, people[0], meeting("m1", people[1]), meeting("m2", people[2]), revision=2)
    page = client.get(ticket(people[0])).content.decode()
    import re

    links = sorted(set(re.findall(r"meetings/[0-9a-f]{24}\.ics", page)))
    assert len(links) == 2
    found = {entries(fetch(client, people[0], link))[0].uid.value for link in links}
    assert found == {"m1", "m2"}
    assert len(entries(fetch(client, people[0]))) == 2
    assert client.get(ticket(people[0], 1, f"meetings/{'0' * 24}.ics")).status_code == 404


def test_a_meeting_with_somebody_who_left_is_not_in_the_file_any_more(client, people):
    Opting.objects.create(position=people[1].positions.get(), out=True, at=now())
    assert entries(fetch(client, people[0])) == []


def test_whoever_has_no_meetings_gets_an_empty_calendar(client, people):
    file = fetch(client, people[2])
    assert file.startswith("BEGIN:VCALENDAR\r\n")
    assert "VEVENT" not in file
