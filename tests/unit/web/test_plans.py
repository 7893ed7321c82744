"""Plans over REST: read, briefed, drafted, published, each guarded against what somebody else did meanwhile."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from office import Office
from werkzeug.test import TestResponse

from entremise.plugin.domain.plans import Group, LeftOver, Member, Plan, Planning
from entremise.plugin.services.installations import NewInstallation
from entremise.plugin.services.wording import say_why

DRAFT = Plan(
    groups=(Group("b1", (Member("b1", "mentor"), Member("a1", "mentee")), score=0.5),),
    left_over=(LeftOver("c1", "no_mentor"),),
    figures={"worth": 0.5},
)


class Desk:
    def __init__(self, office: Office, *, draft: Plan | None = DRAFT) -> None:
        self.office = office
        self.one: NewInstallation = office.tenant()
        office.host_event(self.one)
        for ref in ("a1", "b1", "c1"):
            office.attendee(self.one, ref)
        with office.container.store.begin() as unit:
            planning = Planning(feature="mentorship", draft=draft, asked=1, drafted=1)
            unit.plans.save(self.one.installation.id, "conf", planning)

    def ask(self, method: str, tail: str = "", **more: Any) -> TestResponse:
        path = f"/v1/installations/{self.one.installation.id}/host-events/conf/plans/mentorship{tail}"
        return self.office.ask(method, path, self.one.tokens["plans"], **more)


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def body_of(answer: TestResponse) -> dict[str, Any]:
    assert isinstance(answer.json, dict)
    return answer.json


def test_a_draft_is_read_with_names_and_with_causes_in_the_readers_language(desk: Desk) -> None:
    for language, cause in (("en", "place left"), ("fr", "Aucun mentor")):
        found = body_of(desk.ask("GET", headers={"Accept-Language": language}))
        assert [member["name"] for member in found["draft"]["groups"][0]["members"]] == ["Alix Moreau"] * 2
        assert cause in found["draft"]["left_over"][0]["text"]
        assert found["published"] is None
        assert set(found["moved"]) == {"a1", "b1"}


def test_the_overview_says_how_far_each_plan_is(desk: Desk) -> None:
    path = f"/v1/installations/{desk.one.installation.id}/host-events/conf/plans"
    found = body_of(desk.office.ask("GET", path, desk.one.tokens["plans"]))["plans"]
    mine = next(plan for plan in found if plan["feature"] == "mentorship")
    assert (mine["drafted"], mine["left_over"], mine["published"], mine["moved"]) == (2, 1, None, 2)


def test_publishing_needs_the_etag_of_the_draft_that_was_read(desk: Desk) -> None:
    assert desk.ask("POST", "/publish").status_code == 428
    read = desk.ask("GET").headers["ETag"]
    asked = desk.ask("PUT", "/brief", json={"paused": ["c1"]}, headers={"If-Match": read})
    assert asked.status_code == 202
    assert body_of(asked)["due"] is True
    assert desk.ask("POST", "/publish", headers={"If-Match": read}).status_code == 412
    early = desk.ask("POST", "/publish", headers={"If-Match": asked.headers["ETag"]})
    assert (early.status_code, body_of(early)["code"]) == (409, "conflict")


def test_a_published_draft_is_what_is_published_and_the_host_event_is_computed_again(desk: Desk) -> None:
    read = desk.ask("GET").headers["ETag"]
    answer = desk.ask("POST", "/publish", headers={"If-Match": read})
    assert answer.status_code == 202
    found = body_of(answer)
    assert found["published"] == found["draft"]
    assert found["moved"] == []
    assert desk.office.dirty() >= {"conf"}
    assert body_of(desk.ask("POST", "/retract"))["published"] is None


@pytest.mark.parametrize(
    ("brief", "field"),
    [
        ({"pins": [{"person": "a1"}]}, "pins.0.group"),
        ({"apart": [["a1"]]}, "apart.0"),
        ({"together": [["a1", 3]]}, "together.0.1"),
        ({"pauses": ["a1"]}, "pauses"),
        ({"frame": {"tables": 3}}, "frame.tables"),
    ],
)
def test_a_bad_brief_is_refused_by_the_name_of_its_field(desk: Desk, brief: Any, field: str) -> None:
    answer = desk.ask("PUT", "/brief", json=brief, headers={"If-Match": "*"})
    assert (answer.status_code, body_of(answer).get("field")) == (422, field)


def test_a_plan_without_a_draft_cannot_be_published(office: Office) -> None:
    desk = Desk(office, draft=None)
    answer = desk.ask("POST", "/publish", headers={"If-Match": "*"})
    assert answer.status_code == 409
    assert "ask for one" in body_of(answer)["detail"]


def test_another_tenants_plans_are_not_there(office: Office) -> None:
    desk, stranger = Desk(office), office.tenant()
    path = f"/v1/installations/{desk.one.installation.id}/host-events/conf/plans"
    assert office.ask("GET", path, stranger.tokens["plans"]).status_code == 404


def test_a_draft_is_exported_as_a_table_that_spreadsheets_open(desk: Desk) -> None:
    answer = desk.ask("GET", "/export.csv?of=draft")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert "mentorship-draft.csv" in answer.headers["Content-Disposition"]
    assert list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))) == [
        ["group", "person", "name", "role"],
        ["b1", "b1", "Alix Moreau", "mentor"],
        ["b1", "a1", "Alix Moreau", "mentee"],
    ]
    assert (
        desk.ask("GET", "/export.csv?of=draft", headers={"If-None-Match": answer.headers["ETag"]}).status_code
        == 304
    )


def test_what_is_not_there_is_not_exported_and_what_is_published_is_exported_unless_said(desk: Desk) -> None:
    assert desk.ask("GET", "/export.csv").status_code == 404
    desk.ask("POST", "/publish", headers={"If-Match": "*"})
    assert desk.ask("GET", "/export.csv").data == desk.ask("GET", "/export.csv?of=draft").data
    wrong = desk.ask("GET", "/export.csv?of=everything")
    assert (wrong.status_code, body_of(wrong)["field"]) == (400, "of")


def test_a_table_is_exported_to_organisers_alone(desk: Desk) -> None:
    path = (
        f"/v1/installations/{desk.one.installation.id}/host-events/conf/plans/mentorship/export.csv?of=draft"
    )
    assert desk.office.ask("GET", path, desk.one.tokens["read_results"]).status_code == 403
    assert desk.office.ask("GET", path).status_code == 401


def test_pairs_are_drawn_on_a_page_to_print(desk: Desk) -> None:
    answer = desk.ask("GET", "/picture.svg?of=draft")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    root = ET.fromstring(answer.data)
    said = " ".join(root.itertext())
    assert said.count("Alix Moreau") >= 3
    assert say_why("fr", "no_mentor")[:20] in said
    assert "Link" not in answer.headers
    assert desk.ask("GET", "/picture.svg?of=draft&page=2").status_code == 404
    assert desk.ask("GET", "/picture.svg").status_code == 404
    tag = answer.headers["ETag"]
    assert desk.ask("GET", "/picture.svg?of=draft", headers={"If-None-Match": tag}).status_code == 304


def test_many_pairs_are_drawn_on_several_pages_each_of_which_names_the_next(office: Office) -> None:
    many = Plan(
        groups=tuple(
            Group(f"m{n}", (Member(f"m{n}", "mentor"), Member(f"e{n}", "mentee"))) for n in range(40)
        )
    )
    desk = Desk(office, draft=many)
    tail, seen = "/picture.svg?of=draft", []
    while tail:
        answer = desk.ask("GET", tail)
        seen.append(" ".join(ET.fromstring(answer.data).itertext()))
        following = re.search(r"<([?][^>]+)>", answer.headers.get("Link", ""))
        tail = f"/picture.svg{following[1]}" if following else ""
    assert len(seen) > 1
    assert all(any(f"e{n}" in page.split() for page in seen) for n in range(40))
