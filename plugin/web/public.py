"""REST: the manifest, which anybody may read."""

from __future__ import annotations

import orjson
from flask import Response

from .endpoints import Call, Endpoint, raw, tagged


def _manifest_yaml(call: Call) -> Response:
    return shared(raw(call.container.manifest.text.encode(), "application/yaml; charset=utf-8"))


def _manifest_json(call: Call) -> Response:
    return shared(raw(orjson.dumps(call.container.manifest.document), "application/json"))


def shared(response: Response) -> Response:
    """Let anybody keep the answer for a minute."""
    response.headers["Cache-Control"] = "public, max-age=60"
    return tagged(response)


ENDPOINTS = (
    Endpoint(
        method="GET", path="/manifest.yaml", name="get_manifest_yaml", conditional=True,
        summary="What this plugin is: features, settings, hooks, deliveries, results, permissions.",
        view=_manifest_yaml, media="application/yaml",
    ),
    Endpoint(
        method="GET", path="/manifest.json", name="get_manifest_json", conditional=True,
        summary="The manifest as JSON.", view=_manifest_json,
    ),
)  # fmt: skip
