"""How a host's own extension speaks to the service: connect, send, read, publish, and check what comes back.

A copy of this file goes into every extension that is written in Python, beside the wire: it needs nothing but
`requests`. Times are seconds since 1970.
"""

from __future__ import annotations

import secrets as randomness
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from .extension_envelope import BadSignature, cloudevent, split, stamped, verify
from .extension_wire import Answer, Line, ServiceAway, ServiceError, ServiceRefused, checked, written

__all__ = (
    "BadSignature", "Credentials", "Service", "ServiceAway", "ServiceError", "ServiceRefused",
    "cloudevent", "connect", "split", "verify",
)  # fmt: skip

BATCH = "application/cloudevents-batch+json"
MOST_IN_BATCH = 500
ACCEPTED, NO_CONTENT = 202, 204

_LONGEST = {
    "installation": 64,
    "signing_secret": 255,
    "callback_secret": 255,
    "token": 255,
    "fingerprint": 64,
}
"""Characters: more than the service ever makes, and what hosts have room for."""


@dataclass(frozen=True)
class Credentials:
    """One connection. ``service`` is the address that people know; ``fingerprint`` changes with secrets and addresses."""

    service: str
    installation: str
    signing_secret: str = field(repr=False)
    callback_secret: str = field(repr=False)
    token: str = field(repr=False)
    fingerprint: str = ""


def connect(
    service: str, code: str, *, name: str, callback_url: str, settings_page: str, host: Mapping[str, str],
    timeout: float = 10.0,
) -> Credentials:  # fmt: skip
    """Exchange the operator's one-time code for a connection of our own; ``host`` has kind, version and extension."""
    asked = {
        "code": code.strip(), "name": name, "callback_url": callback_url, "settings_page": settings_page,
        "host": dict(host),
    }  # fmt: skip
    base = checked(service)
    with Line(base, timeout) as line:
        answer = line.ask("POST", "/v1/connections", document=asked)
    return _credentials(Credentials(base, "", "", "", ""), answer)


