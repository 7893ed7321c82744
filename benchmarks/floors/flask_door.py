"""Floor: a Flask route that checks the same HMAC on the same server, and does nothing more (or one bare commit).

``python -m benchmarks.floors.flask_door SECRET [FILE]`` prints its address as one line and serves until it is
stopped. With FILE it commits the body to SQLite before it answers: one connection, one insert, one commit.
"""

from __future__ import annotations

import base64
import hmac
import logging
import sqlite3
import sys
import threading
import time
import uuid

from flask import Flask, Response, request

from benchmarks.inbox_rows import COLUMNS, SQLITE_PRAGMAS, SQLITE_TABLE
from entremise.webhooks.server import WebServer, address_of, listen


def create_app(secret: str, path: str | None) -> Flask:
    app = Flask(__name__, static_folder=None)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)
    connection.executescript(SQLITE_TABLE)
    turn = threading.Lock()

    @app.post("/hosts/bench/deliveries")
    def deliver() -> Response:
        body = request.get_data(cache=False)
        identifier, moment = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = f"{identifier}.{moment}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        if abs(int(moment) - time.time()) > 300 or not any(
            hmac.compare_digest(given, expected) for given in request.headers["webhook-signature"].split(" ")
        ):
            return Response(status=401)
        if path:
            row = ("bench", uuid.uuid4().bytes, "webhook", b"{}", body, time.time())
            with turn:
                connection.execute(f"INSERT INTO inbox ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", row)
        return Response(b'{"status":"accepted"}', 202, content_type="application/json")

    return app


def main() -> None:
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # as `entremise serve` does
    listener = listen("127.0.0.1", 0)
    app = create_app(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
    print(f"listening on {address_of(listener)}", flush=True)
    WebServer(app, listener, body_limit=1 << 20).run()


if __name__ == "__main__":
    main()
