"""Circles, tables and meetings on a person's own page: shown as published, less whoever may not be shown any more."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from builders import EVERYTHING, NOON, a_profile
from held_plans import a_circle, a_meeting, an_item, hold
from icalendar import Calendar
from office import Office
from werkzeug.test import TestResponse

from entremise.plugin.domain.events import FeedbackGiven
from entremise.plugin.domain.model import Attendee, stamp
from entremise.plugin.services.links import Person
from entremise.plugin.web.moments import say_clock, say_day, say_span
from entremise.plugin.web.person_wording import load

NAMES = {"rea": "Réa Lambert", "ann": "Ann Ferry", "bob": "Bob Miller", "cy": "Cy Okafor"}
BETWEEN_TWO = {"text": "What you have in common: glazes", "from": ["ann", "rea"],
               "said": [{"person": "ann", "name": "Ann Ferry", "text": "“tin glaze”"},
                        {"person": "rea", "name": "Réa Lambert", "text": "“ash glaze”"}]}  # fmt: skip
OF_BOB = {"text": "What you have in common: kilns", "from": ["bob"]}


class Page:
    """One reader with a circle of three, a table, and two meetings."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.tenant = office.tenant()
        self.where = self.tenant.installation.id, "conf"
        office.host_event(self.tenant)
        for ref, name in NAMES.items():
            self.register(ref, name=name)
        ann, bob, cy = (an_item(ref, NAMES[ref]) for ref in ("ann", "bob", "cy"))
        guests = [{"person": ref, "name": NAMES[ref]} for ref in ("ann", "bob")]
        hold(
            office.container, *self.where, "rea",
            circles=[a_circle({**ann, "role": "host"}, bob)],
            seats=[{"meal": "Lunch", "table": "7", "people": guests}],
            meetings=[
                a_meeting(cy, meeting="late", starts="2026-05-05T16:05:00+02:00", ends="2026-05-05T16:25:00+02:00"),
                a_meeting(bob, meeting="early", spot="Room, “left”"),
            ],
            topics=[{"of": of, "key": key, "items": [BETWEEN_TWO, OF_BOB]} for of, key in (("circle", "c1"),
                                                                                        ("seat", "Lunch/7"))],
        )  # fmt: skip

    def register(self, ref: str, **profile: Any) -> None:
        self.office.attendee(self.tenant, ref)
        self.change(ref, profile=a_profile(name=NAMES[ref]) if not profile else a_profile(**profile))

    def change(self, ref: str, **registers: Any) -> None:
        with self.office.container.store.begin() as unit:
            known = unit.attendees.get(*self.where, ref)
            assert known is not None
            changed: Attendee = replace(known, **registers)
            unit.attendees.save([changed], version=2, profile_changed=frozenset({ref}))

    def withdraw(self, ref: str, purpose: str) -> None:
        consent = replace(EVERYTHING, **{purpose: False})
        self.change(ref, profile=a_profile(name=NAMES[ref], consent=consent))

    def say(self, ref: str, verdict: Any, other: str) -> None:
        said = FeedbackGiven(
            host_event="conf", stamp=stamp(at=NOON, tie=ref), attendee=ref, other=other, verdict=verdict
        )
        with self.office.container.store.begin() as unit:
            unit.feedback.save(self.where[0], said)

    @property
    def address(self) -> str:
        return f"/me/{self.office.container.links.token(Person(*self.where, 'rea'))}"

    def get(self, tail: str = "", query: str = "?lang=en") -> TestResponse:
        return self.office.web.get(self.address + tail + query)

    def parts(self, query: str = "?lang=en") -> dict[str, str]:
        """The words of each section, by the id of its heading."""
        found = re.findall(
            r'<section[^>]* aria-labelledby="([\w-]+)">(.*?)</section>', self.get("", query).text, re.DOTALL
        )
        return {key: " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split()) for key, text in found}

    def appointments(self, tail: str = "/meetings.ics", query: str = "?lang=en") -> list[Any]:
        answer = self.get(tail, query)
        assert answer.status_code == 200
        return list(Calendar.from_ical(answer.data).walk("VEVENT"))


@pytest.fixture
def page(office: Office) -> Page:
    return Page(office)


def test_a_circle_is_shown_with_its_people_their_reasons_and_what_to_talk_about(page: Page) -> None:
    circle = page.parts()["circles"]
    for words in ("Your circle", "Circle 3", "Ann Ferry", "Bob Miller", "Ann Ferry offers what you need",
                  "You offer what Bob Miller needs", "glazes", "Ann Ferry “tin glaze”", "You “ash glaze”"):  # fmt: skip
        assert words in circle
    assert circle.index("Ann Ferry") < circle.index("Hosts this circle") < circle.index("Bob Miller offers")
    assert "Cy Okafor" not in circle


def test_a_table_is_shown_with_who_sits_at_it_and_what_to_talk_about(page: Page) -> None:
    table = page.parts()["seats"]
    for words in ("Lunch: table 7", "Ann Ferry", "Bob Miller", "glazes", "kilns"):
        assert words in table


@pytest.mark.parametrize(
    ("language", "day", "first", "second"),
    [("en", "Tuesday 5 May", "10:00–10:20", "16:05–16:25"),
     ("fr", "mardi 5 mai", "10 h – 10 h 20", "16 h 05 – 16 h 25")],
)  # fmt: skip
def test_meetings_stand_in_order_with_weekday_and_time_of_the_place(
    page: Page, language: str, day: str, first: str, second: str
) -> None:
    meetings = page.parts(f"?lang={language}")["meetings"]
    assert meetings.index(day) < meetings.index(first) < meetings.index("Bob") < meetings.index(second)
    assert meetings.index(second) < meetings.index("Cy Okafor")
    assert "Room, “left”" in meetings


def test_what_several_wrote_alike_is_said_once_and_not_at_all_where_the_topic_says_it(page: Page) -> None:
    alike = [{"person": ref, "name": NAMES[ref], "text": "Ash glazes"} for ref in ("ann", "rea")]
    for text, shown in (
        ("What each of you brings", "What each of you brings Ann Ferry, You Ash glazes Taken"),
        ("In common: ash glazes", "In common: ash glazes Ann Ferry, You Taken"),
    ):
        topic = {"text": text, "from": ["ann", "rea"], "said": alike}
        hold(
            page.office.container,
            *page.where,
            "rea",
            topics=[{"of": "circle", "key": "c1", "items": [topic]}],
        )
        assert shown in page.parts()["circles"]


def test_who_hosts_a_circle_is_told(page: Page) -> None:
    assert "You host this circle" not in page.parts()["circles"]
    hold(page.office.container, *page.where, "rea",
         circles=[a_circle(an_item("ann", "Ann Ferry"), role="host")])  # fmt: skip
    assert "You host this circle" in page.parts()["circles"]


LEAVING: dict[str, Any] = {
    "cancelled": lambda page: page.change("bob", registered=False),
    "opted out": lambda page: page.change("bob", opted_out=True),
    "withdrew groups": lambda page: page.withdraw("bob", "groups"),
    "blocked the reader": lambda page: page.say("bob", "blocked", "rea"),
    "was blocked": lambda page: page.say("rea", "blocked", "bob"),
    "was declined": lambda page: page.say("rea", "declined", "bob"),
}


@pytest.mark.parametrize("why", LEAVING)
def test_whoever_may_not_be_shown_any_more_is_in_no_group_and_quoted_nowhere(page: Page, why: str) -> None:
    assert "Bob Miller" in page.parts()["circles"]
    LEAVING[why](page)
    parts = page.parts()
    for key in ("circles", "seats"):
        assert "Bob Miller" not in parts[key]
        assert "kilns" not in parts[key]
        assert "glazes" in parts[key]
        assert "Ann Ferry" in parts[key]
    if why != "withdrew groups":
        assert "Bob Miller" not in parts["meetings"]
        assert all("Bob" not in each["SUMMARY"] for each in page.appointments())


def test_who_withdrew_being_suggested_is_in_no_meeting_but_stays_in_the_circle(page: Page) -> None:
    page.withdraw("bob", "matching")
    parts = page.parts()
    assert "Bob Miller" not in parts["meetings"]
    assert "Bob Miller" in parts["circles"]
    [left] = page.appointments()
    assert left["UID"] == "late"


def test_a_reader_who_withdrew_a_purpose_is_shown_nothing_of_it(page: Page) -> None:
    page.withdraw("rea", "groups")
    assert page.parts().keys() & {"circles", "seats", "meetings"} == {"meetings"}
    page.withdraw("rea", "matching")
    assert page.parts().keys() & {"circles", "seats", "meetings"} == {"circles", "seats"}
    assert page.appointments() == []


def test_a_circle_that_everybody_else_has_left_is_not_shown_and_a_table_still_is(page: Page) -> None:
    for ref in ("ann", "bob"):
        page.change(ref, registered=False)
    parts = page.parts()
    assert "circles" not in parts
    assert "Lunch: table 7" in parts["seats"]
    assert "Nobody else is shown" in parts["seats"]


@pytest.mark.parametrize(("other", "where"), [("ann", "circles"), ("bob", "meetings"), ("cy", "meetings")])
def test_people_in_circles_and_meetings_can_be_answered(page: Page, other: str, where: str) -> None:
    form = page.office.container.links.form(Person(*page.where, "rea"))
    sent = {"form": form, "other": other, "verdict": "met", "lang": "en"}
    answer = page.office.web.post(f"{page.address}/answer", data=sent)
    assert "done=met" in answer.headers["Location"]
    assert "You met" in page.parts()[where]


def test_nobody_is_suggested_beside_their_circle_or_meeting(page: Page) -> None:
    page.office.suggest(
        page.tenant,
        {"rea": {"language": "en", "suggestions": [an_item(ref, NAMES[ref]) for ref in ("ann", "cy")]}},
    )
    assert "suggestions" not in page.parts()


def test_meetings_are_downloaded_for_the_calendar_that_one_has(page: Page) -> None:
    answer = page.get("/meetings.ics", "?lang=fr")
    assert answer.mimetype == "text/calendar"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    early, late = page.appointments("/meetings.ics", "?lang=fr")
    assert (early["UID"], late["UID"]) == ("early", "late")
    assert early["SUMMARY"] == "Rencontre avec Bob Miller"
    assert early["LOCATION"] == "Room, “left”"
    assert early["DTSTART"].dt == datetime(2026, 5, 5, 8, 0, tzinfo=UTC)
    assert early["DTEND"].dt == datetime(2026, 5, 5, 8, 20, tzinfo=UTC)


def test_what_is_downloaded_later_replaces_what_was_downloaded_before(page: Page) -> None:
    before = page.appointments()[0]["SEQUENCE"]
    page.office.time[0] += 60
    assert before < page.appointments()[0]["SEQUENCE"] < 2**31


def test_each_meeting_can_be_downloaded_alone_at_an_address_that_names_nobody(page: Page) -> None:
    links = re.findall(r'href="[^"]*(/meetings/[^"]+\.ics)\?lang=en"', page.get().text)
    assert [page.appointments(link)[0]["UID"] for link in links] == ["early", "late"]
    assert not any(ref in link for link in links for ref in (*NAMES, "early", "late"))


def test_a_meeting_that_is_not_ones_own_is_not_there(page: Page) -> None:
    page.change("cy", registered=False)
    links = re.findall(r"/meetings/(\w+)\.ics", page.get().text)
    assert len(links) == 1
    assert page.get("/meetings/0123456789ab.ics").status_code == 404
    assert page.office.web.get("/me/nobody.knows/meetings.ics").status_code == 404


def test_downloading_changes_nothing(page: Page) -> None:
    def state() -> str:
        with page.office.container.store.snapshot() as unit:
            outbox = unit.outbox.of_host_event(*page.where)
            return repr(
                (outbox, unit.feedback.of_host_event(*page.where), unit.host_events.list(page.where[0]))
            )

    before = state()
    page.appointments()
    page.office.web.head(f"{page.address}/meetings.ics")
    assert page.office.web.post(f"{page.address}/meetings.ics").status_code == 405
    assert state() == before


def test_after_leaving_everything_nothing_of_plans_is_shown_and_the_calendar_is_empty(page: Page) -> None:
    page.change("rea", opted_out=True)
    assert "Bob Miller" not in page.get().text
    assert page.appointments() == []


def test_agreeing_to_groups_is_among_what_was_agreed_to(page: Page) -> None:
    assert "circles and at tables" in page.parts()["yours"]
    page.withdraw("rea", "groups")
    assert "circles and at tables" not in page.parts()["yours"]


@pytest.mark.parametrize(
    ("moment", "en", "fr"),
    [
        ("2026-02-01T00:00:00+01:00", ("Sunday 1 February", "0:00"), ("dimanche 1er février", "0 h")),
        ("2026-12-31T23:05:00Z", ("Thursday 31 December", "23:05"), ("jeudi 31 décembre", "23 h 05")),
    ],
)
def test_moments_are_said_as_people_say_them(moment: str, en: tuple[str, str], fr: tuple[str, str]) -> None:
    for language, expected in (("en", en), ("fr", fr)):
        words, when = load()[language], datetime.fromisoformat(moment)
        said = say_day(words, when), say_clock(words, when)
        assert tuple(text.replace("\u00a0", " ") for text in said) == expected


def test_a_span_past_midnight_says_on_which_day_it_ends() -> None:
    starts, ends = (datetime.fromisoformat(f"2026-05-0{moment}") for moment in ("5T23:50:00Z", "6T00:10:00Z"))
    assert say_span(load()["en"], starts, ends) == "23:50–Wednesday 6 May, 0:10"


def test_every_day_and_month_has_its_word_in_both_languages() -> None:
    for words in load().values():
        assert (len(words["weekdays"].split()), len(words["months"].split())) == (7, 12)


@pytest.mark.parametrize(
    ("link", "shown"), [("https://video.example.org/1", True), ("javascript:alert(1)", False)]
)
def test_a_meeting_by_video_is_joined_at_a_web_address_and_at_no_other(
    page: Page, link: str, shown: bool
) -> None:
    hold(
        page.office.container, *page.where, "rea",
        meetings=[a_meeting(an_item("cy", NAMES["cy"]), remote=True, link=link)],
    )  # fmt: skip
    found = page.office.web.get(page.address).text
    assert (f'href="{link}"' in found) == shown
    assert ("Join by video" in found or "Rejoindre" in found) == shown
    calendar = page.office.web.get(f"{page.address}/meetings.ics").text
    assert (link in calendar) == shown
