"""Requests for meetings on a person's own page: asked, answered and called off by forms, with nothing changed by looking."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import pytest
from builders import a_profile
from office import Office
from werkzeug.test import TestResponse

from entremise.plugin.domain.meetings import MeetingRequest
from entremise.plugin.domain.plans import Brief
from entremise.plugin.services.links import Person
from entremise.plugin.services.switches import change

NAMES = {"rea": "Réa Lambert", "ann": "Ann Ferry", "bob": "Bob Miller"}
SLOTS = ["2026-05-05T10:00/10:20", "2026-05-05T16:05/16:25"]
FRAME = {"time_zone": "Europe/Paris", "slots": SLOTS, "spots": [{"name": "Lobby", "capacity": 3}]}


class Pages:
    """Three people who are suggested to each other, at a host event with two slots."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.tenant = office.tenant()
        self.where = self.tenant.installation.id, "conf"
        office.host_event(self.tenant)
        for ref, name in NAMES.items():
            office.attendee(self.tenant, ref)
            with office.container.store.begin() as unit:
                known = unit.attendees.get(*self.where, ref)
                assert known is not None
                named = replace(known, profile=a_profile(name=name))
                unit.attendees.save([named], version=2, profile_changed=frozenset({ref}))
        office.suggest(
            self.tenant,
            {ref: {"language": "en", "suggestions": [self.item(one) for one in NAMES if one != ref]} for ref in NAMES},
        )  # fmt: skip
        self.frame(FRAME)

    def item(self, ref: str) -> dict[str, Any]:
        return {"person": ref, "name": NAMES[ref], "rank": 1, "score": 0.5, "for_you": [], "for_them": []}

    def frame(self, frame: dict[str, Any]) -> None:
        with self.office.container.store.begin() as unit:
            known = unit.plans.get(*self.where, "meetings")
            unit.plans.save(*self.where, replace(known, brief=Brief(frame=frame)))

    def address(self, ref: str) -> str:
        return f"/me/{self.office.container.links.token(Person(*self.where, ref))}"

    def get(self, ref: str, lang: str = "en") -> str:
        found = self.office.web.get(f"{self.address(ref)}?lang={lang}")
        assert found.status_code == 200
        return found.text

    def said(self, ref: str, lang: str = "en") -> str:
        """The words of the page, in reading order."""
        main = self.get(ref, lang).partition("<main")[2]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())

    def send(self, ref: str, what: str, *, form: str | None = None, **fields: str) -> TestResponse:
        token = self.office.container.links.form(Person(*self.where, ref)) if form is None else form
        return self.office.web.post(f"{self.address(ref)}/{what}", data={"form": token, **fields})

    def done(self, ref: str, what: str, **fields: str) -> str:
        """Send a form; return what the page then confirms."""
        went = self.send(ref, what, **fields)
        assert went.status_code == 303
        return went.headers["Location"].partition("done=")[2]

    def stored(self) -> list[MeetingRequest]:
        with self.office.container.store.snapshot() as unit:
            return list(unit.requests.of_host_event(*self.where))


@pytest.fixture
def pages(office: Office) -> Pages:
    return Pages(office)


def test_each_card_offers_the_times_at_which_both_are_free(pages: Pages) -> None:
    page = pages.get("rea")
    assert page.count('name="slot"') == 2
    assert re.findall(r'<option value="([^"]+)">([^<]+)<', page)[:2] == [
        (SLOTS[0], "10:00–10:20"), (SLOTS[1], "16:05–16:25"),
    ]  # fmt: skip
    for label in re.findall(r'<label for="([^"]+)"', page):
        assert page.count(f'id="{label}"') == 1
    assert "Demander un rendez-vous" in pages.said("rea", "fr")


