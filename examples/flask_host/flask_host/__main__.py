"""``python -m flask_host``: the platform on this machine, for a look around."""

from __future__ import annotations

import os

from waitress import serve

from . import create_app

if __name__ == "__main__":
    port = int(os.environ.get("PORT", "8400"))
    address = f"http://127.0.0.1:{port}"
    print(f"Guichet is at {address} (Ctrl-C ends it)", flush=True)
    serve(create_app({"PUBLIC_URL": address}), host="127.0.0.1", port=port)
