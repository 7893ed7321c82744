"""A small event platform of its own process that takes entremise's results: the other end of the callback.

It knows the signing secret and nothing else of entremise. Run by ``entremise demo`` as
``python -m entremise.plugin.demo.receiving_host HOME``; prints its port as one line and serves until it ends.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import orjson
from flask import Flask, request
from flask.typing import ResponseReturnValue
from waitress.server import create_server

from ...hooks import signatures
from ..domain.errors import InvalidSignature
from .held import Arrival, HeldResults

LEDGER = "ledger.db"
KEY_FILE = "signing-key"
"""Files in the host's home: its ledger, and the secret that the operator pasted in."""

PREFIX = "org.entremise."


def create_app(home: Path) -> Flask:
    """Return the application; the secret is read from ``home`` when it is first needed."""
    app = Flask(__name__)
    results = HeldResults(home / LEDGER)

    @app.post("/results")
    def take() -> ResponseReturnValue:
        arrived = time.time()
        body = request.get_data()
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            signatures.verify([(home / KEY_FILE).read_text().strip()], headers, body, now=arrived)
        except InvalidSignature as error:
            return {"title": str(error)}, 401
        told = orjson.loads(body)
        results.apply([_arrival(item) for item in (told if isinstance(told, list) else [told])], at=arrived)
        return "", 204

    @app.get("/")
    def say() -> ResponseReturnValue:
        return {"ledger": results.effects()}

    return app


def _arrival(item: dict[str, Any]) -> Arrival:
    feature, what, _version = item["type"].removeprefix(PREFIX).split(".")
    return Arrival(
        id=item["id"], host_event=item["hostevent"], subject=item["subject"], feature=feature,
        sequence=int(item["sequence"]), payload=item["data"] if what == "suggested" else None,
    )  # fmt: skip


def main() -> None:
    """Serve on a free loopback port."""
    home = Path(sys.argv[1])
    server = create_server(create_app(home), host="127.0.0.1", port=0, threads=4)
    sys.stdout.write(json.dumps({"port": server.effective_port}) + "\n")
    sys.stdout.flush()
    server.run()


if __name__ == "__main__":
    main()
