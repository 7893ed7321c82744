"""Receives deliveries: ``POST /hosts/<installation>/deliveries[/<secret part>]``, answered once they are stored.

The body is never parsed here: signatures are over bytes, and a delivery that cannot be read belongs in the dead
letters, not in an error answer.
"""

from __future__ import annotations

from flask import Blueprint, Response

from ..plugin.bootstrap import Container


def blueprint(container: Container) -> Blueprint:
    """Return the route that hosts post to."""
    door = Blueprint("deliveries", __name__)

    @door.post("/hosts/<installation_id>/deliveries")
    @door.post("/hosts/<installation_id>/deliveries/<secret_part>")
    def deliver(installation_id: str, secret_part: str | None = None) -> Response:
        raise NotImplementedError

    return door
