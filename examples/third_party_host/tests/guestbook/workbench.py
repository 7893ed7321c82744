"""An installation of Guestbook, and how its webhooks are signed."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

from entremise.hooks import Delivery, Installation

SECRET = "a secret of sixteen or more"


def installation(address: str) -> Installation:
    """Return a tenant whose Guestbook answers at ``address``."""
    return Installation(
        id="inst",
        host="guestbook",
        name="Guestbook",
        config={"url": address, "allow_private": ["127.0.0.1"]},
        secrets={"webhook_secret": SECRET, "api_token": "t0ken"},
    )


def sign(delivery: Delivery, *, at: float) -> Delivery:  # noqa: ARG001 - no time is signed
    """Sign the raw body; Guestbook signs no time."""
    signature = hmac.new(SECRET.encode(), delivery.body, hashlib.sha256).hexdigest()
    return replace(delivery, headers={**delivery.headers, "x-guestbook-signature": signature})
