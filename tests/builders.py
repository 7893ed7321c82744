"""What tests are made of: attendees, profiles and deliveries that are valid unless told otherwise."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from entremise.hooks.contract import Installation
from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.domain.model import PURPOSES, Attendee, Consent, HostEvent, Profile, stamp

SECRET = "whsec_" + base64.b64encode(b"a secret for tests, 32 bytes long").decode()
"""A Standard Webhooks signing secret."""

NOON = 1_777_888_800.0
"""When things happen in tests unless said otherwise: 2026-05-04 10:00 UTC."""

EVERYTHING = Consent(**dict.fromkeys(PURPOSES, True))
"""Consent to every purpose."""


def a_profile(**changes: Any) -> Profile:
    """Return a profile of somebody who agreed to everything and shows everything."""
    profile = Profile(
        name="Alix Moreau",
        languages=("fr", "en"),
        organisation="Atelier Nord",
        title="ingénieure procédés",
        seniority=2,
        interests=("batteries", "recyclage"),
        consent=EVERYTHING,
        visible=("organisation", "title", "interests", "challenges", "goals", "offers", "needs", "bio"),
    )
    return replace(profile, **changes)


def an_attendee(
    ref: str = "a1", *, host_event: str = "conf", installation: str = "inst", **profile: Any
) -> Attendee:
    """Return a registered attendee; keywords go into the profile (``interests=("tea",)``)."""
    when = stamp(at=NOON, tie=ref)
    return Attendee(
        installation_id=installation,
        host_event=host_event,
        ref=ref,
        profile=a_profile(**profile),
        profile_stamp=when,
        registered=True,
        registered_stamp=when,
    )


def a_host_event(ref: str = "conf", *, installation: str = "inst", **changes: Any) -> HostEvent:
    """Return a host event that nobody has changed yet."""
    return HostEvent(installation_id=installation, ref=ref, name="Rencontres 2026", **changes)


def an_installation(id_: str = "inst", *, host: str = "generic", **changes: Any) -> Installation:
    """Return an active tenant with the test secret."""
    given: dict[str, Any] = {"name": "Test", "config": {}, "secrets": {"signing_secrets": [SECRET]}}
    return Installation(id=id_, host=host, **given | changes)


def a_cloudevent(
    type_: str = "org.entremise.attendee.registered.v1",
    subject: str = "a1",
    *,
    host_event: str = "conf",
    id_: str | None = None,
    at: float | None = NOON,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a structured CloudEvent of the generic host. ``data`` is the profile; registrations get one unasked."""
    if data is None and type_.rpartition("attendee.")[2].split(".")[0] in {"registered", "updated"}:
        data = profile_document(subject)
    found: dict[str, Any] = {
        "specversion": "1.0",
        "id": id_ or f"{type_}/{subject}/{at}",
        "source": "/tests",
        "type": type_,
        "subject": subject,
        "hostevent": host_event,
        "partitionkey": host_event,
    }
    if at is not None:
        found["time"] = dt.datetime.fromtimestamp(at, dt.UTC).isoformat()
    if data is not None:
        found |= {"datacontenttype": "application/json", "data": dict(data)}
    return found


def profile_document(subject: str = "a1", **changes: Any) -> dict[str, Any]:
    """Return a profile as integrators send it (see docs/reference/deliveries.md)."""
    return {
        "id": subject,
        "name": "Alix Moreau",
        "languages": ["fr", "en"],
        "organisation": "Atelier Nord",
        "seniority": 2,
        "interests": ["batteries", "recyclage"],
        "consent": dict.fromkeys(PURPOSES, True),
        "visible": ["organisation", "interests"],
        "version": 1,
    } | changes


def a_delivery(
    content: Any = None,
    *,
    installation: str = "inst",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    at: float = NOON,
    secret: str | None = SECRET,
    message: str = "msg_1",
    door: Any = "webhook",
) -> Delivery:
    """Return a delivery as the webhook door hands it on: structured CloudEvent, signed unless ``secret`` is None."""
    if body is None:
        body = json.dumps(a_cloudevent() if content is None else content, ensure_ascii=False).encode()
    batch = isinstance(content, list)
    given = {"content-type": f"application/cloudevents{'-batch' if batch else ''}+json; charset=utf-8"}
    if secret is not None:
        given |= signed(body, secret=secret, message=message, at=at)
    return Delivery(
        installation_id=installation,
        door=door,
        headers=given | dict(headers or {}),
        body=body,
        received_at=at,
    )


def signed(body: bytes, *, secret: str = SECRET, message: str = "msg_1", at: float = NOON) -> dict[str, str]:
    """Return Standard Webhooks headers, worked out here on their own so that our code is held against the standard."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    when = str(int(at))
    digest = hmac.new(key, f"{message}.{when}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": when,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
