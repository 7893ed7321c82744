"""What only some plans need: food, step-free seats, who is away, who should meet, and ways between spots."""

import html
import re

import pytest
from organised import API, address, answers, asked, consent, loopback, people, recorded

from pretix_entremise.organiser import frame_lines, frames

pytestmark = pytest.mark.django_db
SEATING = {"meals": "Lunch\nDinner", "named": "Garden: 8\nHall: 10", "etag": '"2-b"'}
MEETINGS = {
    "first": "2026-05-05", "starts": "10:00", "ends": "10:50", "minutes": "20", "rest": "10",
    "spots": "Lobby: 4\nStudio", "etag": '"2-b"',
}  # fmt: skip
MORE = {
    "diets": "vegan: Rachel Baker; ab003-1\nhalal: AB004-1", "served": "garden: Vegan, kosher\nHall:",
    "step_free": "AB005-1", "step_free_tables": "hall", "absent": "AB006-1\nAB007-1: dinner", "optional": "AB008-1",
    "least": "4",
}  # fmt: skip
WHOLE = {
    "meals": ["Lunch", "Dinner"],
    "tables": [
        {"name": "Garden", "seats": 8, "least": 4, "diets": ["vegan", "kosher"]},
        {"name": "Hall", "seats": 10, "least": 4, "diets": [], "step_free": True},
    ],
    "diets": {"vegan": ["AB014-1", "AB003-1"], "halal": ["AB004-1"]},
    "step_free": ["AB005-1"],
    "absent": [{"person": "AB006-1"}, {"person": "AB007-1", "meal": "Dinner"}],
    "optional": ["AB008-1"],
}
WAYS = {
    "wishes": "Rachel Baker; AB003-1\nAB004-1;AB005-1;AB006-1\nAB003-1; AB014-1", "limits": "AB003-1: 1\nRachel Baker: 2",
    "walking": "lobby; Studio: 6",
}  # fmt: skip
WISHED = {
    "meetings": [{"people": ["AB014-1", "AB003-1"]}, {"people": ["AB004-1", "AB005-1", "AB006-1"]}],
    "limits": [{"person": "AB003-1", "most": 1}, {"person": "AB014-1", "most": 2}],
    "walking_minutes": {"Lobby": {"Studio": 6}},
}


@pytest.fixture
def brief(office, event, connection, service, people):
    """Return a page's address, with a service that holds this frame and takes another."""

    def make(feature, frame=None):
        answers(service, seating="new", meetings="new")
        if frame is not None:
            status, body, headers = recorded(f"{feature}-draft-en")
            body = {**body, "brief": {**body["brief"], "frame": frame}}
            service.answers[f"GET {API}/plans/{feature}"] = (status, body, headers)
        service.answers[f"PUT {API}/plans/{feature}/brief"] = recorded(f"{feature}-due")
        return address(event, f"plans/{feature}/brief")

    return make


def sent(service, feature):
    ((_path, _headers, body),) = asked(service, "PUT", f"/plans/{feature}/brief")
    return body["frame"]


def again(office, page):
    """Save a page as it is shown."""
    form = office.get(page).context["form"]
    filled = {field.html_name: field.value() for field in form}
    given = {name: value for name, value in filled.items() if value not in (None, "")}
    return office.post(page, {**given, "etag": '"2-b"'})


def test_what_guests_need_of_a_table_arrives_as_the_service_reads_it(office, service, brief):
    assert office.post(brief("seating"), {**SEATING, **MORE}).status_code == 302
    assert sent(service, "seating") == WHOLE


def test_who_should_meet_and_how_far_it_is_arrives_as_the_service_reads_it(office, service, brief):
    assert office.post(brief("meetings"), {**MEETINGS, **WAYS}).status_code == 302
    frame = sent(service, "meetings")
    assert {key: frame[key] for key in WISHED} == WISHED


def test_what_is_written_as_french_is_written_is_read_as_well(office, service, brief):
    needs = {"diets": "végane\u00a0: Rachel Baker\u00a0; AB003-1", "absent": "AB007-1\u00a0: Dinner"}
    assert office.post(brief("seating"), {**SEATING, **needs}).status_code == 302
    frame = sent(service, "seating")
    assert frame["diets"] == {"végane": ["AB014-1", "AB003-1"]}
    assert frame["absent"] == [{"person": "AB007-1", "meal": "Dinner"}]


