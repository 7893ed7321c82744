"""A person's own page: what it shows, what it records, and what it gives away to nobody."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import a_cloudevent, profile_document
from doors import Door, a_door, a_door_again
from werkzeug.test import TestResponse

from entremise.hooks.contract import Installation
from entremise.plugin.services import installations
from entremise.plugin.services.links import AFTER_THE_END, Person
from entremise.plugin.services.switches import change

DAY = 86400.0
LOCALES = Path(__file__).parents[3] / "plugin" / "locales"

PEOPLE: dict[str, dict[str, Any]] = {
    "alix": {"name": "Alix Moreau", "languages": ["fr"], "offers": ["battery recycling"], "needs": ["funding"]},
    "bo": {"name": "Bo <b>Larsen</b>", "languages": ["fr", "en"], "organisation": "Nordlys & Co",
           "offers": ["funding"], "needs": ["battery recycling"]},
    "chen": {"name": "Chen Wei", "languages": ["en", "fr"], "organisation": "Harbour", "offers": ["logistics"]},
    "dina": {"name": "Dina Haddad", "languages": ["de", "fr"], "organisation": "Oasis",
             "seniority": 5, "mentoring": {"role": "mentor", "capacity": 2}},
    "eli": {"name": "Eli Novak", "languages": ["fr"], "organisation": "Ponts",
            "seniority": 0, "mentoring": {"role": "mentee"}},
}  # fmt: skip


class Pages:
    """What a person does in a browser without script."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def person(self, ref: str) -> Person:
        return Person(self.door.installation.id, "conf", ref)

    def address(self, ref: str) -> str:
        return f"/me/{self.door.container.links.token(self.person(ref))}"

    def get(self, ref: str, query: str = "", **headers: str) -> TestResponse:
        return self.door.client.get(self.address(ref) + query, headers=headers)

    def text(self, ref: str, query: str = "?lang=en") -> str:
        """The words of the page, in reading order."""
        main = self.get(ref, query).text.partition("<main")[2]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())

    def send(self, ref: str, what: str, *, form: str | None = None, **fields: str) -> TestResponse:
        token = self.door.container.links.form(self.person(ref)) if form is None else form
        return self.door.client.post(f"{self.address(ref)}/{what}", data={"form": token, **fields})

    def state(self) -> str:
        """Everything that a page could change, to compare."""
        with self.door.container.store.snapshot() as uow:
            here = self.door.installation.id
            attendees = sorted(map(repr, uow.attendees.get_many(here, "conf", PEOPLE).values()))
            return repr((attendees, uow.feedback.of_host_event(here, "conf"), uow.host_events.list(here)))


@pytest.fixture(scope="module")
def conference(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Installation]:
    """A folder with the database of a small conference whose results are worked out."""
    home = tmp_path_factory.mktemp("conference")
    with a_door(home) as door:
        change(
            door.container, door.installation.id, "system", "", values={"mentorship.publication": "automatic"},
            expected_version=0, actor="test",
        )  # fmt: skip
        named = a_cloudevent("org.entremise.hostevent.updated.v1", data={"name": "Rencontres & cie"})
        del named["subject"]
        assert door.post(named).status_code == 202
        for ref, profile in PEOPLE.items():
            registered = a_cloudevent(subject=ref, data=profile_document(ref) | {"mentoring": {}} | profile)
            assert door.post(registered).status_code == 202
        for ref in ("alix", "bo"):
            door.post(a_cloudevent("org.entremise.attendee.checked_in.v1", ref))
        door.work()
        door.container.store.scrub()
        return home, door.installation


@pytest.fixture
def pages(conference: tuple[Path, Installation], tmp_path: Path) -> Iterator[Pages]:
    home, installation = conference
    shutil.copytree(home, tmp_path / "home")
    with a_door_again(tmp_path / "home", installation) as door:
        yield Pages(door)


def test_it_says_whom_to_meet_and_why_and_who_is_here(pages: Pages) -> None:
    text = pages.text("alix")
    assert "People to meet at Rencontres & cie" in text
    assert "Hello Alix Moreau" in text
    assert "Here now" in text
    assert "Bo <b>Larsen</b>" in text
    assert "Chen Wei" in text
    assert (
        text.index("Bo <b>Larsen</b>") < text.index("They face the same challenges") < text.index("Chen Wei")
    )


def test_what_people_wrote_is_shown_and_never_interpreted(pages: Pages) -> None:
    assert "<b>Larsen" not in pages.get("alix").text
    assert "&lt;b&gt;Larsen" in pages.get("alix").text


def test_mentorship_is_shown_to_both_sides(pages: Pages) -> None:
    assert "Your mentors" in pages.text("eli")
    assert "Dina Haddad" in pages.text("eli")
    assert "People you could mentor" in pages.text("dina")


