"""Logs who asked for what, without the parts of addresses that are secrets or stand for a person."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable

from flask import Flask, Response, g, request

logger = logging.getLogger("entremise.access")

_SECRET = re.compile(r"(/hosts/[^/\s\"?]+/deliveries/|/me/)[^/\s\"?]+")
_QUERY = re.compile(r"\?[^\s\"]*")
# Host events, organisations and attendees have the host's own keys, which may hold a name (and a slash).
_KEYS = re.compile(r"(/(?:host-events|organisations|attendees)/)[^\s\"?]+")

SERVER_LOGGERS = ("werkzeug", "waitress", "waitress.queue", "gunicorn.access", "gunicorn.error")


def redact(text: str) -> str:
    """Return a log line or path with secret parts, personal tokens, keys of people and queries blotted out.

    >>> redact("POST /hosts/i1/deliveries/s3cr3t HTTP/1.1")
    'POST /hosts/i1/deliveries/… HTTP/1.1'
    """
    return _QUERY.sub("?…", _KEYS.sub(r"\1…", _SECRET.sub(r"\1…", text)))


class Redaction(logging.Filter):
    """Blots secrets out of whatever a server logs of its own accord."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; it is always logged."""
        message = record.getMessage()
        cleaned = redact(message)
        if cleaned != message:
            record.msg, record.args = cleaned, None
        return True


def protect(names: Iterable[str] = SERVER_LOGGERS) -> None:
    """Put the redaction on the servers' loggers; calling it again changes nothing."""
    # Says "Task queue depth is 1" for every moment in which all threads have work: that is what they are for.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    for name in names:
        target = logging.getLogger(name)
        if not any(isinstance(each, Redaction) for each in target.filters):
            target.addFilter(Redaction())


def install(app: Flask) -> None:
    """Log one line per answer to ``entremise.access`` at level INFO: method, route, status, milliseconds.

    The route and not the address, so that there is nothing to blot out: ``/me/<token>``.
    """

    @app.before_request
    def start() -> None:
        g.entremise_started = time.perf_counter()

    @app.after_request
    def note(response: Response) -> Response:
        if logger.isEnabledFor(logging.INFO):
            spent = (time.perf_counter() - g.get("entremise_started", time.perf_counter())) * 1000
            route = request.url_rule.rule if request.url_rule else "(no route)"
            if installation_id := (request.view_args or {}).get("installation_id"):
                route = route.replace("<installation_id>", redact(str(installation_id)[:32]))
            logger.info("%s %s %s %.1f ms", request.method, route, response.status_code, spent)
        return response


def log_to_stderr() -> None:
    """Show the access log on stderr, whatever else logging is set up to do."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
