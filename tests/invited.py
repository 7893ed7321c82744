"""A host that connects by an invitation, for tests: what it asks, and how it signs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from office import Office
from werkzeug.test import TestResponse

from entremise.hooks import signatures
from entremise.plugin.services import invitations

SHOP = "https://tickets.example.org/shop"
CALLBACK = f"{SHOP}/results/secret-part"
PAGE = f"{SHOP}/control/"
HOST = {"kind": "pretix", "version": "2026.8.0", "extension": "0.1.0"}

_numbers = count(1)


def a_code(office: Office, **more: Any) -> str:
    """Have the operator make a code for the shop."""
    return invitations.invite(office.container, **{"name": "Shop", "addresses": [SHOP]} | more)[1]


def asked(code: str, /, **changes: Any) -> dict[str, Any]:
    """Return what a host asks when it connects."""
    whole = {"code": code, "name": "Summit", "callback_url": CALLBACK, "settings_page": PAGE, "host": HOST}
    return whole | changes


def connecting(office: Office, code: str, /, *, peer: str = "127.0.0.1", **changes: Any) -> TestResponse:
    """Connect; ``peer`` is the address that asks."""
    return office.ask(
        "POST", "/v1/connections", json=asked(code, **changes), environ_base={"REMOTE_ADDR": peer}
    )


@dataclass
class Connected:
    """A host that has connected, with what it was given."""

    office: Office
    given: dict[str, Any] = field(repr=False)

    @property
    def root(self) -> str:
        return f"/v1/installations/{self.given['installation']}"

    def signed(
        self, method: str, body: bytes = b"", *, purpose: str = "renew", query: str = "", message_id: str = "",
        secret: str | None = None, at: float | None = None, installation: str | None = None, peer: str = "127.0.0.1",
    ) -> TestResponse:  # fmt: skip
        """Send a signed request to the connection's address."""
        message_id = message_id or f"{purpose}_{next(_numbers)}"
        moment = self.office.time[0] if at is None else at
        headers = signatures.sign([secret or self.given["signing_secret"]], message_id, moment, body)
        where = installation or self.given["installation"]
        return self.office.ask(
            method, f"/v1/installations/{where}/connection{query}", headers=headers, data=body,
            environ_base={"REMOTE_ADDR": peer},
        )  # fmt: skip

    def renew(self, **asked: Any) -> TestResponse:
        """Ask for the newest credentials."""
        return self.signed("POST", json.dumps(asked).encode())

    def leave(self, *, erase: bool = False, **more: Any) -> TestResponse:
        """Leave, and have everybody erased or not."""
        query, purpose = ("?erase=true", "erase") if erase else ("", "leave")
        return self.signed("DELETE", query=query, purpose=purpose, **more)

    def fares(self) -> dict[str, Any]:
        """Return what the service says of the connection."""
        answer = self.office.ask("GET", f"{self.root}/connection", self.given["token"])
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def audit(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Return who did what, newest first."""
        with self.office.container.store.snapshot() as unit:
            lines = unit.switches.audit(self.given["installation"])
        return [(line["actor"], line["action"], line["details"]) for line in lines]


def connected(office: Office, **changes: Any) -> Connected:
    """Have a host connect."""
    answer = connecting(office, a_code(office), **changes)
    assert answer.status_code == 201, answer.text
    return Connected(office, answer.get_json())
