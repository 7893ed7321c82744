"""What there is to fill is filled in without JSON: forms become the frames that the service reads, and back."""

import datetime as dt
import itertools

import pytest
from organised import API, PLANS, address, answers, asked, consent, loopback, people, recorded

from pretix_entremise.organiser import frames, rules

SEATING = {
    "meals": "Lunch\n Dinner \n",
    "number": "4",
    "seats": "6",
    "named": "",
    "hosts": "",
    "etag": '"2-b"',
}
MEETINGS = {
    "first": "2026-05-05", "starts": "10:00", "ends": "10:50", "minutes": "20", "rest": "10",
    "spots": "Lobby: 4", "video": "2", "link": "https://video.example.org/1", "etag": '"2-b"',
}  # fmt: skip


def sent(service, feature):
    ((_path, headers, body),) = asked(service, "PUT", f"/plans/{feature}/brief")
    return headers["if-match"], body


@pytest.mark.django_db
def test_tables_and_meals_become_the_frame_that_the_service_took(office, event, connection, service, people):
    answers(service, seating="new")
    service.answers[f"PUT {API}/plans/seating/brief"] = recorded("seating-due")
    answer = office.post(address(event, "plans/seating/brief"), SEATING)
    assert answer.headers["Location"] == address(event, "plans/seating/")
    etag, brief = sent(service, "seating")
    assert etag == '"2-b"'
    assert brief["frame"] == PLANS["seating-due"]["body"]["brief"]["frame"]


@pytest.mark.django_db
def test_times_and_spots_become_the_frame_that_the_service_took(office, event, connection, service, people):
    event.settings.timezone = "Europe/Paris"
    answers(service, meetings="new")
    service.answers[f"PUT {API}/plans/meetings/brief"] = recorded("meetings-due")
    office.post(address(event, "plans/meetings/brief"), MEETINGS)
    assert sent(service, "meetings")[1]["frame"] == PLANS["meetings-due"]["body"]["brief"]["frame"]


@pytest.mark.django_db
@pytest.mark.parametrize("feature", ["circles", "seating", "meetings"])
def test_what_was_filled_in_is_there_again_and_saving_it_changes_nothing(
    office, event, connection, service, people, feature
):
    event.settings.timezone = "Europe/Paris"
    answers(service)
    frame = PLANS[f"{feature}-draft-en"]["body"]["brief"]["frame"]
    if feature == "circles":
        frame = {"sizes": [4, 4, 5], "hosts": [{"person": "AB014-1"}, {"person": "AB003-1"}]}
        status, body, headers = recorded("circles-draft-en")
        body = {**body, "brief": {**body["brief"], "frame": frame}}
        service.answers[f"GET {API}/plans/circles"] = (status, body, headers)
    service.answers[f"PUT {API}/plans/{feature}/brief"] = recorded(f"{feature}-due")
    form = office.get(address(event, f"plans/{feature}/brief")).context["form"]
    filled = {field.html_name: field.value() for field in form}
    office.post(
        address(event, f"plans/{feature}/brief"),
        {**{name: value for name, value in filled.items() if value not in (None, "")}, "etag": '"2-b"'},
    )
    assert sent(service, feature)[1]["frame"] == frame


@pytest.mark.django_db
def test_what_the_form_does_not_know_is_named_and_kept(office, event, connection, service, people):
    status, body, headers = recorded("seating-draft-en")
    frame = {
        "tables": [{"name": "Garden", "seats": 6, "least": 2}, {"name": "Hall", "seats": 8}],
        "apart": [["AB001-1", "AB002-1"]], "pins": [{"person": "AB001-1", "table": "Hall"}],
    }  # fmt: skip
    service.answers[f"GET {API}/plans/seating"] = (
        status, {**body, "brief": {**body["brief"], "frame": frame}}, headers,
    )  # fmt: skip
    service.answers[f"PUT {API}/plans/seating/brief"] = recorded("seating-due")
    page = office.get(address(event, "plans/seating/brief"))
    assert "apart, pins" in page.content.decode()
    assert page.context["form"]["named"].value() == "Garden: 6\nHall: 8"
    office.post(
        address(event, "plans/seating/brief"), {"named": "Garden: 7\nHall: 8\nNew = 4", "etag": '"2-b"'}
    )
    assert sent(service, "seating")[1]["frame"] == {
        **frame,
        "tables": [
            {"name": "Garden", "seats": 7, "least": 2}, {"name": "Hall", "seats": 8}, {"name": "New", "seats": 4},
        ],
    }  # fmt: skip


