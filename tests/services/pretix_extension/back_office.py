"""An organiser at pretix's own pages, in a browser."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from chromium import Visitor
from extended_pretix import ExtendedPretix
from playwright.sync_api import Locator, Page

IMPORTED_WITHIN = 300.0
"""Seconds; for each question of the form, pretix saves all answers of an order again."""


class BackOffice:
    """Somebody who may do everything, logged in."""

    def __init__(self, visitor: Visitor, pretix: ExtendedPretix) -> None:
        self.visitor = visitor
        self.pretix = pretix
        self.page: Page = visitor.page
        self.page.goto(f"{pretix.url}/control/login")
        self.page.fill("[name=email]", pretix.facts["admin_email"])
        self.page.fill("[name=password]", pretix.facts["admin_password"])
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(lambda address: "login" not in address)

    def address(self, path: str = "", *, slug: str = "") -> str:
        """Return where a page of the event's back office is."""
        facts = self.pretix.facts
        return f"{self.pretix.url}/control/event/{facts['organizer']}/{slug or facts['event']}/{path}"

    def open(self, path: str = "", **more: Any) -> Page:
        """Open a page of the event's back office."""
        self.page.goto(self.address(path, **more))
        return self.page

    def press(self, button: Locator) -> None:
        """Press what leads to another page, and wait for that: opening the next one would break off what is sent."""
        with self.page.expect_navigation():
            button.click()

    def switch_plugin(self, *, on: bool, slug: str = "") -> None:
        """Switch the extension on or off for the event, on pretix's page of plugins."""
        page = self.open("settings/plugins", slug=slug)
        button = page.locator("[name='plugin:pretix_entremise']")
        assert button.get_attribute("value") == ("enable" if on else "disable")
        self.press(button)

    def connect(self, service: str, code: str, **more: Any) -> None:
        """Fill in the connection page with what the service's operator gave out."""
        page = self.open("entremise/connection", **more)
        page.get_by_label("Address of the service").fill(service)
        page.get_by_label("One-time code").fill(code)
        self.press(page.get_by_role("button", name="Connect"))

    def make_recommended_questions(self) -> None:
        """Have the extension make the questions that are missing."""
        page = self.open("entremise/questions")
        self.press(page.get_by_role("button", name="Make these questions"))

    def import_orders(self, file: Path) -> None:
        """Import a file whose columns are named as pretix names them; one paid order a line."""
        page = self.open("orders/import/")
        page.set_input_files("[name=file]", file)
        page.get_by_role("button", name="Start import").click()
        # What has no default is looked for in the first column; take the first value that is in no column instead.
        page.evaluate(
            "first => document.querySelectorAll('select').forEach(each => {"
            " const fixed = [...each.options].find(option => !option.value.startsWith('csv:'));"
            " if (each.value === 'csv:' + first && each.name !== first && fixed) each.value = fixed.value })",
            file.read_text(encoding="utf-8").partition(",")[0],
        )
        page.check("[name=orders][value=many]")
        page.check("[name=status][value=paid]")
        page.get_by_role("button", name="Perform import").click()
        # The page asks on and on, and gives up when the database is busy with the import itself: look there.
        deadline = time.monotonic() + IMPORTED_WITHIN
        while self.pretix.rows_of("SELECT 1 FROM pretixbase_cachedfile WHERE filename = 'import.csv'"):
            refused = page.locator(".alert-danger").all_inner_texts()
            assert not refused, refused
            assert time.monotonic() < deadline, "pretix is still importing"
            page.wait_for_timeout(500)

    def brief_tables(self, *, number: int, seats: int) -> None:
        """Say how many tables there are for lunch."""
        page = self.open("entremise/plans/seating/brief")
        page.get_by_label("Meals, one a line").fill("Lunch")
        page.get_by_label("Number of tables").fill(str(number))
        page.get_by_label("Seats at each").fill(str(seats))
        self.press(page.get_by_role("button", name="Save, and have a draft made"))

    def publish(self, feature: str) -> None:
        """Have a plan drafted, and publish the draft."""
        for button in ("New draft from who is registered now", "Publish this draft"):
            self.press(self._button_of(feature, button))

    def _button_of(self, feature: str, name: str) -> Locator:
        """Return a button of a plan's page, which is not there while a draft is being made."""
        button = self.page.get_by_role("button", name=name)
        for _ in range(120):
            self.open(f"entremise/plans/{feature}/")
            if button.count():
                break
            self.page.wait_for_timeout(500)
        return button

    def in_language(self, language: str) -> None:
        """Read the back office in another language, as set in the account."""
        self.page.goto(f"{self.pretix.url}/control/settings/")
        self.page.select_option("[name=locale]", language)
        self.press(self.page.locator("button.btn-save"))