def test_a_request_is_asked_answered_and_called_off(pages: Pages) -> None:
    assert pages.done("rea", "ask", other="ann", slot=SLOTS[0]) == "asked"
    (request,) = pages.stored()
    assert "You asked Ann Ferry. No answer yet." in pages.said("rea")
    assert "Réa Lambert asks you for a meeting." in pages.said("ann")
    assert "Réa Lambert vous demande un rendez-vous." in pages.said("ann", "fr")
    assert "asks you" not in pages.said("bob")
    assert 'value="accept"' in pages.get("ann")
    assert 'value="accept"' not in pages.get("rea")

    assert pages.done("ann", "request", request=request.ref, said="accept") == "agreed"
    for one, other in (("rea", "Ann Ferry"), ("ann", "Réa Lambert")):
        assert f"Agreed: you meet {other}." in pages.said(one)
    assert "conf" in pages.office.dirty()
    assert f'<option value="{SLOTS[0]}"' not in pages.get("rea"), "that time is taken now"

    assert pages.done("rea", "request", request=request.ref, said="withdraw") == "withdrawn"
    assert "The meeting with Réa Lambert is called off." in pages.said("ann")
    assert "called off" not in pages.said("rea")
    assert f'<option value="{SLOTS[0]}"' in pages.get("rea")


def test_a_refusal_is_told_kindly_and_once_unanswered_the_wait_ends(pages: Pages) -> None:
    pages.done("rea", "ask", other="ann", slot=SLOTS[0])
    assert pages.done("ann", "request", request=pages.stored()[0].ref, said="decline") == "refused"
    assert "Ann Ferry cannot make it." in pages.said("rea")
    assert "Réa Lambert asks" not in pages.said("ann")
    pages.office.time[0] += 1
    pages.done("rea", "ask", other="bob", slot=SLOTS[1])
    pages.office.time[0] = pages.stored()[1].deadline
    assert "Bob Miller did not answer in time." in pages.said("rea")
    assert "asks you" not in pages.said("bob")


def test_looking_changes_nothing_and_a_form_from_elsewhere_is_not_taken(pages: Pages) -> None:
    pages.done("rea", "ask", other="ann", slot=SLOTS[0])
    before = pages.stored()
    for ref in NAMES:
        pages.get(ref)
    assert pages.office.web.get(f"{pages.address('rea')}/ask").status_code == 405
    assert pages.done("ann", "request", request=before[0].ref, said="accept", form="forged") == "again"
    assert pages.done("rea", "ask", other="bob", slot=SLOTS[1], form="forged") == "again"
    assert pages.stored() == before


@pytest.mark.parametrize(
    ("what", "fields", "done"),
    [
        ("ask", {"other": "nobody", "slot": SLOTS[0]}, "gone"),
        ("ask", {"other": "ann", "slot": "noon"}, "taken"),
        ("ask", {}, "gone"),
        ("request", {"request": "none", "said": "accept"}, "gone"),
        ("request", {"said": "surprise"}, "gone"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    pages: Pages, what: str, fields: dict[str, str], done: str
) -> None:
    assert pages.done("rea", what, **fields) == done
    assert pages.stored() == []


def test_where_the_organiser_names_no_slots_or_lets_nobody_ask_there_is_no_form(pages: Pages) -> None:
    change(
        pages.office.container, pages.where[0], "system", "", values={"meetings.requests": False},
        expected_version=0, actor="test",
    )  # fmt: skip
    assert "Ask for a meeting" not in pages.said("rea")
    assert pages.done("rea", "ask", other="ann", slot=SLOTS[0]) == "taken"


def test_without_a_frame_there_is_no_form(pages: Pages) -> None:
    pages.frame({})
    assert "Ask for a meeting" not in pages.said("rea")


def test_somebody_who_opted_out_is_in_no_request_that_is_shown(pages: Pages) -> None:
    pages.done("rea", "ask", other="ann", slot=SLOTS[0])
    pages.send("rea", "leave")
    assert "Réa" not in pages.said("ann")
    assert "Ann" not in pages.said("rea")
