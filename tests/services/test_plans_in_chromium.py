"""A person's page with everything on it: circles, tables, meetings, mentorship, suggestions, answers given.

Many people, long names and both languages; by keyboard, on phones, and with a screen reader's rules.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from builders import NOON, an_attendee
from chromium import DESKTOP, PHONE, visitor
from doors import Door, a_door
from held_plans import a_circle, a_meeting, an_item, hold
from playwright.sync_api import Browser, expect

from entremise.plugin.domain.events import FeedbackGiven, Verdict
from entremise.plugin.domain.model import stamp
from entremise.plugin.services.links import Person
from entremise.webhooks import create_app
from entremise.webhooks.server import WebServer, address_of, listen

pytestmark = pytest.mark.service

PEOPLE = (
    ("Amélie Rousseau-Delacroix", "conduite de travaux", "Atelier des Matériaux"),
    ("Tom Achterberg", "site manager", "Noorderlicht Bouw"),
    ("Nadia Benkirane", "", ""),
    ("Wolfeschlegelsteinhausenbergerdorff-Chandrasekharan Maria-Magdalena", ("directrice adjointe de la "
     "transition énergétique et des mobilités durables"), "Communauté d’agglomération du Val-de-Loire-et-Sologne"),
    ("Yann Le Goff", "menuisier", "Scop Bois Debout"),
    ("Priya Raman", "researcher", "Earth Lab"),
    ("Oscar Lindqvist", "ingénieur", ""),
    ("Maud Fontaine", "", "Ville de Nantes"),
    ("Grace Whitfield", "insulation lead", "Warm Homes"),
    ("Ibrahim Sow", "architecte", "Terre & Toit"),
    ("Li", "", ""),
    ("Clara Nyström", "chargée de mission", "Région Bretagne"),
)  # fmt: skip
REASONS = {
    "fr": ("{} peut vous aider : réemploi de matériaux", "Vous avez en commun : construction durable", ("Vous pouvez "
           "aider {} : montage de dossiers de financement européens pour des rénovations groupées")),
    "en": ("{} can help you with: reuse of materials", "You have in common: sustainable building", ("You can help {} "
           "with: applying for European funding for large retrofits")),
}  # fmt: skip
TOPICS = {
    "fr": (
        ("common", "Ce que vous avez en commun : chantiers en matériaux de réemploi", ["p0", "p1"]),
        ("angles", "Vous l’abordez de côtés différents : terre crue", ["p1", "p3"]),
    ),
    "en": (
        ("common", "What you have in common: building with reused materials", ["p0", "p1"]),
        ("angles", "You come at it from different sides: earth building", ["p1", "p3"]),
    ),
}


def items(language: str, *numbers: int) -> list[dict[str, Any]]:
    """Return those people with reasons, as results name them."""
    help_you, common, help_them = REASONS[language]
    found = []
    for rank, number in enumerate(numbers, start=1):
        name, title, organisation = PEOPLE[number]
        why = {
            "for_you": [{"code": "a", "text": help_you.format(name)}, {"code": "b", "text": common}],
            "for_them": [{"code": "b", "text": common}, {"code": "c", "text": help_them.format(name)}],
        }
        shown = {"title": title, "organisation": organisation}
        found.append(an_item(f"p{number}", name, rank, **why, **{k: v for k, v in shown.items() if v}))
    return found


def guests(*numbers: int) -> list[dict[str, Any]]:
    kept = ("person", "name", "organisation", "title")
    return [{key: item[key] for key in kept if key in item} for item in items("en", *numbers)]


def talk(language: str, of: str, key: str) -> dict[str, Any]:
    quoted: list[dict[str, Any]] = []
    for kind, text, whose in TOPICS[language]:
        people = list(whose)
        said = [
            {"person": ref, "name": PEOPLE[int(ref[1:])][0], "text": "« assurer un chantier de réemploi »"}
            for ref in people
        ]
        quoted.append({"kind": kind, "text": text, "from": people, "said": said})
    mine = {"person": language, "name": "", "text": "« enduits de terre »"}
    quoted[-1]["said"].append(mine)
    quoted[-1]["from"].append(language)
    return {"of": of, "key": key, "items": quoted}


def hold_everything(door: Door, reader: str, language: str) -> None:
    words = {"fr": ("Cercle 3", "Déjeuner", "Dîner de gala", "Hall, côté fenêtres"),
             "en": ("Circle 3", "Lunch", "Gala dinner", "Lobby, by the windows")}[language]  # fmt: skip
    hold(
        door.container, door.installation.id, "conf", reader, language,
        circles=[
            a_circle(*items(language, 0, 1, 2, 3), label=words[0], role="host"),
            a_circle(*({**item, "role": "host" if item["person"] == "p4" else ""} for item in items(language, 4, 5)), label=words[0], circle="c2", round=2),
        ],
        seats=[
            {"meal": words[1], "table": "3", "people": guests(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)},
            {"meal": words[2], "table": "Marie Curie", "people": guests(4, 10)},
        ],
        meetings=[
            a_meeting(*items(language, 5), spot=words[3]),
            a_meeting(*items(language, 3), meeting="m2", starts="2026-05-05T16:40:00+02:00",
                      ends="2026-05-05T17:00:00+02:00", spot="", remote=True),
            a_meeting(*items(language, 6, 7, 8), meeting="m3", starts="2026-05-06T09:05:00+02:00",
                      ends="2026-05-06T09:25:00+02:00"),
        ],
        topics=[talk(language, "circle", "c1"), talk(language, "seat", f"{words[1]}/3")],
    )  # fmt: skip
    with door.container.store.begin() as unit:
        lists = {"connections": {"suggestions": items(language, 9), "here_now": items(language, 11)},
                 "mentorship": {"role": "mentee", "pairings": items(language, 10)}}  # fmt: skip
        for feature, held in lists.items():
            unit.outbox.desire(
                door.installation.id, "conf", feature, {reader: {"language": language, **held}},
                {reader: []}, now=NOON,
            )  # fmt: skip
        answers: dict[str, Verdict] = {"p1": "accepted", "p7": "met", "p2": "declined"}
        for other, verdict in answers.items():
            said = FeedbackGiven(host_event="conf", stamp=stamp(at=NOON, tie=other), attendee=reader, other=other,
                                 verdict=verdict)  # fmt: skip
            unit.feedback.save(door.installation.id, said)


@dataclass
class Site:
    door: Door
    home: str

    def page(self, reader: str) -> str:
        return f"{self.home}/me/{self.door.container.links.token(Person(self.door.installation.id, 'conf', reader))}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with a_door(tmp_path_factory.mktemp("plans")) as door:
        where: dict[str, Any] = {"installation": door.installation.id}
        readers = {"fr": "Élise Vasseur", "en": "Elise Vasseur"}
        everybody = [
            an_attendee(f"p{number}", name=name, **where) for number, (name, *_) in enumerate(PEOPLE)
        ]
        everybody += [
            an_attendee(code, name=name, languages=(code,), **where) for code, name in readers.items()
        ]
        arrived = stamp(at=NOON, tie="in")
        for number in (8, 11):
            everybody[number] = everybody[number].with_presence("checked_in", arrived)
        with door.container.store.begin() as unit:
            unit.attendees.save(everybody, version=1, profile_changed=frozenset(one.ref for one in everybody))
        for code in readers:
            hold_everything(door, code, code)
        listener = listen("127.0.0.1", 0)
        server = WebServer(create_app(door.container), listener, body_limit=1 << 20, threads=2)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield Site(door, address_of(listener))
        finally:
            server.stop()
            thread.join()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_page_with_everything_on_it_is_within_everybodys_reach(
    browser: Browser, site: Site, language: str
) -> None:
    for (device, size), dark in itertools.product((("phone", PHONE), ("desktop", DESKTOP)), (False, True)):
        with visitor(browser, site.home, size=size, language=language, dark=dark) as someone:
            someone.page.goto(site.page(language))
            expect(someone.page.locator("section")).to_have_count(8)
            someone.picture(f"plans-{device}-{language}{'-dark' if dark else ''}")
            someone.page.evaluate(
                "document.querySelectorAll('details').forEach(each => { each.open = true })"
            )
            someone.picture(f"plans-open-{device}-{language}{'-dark' if dark else ''}")
            assert someone.barriers() == []
            assert someone.too_wide() == 0
            assert someone.complaints == []
            assert someone.strayed == []
            ids = someone.page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
            assert len(ids) == len(set(ids))


def test_on_the_narrowest_screen_plans_need_no_scrolling_sideways(browser: Browser, site: Site) -> None:
    with visitor(browser, site.home, size=(320, 640), language="fr") as someone:
        someone.page.goto(site.page("fr"))
        someone.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        assert someone.too_wide() == 0