class Service:
    """One connection to the service. Not to be shared between threads; close it, or use it in a ``with``.

    Every method raises ``ServiceAway`` or ``ServiceRefused``. ETags are opaque: hand back the one that came.
    """

    def __init__(self, credentials: Credentials, *, timeout: float = 10.0) -> None:
        self.credentials = credentials
        self._line = Line(credentials.service, timeout)
        self._root = f"/v1/installations/{_part(credentials.installation)}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of open connections."""
        self._line.close()

    def send(self, cloudevents: Sequence[Mapping[str, Any]]) -> None:
        """Deliver one signed batch; it is stored when this returns. See ``split``."""
        if not cloudevents:
            return
        if len(cloudevents) > MOST_IN_BATCH:
            raise ValueError(f"more than {MOST_IN_BATCH} in one request; split them")
        path = f"/hosts/{_part(self.credentials.installation)}/deliveries"
        _done(self._signed("POST", path, "msg", written(list(cloudevents)), media=BATCH), ACCEPTED)

    def connection(self) -> dict[str, Any]:
        """Return how the service sees this connection: status, fingerprint, backlog, waiting, dead letters, times."""
        return self._ask("GET", "/connection").document()

    def renew(
        self, *, rotate: Sequence[str] = (), resume: bool = False, callback_url: str | None = None,
        settings_page: str | None = None,
    ) -> Credentials:  # fmt: skip
        """Return the newest credentials, after what was asked for (``rotate``: ``secrets``, ``token``) has been done."""
        asked: dict[str, Any] = {"rotate": list(rotate), "resume": resume}
        if callback_url is not None:
            asked["callback_url"] = callback_url
        if settings_page is not None:
            asked["settings_page"] = settings_page
        answer = self._signed("POST", f"{self._root}/connection", "renew", written(asked))
        return _credentials(self.credentials, answer)

    def disconnect(self, *, erase: bool) -> None:
        """Have the service stop, and with ``erase`` forget everybody. May be repeated."""
        path = f"{self._root}/connection?erase={'true' if erase else 'false'}"
        _done(self._signed("DELETE", path, "erase" if erase else "leave", b""), NO_CONTENT)

    def manifest(self, etag: str = "") -> tuple[dict[str, Any] | None, str]:
        """Return what can be switched and set, and its ETag; ``None`` when ``etag`` still holds."""
        answer = self._line.ask("GET", "/manifest.json", headers={"If-None-Match": etag} if etag else {})
        return (None, etag) if answer.status == 304 else (answer.document(), answer.etag)

    def settings(self, host_event: str, *, language: str = "en") -> tuple[dict[str, Any], str]:
        """Return what is set for one host event and what holds there, and the ETag."""
        return self._ask("GET", f"{_at(host_event)}/settings", language=language).tagged()

    def put_settings(
        self, host_event: str, values: Mapping[str, Any], *, etag: str, language: str = "en"
    ) -> tuple[dict[str, Any], str]:
        """Replace all that is set for one host event; ``etag`` ``*`` overwrites whatever is there."""
        return self._ask(
            "PUT",
            f"{_at(host_event)}/settings",
            document={"values": dict(values)},
            etag=etag,
            language=language,
        ).tagged()

    def plans(self, host_event: str) -> list[dict[str, Any]]:
        """Return one line for every plan of the host event."""
        found: list[dict[str, Any]] = self._ask("GET", f"{_at(host_event)}/plans").document()["plans"]
        return found

    def plan(self, host_event: str, feature: str, *, language: str = "en") -> tuple[dict[str, Any], str]:
        """Return brief, draft and what is published, and the ETag that ``put_brief`` and ``publish`` want."""
        return self._ask("GET", _plan(host_event, feature), language=language).tagged()

    def put_brief(
        self, host_event: str, feature: str, brief: Mapping[str, Any], *, etag: str, language: str = "en"
    ) -> tuple[dict[str, Any], str]:
        """Replace the brief; a new draft follows."""
        path = f"{_plan(host_event, feature)}/brief"
        return self._ask("PUT", path, document=dict(brief), etag=etag, language=language).tagged()

    def draft(self, host_event: str, feature: str) -> tuple[dict[str, Any], str]:
        """Ask for a draft from who is there now."""
        return self._ask("POST", f"{_plan(host_event, feature)}/draft").tagged()

    def form_now(self, host_event: str) -> tuple[dict[str, Any], str]:
        """Have circles form at once among those who are in the building."""
        return self._ask("POST", f"{_plan(host_event, 'circles')}/now").tagged()

    def publish(self, host_event: str, feature: str, *, etag: str) -> tuple[dict[str, Any], str]:
        """Make the draft what attendees see."""
        return self._ask("POST", f"{_plan(host_event, feature)}/publish", etag=etag).tagged()

    def retract(self, host_event: str, feature: str) -> tuple[dict[str, Any], str]:
        """Take back what is published."""
        return self._ask("POST", f"{_plan(host_event, feature)}/retract").tagged()

    def picture(
        self, host_event: str, feature: str, *, of: str = "published", page: int = 1, language: str = "en"
    ) -> tuple[bytes, bool]:
        """Return one page of the plan as SVG, and whether another follows."""
        path = f"{_plan(host_event, feature)}/picture.svg?of={quote(of)}&page={page:d}"
        answer = self._ask("GET", path, language=language)
        return answer.body, 'rel="next"' in answer.headers.get("Link", "")

    def table(self, host_event: str, feature: str, *, of: str = "published") -> bytes:
        """Return the plan as CSV (UTF-8 with a byte order mark)."""
        return self._ask("GET", f"{_plan(host_event, feature)}/export.csv?of={quote(of)}").body

    def personal_page(self, host_event: str, attendee: str) -> str:
        """Return the address of the attendee's own page at the service."""
        found = self._ask("GET", f"{_at(host_event)}/attendees/{_part(attendee)}/page").document()
        return str(found["address"])

    def _ask(
        self, method: str, path: str, *, document: Any = None, etag: str = "", language: str = "en"
    ) -> Answer:
        headers = {"Accept-Language": language}
        if etag:
            headers["If-Match"] = etag
        return self._line.ask(
            method, self._root + path, document=document, headers=headers, token=self.credentials.token
        )

    def _signed(
        self, method: str, path: str, purpose: str, body: bytes, *, media: str = "application/json"
    ) -> Answer:
        # The id is signed and says what for, so that nobody on the way makes another request of this one.
        message_id = f"{purpose}_{randomness.token_hex(16)}"
        headers = stamped(self.credentials.signing_secret, message_id, body, now=time.time())
        headers["Content-Type"] = media
        return self._line.ask(method, path, body=body, headers=headers)


def _credentials(known: Credentials, answer: Answer) -> Credentials:
    """Return what the answer says; the address stays the one that was used, whatever the service calls itself."""
    said = answer.document()
    try:
        found = {name: str(said[name] or "") for name in _LONGEST}
        # What nobody can sign with would be found out only when it is too late to ask for another.
        for name in ("signing_secret", "callback_secret"):
            stamped(found[name], name, b"", now=0.0)
    except (KeyError, ValueError) as error:
        raise _somebody_else(answer) from error
    empty = {"", "whsec_"} & {found["installation"], found["signing_secret"], found["callback_secret"]}
    if empty or any(len(value) > _LONGEST[name] for name, value in found.items()):
        raise _somebody_else(answer)
    return replace(known, **{**found, "token": found["token"] or known.token})


def _done(answer: Answer, status: int) -> None:
    """Take nobody else's success for the service's: a web server that says 200 to everything has kept nothing."""
    if answer.status != status:
        raise _somebody_else(answer)


def _somebody_else(answer: Answer) -> ServiceRefused:
    return ServiceRefused("not_the_service", status=answer.status, detail="not what was expected")


def _at(host_event: str) -> str:
    return f"/host-events/{_part(host_event)}"


def _plan(host_event: str, feature: str) -> str:
    return f"{_at(host_event)}/plans/{_part(feature)}"


def _part(text: str) -> str:
    """Return one part of a path; what would lead elsewhere is refused."""
    if text in {"", ".", ".."}:
        raise ValueError("a part of an address cannot be empty or dots")
    return quote(text, safe="")
