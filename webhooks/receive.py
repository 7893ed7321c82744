"""Receives deliveries: ``POST /hosts/<installation>/deliveries[/<secret part>]``, answered once they are stored.

The body is never parsed here: signatures are over bytes, and a delivery that cannot be read belongs in the dead
letters, not in an error answer. Never answers 410, which some hosts take as "unsubscribe for good".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, Response, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from ..hooks.contract import Installation
from ..plugin.bootstrap import Container
from ..plugin.domain.delivery import Delivery
from ..plugin.domain.errors import InvalidSignature
from ..plugin.services.ingest import Proved, prove, store
from ..plugin.web.problems import Problem
from .addresses import Addresses
from .group_commit import GroupCommit
from .problems import DATABASE_AWAY

HINTS = parse("12000/minute")
"""What an unguessable address takes, per process: far above the rush at a door (80 people a second), and little
enough that somebody who found the address cannot fill the database with hints."""

CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie"})
"""Headers that may prove a delivery but are never stored."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def blueprint(container: Container, addresses: Addresses | None = None) -> Blueprint:
    """Return the route that hosts post to."""
    door = Blueprint("deliveries", __name__)
    known = addresses or Addresses(container)
    hints = SlidingWindowCounterRateLimiter(MemoryStorage())

    def commit(group: Sequence[Proved]) -> None:
        together: dict[str, list[tuple[bytes, Delivery]]] = {}
        for proved in group:
            together.setdefault(proved.installation_id, []).extend(proved.keyed)
        with container.store.begin() as unit:
            # In one order everywhere: each locks its counters, and another process may be storing for the same ones.
            for installation_id, keyed in sorted(together.items()):
                store(unit, Proved(installation_id, tuple(keyed)))

    def ring(group: Sequence[Proved]) -> None:
        for installation_id in {proved.installation_id for proved in group}:
            container.queue.ring("process", installation_id)

    line: GroupCommit[Proved] = GroupCommit(commit, after=ring, whole=DATABASE_AWAY)

    # Every method, so that a wrong one is answered as a problem inside a host's own application, too.
    @door.route("/hosts/<installation_id>/deliveries", methods=METHODS, provide_automatic_options=False)
    @door.route(
        "/hosts/<installation_id>/deliveries/<part>", methods=METHODS, provide_automatic_options=False
    )
    def deliver(installation_id: str, part: str | None = None) -> Response:
        installation = known.find(installation_id, part)
        if request.method == "OPTIONS":
            return _invitation()
        if request.method != "POST":
            raise Problem(
                405, "method_not_allowed", "deliveries are posted", headers={"Allow": "POST, OPTIONS"}
            )
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Problem(
                415, "compressed", "send the body as it is", headers={"Accept-Encoding": "identity"}
            )
        host = container.hosts[installation.host]
        if not host.capabilities.signed and not hints.hit(HINTS, installation.id):
            raise Problem(429, "too_many", "too many deliveries a minute", headers={"Retry-After": "10"})
        # Each delivery is proved on its own thread, so that one bad signature is one bad answer.
        with line.coming() as add:
            add(_without_credentials(_proved(container, known, installation, part)))
        return Response(b'{"status":"accepted"}', 202, content_type="application/json")

    return door


def _body(limit: int) -> bytes:
    """Read the raw body; 413 as soon as it is known to be too long."""
    too_large = Problem(413, "too_large", f"a delivery has at most {limit} bytes", limit=limit)
    if (request.content_length or 0) > limit:
        raise too_large
    # One byte more than allowed: a body of unstated length is cut off there without a word.
    request.max_content_length = limit + 1
    body = request.get_data(cache=False, parse_form_data=False)
    if len(body) > limit:
        raise too_large
    return body


def _proved(container: Container, known: Addresses, installation: Installation, part: str | None) -> Proved:
    body = _body(container.settings.body_limit)
    headers = {name.lower(): value for name, value in request.headers.items()}
    delivery = Delivery(installation.id, "webhook", headers, body, container.clock())
    try:
        return prove(container, installation, [delivery], trust="verify")
    except InvalidSignature:
        # The host may have been given another secret a moment ago.
        newest = known.find(installation.id, part, anew=True)
        if newest.secrets == installation.secrets:
            raise
        return prove(container, newest, [delivery], trust="verify")


def _without_credentials(proved: Proved) -> Proved:
    return Proved(proved.installation_id, tuple((key, _bare(delivery)) for key, delivery in proved.keyed))


def _bare(delivery: Delivery) -> Delivery:
    if CREDENTIALS.isdisjoint(delivery.headers):
        return delivery
    headers = {name: value for name, value in delivery.headers.items() if name not in CREDENTIALS}
    return replace(delivery, headers=headers)


def _invitation() -> Response:
    """Agree to be sent deliveries, as CloudEvents senders ask before the first one (HTTP Web Hook, section 4)."""
    answer = Response(status=204)
    answer.headers["Allow"] = "POST, OPTIONS"
    if origin := request.headers.get("WebHook-Request-Origin"):
        answer.headers["WebHook-Allowed-Origin"] = origin
        answer.headers["WebHook-Allowed-Rate"] = "*"
    return answer
