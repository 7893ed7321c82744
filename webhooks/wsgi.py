"""The web door for servers that import an application: ``gunicorn --threads 8 'entremise.webhooks.wsgi:app()'``."""

from __future__ import annotations

import os
from dataclasses import replace

from flask import Flask

from ..plugin.bootstrap import build_container
from ..plugin.settings import Settings
from . import create_app
from .access_log import protect
from .ringer import BackgroundRinger


def app() -> Flask:
    """Build the application from the environment; raises ``ConfigurationError``."""
    protect()
    container = build_container(Settings.from_environment(os.environ))
    return create_app(replace(container, queue=BackgroundRinger(container.queue)))
