"""People's own pages: ``GET /me/<token>`` shows, and only ``POST`` changes anything (mail scanners follow links).

No cookie, no script, nothing from elsewhere. The address itself is the credential; forms carry a second signed
token, so that no other page can send them.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from ..bootstrap import Container
from ..services.addresses import open_address
from ..services.calendars import calendar
from ..services.links import BadLink, Person
from ..services.personal import PersonalPage, answer, look, set_opt_out
from ..services.personal_plans import Meeting, appointments
from .moments import say_clock, say_day, say_span, say_zone
from .person_requests import REQUESTED, add_request_forms
from .person_wording import LANGUAGES, Words, choose, load

logger = logging.getLogger(__name__)

SAID = ("accepted", "met", "declined", "blocked", "left", "back", "again", "gone", *REQUESTED)
"""What the page can confirm after a form was sent; passed in the address, so it holds nothing else."""

FORM_LIMIT = 16 * 1024
HUES = 6

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "private, no-store",
}


def blueprint(container: Container) -> Blueprint:
    """Return the pages."""
    pages = Blueprint("person", __name__)
    house = _House(container)

    @pages.get("/me/<token>")
    def show(token: str) -> Response:
        person = open_address(container, token)
        page = look(container, person)
        if page is None:
            raise BadLink("nobody is there")
        return house.page(token, person, page)

    @pages.get("/me/<token>/meetings.ics")
    @pages.get("/me/<token>/meetings/<meeting>.ics")
    def meetings(token: str, meeting: str | None = None) -> Response:
        page = look(container, open_address(container, token))
        wanted = [one for one in page.plans.meetings if meeting in {None, _anchor(one.uid)}] if page else []
        if page is None or (meeting and not wanted):
            raise BadLink("nothing is there")
        return _calendar(page, wanted, now=container.clock())

    @pages.get("/assets/person.css")
    def style() -> Response:
        sheet = Response(house.sheet, content_type="text/css; charset=utf-8")
        sheet.headers["Cache-Control"] = "public, max-age=86400"
        sheet.headers["X-Content-Type-Options"] = "nosniff"
        return sheet

    @pages.before_request
    def limit() -> None:
        request.max_content_length = FORM_LIMIT

    _add_forms(pages, container)
    add_request_forms(pages, container, ours=_ours, back=_back)
    _add_failures(pages, house)
    return pages


def _calendar(page: PersonalPage, meetings: Sequence[Meeting], *, now: float) -> Response:
    """Somebody without meetings gets an empty calendar: one that is read again and again must be able to empty."""
    language = choose(request.args.get("lang"), page.languages, request.accept_languages)
    body = calendar(appointments(meetings, now=now), language=language)
    answered = Response(body, content_type="text/calendar; charset=utf-8")
    answered.headers.update(HEADERS)
    answered.headers["Content-Disposition"] = 'attachment; filename="meetings.ics"'
    answered.headers["Content-Language"] = language
    answered.headers["Vary"] = "Accept-Language"
    return answered


def _add_forms(pages: Blueprint, container: Container) -> None:
    @pages.post("/me/<token>/answer")
    def say(token: str) -> BaseResponse:
        person = open_address(container, token)
        if not _ours(container, person):
            return _back(token, "again")
        verdict = request.form.get("verdict", "")
        heard = answer(container, person, request.form.get("other", ""), verdict)
        return _back(token, verdict if heard else "gone")

    @pages.post("/me/<token>/leave")
    def leave(token: str) -> BaseResponse:
        return _opt(token, opted_out=True)

    @pages.post("/me/<token>/back")
    def come_back(token: str) -> BaseResponse:
        return _opt(token, opted_out=False)

    def _opt(token: str, *, opted_out: bool) -> BaseResponse:
        person = open_address(container, token)
        if not _ours(container, person):
            return _back(token, "again")
        if not set_opt_out(container, person, opted_out):
            raise BadLink("nobody is there")
        return _back(token, "left" if opted_out else "back")


def _add_failures(pages: Blueprint, house: _House) -> None:
    @pages.errorhandler(BadLink)
    def gone(_error: BadLink) -> Response:
        return house.notice("gone", 404)

    @pages.errorhandler(Exception)
    def trouble(error: Exception) -> Response:
        if isinstance(error, HTTPException):
            return house.notice("trouble", error.code or 500)
        # The message may hold what somebody sent or who they are: the type is enough.
        logger.error("a personal page failed", extra={"error": type(error).__name__})
        answered = house.notice("trouble", 503)
        answered.headers["Retry-After"] = "5"
        return answered


def _ours(container: Container, person: Person) -> bool:
    """Whether the form came from this person's own page, opened not long ago."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    try:
        container.links.check_form(request.form.get("form", ""), person)
    except BadLink:
        return False
    return True


