"""The example platform: entremise in its process, its settings page drawn from the manifest, results that follow."""

from __future__ import annotations

import html
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "flask_host"))

from flask_host import create_app
from flask_host.introductions import Introductions

ALIX = {
    "name": "Alix Moreau", "languages": ["fr"], "organisation": "Atelier Nord", "seniority": "1", "mentoring": "mentee",
    "interests": "terre crue, réemploi", "offers": "maquettes", "needs": "financement", "agree_matching": "yes",
    "agree_presence": "yes",
}  # fmt: skip
BO = ALIX | {
    "name": "Bo Larsen", "languages": ["fr", "en"], "organisation": "Nordlys", "seniority": "4", "mentoring": "mentor",
    "interests": "réemploi, bois", "offers": "financement", "needs": "maquettes",
}  # fmt: skip


class Platform:
    """The platform as an attendee and an organiser use it, with its jobs run when the test says so."""

    def __init__(self, instance: Path) -> None:
        self.app = create_app({"INSTANCE": instance, "WORK_IN_BACKGROUND": False})
        self.client: FlaskClient = self.app.test_client()

    @property
    def introductions(self) -> Introductions:
        found: Introductions = self.app.extensions["introductions"]
        return found

    def register(self, form: dict[str, Any]) -> str:
        """Return the address of the new ticket."""
        answer = self.client.post("/", data=form)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].partition("?")[0]

    def ticket(self, address: str) -> str:
        """The words of a ticket's page, once all work is done."""
        self.introductions.work()
        main = self.client.get(address, query_string={"lang": "en"}).text.partition("<main")[2]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())

    def settings(self, language: str = "en") -> str:
        return self.client.get("/settings", query_string={"lang": language}).text

    def save(self, **changes: str | None) -> TestResponse:
        """Send the settings form as a browser would, with some fields changed (``None`` = not ticked)."""
        given = _form(self.settings()) | {name.replace("__", "."): value for name, value in changes.items()}
        return self.client.post(
            "/settings", data={name: value for name, value in given.items() if value is not None}
        )


