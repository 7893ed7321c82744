"""Puts the web door together: deliveries, health, metrics, REST API and people's pages."""

from __future__ import annotations

from flask import Blueprint, Flask

from ..plugin.bootstrap import Container
from ..plugin.web import api, person
from . import access_log, health, metrics, problems, receive


def blueprint(container: Container, *, name: str = "entremise", url_prefix: str | None = None) -> Blueprint:
    """Return every route of the web door, for a Python host to mount in its own Flask application.

    ``url_prefix`` is where (``/entremise``); ``ENTREMISE_PUBLIC_URL`` must end with the same prefix. The host keeps
    its own error pages for its own routes.
    """
    door = Blueprint(name, __name__, url_prefix=url_prefix)
    for part in (receive, health, metrics, api, person):
        door.register_blueprint(part.blueprint(container))
    problems.install(door)
    return door


def create_app(container: Container) -> Flask:
    """Return the web door as a WSGI application of its own."""
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False  # an address is right or unknown, never redirected
    app.register_blueprint(blueprint(container))
    problems.install(app)
    access_log.install(app)
    return app