@pytest.mark.parametrize(
    ("ref", "query", "accepts", "language"),
    [
        ("alix", "", "en", "fr"),
        ("chen", "", "fr", "en"),
        ("dina", "", "en", "fr"),
        ("chen", "?lang=fr", "en", "fr"),
        ("alix", "?lang=en", "fr", "en"),
        ("alix", "?lang=xx", "en", "fr"),
    ],
)
def test_it_speaks_the_language_asked_for_else_the_persons_own(
    pages: Pages, ref: str, query: str, accepts: str, language: str
) -> None:
    page = pages.get(ref, query, **{"Accept-Language": accepts})
    assert f'<html lang="{language}">' in page.text
    assert page.headers["Content-Language"] == language


def test_for_a_person_whose_languages_are_unknown_the_browser_decides(pages: Pages) -> None:
    pages.door.post(a_cloudevent(subject="fay", data=profile_document("fay", languages=["de"])))
    pages.door.work()
    assert '<html lang="fr">' in pages.get("fay", **{"Accept-Language": "fr-CA,en;q=0.5"}).text
    assert '<html lang="en">' in pages.get("fay", **{"Accept-Language": "de"}).text


def test_reasons_in_another_language_than_the_page_are_marked_as_such(pages: Pages) -> None:
    assert 'class="reasons both" lang="fr"' in re.sub(
        "(mine|theirs)", "both", pages.get("alix", "?lang=en").text
    )
    assert " lang=" not in pages.get("alix", "?lang=fr").text.partition("<main")[2]


@pytest.mark.parametrize("verdict", ["accepted", "declined", "met", "blocked"])
def test_an_answer_is_recorded_shown_and_may_be_changed(pages: Pages, verdict: str) -> None:
    answer = pages.send("alix", "answer", other="bo", verdict=verdict, lang="en")
    assert answer.status_code == 303
    page = pages.door.client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert '<html lang="en">' in page.text
    assert 'role="status"' in page.text
    said = {
        "accepted": "You are interested",
        "met": "You met",
        "declined": "Not for you",
        "blocked": "Never again",
    }
    assert said[verdict] in pages.text("alix")
    with pages.door.container.store.snapshot() as uow:
        (given,) = uow.feedback.of_person(pages.door.installation.id, "conf", "alix")
    assert (given.other, given.verdict) == ("bo", verdict)
    pages.door.clock.now += 1
    assert pages.send("alix", "answer", other="bo", verdict="accepted").status_code == 303
    assert "You are interested" in pages.text("alix")


def test_never_again_takes_both_off_each_others_page_at_once_and_after_the_next_run(pages: Pages) -> None:
    pages.send("alix", "answer", other="bo", verdict="blocked")
    for _ in range(2):
        assert "Alix Moreau" not in pages.text("bo")
        assert "Bo <b>Larsen</b>" not in pages.text("alix").partition("Your answers")[0]
        pages.door.work()


def test_never_again_holds_against_a_host_whose_clock_is_ahead(pages: Pages) -> None:
    ahead = pages.door.clock.now + 240
    host = a_cloudevent("org.entremise.feedback.accepted.v1", "alix", at=ahead, data={"other": "bo"})
    assert pages.door.post(host).status_code == 202
    pages.door.work()
    for verdict in ("met", "blocked"):
        pages.send("alix", "answer", other="bo", verdict=verdict)
    pages.door.work()
    with pages.door.container.store.snapshot() as uow:
        (given,) = uow.feedback.of_person(pages.door.installation.id, "conf", "alix")
    assert given.verdict == "blocked"


def test_leaving_empties_both_sides_and_coming_back_restores_them(pages: Pages) -> None:
    before = pages.text("alix")
    assert pages.send("alix", "leave").status_code == 303
    assert "You are not taking part" in pages.text("alix")
    assert "Bo" not in pages.text("alix")
    assert "Alix Moreau" not in pages.text("bo")
    pages.door.work()
    assert "Alix Moreau" not in pages.text("bo")
    pages.door.clock.now += 60
    assert pages.send("alix", "back").status_code == 303
    pages.door.work()
    assert pages.text("alix") == before


def test_somebody_who_left_the_building_is_no_longer_here(pages: Pages) -> None:
    assert "Here now" in pages.text("alix")
    pages.door.post(a_cloudevent("org.entremise.attendee.left.v1", "bo", at=pages.door.clock.now + 60))
    pages.door.work()
    assert "Here now" not in pages.text("alix")


