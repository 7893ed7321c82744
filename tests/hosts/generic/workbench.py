"""An installation of the generic host, and how its deliveries are signed."""

from __future__ import annotations

import base64
from dataclasses import replace

from builders import SECRET, an_installation, signed

from entremise.hooks.contract import Installation
from entremise.plugin.domain.delivery import Delivery

CALLBACK_SECRET = "whsec_" + base64.b64encode(b"another secret, for the callback").decode()


def installation(address: str) -> Installation:
    return an_installation(
        host="generic",
        config={"callback_url": f"{address}/results", "allow_private": ["127.0.0.1"]},
        secrets={"signing_secrets": [SECRET], "callback_secrets": [CALLBACK_SECRET]},
    )


def sign(delivery: Delivery, *, at: float) -> Delivery:
    return replace(delivery, headers={**delivery.headers, **signed(delivery.body, at=at)})
