"""The web door for servers that import an application: ``gunicorn --threads 8 'entremise.webhooks.wsgi:app()'``."""

from __future__ import annotations

import os

from flask import Flask

from ..plugin.bootstrap import build_container
from ..plugin.settings import Settings
from . import create_app
from .access_log import protect


def app() -> Flask:
    """Build the application from the environment; raises ``ConfigurationError``."""
    protect()
    return create_app(build_container(Settings.from_environment(os.environ)))