@pytest.mark.django_db
def test_hosts_acquaintances_and_repeats_are_said_by_name(office, event, connection, service, people):
    answers(service)
    service.answers[f"PUT {API}/plans/seating/brief"] = recorded("seating-due")
    office.post(
        address(event, "plans/seating/brief"),
        {
            **SEATING, "hosts": "Rachel Baker\nab003-1", "repeats": "never", "minimum": "1",
            "acquaintances": "AB001-1; Élodie Diallo; AB003-1\nAB004-1;AB005-1",
        },
    )  # fmt: skip
    frame = sent(service, "seating")[1]["frame"]
    assert frame["hosts"] == ["AB014-1", "AB003-1"]
    assert frame["acquaintances"] == [
        {"people": ["AB001-1", "AB002-1", "AB003-1"]}, {"people": ["AB004-1", "AB005-1"]}
    ]  # fmt: skip
    assert (frame["repeats"], frame["minimum_acquaintances"]) == ("never", 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("feature", "filled", "field"),
    [
        ("seating", {"number": ""}, "number"),
        ("seating", {"named": "Garden"}, "named"),
        ("seating", {"named": "Garden: 8\nGarden: 9"}, "named"),
        ("seating", {"named": "Garden: 0"}, "named"),
        ("seating", {"hosts": "Nobody Known"}, "hosts"),
        ("seating", {"minimum": "2"}, "acquaintances"),
        ("circles", {"sizes": "four"}, "sizes"),
        ("circles", {"sizes": "1, 4"}, "sizes"),
        ("meetings", {"first": ""}, "first"),
        ("meetings", {"ends": "10:10"}, "ends"),
        ("meetings", {"last": "2026-05-04"}, "last"),
        ("meetings", {"last": "2027-05-04"}, "last"),
        ("meetings", {"pause_from": "12:00"}, "pause_to"),
        ("meetings", {"spots": "", "video": ""}, "spots"),
        ("meetings", {"spots": "Lobby: 1\nLobby: 2"}, "spots"),
        ("meetings", {"link": "javascript:alert(1)"}, "link"),
    ],
)
def test_what_cannot_be_is_said_next_to_its_field_and_not_sent(
    office, event, connection, service, people, feature, filled, field
):
    answers(service, seating="new", circles="new", meetings="new")
    whole = {"seating": SEATING, "meetings": MEETINGS, "circles": {"etag": '"2-b"'}}[feature]
    page = office.post(address(event, f"plans/{feature}/brief"), {**whole, **filled})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in page.content.decode()
    assert asked(service, "PUT") == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("feature", "refusal", "field"),
    [
        ("seating", "seating-bad-least", "named"), ("seating", "seating-bad-minimum", "minimum"),
        ("meetings", "meetings-bad-link", "spots"),
    ],
)  # fmt: skip
def test_what_the_service_refuses_stands_next_to_the_field_that_it_named(
    office, event, connection, service, people, feature, refusal, field
):
    answers(service, seating="new", meetings="new")
    service.answers[f"PUT {API}/plans/{feature}/brief"] = recorded(refusal)
    page = office.post(
        address(event, f"plans/{feature}/brief"), {"seating": SEATING, "meetings": MEETINGS}[feature]
    )
    assert list(page.context["form"].errors) == [field]
    assert PLANS[refusal]["body"]["detail"] in str(page.context["form"].errors)


@pytest.mark.django_db
def test_a_brief_that_somebody_else_changed_is_not_overwritten_and_nothing_typed_is_lost(
    office, event, connection, service, people
):
    answers(service)
    service.answers[f"PUT {API}/plans/seating/brief"] = recorded("seating-stale")
    page = office.post(address(event, "plans/seating/brief"), {**SEATING, "meals": "Gala"})
    text = page.content.decode()
    assert "Not saved: meanwhile somebody else has changed this plan" in text
    assert ">\nGala</textarea>" in text
    assert page.context["etag"] == PLANS["seating-draft-en"]["etag"]