def _form(page: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        fields = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if fields.get("type") in {"checkbox", "radio"} and " checked" not in tag:
            continue
        found[fields["name"]] = fields.get("value", "on")
    return found


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    opened = Platform(tmp_path)
    yield opened
    opened.introductions.stop()


def test_flipping_the_switch_on_the_settings_page_takes_suggestions_away_and_brings_them_back(
    platform: Platform,
) -> None:
    assert platform.save(mentorship__publication="automatic").status_code == 303
    alix, bo = platform.register(ALIX), platform.register(BO)
    assert "People to meet" in platform.ticket(alix)
    assert "Bo Larsen" in platform.ticket(alix)
    assert "Your mentors" in platform.ticket(alix)
    assert "People you could accompany" in platform.ticket(bo)

    assert platform.save(connections__enabled=None).status_code == 303
    assert "People to meet" not in platform.ticket(alix)
    assert "Your mentors" in platform.ticket(alix)

    assert platform.save(mentorship__enabled=None).status_code == 303
    assert "Nobody is suggested to you at the moment." in platform.ticket(alix)
    assert "Alix" not in platform.ticket(bo)

    assert platform.save(connections__enabled="on", mentorship__enabled="on").status_code == 303
    assert "People to meet" in platform.ticket(alix)
    assert "Your mentors" in platform.ticket(alix)


def test_nobody_is_introduced_who_did_not_ask_to_be(platform: Platform) -> None:
    page = platform.client.get("/").text
    for name in ("agree_matching", "agree_presence"):
        (box,) = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
        assert "checked" not in box
    alix = platform.register(ALIX)
    silent = platform.register({**BO, "agree_matching": ""})
    assert "Bo Larsen" not in platform.ticket(alix)
    assert "You did not ask to be introduced" in platform.ticket(silent)


def test_checking_in_at_the_desk_shows_who_is_here_and_taking_it_back_hides_it(platform: Platform) -> None:
    alix, bo = platform.register(ALIX), platform.register(BO)
    for address in (alix, bo):
        platform.client.post(f"/desk/{address.rpartition('/')[2]}", data={"present": "yes"})
    assert "Here now" in platform.ticket(alix)
    platform.client.post(f"/desk/{bo.rpartition('/')[2]}", data={"present": "no"})
    assert "Here now" not in platform.ticket(alix)


def test_the_settings_page_has_every_setting_of_the_manifest_in_both_languages(platform: Platform) -> None:
    manifest = platform.introductions.container.manifest
    for language in ("en", "fr"):
        page = html.unescape(platform.settings(language))
        assert f'<html lang="{language}">' in page
        for key, setting in manifest.keys().items():
            assert f'name="{key}"' in page, key
            assert setting.label[language] in page, key
            assert setting.help[language] in page, key


def test_a_setting_holds_and_shapes_the_results(platform: Platform) -> None:
    alix = platform.register(ALIX)
    for number in range(4):
        platform.register(BO | {"name": f"Guest {number}", "organisation": f"House {number}"})
    assert platform.save(connections__list_length="2", mentorship__enabled=None).status_code == 303
    assert platform.ticket(alix).count("Guest ") == 2
    assert 'value="2"' in platform.settings()


@pytest.mark.parametrize("length", ["0", "21", "many", "", "2.5"])
def test_a_value_that_the_manifest_forbids_is_refused_and_nothing_is_saved(
    platform: Platform, length: str
) -> None:
    answer = platform.save(connections__list_length=length, mentorship__enabled=None)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert platform.introductions.switchboard().record.version == 0


def test_two_organisers_at_once_do_not_undo_each_other(platform: Platform) -> None:
    opened = _form(platform.settings())
    assert platform.save(connections__enabled=None).status_code == 303
    late = platform.client.post("/settings", data=opened)
    assert late.status_code == 409
    assert platform.introductions.switchboard().effective["connections.enabled"].value is False


def test_the_personal_page_is_mounted_below_the_platform(platform: Platform) -> None:
    address = platform.register(ALIX)
    platform.register(BO)
    platform.introductions.work()
    ticket = platform.client.get(address).text
    personal = html.unescape(re.search(r'href="(http[^"]+/entremise/me/[^"]+)"', ticket)[1])  # type: ignore[index]
    page = platform.client.get(personal.removeprefix(platform.app.config["PUBLIC_URL"]))
    assert page.status_code == 200
    assert "Bo Larsen" in page.text
    assert 'href="/entremise/assets/person.css' in page.text
    assert platform.client.get("/entremise/healthz").get_json() == {"status": "alive"}


def test_nobody_can_deliver_from_outside(platform: Platform) -> None:
    where = f"/entremise/hosts/{platform.introductions.installation.id}/deliveries"
    answer = platform.client.post(where, data=b"{}")
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"


def test_another_site_cannot_flip_a_switch(platform: Platform) -> None:
    answer = platform.client.post(
        "/settings", data=_form(platform.settings()), headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


def test_a_ticket_whose_message_was_lost_is_said_again_by_reconciliation(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    bo = platform.register(BO)
    monkeypatch.setattr(Introductions, "about", lambda _self, _ticket: None)
    platform.register(ALIX)
    assert "Alix" not in platform.ticket(bo)
    platform.introductions.container.queue.ring("look_up", platform.introductions.installation.id)
    assert "Alix Moreau" in platform.ticket(bo)


def test_left_to_itself_the_platform_does_the_work_in_the_background(tmp_path: Path) -> None:
    app = create_app({"INSTANCE": tmp_path})
    client = app.test_client()
    first = client.post("/", data=ALIX).headers["Location"]
    client.post("/", data=BO)
    until = time.monotonic() + 30
    try:
        while "Bo Larsen" not in client.get(first).text:
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        app.extensions["introductions"].stop()
