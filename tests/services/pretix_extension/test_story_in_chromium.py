"""The extension's pages as people meet them: by keyboard, with a screen reader's rules, on a phone, in two languages.

What is looked at is our part of each page: pretix's own frame around it is pretix's business.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chromium import DESKTOP, PHONE, Visitor
from congress import SOON, Congress
from playwright.sync_api import Browser, Page, expect
from running import wait_until

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(1500)]

SWITCH = "Suggested connections"
CONTROL, ORGANISER, ATTENDEE, BLOCK = ".entremise", "#page-wrapper", ".entremise", "#entremise"
"""Where our part of a page is."""

BACK_OFFICE = {
    "settings": ("entremise/", CONTROL),
    "mapping": ("entremise/mapping", CONTROL),
    "questions": ("entremise/questions", CONTROL),
    "connection": ("entremise/connection", CONTROL),
    "disconnect": ("entremise/connection/disconnect", CONTROL),
    "status": ("entremise/status", CONTROL),
    "people": ("entremise/people/", ORGANISER),
    "plans": ("entremise/plans/", ORGANISER),
    "circles": ("entremise/plans/circles/", ORGANISER),
}


@pytest.fixture(scope="module")
def congress(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Congress]:
    """A congress whose doors are open, with circles that everybody sees."""
    with Congress(tmp_path_factory.mktemp("congress"), browser, attendees=24, seed=2) as running:
        running.set_up()
        running.play(running.sell())
        running.settle()
        running.publish("circles")
        yield running


def unfolded(page: Page) -> None:
    """What is folded away must be within reach, too."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


def looked_at(visitor: Visitor, name: str, part: str) -> None:
    """Keep a picture, and find no barrier in our part of the page."""
    visitor.picture(name)
    unfolded(visitor.page)
    assert visitor.page.locator(part).count() == 1
    assert visitor.barriers(part, but="footer") == []


@pytest.mark.parametrize("name", BACK_OFFICE)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_of_the_back_office_are_within_everybodys_reach(
    congress: Congress, name: str, language: str
) -> None:
    path, part = BACK_OFFICE[name]
    office = congress.back_office
    office.in_language(language)
    for device, (width, height) in (("phone", PHONE), ("desk", DESKTOP)):
        office.page.set_viewport_size({"width": width, "height": height})
        office.open(path)
        # pretix names no language in the back office; its menu shows which one is read.
        expect(office.page.locator("#side-menu")).to_contain_text(
            {"fr": "Paramètres", "en": "Settings"}[language]
        )
        looked_at(office.visitor, f"{name}-{device}-{language}", part)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_of_attendees_are_within_everybodys_reach(congress: Congress, language: str) -> None:
    ref = next(one for one in congress.holders("circles") if one in congress.holders())
    ticket = congress.pretix.ticket_pages()[ref]
    for device, size in (("phone", PHONE), ("desk", DESKTOP)):
        with congress.someone(size=size, language=language) as attendee:
            attendee.page.goto(ticket)
            assert attendee.page.locator("html").get_attribute("lang") == language
            looked_at(attendee, f"ticket-{device}-{language}", BLOCK)
            attendee.page.goto(f"{ticket}entremise/")
            looked_at(attendee, f"attendee-{device}-{language}", ATTENDEE)
            assert attendee.too_wide() == 0
            assert attendee.strayed == []
            assert [each for each in attendee.complaints if "404" not in each] == []


def test_an_organiser_switches_a_feature_by_keyboard_and_ticket_pages_follow(congress: Congress) -> None:
    office = congress.back_office
    office.in_language("en")
    office.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    ref = congress.holders()[0]
    ticket = congress.pretix.ticket_pages()[ref]

    def flip() -> None:
        page = office.open("entremise/")
        office.visitor.tab_to(f"– {SWITCH}", most=120)
        page.keyboard.press("Space")
        office.visitor.tab_to("Save", most=120)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    def is_on() -> bool:
        office.open("entremise/")
        return office.page.locator("[name='connections.enabled']").is_checked()

    with congress.someone(size=PHONE) as attendee:

        def sees_people() -> bool:
            attendee.page.goto(f"{ticket}entremise/")
            # Peers and experts are features of their own, and stay.
            return attendee.page.locator("#suggestions, #here-now").count() > 0

        assert is_on()
        assert sees_people()
        flip()
        wait_until(lambda: not sees_people(), seconds=SOON, what="the feature going away")
        assert not is_on()
        flip()
        wait_until(sees_people, seconds=SOON, what="the feature coming back")
        assert is_on()


def test_an_attendee_answers_by_keyboard_alone(congress: Congress) -> None:
    ref = congress.holders()[0]
    with congress.someone(size=DESKTOP) as attendee:
        page = attendee.page
        page.goto(f"{congress.pretix.ticket_pages()[ref]}entremise/")
        attendee.tab_to("Interested")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Noted: you are interested.")).to_be_visible()


def test_a_barrier_of_ours_would_be_seen(congress: Congress) -> None:
    page = congress.back_office.open("entremise/")
    page.evaluate(
        "document.querySelector('.entremise').insertAdjacentHTML('beforeend', '<img src=x><button></button>')"
    )
    found = " ".join(congress.admin.barriers(CONTROL))
    assert "image-alt" in found
    assert "button-name" in found