def _back(token: str, done: str) -> BaseResponse:
    language = request.form.get("lang")
    where = url_for(".show", token=token, done=done, lang=language if language in LANGUAGES else None)
    went = redirect(where, 303)
    went.headers["Referrer-Policy"] = "no-referrer"
    went.headers["Cache-Control"] = "no-store"
    return went


@cache
def _templates(folder: Path) -> Environment:
    """Templates as they are compiled, once however many applications a process mounts the pages in."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class _House:
    """Templates of our own, whatever the application that mounts the pages does with its own."""

    def __init__(self, container: Container) -> None:
        folder = Path(__file__).parent
        self._container = container
        self._templates = _templates(folder / "templates")
        self._words = load()
        self.sheet = (folder / "static" / "person.css").read_bytes()
        self._sheet_version = hashlib.sha256(self.sheet).hexdigest()[:12]

    def page(self, token: str, person: Person, page: PersonalPage) -> Response:
        language = choose(request.args.get("lang"), page.languages, request.accept_languages)
        done = request.args.get("done", "")
        reasons_differ = page.reasons_in and page.reasons_in != language
        return self._answer(
            "person.html",
            language,
            page=page,
            done=done if done in SAID else "",
            form=self._container.links.form(person),
            answer=url_for(".say", token=token),
            ask=url_for(".ask_for_meeting", token=token),
            answer_request=url_for(".answer_for_meeting", token=token),
            leave=url_for(".leave", token=token),
            back=url_for(".come_back", token=token),
            hue=_hue,
            initials=_initials,
            anchor=_anchor,
            calendar=url_for(".meetings", token=token, lang=language),
            calendar_of=lambda one: url_for(
                ".meetings", token=token, meeting=_anchor(one.uid), lang=language
            ),
            **_moments(self._words[language]),
            reasons_lang=Markup(' lang="{}"').format(page.reasons_in) if reasons_differ else "",
        )

    def notice(self, kind: str, status: int) -> Response:
        language = choose(request.args.get("lang"), (), request.accept_languages)
        words = self._words[language]
        answered = self._answer(
            "notice.html", language, title=words[f"{kind}_title"], note=words[f"{kind}_note"]
        )
        answered.status_code = status
        return answered

    def _answer(self, template: str, language: str, **values: Any) -> Response:
        words: Words = self._words[language]
        style = url_for(".style", v=self._sheet_version)
        languages = list(LANGUAGES.items())
        html = self._templates.get_template(template).render(
            t=words, lang=language, languages=languages, style=style, **values
        )
        answered = Response(html, content_type="text/html; charset=utf-8")
        answered.headers.update(HEADERS)
        answered.headers["Content-Language"] = language
        answered.headers["Vary"] = "Accept-Language"
        return answered


def _moments(words: Words) -> dict[str, Any]:
    """What templates say of when meetings are."""
    return {
        "by_day": lambda found: groupby(found, key=lambda one: say_day(words, one.starts)),
        "span": lambda one: say_span(words, one.starts, one.ends),
        "clock": lambda one: say_clock(words, one.starts),
        "zone": lambda one: say_zone(one.starts),
    }


def _hue(ref: str) -> int:
    return hashlib.blake2b(ref.encode("utf-8", "replace"), digest_size=1).digest()[0] % HUES


def _anchor(ref: str) -> str:
    """An element id that says nothing about the person and is the same at every look."""
    return hashlib.blake2b(ref.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _initials(name: str) -> str:
    words = [word for word in name.replace("-", " ").split() if word[0].isalpha()]
    return "".join(word[0].upper() for word in (words[:1] + words[-1:] if len(words) > 1 else words)) or "·"
