"""The pages as people meet them: by keyboard, with a screen reader's rules, on a phone, without script.

The example platform is served for real; a person's own page is the one that it mounts.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from chromium import DESKTOP, PHONE, Visitor, visitor
from flask import Flask
from playwright.sync_api import Browser, expect
from running import wait_until

from entremise.webhooks.server import WebServer, address_of, listen

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "flask_host"))

from flask_host import create_app
from flask_host.people import People

pytestmark = pytest.mark.service

SKILLS = (
    ("charpente bois", "financement"), ("financement", "charpente bois"), ("terre crue", "réemploi de matériaux"),
    ("reuse of materials", "earth building"), ("réemploi de matériaux", "terre crue"), ("heat pumps", "insulation"),
    ("insulation", "heat pumps"), ("bilan carbone", "charpente bois"),
)  # fmt: skip
NAMES = (
    "Amélie Rousseau-Delacroix", "Tom Achterberg", "Nadia Benkirane", "Grace Whitfield", "Yann Le Goff",
    "Priya Raman", "Oscar Lindqvist", "Maud Fontaine",
)  # fmt: skip


@dataclass
class Site:
    """The running platform."""

    home: str
    app: Flask
    tickets: list[str]

    def ticket(self, number: int) -> str:
        return f"{self.home}/tickets/{self.tickets[number]}"

    def personal(self, number: int) -> str:
        introductions = self.app.extensions["introductions"]
        people = People(Path(self.app.instance_path) / "guichet.db")
        found: str = introductions.personal_page(people.ticket(self.tickets[number]))
        return found

    def held(self, number: int) -> dict[str, Any]:
        people = People(Path(self.app.instance_path) / "guichet.db")
        return dict(people.introductions(self.tickets[number]))


def people() -> list[dict[str, Any]]:
    """Eight registrations, as the form would send them."""
    return [
        {
            "name": name, "languages": ["fr", "en"], "organisation": f"Atelier {number + 1}", "title": "Conduite de projets",
            "seniority": number % 6, "interests": ["construction durable"], "offers": [offer], "needs": [need],
            "mentoring": ("mentee", "none", "mentor")[number % 3], "agree_matching": True, "agree_presence": True,
        }
        for number, (name, (offer, need)) in enumerate(zip(NAMES, SKILLS, strict=True))
    ]  # fmt: skip


@contextmanager
def serving(instance: Path) -> Iterator[Site]:
    listener = listen("127.0.0.1", 0)
    home = address_of(listener)
    app = create_app({"INSTANCE": instance, "PUBLIC_URL": home})
    server = WebServer(app, listener, body_limit=1 << 20, threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    introductions = app.extensions["introductions"]
    try:
        book = People(instance / "guichet.db")
        tickets = [book.register(form) for form in people()]
        for number, ticket in enumerate(tickets):
            introductions.about(book.mark(ticket.ref, present=True) if number % 2 else ticket)
        site = Site(home, app, [ticket.ref for ticket in tickets])
        eventually(lambda: all(site.held(number).get("connections") for number in range(8)))
        yield site
    finally:
        server.stop()
        thread.join()
        introductions.stop()


def eventually(fact: Callable[[], object], *, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("guichet")) as running:
        yield running


Open = Callable[..., AbstractContextManager[Visitor]]


@pytest.fixture
def someone(browser: Browser, site: Site) -> Open:
    return lambda **how: visitor(browser, site.home, **how)


def addresses(site: Site) -> dict[str, str]:
    return {
        "register": f"{site.home}/",
        "desk": f"{site.home}/desk",
        "settings": f"{site.home}/settings",
        "ticket": site.ticket(0),
        "person": site.personal(0),
        "mentor": site.personal(2),
        "nobody": f"{site.home}/entremise/me/nobody",
    }


def test_a_barrier_would_be_seen(someone: Open) -> None:
    with someone() as visitor:
        visitor.page.set_content(
            "<img src='data:,'><button></button><p style='width:2000px; color:#ddd'>faint</p>"
        )
        found = " ".join(visitor.barriers())
        for rule in ("image-alt", "button-name", "color-contrast", "html-has-lang"):
            assert rule in found
        assert visitor.too_wide() > 0


@pytest.mark.parametrize("name", ["register", "desk", "settings", "ticket", "person", "mentor", "nobody"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_is_within_everybodys_reach(someone: Open, site: Site, name: str, language: str) -> None:
    for (device, size), dark in itertools.product((("phone", PHONE), ("desktop", DESKTOP)), (False, True)):
        with someone(size=size, language=language, dark=dark) as visitor:
            visitor.page.goto(f"{addresses(site)[name]}?lang={language}")
            assert visitor.page.locator("html").get_attribute("lang") == language
            visitor.picture(f"{name}-{device}-{language}{'-dark' if dark else ''}")
            # What is folded away must be within reach, too.
            visitor.page.evaluate(
                "document.querySelectorAll('details').forEach(each => { each.open = true })"
            )
            assert visitor.barriers() == []
            assert visitor.too_wide() == 0
            assert [each for each in visitor.complaints if "404" not in each] == []
            assert visitor.strayed == []


@pytest.mark.parametrize("name", ["register", "desk", "settings", "ticket", "person"])
def test_on_the_narrowest_screen_nothing_has_to_be_scrolled_sideways(
    someone: Open, site: Site, name: str
) -> None:
    with someone(size=(320, 640), language="fr") as visitor:
        visitor.page.goto(f"{addresses(site)[name]}?lang=fr")
        visitor.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        assert visitor.too_wide() == 0


def test_an_organiser_flips_a_switch_by_keyboard_and_tickets_follow(someone: Open, site: Site) -> None:
    with someone() as organiser:
        page = organiser.page

        def flip() -> None:
            page.goto(f"{site.home}/settings?lang=en")
            organiser.tab_to("Suggested connections")
            page.keyboard.press("Space")
            organiser.tab_to("Save")
            page.keyboard.press("Enter")
            expect(page.get_by_role("status")).to_contain_text("Saved")

        flip()
        assert not page.get_by_role("switch", name="Suggested connections").is_checked()
        eventually(lambda: all(not site.held(number).get("connections") for number in range(8)))
        page.goto(site.ticket(0))
        expect(page.get_by_role("heading", name="People to meet")).to_have_count(0)
        flip()
        assert page.get_by_role("switch", name="Suggested connections").is_checked()
        eventually(lambda: all(site.held(number).get("connections") for number in range(8)))
        page.goto(site.ticket(0))
        expect(page.get_by_role("heading", name="People to meet")).to_have_count(1)


def test_an_attendee_answers_by_keyboard_alone(someone: Open, site: Site) -> None:
    with someone() as attendee:
        page = attendee.page
        page.goto(f"{site.personal(1)}?lang=en")
        page.keyboard.press("Tab")
        assert attendee.focused() == "Skip to the suggestions"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert attendee.focused().startswith("Interested (")
        name = attendee.focused().removeprefix("Interested (").removesuffix(")")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("Noted: you are interested.")
        card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=name, exact=True))
        expect(card).to_contain_text("You are interested")
        # The dangerous one takes two steps: unfold, then confirm.
        attendee.tab_to(f"Never again… ({name})")
        assert not page.get_by_role("button", name=f"Yes, never again ({name})").is_visible()
        page.keyboard.press("Enter")
        attendee.tab_to(f"Yes, never again ({name})", most=1)
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("you will not be shown to each other")
        expect(page.get_by_role("heading", name=name, exact=True)).to_have_count(0)
        # … and back.
        attendee.tab_to(f"Change your answer about {name}")
        page.keyboard.press("Enter")
        attendee.tab_to(f"Interested ({name})", most=1)
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("Noted: you are interested.")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_without_script_everything_works(someone: Open, site: Site, language: str) -> None:
    words = {
        "en": ("Not for me", "this person is not suggested", "Leave everything", "Yes, take me out",
               "You are not taking part", "Come back", "Welcome back"),
        "fr": ("Pas pour moi", "cette personne ne vous sera plus proposée", "Tout quitter", "Oui, retirez-moi",
               "Vous ne participez pas", "Revenir", "Bon retour"),
    }[language]  # fmt: skip
    with someone(script=False, size=PHONE, language=language) as attendee:
        page = attendee.page

        def suggests() -> bool:
            page.goto(f"{site.personal(3)}?lang={language}")
            return page.get_by_role("button", name=words[0]).count() > 0

        # Whoever has just come back is shown people as soon as they are worked out.
        wait_until(suggests, what="somebody to meet")
        page.get_by_role("button", name=words[0]).first.click()
        expect(page.get_by_role("status")).to_contain_text(words[1])
        page.get_by_text(words[2]).click()
        page.get_by_role("button", name=words[3]).click()
        expect(page.get_by_role("heading", name=words[4])).to_be_visible()
        page.get_by_role("button", name=words[5]).click()
        expect(page.get_by_role("status")).to_contain_text(words[6])
        assert page.locator("html").get_attribute("lang") == language


def test_a_visitor_registers_with_no_consent_ticked_and_is_told_what_is_missing(
    someone: Open, site: Site
) -> None:
    with someone(language="en") as newcomer:
        page = newcomer.page
        page.goto(f"{site.home}/?lang=en")
        for box in page.get_by_role("group", name="Being introduced to others").get_by_role("checkbox").all():
            assert not box.is_checked()
        page.get_by_role("button", name="Get my ticket").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert newcomer.barriers() == []
        page.get_by_label("Name", exact=True).fill("Silent Visitor")
        page.get_by_label("English", exact=True).check()
        page.get_by_role("button", name="Get my ticket").click()
        expect(page.get_by_role("status")).to_contain_text("You are registered")
        expect(page.locator("main")).to_contain_text("You did not ask to be introduced")
