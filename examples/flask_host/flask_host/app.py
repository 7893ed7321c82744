"""The pages of the platform: register, the desk at the door, a page for each ticket, the organiser's settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from entremise.hooks import InvalidPayload
from entremise.plugin.domain.errors import RequestError, Stale

from .introductions import Introductions
from .people import People
from .registration import FIELDS, read
from .settings_page import fields, values
from .words import LANGUAGES, words

DEFAULTS = {
    "EVENT_NAME": "Journées du bâti durable",
    "LANGUAGES": ("fr", "en"),
    "PUBLIC_URL": "http://127.0.0.1:8400",
    "WORK_IN_BACKGROUND": True,
}


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the platform. ``config`` overrides ``DEFAULTS``; ``INSTANCE`` is the folder of its data."""
    given = dict(config or {})
    instance = Path(given.pop("INSTANCE", Path.cwd() / ".guichet")).absolute()
    instance.mkdir(parents=True, exist_ok=True)
    app = Flask(__name__, instance_path=str(instance))
    app.config.from_mapping(DEFAULTS | given)
    people = People(instance / "guichet.db")
    introductions = Introductions(app, people)
    _add_pages(app, people, introductions)
    _add_settings(app, introductions)
    _add_habits(app)
    if app.config["WORK_IN_BACKGROUND"]:
        introductions.start()
    return app


def _add_pages(app: Flask, people: People, introductions: Introductions) -> None:
    @app.get("/")
    def register() -> str:
        return render_template("register.html", fields=FIELDS, given={}, problems={})

    @app.post("/")
    def registered() -> Response | tuple[str, int]:
        form, problems = read(request.form)
        if problems:
            return render_template("register.html", fields=FIELDS, given=form, problems=problems), 422
        ticket = people.register(form)
        introductions.about(ticket)
        return redirect(url_for("ticket", ref=ticket.ref, new=1), 303)

    @app.get("/tickets/<ref>")
    def ticket(ref: str) -> str:
        try:
            found = people.ticket(ref)
        except KeyError:
            abort(404)
        held = people.introductions(ref)
        page = introductions.personal_page(found)
        return render_template("ticket.html", ticket=found, held=held, page=page, new="new" in request.args)

    @app.get("/desk")
    def desk() -> str:
        return render_template("desk.html", tickets=people.everybody())

    @app.post("/desk/<ref>")
    def mark(ref: str) -> Response:
        try:
            found = people.mark(ref, present=request.form.get("present") == "yes")
        except KeyError:
            abort(404)
        introductions.about(found)
        return redirect(url_for("desk", _anchor=f"t-{ref}"), 303)


def _add_settings(app: Flask, introductions: Introductions) -> None:
    manifest = introductions.container.manifest

    def page(problem: str = "", at: str = "", status: int = 200) -> tuple[str, int]:
        board = introductions.switchboard()
        drawn = fields(manifest, board.effective, g.language)
        saved = "saved" in request.args and not problem
        return (
            render_template(
                "settings.html",
                features=drawn,
                version=board.record.version,
                problem=problem,
                at=at,
                saved=saved,
            ),
            status,
        )

    @app.get("/settings")
    def settings() -> tuple[str, int]:
        return page()

    @app.post("/settings")
    def save() -> Response | tuple[str, int]:
        try:
            version = int(request.form.get("version", ""))
            introductions.switch(values(manifest, request.form), version=version)
        except (InvalidPayload, ValueError) as error:
            return page(g.words["settings_invalid"], getattr(error, "field", None) or "", 422)
        except Stale:
            return page(g.words["settings_stale"], status=409)
        except RequestError as error:
            return page(str(error), status=409)
        return redirect(url_for("settings", saved=1), 303)


def _add_habits(app: Flask) -> None:
    @app.before_request
    def speak() -> None:
        asked = request.args.get("lang") or request.cookies.get("lang")
        g.language = asked if asked in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "en")
        g.words = words(g.language)

    @app.before_request
    def refuse_other_sites() -> None:
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
            abort(403)

    @app.after_request
    def keep_language(response: Response) -> Response:
        if request.blueprint is None and request.args.get("lang") in LANGUAGES:
            response.set_cookie("lang", request.args["lang"], samesite="Lax", httponly=True)
        return response

    @app.context_processor
    def texts() -> dict[str, Any]:
        return {"t": g.words, "lang": g.language, "languages": LANGUAGES, "event": app.config["EVENT_NAME"]}