@pytest.mark.parametrize(
    ("feature", "frame"),
    [
        ("seating", WHOLE),
        ("seating", {**WHOLE, "absent": ["AB006-1", {"person": "AB007-1", "meal": "Dinner"}]}),
        ("seating", {"tables": [{"name": "1", "seats": 6, "step_free": True}, {"name": "2", "seats": 6}]}),
        (
            "seating",
            {
                "meals": ["Lunch 12:30", "Dinner"], "tables": [{"name": "A", "seats": 6}, {"name": "B", "seats": 6}],
                "absent": [{"person": "AB007-1", "meal": "Lunch 12:30"}],
            },
        ),
        (
            "meetings",
            {
                "slots": ["2026-05-05T10:00/10:20"], "time_zone": "UTC",
                "spots": [{"name": "Lobby", "capacity": 4}, {"name": "Studio", "capacity": 1, "people": 9}],
                **WISHED,
                "meetings": [{"people": ["AB014-1", "AB003-1"], "worth": 2}, {"people": ["AB004-1", "AB005-1"]}],
            },
        ),
    ],
)  # fmt: skip
def test_it_is_all_there_again_and_saving_it_changes_nothing(office, service, brief, feature, frame):
    page = brief(feature, frame)
    assert again(office, page).status_code == 302
    assert sent(service, feature) == frame


@pytest.mark.parametrize(
    ("feature", "frame", "named"),
    [
        ("seating", {"tables": [{"name": "A", "seats": 6, "diets": ["fish, or meat"]}]}, []),
        ("seating", {"tables": [{"name": "A", "seats": 6, "diets": ["no: nuts"]}]}, []),
        ("seating", {"tables": [{"name": "A", "seats": 6}], "diets": {"no: nuts": ["AB001-1"]}}, ["diets"]),
        (
            "meetings",
            {
                "slots": ["2026-05-05T10:00/10:20"], "time_zone": "UTC",
                "spots": [{"name": "Lobby", "capacity": 4}, {"name": "Studio", "capacity": 1}],
                "walking_minutes": {"Lobby": {"Studio": 2.5}}, "vetoes": [{"people": ["AB001-1", "AB002-1"]}],
            },
            ["vetoes", "walking_minutes"],
        ),
        (
            "meetings",
            {
                "slots": ["2026-05-05T10:00/10:20"], "time_zone": "UTC",
                "spots": [{"name": "Lobby", "capacity": 4}, {"name": "Studio", "capacity": 1}],
                "walking_minutes": {"Lobby": {"Lobby": 1, "Studio": 2}},
            },
            ["walking_minutes"],
        ),
    ],
)  # fmt: skip
def test_what_no_line_can_say_is_kept_and_named(office, service, brief, feature, frame, named):
    page = brief(feature, frame)
    assert office.get(page).context["kept"] == named
    assert again(office, page).status_code == 302
    assert sent(service, feature) == frame


def test_what_is_taken_out_of_the_fields_is_taken_out_of_the_frame(office, service, brief):
    office.post(brief("seating", WHOLE), SEATING)
    assert sent(service, "seating") == {
        "meals": ["Lunch", "Dinner"],
        "tables": [{"name": "Garden", "seats": 8}, {"name": "Hall", "seats": 10}],
    }