@pytest.mark.django_db
def test_mentorship_has_nothing_to_fill(office, event, connection, service, people):
    answers(service)
    assert office.get(address(event, "plans/mentorship/brief")).status_code == 404


@pytest.mark.django_db
def test_times_of_another_kind_are_kept_unless_new_ones_are_given(office, event, connection, service, people):
    status, body, headers = recorded("meetings-draft-en")
    frame = {"slots": ["2026-05-05T10:00Z/2026-05-05T10:20Z"], "spots": [{"name": "Lobby", "capacity": 2}]}
    service.answers[f"GET {API}/plans/meetings"] = (
        status, {**body, "brief": {**body["brief"], "frame": frame}}, headers,
    )  # fmt: skip
    service.answers[f"PUT {API}/plans/meetings/brief"] = recorded("meetings-due")
    office.post(address(event, "plans/meetings/brief"), {"keep": "on", "spots": "Lobby: 3", "etag": '"2-b"'})
    assert sent(service, "meetings")[1]["frame"] == {**frame, "spots": [{"name": "Lobby", "capacity": 3}]}


def test_a_host_who_was_given_a_table_keeps_it():
    before = {"hosts": [{"person": "a", "table": "Garden"}, "b"]}
    assert frames.hosts(before, ["b", "a", "c"]) == ["b", {"person": "a", "table": "Garden"}, "c"]
    assert frames.people_of(before["hosts"]) == ["a", "b"]


def test_slots_made_of_times_give_the_times_back():
    day = dt.date(2026, 5, 4)
    for days, starts, hours, minutes, rest, pause in itertools.product(
        (0, 1, 2), (8, 13), (1, 5), (15, 20, 45), (0, 5), (None, (dt.time(14, 0), dt.time(15, 0)))
    ):
        asked_for = {
            "first": day, "last": day + dt.timedelta(days=days), "starts": dt.time(starts), "ends": dt.time(starts + hours),
            "minutes": minutes, "rest": rest, "pause": pause,
        }  # fmt: skip
        made = frames.slots(**asked_for)
        found = frames.times_of(made)
        assert (found is None) == (not made)
        assert not made or frames.slots(**found) == made


def test_no_slot_lies_in_the_pause_or_outside_the_day():
    made = frames.slots(
        dt.date(2026, 5, 4), dt.date(2026, 5, 5), dt.time(10), dt.time(15), 25, 5, (dt.time(12), dt.time(13))
    )
    for slot in made:
        start, end = slot[11:16], slot[17:]
        assert "10:00" <= start < end <= "15:00"
        assert end <= "12:00" or start >= "13:00"
    assert len(made) == len(set(made)) == 16


@pytest.mark.parametrize(
    "slots",
    [
        ["nonsense"], ["2026-05-05T10:00Z/2026-05-05T10:20Z"], ["2026-05-05T10:00/PT20M"],
        ["2026-05-05T10:00/10:20", "2026-05-05T10:30/11:20"], ["2026-05-05T10:20/10:00"],
    ],
)  # fmt: skip
def test_slots_that_the_form_could_not_have_made_are_left_alone(slots):
    assert frames.times_of(slots) is None


def test_a_pin_moves_somebody_within_a_meal_and_leaves_the_other_meals():
    brief = {"pins": [], "apart": [], "together": [], "paused": [], "frame": {}}
    for group in ("1/2", "2/1", "1/3"):
        brief = rules.with_pin(brief, "a", group)
    assert brief["pins"] == [{"person": "a", "group": "2/1"}, {"person": "a", "group": "1/3"}]
    assert rules.with_pin(rules.with_pin(brief, "b", "olga"), "b", "mia")["pins"][-1] == {
        "person": "b", "group": "mia",
    }  # fmt: skip


def test_saying_a_rule_twice_is_saying_it_once_and_taking_back_what_is_gone_changes_nothing():
    brief = {"pins": [], "apart": [["a", "b"]], "together": [["a", "c"]], "paused": ["d"], "frame": {}}
    assert rules.with_apart(brief, "b", "a") == brief
    assert rules.with_together(brief, ["c", "a"]) == brief
    assert rules.with_pause(brief, "d") == brief
    assert rules.without(brief, "apart", 7) == brief
    assert rules.without(brief, "frame", 0) == brief
    assert rules.people_of(brief) == {"a", "b", "c", "d"}
