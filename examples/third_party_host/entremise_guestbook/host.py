"""The adapter: how Guestbook signs, what its webhooks say, and where suggestions go."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from urllib.parse import quote

import orjson
from marshmallow import Schema, fields, validate

from entremise.hooks import (
    Capabilities,
    Delivery,
    DomainEvent,
    Hint,
    HostContext,
    HostError,
    HostUnauthorized,
    HostUnavailable,
    Installation,
    Result,
    signatures,
)

from .translate import translate


class GuestbookConfiguration(Schema):
    """Where this Guestbook is."""

    url = fields.Url(require_tld=False, required=True, metadata={"description": "Address of Guestbook."})
    allow_private = fields.List(
        fields.String(),
        metadata={"description": "Private addresses that may be reached: host:port or networks."},
    )


class GuestbookSecrets(Schema):
    """What Guestbook shows under Settings → Webhooks."""

    webhook_secret = fields.String(
        required=True, validate=validate.Length(min=16), metadata={"description": "Signs its webhooks."}
    )
    api_token = fields.String(required=True, metadata={"description": "Lets us write suggestions."})


class GuestbookHost:
    """Guestbook sends whole guests, signed, and takes one suggestion list per guest."""

    name = "guestbook"
    capabilities = Capabilities(
        signed=True,
        ordered=True,
        unsupported={
            "AttendeeErased": "Guestbook deletes guests without saying so",
            "AttendeeLeft": "Guestbook does not look at the exit",
            "CheckInReversed": "a check-in is final there",
            "FeedbackGiven": "there is no page for it",
            "HostEventCancelled": "Guestbook has no such state",
            "HostEventUpdated": "Guestbook sends guests only",
            "ProfileUpdated": "every change comes as a whole guest",
        },
    )
    configuration = GuestbookConfiguration
    secrets = GuestbookSecrets

    def verify(self, delivery: Delivery, installation: Installation, *, now: float) -> None:
        """Check ``X-Guestbook-Signature``: HMAC-SHA256 over the raw body, in hexadecimal."""
        secret = installation.secrets.get("webhook_secret", "")
        given = delivery.headers.get("x-guestbook-signature", "")
        signatures.verify_hex([secret.encode()] if secret else [], given, delivery.body)

    def unpack(self, delivery: Delivery) -> Sequence[Delivery]:
        """One webhook, one guest."""
        return [delivery]

    def delivery_key(self, delivery: Delivery) -> str | None:
        """Guestbook names its webhooks nowhere: the same body is the same delivery."""
        return hashlib.sha256(delivery.body).hexdigest()

    def parse(self, delivery: Delivery, installation: Installation) -> Sequence[DomainEvent | Hint]:
        """Translate the guest."""
        return translate(delivery.body, tie=self.delivery_key(delivery) or "")

    def fetch(self, hint: Hint, context: HostContext) -> Sequence[DomainEvent]:
        """Nothing to look up: webhooks say everything."""
        return ()

    def reconcile(self, since: float | None, context: HostContext) -> Iterable[Hint | DomainEvent]:
        """Nothing to compare: Guestbook cannot be asked."""
        return ()

    def publish(self, results: Sequence[Result], context: HostContext) -> Sequence[HostError | None]:
        """Put each guest's list; once Guestbook is away or turns us away, the rest is not tried."""
        outcomes: list[HostError | None] = []
        trouble: HostError | None = None
        for result in results:
            outcome = trouble or self._put(result, context)
            if isinstance(outcome, HostUnavailable | HostUnauthorized):
                trouble = outcome
            outcomes.append(outcome)
        return outcomes

    def check(self, context: HostContext) -> str:
        """Ask who we are."""
        context.http.expect(
            context.http.request("GET", f"{self._address(context)}/whoami", headers=_headers(context))
        )
        return "Guestbook knows our token"

    def _put(self, result: Result, context: HostContext) -> HostError | None:
        address = f"{self._address(context)}/guests/{quote(result.recipient, safe='')}/{result.feature}"
        body = orjson.dumps({"revision": result.revision, "list": result.payload})
        headers = {**_headers(context), "idempotency-key": result.idempotency_key}
        try:
            context.http.expect(context.http.request("PUT", address, headers=headers, body=body))
        except HostError as error:
            return error
        return None

    def _address(self, context: HostContext) -> str:
        return str(context.installation.config["url"]).rstrip("/")


def _headers(context: HostContext) -> dict[str, str]:
    token = context.installation.secrets["api_token"]
    return {"authorization": f"Bearer {token}", "content-type": "application/json"}