@pytest.mark.parametrize(
    ("feature", "filled", "field", "said"),
    [
        ("seating", {"diets": "vegan"}, "diets", "“vegan”"),
        ("seating", {"diets": "vegan: Nobody Known"}, "diets", "“Nobody Known”"),
        ("seating", {"served": "Roof: vegan"}, "served", "“Roof”"),
        ("seating", {"served": "Garden"}, "served", "“Garden”"),
        ("seating", {"step_free": "AB005-1"}, "step_free_tables", "Say which tables have a step-free place."),
        ("seating", {"step_free_tables": "Roof"}, "step_free_tables", "“Roof”"),
        ("seating", {"absent": "AB006-1: Breakfast"}, "absent", "“Breakfast”"),
        ("seating", {"absent": "Nobody Known: Dinner"}, "absent", "“Nobody Known”"),
        ("seating", {"optional": "Nobody Known"}, "optional", "“Nobody Known”"),
        ("seating", {"least": "9"}, "least", "There is a table with fewer seats than that."),
        ("meetings", {"wishes": "AB003-1"}, "wishes", "“AB003-1”"),
        ("meetings", {"limits": "AB003-1"}, "limits", "“AB003-1”"),
        ("meetings", {"walking": "Lobby; Roof: 6"}, "walking", "“Roof”"),
        ("meetings", {"walking": "Lobby: 6"}, "walking", "“Lobby: 6”"),
        ("meetings", {"walking": "Lobby; Lobby: 6"}, "walking", "“Lobby; Lobby: 6”"),
    ],
)
def test_what_cannot_be_is_said_in_a_summary_and_beside_its_field_which_is_open(
    office, service, brief, feature, filled, field, said
):
    whole = {"seating": SEATING, "meetings": MEETINGS}[feature]
    page = office.post(brief(feature), {**whole, **filled})
    assert list(page.context["form"].errors) == [field]
    text = html.unescape(page.content.decode())
    summary = text[text.index('role="alert"') : text.index("</ul>", text.index('role="alert"'))]
    assert f'<a href="#id_{field}">{page.context["form"][field].label}</a>' in summary
    assert said in summary
    assert f'id="id_{field}_error"' in text
    assert "<details open>" in text
    assert asked(service, "PUT") == []


@pytest.mark.parametrize(
    ("feature", "key", "field"),
    [
        ("seating", "frame.diets.vegan.0", "diets"), ("seating", "frame.step_free.0", "step_free"),
        ("seating", "frame.absent.0.meal", "absent"), ("seating", "frame.tables.0.step_free", "named"),
        ("meetings", "frame.walking_minutes.Lobby.Studio", "walking"), ("meetings", "frame.meetings.0", "wishes"),
        ("meetings", "frame.limits.0.most", "limits"), ("meetings", "frame.vetoes.0", "__all__"),
    ],
)  # fmt: skip
def test_what_the_service_refuses_is_said_beside_the_field_that_said_it(
    office, service, brief, feature, key, field
):
    page = brief(feature)
    refusal = {"code": "invalid", "detail": "must not be", "field": key}
    service.answers[f"PUT {API}/plans/{feature}/brief"] = (422, refusal, {})
    whole = {"seating": {**SEATING, **MORE}, "meetings": {**MEETINGS, **WAYS}}[feature]
    shown = office.post(page, whole)
    assert list(shown.context["form"].errors) == [field]
    assert "must not be" in str(shown.context["form"].errors)


@pytest.mark.parametrize("feature", ["seating", "meetings"])
def test_what_few_need_is_folded_up_until_there_is_something_in_it(office, service, brief, feature):
    assert "<details>" in office.get(brief(feature)).content.decode()
    frame = WHOLE if feature == "seating" else {"slots": [], "spots": [], "limits": WISHED["limits"]}
    page = office.get(brief(feature, frame)).content.decode()
    assert "<details open>" in page
    inside = page[page.index("<details open>") : page.index("</details>", page.index("<details open>"))]
    labelled = set(re.findall(r'<label[^>]* for="(id_\w+)"', inside))
    named = set(re.findall(r'<(?:textarea|input)[^>]* id="(id_\w+)"', inside))
    assert labelled == named
    assert len(named) == {"seating": 7, "meetings": 3}[feature]


def test_a_name_that_would_not_read_back_is_written_as_its_ticket(event, people):
    from django_scopes import scope
    from pretix.base.models import OrderPosition

    from pretix_entremise.organiser.people import Names

    with scope(organizer=event.organizer):
        OrderPosition.all.filter(order__code="AB001").update(attendee_name_cached="Ada; Countess")
        names = Names(event, ["AB001-1", "AB014-1"])
    assert names.written("AB001-1") == "AB001-1"
    assert names.written("AB014-1") == "Rachel Baker (AB014-1)"


def test_more_than_anybody_types_is_left_to_whoever_wrote_it():
    many = {"meetings": [{"people": ["a", f"b{at}"]} for at in range(frame_lines.MOST_LINES + 1)]}
    assert frame_lines.wishes_of(many, str) is frame_lines.KEPT
    assert len(frame_lines.people_in(many)) <= 2 * frame_lines.MOST_LINES
    assert frames.sets_of(many["meetings"])


def test_a_meeting_of_which_erasure_left_one_is_not_asked_for_again():
    assert frame_lines.wishes_of({"meetings": [{"people": ["a"]}, {"people": ["a", "b"]}]}, str) == "a; b"
