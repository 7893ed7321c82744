"""Says whether the process is alive (``/healthz``) and whether it can do its work (``/readyz``)."""

from __future__ import annotations

import logging
from collections.abc import Callable

import orjson
from flask import Blueprint, Response

from ..plugin.bootstrap import Container

logger = logging.getLogger(__name__)


def blueprint(container: Container) -> Blueprint:
    """Return the two routes; neither says anything about installations or people."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def alive() -> Response:
        return _answer({"status": "alive"})

    @health.get("/readyz")
    def ready() -> Response:
        parts = {"database": _pings(container.store.ping), "queue": _pings(container.queue.ping)}
        # Without the queue deliveries are still taken and kept: the sweeper rings for them when it is back.
        status = "ready" if all(parts.values()) else "degraded" if parts["database"] else "unavailable"
        document = {"status": status, **{name: "ok" if fine else "away" for name, fine in parts.items()}}
        return _answer(document, 200 if all(parts.values()) else 503)

    return health


def _pings(ping: Callable[[], None]) -> bool:
    try:
        ping()
    except Exception as error:  # noqa: BLE001 - whatever a driver raises, it is not ready
        logger.warning("not ready", extra={"error": type(error).__name__})
        return False
    return True


def _answer(document: dict[str, str], status: int = 200) -> Response:
    answer = Response(orjson.dumps(document), status, content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
