"""A headless Chromium for the suites that look at pages: one per session, a new profile for each visitor."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

# Without these, Chromium calls home at every start.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

PHONE, DESKTOP = (390, 844), (1280, 900)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


class ChromiumMissing(Exception):
    """There is no Chromium on this machine."""


def where_chromium_is() -> str:
    """Return the path of Debian's Chromium; raises ``ChromiumMissing``."""
    path = shutil.which("chromium")
    if path is None:
        raise ChromiumMissing("no chromium: apt-get install chromium")
    return path


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium; raises ``ChromiumMissing``."""
    path = where_chromium_is()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    """One person with a browser of their own; remembers what the page complained of and asked for elsewhere."""

    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if urlsplit(request.url)[:2] != urlsplit(self.home)[:2]:
            self.strayed.append(request.url)

    def barriers(self, within: str = "html", *, but: str = "") -> list[str]:
        """What axe-core finds wrong with the page, or with a part of it, but for another; WCAG 2.2 AA and best practice."""
        options = {"runOnly": {"type": "tag", "values": list(RULES)}}
        place = {"include": [[within]], "exclude": [[but]] if but else []}
        found = Axe().run(self.page, context=place, options=options).response["violations"]
        return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]

    def too_wide(self) -> int:
        """Pixels by which the page has to be scrolled sideways."""
        return int(
            self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        )

    def focused(self) -> str:
        """The accessible words of what has the keyboard."""
        words = self.page.evaluate(
            "(() => { const e = document.activeElement;"
            " return e.labels?.[0]?.innerText || e.textContent.trim() || e.id })()"
        )
        return " ".join(str(words).split())

    def tab_to(self, words: str, *, most: int = 60) -> None:
        """Press Tab until something with these words has the keyboard."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if words in self.focused():
                return
        raise AssertionError(f"the keyboard never reaches {words!r}")

    def picture(self, name: str) -> None:
        """Keep a picture of the page where ``ENTREMISE_PICTURES`` says, if it says."""
        if folder := os.environ.get("ENTREMISE_PICTURES"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@contextmanager
def visitor(
    browser: Browser,
    home: str,
    *,
    size: Sequence[int] = DESKTOP,
    language: str = "en",
    dark: bool = False,
    script: bool = True,
) -> Iterator[Visitor]:
    """Open a browser profile that has seen nothing yet."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
    )
    try:
        yield Visitor(context.new_page(), home)
    finally:
        context.close()