def test_looking_changes_nothing(pages: Pages) -> None:
    before = pages.state()
    address = pages.address("alix")
    for path in (address, f"{address}?done=blocked&verdict=blocked", f"{address}?lang=fr"):
        assert pages.door.client.get(path).status_code == 200
        assert pages.door.client.head(path).status_code == 200
    for what in ("answer", "leave", "back"):
        found = pages.door.client.get(f"{address}/{what}?other=bo&verdict=blocked")
        assert found.status_code == 405
    assert pages.state() == before


@pytest.mark.parametrize("form", ["", "nonsense", "another's"])
@pytest.mark.parametrize("what", ["answer", "leave"])
def test_a_form_that_the_page_did_not_make_changes_nothing(pages: Pages, what: str, form: str) -> None:
    before = pages.state()
    if form == "another's":
        form = pages.door.container.links.form(pages.person("bo"))
    answer = pages.send("alix", what, form=form, other="bo", verdict="blocked")
    assert answer.status_code == 303
    assert "done=again" in answer.headers["Location"]
    assert pages.state() == before


def test_another_site_cannot_send_the_form(pages: Pages) -> None:
    before = pages.state()
    form = pages.door.container.links.form(pages.person("alix"))
    answer = pages.door.client.post(
        f"{pages.address('alix')}/leave", data={"form": form}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert "done=again" in answer.headers["Location"]
    assert pages.state() == before


@pytest.mark.parametrize(("other", "verdict"), [("zoe", "met"), ("alix", "met"), ("bo", "loved"), ("", "")])
def test_only_people_who_were_shown_can_be_answered_and_only_as_offered(
    pages: Pages, other: str, verdict: str
) -> None:
    before = pages.state()
    answer = pages.send("alix", "answer", other=other, verdict=verdict)
    assert "done=gone" in answer.headers["Location"]
    assert pages.state() == before


def test_the_page_is_private_scriptless_and_from_one_place(pages: Pages) -> None:
    page = pages.get("alix")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "unsafe" not in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in page.headers
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page.text)
    sheet = pages.door.client.get(re.search(r'<link rel="stylesheet" href="([^"]+)"', page.text)[1])  # type: ignore[index]
    assert (sheet.status_code, sheet.mimetype) == (200, "text/css")
    assert "url(" not in sheet.text


def test_refs_of_other_people_are_only_where_forms_need_them(pages: Pages) -> None:
    found = re.findall(r'"(?:bo|chen|dina)"', pages.get("alix").text)
    fields = re.findall(r'name="other" value="(?:bo|chen|dina)"', pages.get("alix").text)
    assert len(found) == len(fields) > 0


@pytest.mark.parametrize("what", ["", "/answer", "/leave", "/back"])
def test_nobodys_page_says_so_in_both_languages(pages: Pages, what: str) -> None:
    ask = pages.door.client.post if what else pages.door.client.get
    for language, words in (("en", "This page is not here"), ("fr", "Cette page n’existe pas")):
        answer = ask(f"/me/nobody.knows{what}", headers={"Accept-Language": language})
        assert answer.status_code == 404
        assert words in html.unescape(answer.text)
        assert "noindex" in answer.headers["X-Robots-Tag"]


def test_after_the_end_plus_ninety_days_there_is_no_page(pages: Pages) -> None:
    ended = a_cloudevent(
        "org.entremise.hostevent.updated.v1",
        at=pages.door.clock.now + 1,
        data={"name": "Rencontres", "ends_at": "2026-05-06T18:00:00Z"},
    )
    del ended["subject"]
    assert pages.door.post(ended).status_code == 202
    pages.door.work()
    assert pages.get("alix").status_code == 200
    pages.door.clock.now += AFTER_THE_END + 4 * DAY
    assert pages.get("alix").status_code == 404


def test_a_disabled_installation_has_no_pages(pages: Pages) -> None:
    installations.disable(pages.door.container, pages.door.installation.id)
    assert pages.get("alix").status_code == 404
    assert pages.send("alix", "leave").status_code == 404


def test_a_fault_of_ours_is_said_kindly_and_names_nobody_in_the_log(
    pages: Pages, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: object) -> object:
        raise RuntimeError("Alix Moreau could not be read")

    monkeypatch.setattr("entremise.plugin.web.person.look", broken)
    answer = pages.get("alix", "?lang=en")
    assert answer.status_code == 503
    assert "try again" in answer.text
    assert "Moreau" not in caplog.text


def test_both_languages_have_the_same_words_with_the_same_places() -> None:
    texts = {code: json.loads((LOCALES / f"person.{code}.json").read_text("utf-8")) for code in ("en", "fr")}
    assert list(texts["en"]) == list(texts["fr"])
    for key, text in texts["en"].items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", texts["fr"][key])), key


def test_french_is_set_with_the_spaces_that_it_needs() -> None:
    for key, text in json.loads((LOCALES / "person.fr.json").read_text("utf-8")).items():
        assert not re.search(r"\w [:?!;]|'", text), key
