"""Proves that bytes come from who holds a secret: Standard Webhooks, and the plain HMAC schemes that hosts use.

Every comparison takes the same time whatever is compared. Signatures are over raw bytes: verify before parsing.
Choose the scheme by the configured adapter, never by which headers a request happens to carry.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets as randomness
from collections.abc import Iterable, Mapping, Sequence

from ..plugin.domain.errors import ConfigurationError, InvalidSignature

WINDOW = 300.0
"""Seconds that a signed time may differ from ours, in both directions."""

_PREFIX = "whsec_"
_MOST_SIGNATURES = 20


def new_secret() -> str:
    """Return a fresh Standard Webhooks secret: 32 random bytes."""
    return _PREFIX + base64.b64encode(randomness.token_bytes(32)).decode()


def sign(secrets: Sequence[str], message_id: str, timestamp: float, body: bytes) -> dict[str, str]:
    """Return the three Standard Webhooks headers, signed with every secret (so that a receiver can rotate).

    The id stays the same over retries, the timestamp does not. Raises ``ConfigurationError`` on a malformed secret.
    """
    moment = str(int(timestamp))
    signed = _signed(message_id, moment, body)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(
            "v1," + hmac_base64(secret_bytes(secret), signed) for secret in secrets
        ),
    }


def verify(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, *, now: float, window: float = WINDOW
) -> None:
    """Check Standard Webhooks headers (lower-case names); one fitting signature under any secret is enough.

    Raises ``InvalidSignature`` when headers are missing, the time is out of the window, or nothing fits.
    """
    message_id = headers.get("webhook-id", "")
    moment = headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    if not (message_id and moment and given):
        raise InvalidSignature("webhook-id, webhook-timestamp and webhook-signature are required")
    check_window(moment, now=now, window=window)
    signed = _signed(message_id, moment, body)
    offered = [
        part[3:] for part in given.split(" ", _MOST_SIGNATURES)[:_MOST_SIGNATURES] if part.startswith("v1,")
    ]
    expected = [hmac_base64(secret_bytes(secret), signed) for secret in secrets]
    if not _any_equal(offered, expected):
        raise InvalidSignature("no signature fits")


def check_window(timestamp: str, *, now: float, window: float = WINDOW) -> None:
    """Raise ``InvalidSignature`` unless ``timestamp`` is whole seconds since 1970 and near enough to ``now``."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise InvalidSignature("the signed time is not a number of seconds")
    if abs(int(timestamp) - now) > window:
        raise InvalidSignature("the signed time is too far from now")


def hmac_hex(secret: bytes, signed: bytes) -> str:
    """Return HMAC-SHA256 as lower-case hexadecimal."""
    return hmac.digest(secret, signed, "sha256").hex()


def hmac_base64(secret: bytes, signed: bytes) -> str:
    """Return HMAC-SHA256 as base64."""
    return base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()


def verify_hex(secrets: Iterable[bytes], given: str, signed: bytes) -> None:
    """Raise ``InvalidSignature`` unless ``given`` is the hexadecimal HMAC of ``signed`` under one of the secrets."""
    if not _any_equal([given.lower()], [hmac_hex(secret, signed) for secret in secrets]):
        raise InvalidSignature("the signature does not fit")


def verify_base64(secrets: Iterable[bytes], given: str, signed: bytes) -> None:
    """Raise ``InvalidSignature`` unless ``given`` is the base64 HMAC of ``signed`` under one of the secrets."""
    if not _any_equal([given], [hmac_base64(secret, signed) for secret in secrets]):
        raise InvalidSignature("the signature does not fit")


def verify_stamped(
    secrets: Sequence[bytes],
    header: str,
    body: bytes,
    *,
    separator: bytes,
    now: float,
    window: float = WINDOW,
) -> None:
    """Check a header ``t=<seconds>,v1=<hex>`` whose signature is over time, ``separator`` and body.

    Parts are read by key, in any order. Raises ``InvalidSignature``.
    """
    parts = dict(part.strip().split("=", 1) for part in header.split(",", 10) if "=" in part)
    moment, given = parts.get("t", ""), parts.get("v1", "")
    check_window(moment, now=now, window=window)
    verify_hex(secrets, given, moment.encode() + separator + body)


def secret_bytes(secret: str) -> bytes:
    """Decode ``whsec_`` + base64. Raises ``ConfigurationError`` without showing the secret."""
    try:
        decoded = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not secret.startswith(_PREFIX) or not 24 <= len(decoded) <= 64:
        raise ConfigurationError(
            "a signing secret must be whsec_ followed by the base64 of 24 to 64 random bytes"
        )
    return decoded


def _signed(message_id: str, moment: str, body: bytes) -> bytes:
    return f"{message_id}.{moment}.".encode("utf-8", "surrogatepass") + body


def _any_equal(offered: Iterable[str], expected: Sequence[str]) -> bool:
    """Compare everything with everything, so that time tells nothing about which one fitted."""
    fits = False
    for one in offered:
        for other in expected:
            fits |= hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())
    return fits
